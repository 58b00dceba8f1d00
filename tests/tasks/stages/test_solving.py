"""Where circuits are late or lost, a classical method answers, labelled; where none can, nobody does."""

from dataclasses import replace

import pytest

from policy_checks.integrity import strict_json
from tasks.adapters import settings, submission
from tasks.adapters.audit_log import AuditLog
from tasks.adapters.submission import ManifestStore
from tasks.stages import lifecycle, solving, trust
from tasks.stages.workspace import reopen
from tests.documents import PROJECT

LATE = {"quantum_s_max": 1e-6, "cost_eur_max": "1.00"}


@pytest.fixture
def workspace(tmp_path, monkeypatch):
    """Give the workspace of a run of an example, its circuits allowed no time at all."""
    monkeypatch.setenv("ATOMQ_HOME", str(tmp_path / "home"))
    state = settings.load()
    keys, now = lifecycle.prepare_state(state), settings.now()

    def opened(name, *changes):
        source = (PROJECT / "data" / "manifests" / f"{name}.toml").read_text()
        for old, new in changes:
            assert old in source
            source = source.replace(old, new)
        signer = submission.submitter_key(keys, now)
        envelope = submission.seal(submission.complete(source.encode(), signer.keyid, state, now), signer)
        manifest, digest = submission.verify(envelope, keys.ring().keys, now, 0)
        ManifestStore(state.home).put(*trust.pseudonyms(keys, [manifest.tenant]), digest, envelope)
        found = reopen(settings.new_id(), digest)
        whole = strict_json.loads(manifest.to_bytes()) | {"limits": LATE}
        late = type(manifest).model_validate_json(strict_json.dumps(whole))
        return replace(found, manifest=late)

    return opened


@pytest.mark.parametrize(
    ("name", "quantity", "exact"),
    [
        ("maxcut", "best_value", 12.0),
        ("ising_chain", "final_magnetisation", None),
        ("hydrogen", "energy", -1.857275),
    ],
)
def test_a_classical_answer_stands_in_and_says_so(workspace, name, quantity, exact):
    found = solving.solve(workspace(name))
    assert (found.degraded, found.answered_by, found.answer) == ("budget", "classical", quantity)
    assert found.quantities[quantity].value == pytest.approx(
        found.references["exact"] if exact is None else exact, abs=1e-6
    )
    assert any("were not done" in note for note in found.notes)


def test_a_graph_too_large_to_be_listed_is_answered_greedily(workspace):
    terms = ", ".join(f"[{i}, {(i + 1) % 24}, 1.0]" for i in range(24))
    source = (PROJECT / "data" / "manifests" / "maxcut.toml").read_text()
    given = source[source.index("terms = [") : source.index("]\n\n# How the angles") + 1]
    large = workspace(
        "maxcut", (given, f"terms = [{terms}]"), ("n_variables = 10", "n_variables = 24"), ("qubits = 10", "qubits = 24")
    )  # fmt: skip
    found = solving.solve(large)
    assert (found.answered_by, found.answer) == ("classical", "best_value")
    assert "exact" not in found.references
    assert found.quantities["best_value"].value >= 12.0


def test_a_chain_too_long_to_be_diagonalised_is_answered_by_nobody(workspace):
    found = solving.solve(
        workspace("ising_chain", ("sites = 8", "sites = 14"), ("qubits = 8", "qubits = 14"))
    )
    assert (found.degraded, found.answered_by, found.answer) == ("budget", "nobody", None)
    assert (found.quantities, found.series, found.references) == ({}, (), {})


def test_a_degraded_answer_leaves_an_entry(workspace):
    run = workspace("maxcut")
    solving.solve(run)
    (entry,) = [each for each in AuditLog(run.state.home).entries() if each.type == "run.degraded"]
    assert entry.data == {"reason": "budget"}
