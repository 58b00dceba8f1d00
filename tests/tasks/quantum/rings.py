"""The trained `angle_ring` as a program, with numbers for weights: what many tests ask a simulation of."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from policy_checks.schemas.manifest import CircuitRequest
from tasks.quantum import estimate
from tasks.quantum.ansatz import program
from tasks.quantum.observables import each_z
from tasks.quantum.program import Program
from tasks.quantum.request import EstimateRequest, text_of
from tasks.quantum.trainable import trained, weight_inputs

Array = NDArray[np.float64]


def a_ring(weights: Array) -> Program:
    """The circuit with weights (layers, qubits, 2), in C order."""
    layers, qubits, _ = weights.shape
    found = program(CircuitRequest(ansatz="angle_ring", qubits=qubits, layers=layers))
    return trained(found, dict(zip(weight_inputs(found), weights.ravel().tolist(), strict=True)))[0]


def expectations(weights: Array, angles: Array, **changes: Any) -> Array:
    """<Z_q> of every row, simulated in this process."""
    fields = {"mode": "exact", "shots": None, "noise": None, "seed": 7, "batch": 0, "deadline_s": 2.0}
    ring = a_ring(weights)
    asked = {"program": text_of(ring), "observables": each_z(ring.n_qubits), **fields, **changes}
    return estimate.estimates(EstimateRequest.model_validate(asked), angles).mean
