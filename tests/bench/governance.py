"""What governance adds to the sample run: signing, judging, logging, recording, the receipt."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from policy_checks.schemas.artifacts import CircuitResults, Records, SanitisedTable, TrainedModel
from policy_checks.schemas.decision import Decision
from tasks.adapters import documents, settings, submission
from tasks.adapters.audit_log import AuditLog
from tasks.adapters.submission import ManifestStore
from tasks.stages import admission, evaluation, lifecycle, recording, sanitisation, training, trust
from tasks.stages.simulator import WORKER
from tasks.stages.workspace import Workspace, perform, reopen
from tasks.tabular import expectations
from tasks.tabular.detect import detect
from tests.bench.timing import in_turn, ms, seconds
from tests.documents import PROJECT

ROUNDS = 9
APPENDS_A_RUN = 16
SOURCE = (PROJECT / "data" / "manifests" / "breast_cancer.toml").read_bytes()


def measure() -> Iterator[tuple[str, ...]]:
    """Yield a row for each part, then their sum."""
    with a_state() as state:
        keys = lifecycle.prepare_state(state)
        now = settings.now()
        signer, chain = submission.submitter_key(keys, now), keys.trusted()
        manifest = submission.complete(SOURCE, signer.keyid, state, now)
        envelope = submission.seal(manifest, signer)
        _, digest = submission.verify(envelope, chain.known, now, 0)
        governing, log = documents.load(state.home), AuditLog(state.home)
        (pseudonym,) = trust.pseudonyms(keys, [manifest.tenant])
        ManifestStore(state.home).put(pseudonym, digest, envelope)
        complete, seal, verify, judge, append = in_turn(
            lambda: submission.complete(SOURCE, signer.keyid, state, now),
            lambda: submission.seal(manifest, signer),
            lambda: submission.verify(envelope, chain.known, now, 0),
            lambda: admission.judge(manifest, digest, governing, state, chain.ring, pseudonym, now),
            lambda: log.append("intent", {"effect": "bench"}),
            rounds=ROUNDS,
        )
        log.close()
        run, parts = settings.new_id(), {}
        with lifecycle.opened(run, digest, leaving=SystemExit):
            work = {
                "admit": (Decision, admission.admit),
                "sanitise": (SanitisedTable, sanitisation.sanitise),
                "train": (TrainedModel, training.train),
                "evaluate": (CircuitResults, evaluation.evaluate),
            }
            for stage, does in work.items():
                parts[stage] = seconds(lambda s=stage, d=does: perform(run, digest, s, *d))
            scan, gate = scan_and_gate(reopen(run, digest))
            parts["record"] = seconds(lambda: perform(run, digest, "record", Records, recording.record))
            parts["complete"] = seconds(lambda: lifecycle.complete(run, digest))
        admitted = complete + seal + verify + judge
        yield "complete a manifest (hash the table, find the code)", ms(complete), "", "", ""
        yield "sign + verify a manifest", ms(seal + verify), f"{ms(seal)} + {ms(verify)}", "", "under 20 ms"
        yield "judge (read the header, every rule)", ms(judge), "", "", ""
        yield "admission, imports warm", ms(admitted), "", "", "under 250 ms"
        yield "audit append, durable", ms(append), f"{APPENDS_A_RUN} a run", "", ""
        yield "record metrics and billing", ms(parts["record"]), "", "", ""
        yield "receipt: digests, signature, publish", ms(parts["complete"]), "", "", ""
        added = admitted + APPENDS_A_RUN * append + parts["admit"] + parts["record"] + parts["complete"]
        rest = parts["sanitise"] + parts["train"] + parts["evaluate"]
        yield "governance in all", ms(added), f"other stages {ms(rest)}", f"{added / rest:.2f}", "at most 1 s"
        yield "apart: scan of every kept cell", ms(scan), "", "", ""
        yield "apart: Great Expectations gate", ms(gate), "", "", ""
    WORKER.close()


def scan_and_gate(workspace: Workspace) -> tuple[float, float]:
    """Return seconds of the bare detector and of the gate around it, over the sanitised sample."""
    if workspace.result("evaluate", CircuitResults).degraded:
        raise AssertionError("the sample run was degraded; its figures mean nothing")
    table, rules = sanitisation.read_sanitised(workspace), workspace.manifest.dataset.columns
    scan, gate = in_turn(
        lambda: [detect(table[name], name) for name in table.columns],
        lambda: expectations.gate(table, rules, n_rows=len(table)),
        rounds=3,
    )
    return scan, gate


@contextmanager
def a_state() -> Iterator[settings.Settings]:
    """Give a state folder of the benchmark's own."""
    with tempfile.TemporaryDirectory() as folder:
        before = os.environ.get("ATOMQ_HOME")
        os.environ["ATOMQ_HOME"] = str(Path(folder) / "home")
        try:
            yield settings.load()
        finally:
            os.environ.pop("ATOMQ_HOME")
            if before is not None:
                os.environ["ATOMQ_HOME"] = before
