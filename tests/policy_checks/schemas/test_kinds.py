"""Each kind of job has the sections that it needs, and no others."""

import pytest
from pydantic import ValidationError

from policy_checks.schemas.manifest import Manifest, OwnCircuit
from tests.documents import DIGEST, a_manifest
from tests.jobs import CHAIN, JOBS, SQUARE, a_job

OWN = {"openqasm": "mine.qasm", "qubits": 4, "sha256": DIGEST}


@pytest.mark.parametrize("kind", JOBS)
def test_a_job_without_a_table_is_whole_without_dataset_and_training(kind):
    manifest = a_job(kind)
    assert (manifest.kind, manifest.dataset, manifest.training) == (kind, None, None)
    assert Manifest.model_validate_json(manifest.to_bytes()) == manifest


@pytest.mark.parametrize(
    ("kind", "changes", "told"),
    [
        pytest.param("optimise", {"problem": None}, "needs problem", id="nothing-to-optimise"),
        pytest.param("optimise", {"evolution": {"time": 1.0, "points": 1}}, "has no evolution", id="optimise-in-time"),
        pytest.param("simulate", {"optimiser": {}}, "has no optimiser", id="search-in-a-simulation"),
        pytest.param("simulate", {"training": {}}, "has no training", id="training-in-a-simulation"),
        pytest.param("simulate", {"evolution": None}, "belong together", id="trotter-without-a-time"),
        pytest.param(
            "variational", {"circuit": {"ansatz": "angle_ring", "qubits": 5, "layers": 1}},
            "circuit.qubits is 5, but the problem has 4 qubits", id="wider-than-the-problem",
        ),
    ],
)  # fmt: skip
def test_sections_that_do_not_fit_the_kind_are_refused_by_name(kind, changes, told):
    with pytest.raises(ValidationError, match=told):
        a_job(kind, **changes)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        pytest.param({"dataset": None}, "needs dataset", id="training-on-nothing"),
        pytest.param({"problem": SQUARE}, "has no problem", id="training-on-a-graph"),
    ],
)
def test_training_needs_a_table_and_has_no_problem(changes, told):
    with pytest.raises(ValidationError, match=told):
        a_manifest(**changes)


@pytest.mark.parametrize(
    "problem",
    [
        pytest.param({**SQUARE, "terms": [[0, 1, 1.0], [1, 0, 2.0]]}, id="a-pair-twice"),
        pytest.param({**SQUARE, "terms": [[0, 4, 1.0]]}, id="a-node-outside"),
        pytest.param({**SQUARE, "terms": [[2, 2, 1.0]]}, id="a-loop-in-a-graph"),
        pytest.param({**SQUARE, "terms": [[0, 1, float("nan")]]}, id="a-weight-that-is-no-number"),
        pytest.param({"form": "pauli", "terms": {"ZZII": 1.0, "Z": 1.0}}, id="labels-of-two-lengths"),
        pytest.param({"form": "pauli", "terms": {"ABCD": 1.0}}, id="letters-that-are-no-operators"),
        pytest.param({**CHAIN, "sites": 2, "periodic": True}, id="a-ring-of-two"),
    ],
)
def test_a_problem_that_makes_no_sense_is_refused(problem):
    with pytest.raises((ValidationError, ValueError)):
        a_job("variational", problem=problem)


def test_a_circuit_of_ones_own_is_named_by_file_and_digest():
    assert isinstance(a_job("variational", circuit=OWN).circuit, OwnCircuit)
    with pytest.raises(ValidationError):
        a_job("variational", circuit={name: OWN[name] for name in ("openqasm", "qubits")})
    with pytest.raises(ValidationError):
        a_job("variational", circuit={**OWN, "layers": 3})
