from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tasks.quantum.observables import each_z
from tasks.quantum.program import Program
from tasks.quantum.request import EstimateRequest, text_of

NOISE = {"mode": "noise", "noise": "depolarising_readout"}


def fit(values: NDArray[Any], qubits: int = 2, n_inputs: int = 2, **changes: Any) -> None:
    """Hold a request of a circuit with so many inputs against their values."""
    fields = {"mode": "exact", "shots": None, "noise": None, "seed": 7, "batch": 0, "deadline_s": 2.0}
    program = Program("ansatz", qubits, 0, tuple(f"x{number}" for number in range(n_inputs)), ())
    asked = {"program": text_of(program), "observables": each_z(qubits), **fields, **changes}
    EstimateRequest.model_validate(asked).refuse_unfit(program, values)


@pytest.mark.parametrize(
    ("rows", "allowed"),
    [(0, False), (1, True), (2, True), (255, True), (256, True), (257, False)],
    ids=str,
)
def test_a_batch_has_1_to_256_rows(rows: int, allowed: bool) -> None:
    try:
        fit(np.zeros((rows, 2)))
    except ValueError:
        assert not allowed
    else:
        assert allowed


@pytest.mark.parametrize(
    "values",
    [
        pytest.param(np.zeros((1, 3)), id="one-input-too-many"),
        pytest.param(np.zeros(2), id="no-row-axis"),
        pytest.param(np.zeros((1, 2), dtype=np.float32), id="float32"),
        pytest.param(np.zeros((1, 2), dtype=np.int64), id="integers"),
    ],
)
def test_values_must_fit_the_circuit(values: NDArray[Any]) -> None:
    with pytest.raises(ValueError, match="found"):
        fit(values)


@pytest.mark.parametrize(
    ("qubits", "changes", "allowed"),
    [
        pytest.param(25, {}, True, id="exact-25"),
        pytest.param(26, {}, True, id="exact-26"),
        pytest.param(27, {}, False, id="exact-27"),
        pytest.param(5, NOISE, True, id="noise-5"),
        pytest.param(6, NOISE, True, id="noise-6"),
        pytest.param(7, NOISE, False, id="noise-7"),
        pytest.param(2, {"shots": 10}, False, id="exact-with-shots"),
        pytest.param(2, {"mode": "shots"}, False, id="shots-without-shots"),
        pytest.param(2, {"mode": "noise"}, False, id="noise-without-noise"),
        pytest.param(2, {"noise": "depolarising_readout"}, False, id="exact-with-noise"),
        pytest.param(2, {"mode": "noise", "noise": "rain"}, False, id="unknown-noise"),
        pytest.param(2, {"deadline_s": 0.0}, False, id="no-time"),
        pytest.param(2, {"backend": "x"}, False, id="unknown-field"),
    ],
)
def test_only_requests_that_can_be_simulated_exist(
    qubits: int, changes: dict[str, Any], allowed: bool
) -> None:
    try:
        fit(np.zeros((1, 2)), qubits, **changes)
    except ValueError:
        assert not allowed
    else:
        assert allowed
