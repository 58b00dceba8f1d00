from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from policy_checks.schemas.manifest import CircuitRequest
from tasks.quantum.request import SimulationRequest

NOISE = {"mode": "noise", "noise": "depolarising_readout"}


def a_request(qubits: int, layers: int, **changes: Any) -> SimulationRequest:
    fields = {"mode": "exact", "shots": None, "noise": None, "seed": 7, "batch": 0, "deadline_s": 2.0}
    circuit = CircuitRequest(ansatz="angle_ring", qubits=qubits, layers=layers)
    return SimulationRequest.model_validate({"circuit": circuit, **fields, **changes})


@pytest.mark.parametrize(
    ("rows", "allowed"),
    [(0, False), (1, True), (2, True), (255, True), (256, True), (257, False)],
    ids=str,
)
def test_a_batch_has_1_to_256_rows(rows: int, allowed: bool) -> None:
    try:
        a_request(2, 1).refuse_unfit(np.zeros((1, 2, 2)), np.zeros((rows, 2)))
    except ValueError:
        assert not allowed
    else:
        assert allowed


@pytest.mark.parametrize(
    ("weights", "angles"),
    [
        pytest.param(np.zeros((2, 1, 2)), np.zeros((1, 2)), id="layers-and-qubits-swapped"),
        pytest.param(np.zeros((1, 2, 2)), np.zeros((1, 3)), id="one-input-too-many"),
        pytest.param(np.zeros((1, 2, 2)), np.zeros(2), id="no-row-axis"),
        pytest.param(np.zeros((1, 2, 2), dtype=np.float32), np.zeros((1, 2)), id="float32-weights"),
        pytest.param(np.zeros((1, 2, 2)), np.zeros((1, 2), dtype=np.int64), id="integer-angles"),
    ],
)
def test_arrays_must_fit_the_circuit(weights: NDArray[Any], angles: NDArray[Any]) -> None:
    with pytest.raises(ValueError, match="found"):
        a_request(2, 1).refuse_unfit(weights, angles)


@pytest.mark.parametrize(
    ("qubits", "changes", "allowed"),
    [
        pytest.param(11, {}, True, id="exact-11"),
        pytest.param(12, {}, True, id="exact-12"),
        pytest.param(13, {}, False, id="exact-13"),
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
        a_request(qubits, 1, **changes)
    except ValueError:
        assert not allowed
    else:
        assert allowed
