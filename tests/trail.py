"""A state folder with a long, genuine trail: rings, documents, runs, checkpoints, and a witness beside it.

Nothing is trained: a run's tables are real Parquet, its products are a few bytes that the receipt names.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from policy_checks import pricing
from policy_checks.integrity import checkpoint, dsse, strict_json
from policy_checks.integrity.note_evidence import origin
from policy_checks.schemas.artifacts import Records
from policy_checks.schemas.audit import FIELDS, EntryType
from policy_checks.schemas.decision import Decision, Effect
from policy_checks.schemas.governing import Policy
from policy_checks.schemas.manifest import Manifest
from policy_checks.schemas.receipt import LogHead, Receipt
from policy_checks.schemas.records import MetricRow, Usage
from tasks.adapters import documents, record_store, settings
from tasks.adapters.audit_log import AuditLog, Draft, event_of
from tasks.adapters.documents import Shelf
from tasks.adapters.ring_store import KeyStore
from tasks.adapters.run_folder import PROOF, RECEIPT, RunFolder
from tasks.adapters.settings import Settings
from tasks.stages import enrolment, key_ceremony, trust, witnessing
from tasks.tabular.pseudonym_keys import tenant_pseudonym
from tests.documents import PROJECT, a_manifest, an_estimate

STAGES = ("sanitise", "train", "evaluate", "record", "report")
PRODUCTS = ("sanitised.parquet", "model.safetensors", "predictions.parquet", "report.html", "circuit.qasm")
BURST = 250


@dataclass(frozen=True)
class Trail:
    """A state folder, the directory witness beside it, and what lies where.

    Attributes:
        size: number of entries; the newest checkpoint covers them all.
        checkpoints: sizes of the log's checkpoints.
        finished: runs with a receipt, oldest first.
    """

    home: Path
    witness: Path
    size: int
    checkpoints: tuple[int, ...]
    finished: tuple[str, ...]
    denied: str

    def copied(self, to: Path) -> "Trail":
        """A copy that a test may damage; its witness lies outside of its state folder."""
        shutil.copytree(self.home, to / "home")
        shutil.copytree(self.witness, to / "witness")
        return replace(self, home=to / "home", witness=to / "witness")

    def run(self, run: str) -> Path:
        """The folder of a finished run."""
        return next(self.home.glob(f"tenants/*/runs/{run}"))

    @contextmanager
    def witnessed(self) -> Iterator[None]:
        """Let this process give checkpoints to, and read them from, the directory beside the home only."""
        before = dict(os.environ)
        for name in [name for name in before if name.startswith(("ATOMQ", "PREFECT"))]:
            del os.environ[name]
        os.environ["ATOMQ_WITNESS"] = str(self.witness)
        try:
            yield
        finally:
            os.environ.clear()
            os.environ.update(before)


def a_trail(folder: Path, n_entries: int = 10_000) -> Trail:
    """A trail of `n_entries` under `<folder>/home`, the same in shape each time; its witness lies beside."""
    trail = Trail(folder / "home", folder / "witness", n_entries, (), (), "")
    trail.witness.mkdir(parents=True)
    with trail.witnessed():
        return replace(trail, **_Builder(trail.home, n_entries).build())


class _Builder:
    """Fills a home in rounds of bursts; each ends with what changes the keys, documents or runs."""

    def __init__(self, home: Path, n_entries: int) -> None:
        self.state, self.home, self.n_entries = Settings(PROJECT, home), home, n_entries
        self.now = settings.now()
        # So long ago that the execution keys are due for rotation now, and may sign until then.
        key_ceremony.begin(self.state, "development", self.now - timedelta(hours=23, minutes=30))
        self.store, self.log = KeyStore(home), AuditLog(home)
        self.tenant = tenant_pseudonym(self.store.pepper(), "sample-clinic")
        self.checkpoints, self.finished, self.n_failed = list[int](), list[str](), 0

    def build(self) -> dict[str, object]:
        """Return the fields of the trail that are known at its end."""
        self._failed_runs(round(self.n_entries * 0.12))
        self._checkpoint()
        self._finished_run()
        self._failed_runs(round(self.n_entries * 0.3))
        self._checkpoint()
        card = enrolment.new_card("reviewer", "second-pair-of-eyes", self._elsewhere() / "reviewer.key")[1]
        enrolment.enroll(self.state, card, settings.now(), None)
        self._adopt_policy()
        self._failed_runs(round(self.n_entries * 0.5))
        denied = self._denied_run()
        self._checkpoint()
        trust.rotate(self.home, self.store, self.log, settings.now())
        self._finished_run()
        self._failed_runs(round(self.n_entries * 0.8))
        self._checkpoint()
        self._failed_runs(self.n_entries - 15)
        self._finished_run()
        self._failed_runs(self.n_entries)
        self._checkpoint()
        self.log.close()
        return {
            "checkpoints": tuple(self.checkpoints),
            "finished": tuple(self.finished),
            "denied": denied,
        }

    def _elsewhere(self) -> Path:
        folder = self.home.with_name("reviewer")
        folder.mkdir()
        (folder / "passphrase").write_text("far from here")
        (folder / "passphrase").chmod(0o600)
        return folder

    def _checkpoint(self) -> None:
        note = witnessing.checkpoint(self.home)
        self.checkpoints.append(checkpoint.parse(note)[0].size)

    def _failed_runs(self, until: int) -> None:
        """Append runs that fail in their last stage, until the log has this many entries."""
        drafts = [*self._failing(until - self.log.size())]
        for begin in range(0, len(drafts), BURST):
            self.log.append_all(drafts[begin : begin + BURST])

    def _failing(self, n_wanted: int) -> Iterator[Draft]:
        n_left = n_wanted
        while n_left:
            self.n_failed += 1
            run, tenant = event_of("failed", str(self.n_failed)), f"t-{self.n_failed % 3:016x}"
            for kind, data in [*_failing_run(run)][:n_left]:
                event = event_of("run", run, kind, str(data.get("effect", "")))
                yield Draft(kind, data, tenant, run=run, manifest=_digest("manifest", run), event=event)
                n_left -= 1

    def _adopt_policy(self) -> None:
        shelf = Shelf(self.home, "policy")
        adopted = shelf.adopted()
        assert isinstance(adopted, Policy)
        draft = adopted.model_copy(update={"referee_error_max": adopted.referee_error_max / 2})
        now = settings.now()
        envelope = shelf.sign(draft, self.store.root_keys(), now)
        trust.adopt(self.home, "policy", envelope, self.log, now)

    def _finished_run(self) -> None:
        run = _GenuineRun(self)
        run.finish()
        self.finished.append(run.run)
        self.checkpoints.append(self.log.size())

    def _denied_run(self) -> str:
        run = _GenuineRun(self)
        run.decide("deny")
        run.folder.publish()
        return run.run


class _GenuineRun:
    """One run as the stages leave it, only without their work."""

    def __init__(self, trail: _Builder) -> None:
        self.trail, self.store, self.log = trail, trail.store, trail.log
        self.run, self.tenant, self.began = settings.new_id(), trail.tenant, settings.now()
        self.digests = documents.load(trail.home).digests
        self.manifest = self._manifest()
        self.digest = strict_json.digest(self.manifest.to_bytes())
        self.folder = RunFolder(trail.home, self.tenant, self.run)

    def _manifest(self) -> Manifest:
        keyid = self.store.signing_key("submitter", None, self.began)
        window = {"not_before": self.began, "not_after": self.began + timedelta(hours=1)}
        moments = {name: at.isoformat() for name, at in ({"created": self.began} | window).items()}
        return a_manifest(id=self.run, submitter=keyid, **moments)

    def record(self, kind: EntryType, **data: str | int) -> int:
        """Append one entry about this run and return its number."""
        event = event_of("run", self.run, kind, str(data.get("effect", "")))
        return self.log.append(
            kind, data, tenant=self.tenant, run=self.run, manifest=self.digest, event=event
        ).seq

    def decide(self, effect: Effect) -> None:
        """Leave the manifest and the decision."""
        signer = self.store.private(self.manifest.submitter).signer()
        envelope = dsse.seal("manifest", self.manifest.to_bytes(), signer)
        names = {name: getattr(self.digests, name) for name in ("policy", "tenants", "tariff")}
        decision = Decision(
            manifest=self.digest, mode=self.manifest.mode, effect=effect, findings=(),
            estimate=an_estimate(), decided_at=settings.now(), **names,
        )  # fmt: skip
        with self.folder.held():
            self.envelope = self.folder.write("manifest.json", envelope)
            self.record("intent", effect="admit")
            self.decision = self.folder.write("admit.json", decision.to_bytes())
            judged = {"decision": self.decision, "effect": effect, "envelope": self.envelope, "n_findings": 0}
            self.record("run.denied" if effect == "deny" else "run.admitted", **names, **judged)
            self.record("completed", effect="admit", digest=self.decision)

    def finish(self) -> None:
        """Leave results, records, receipt and proof, and publish."""
        self.decide("allow")
        for name in PRODUCTS:
            self.folder.write(name, f"{name} of {self.run}".encode())
        for stage in STAGES:
            self.record("intent", effect=stage)
            result = self._records().to_bytes() if stage == "record" else _result(stage, self.run)
            self.record("completed", effect=stage, digest=self.folder.write(f"{stage}.json", result))
        completed = self._complete()
        witnessing.checkpoint(self.trail.home)
        self.folder.write(PROOF, witnessing.proof(self.trail.home, completed).to_bytes())
        self.folder.publish()

    def _records(self) -> Records:
        now = settings.now()
        usage = Usage(
            service="quantum_simulation",
            quantity=pricing.quantity(1.25),
            started_at=self.began,
            ended_at=now,
        )
        charges = pricing.bill(documents.load(self.trail.home).tariff, (usage,))
        about = {"run": self.run, "tenant": self.tenant, "manifest": self.digest}
        row = MetricRow(
            **about, recorded_at=now, mode=self.manifest.mode, degraded=None, model="hybrid",
            metric="accuracy", value=0.9, low=0.8, high=1.0,
        )  # fmt: skip
        billing = record_store.billing_parquet(charges, **about, governing=self.digests, degraded=None)
        return Records(
            charges=charges,
            metrics=self.folder.write("metrics.parquet", record_store.metrics_parquet([row])),
            billing=self.folder.write("billing.parquet", billing),
        )

    def _complete(self) -> int:
        now, chain, size = settings.now(), self.store.trusted(), self.log.size()
        head = LogHead(origin=origin(chain.root_digest), size=size, root=self.log.subtree(0, size).hex())
        receipt = Receipt(
            v=1, run=self.run, tenant=self.tenant, manifest=self.digest, envelope=self.envelope,
            decision=self.decision, policy=self.digests.policy, tenants=self.digests.tenants,
            tariff=self.digests.tariff, ring=chain.digests[chain.ring.version], log=head,
            dataset=self.manifest.dataset.sha256, mode=self.manifest.mode, profile=chain.ring.profile,
            degraded=None, artifacts=self.folder.digests(), started_at=self.began, completed_at=now,
        )  # fmt: skip
        payload = receipt.to_bytes()
        envelope = self.store.sign("receipt", payload, role="exec", tenant=self.tenant, now=now)
        self.folder.write(RECEIPT, envelope)
        return self.record("run.completed", receipt=strict_json.digest(payload), degraded="no")


def _failing_run(run: str) -> Iterator[tuple[EntryType, dict[str, str | int]]]:
    data = {
        name: _digest(name, run) if shape == "digest" else 0 for name, shape in FIELDS["run.admitted"].items()
    }
    yield "run.admitted", data | {"effect": "allow"}
    for stage in STAGES[:-1]:
        yield "intent", {"effect": stage}
        yield "completed", {"effect": stage, "digest": _digest(stage, run)}
    yield "intent", {"effect": STAGES[-1]}
    yield "run.failed", {"stage": STAGES[-1], "code": "disk-full"}


def _result(stage: str, run: str) -> bytes:
    return strict_json.dumps({"stage": stage, "run": run, "at": datetime(2026, 1, 1).isoformat()})


def _digest(*words: str) -> str:
    return strict_json.digest("/".join(words).encode())
