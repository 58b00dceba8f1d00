"""What a requested circuit will be, in closed form: known before anything is built or run."""

from policy_checks.integrity import strict_json
from policy_checks.schemas.circuit import CircuitProfile
from policy_checks.schemas.manifest import CircuitRequest

ANSATZ_VERSION = 1


def profile(circuit: CircuitRequest) -> CircuitProfile:
    """Return the sizes of a circuit without building it, in the same time for every size.

    A ring of n CX is a staircase: each gate waits for the one before it, and the next layer's
    first gate waits for the last of this one. So a layer adds n to the two-qubit depth, and two
    rotations besides to the depth.

    >>> profile(CircuitRequest(ansatz="angle_ring", qubits=4, layers=2)).depth
    13
    """
    n_qubits, n_layers = circuit.qubits, circuit.layers
    ring = n_qubits if n_qubits > 1 else 0
    n_weights = 2 * n_qubits * n_layers
    return CircuitProfile(
        n_qubits=n_qubits,
        depth=1 + n_layers * (2 + ring),
        depth_2q=n_layers * ring,
        n_1q=n_qubits + n_weights,
        n_2q=n_layers * ring,
        n_measure=n_qubits,
        n_weights=n_weights,
        n_inputs=n_qubits,
        template=_template(circuit),
    )


def _template(circuit: CircuitRequest) -> str:
    named = {"version": ANSATZ_VERSION, **circuit.model_dump(mode="json")}
    return strict_json.digest(strict_json.dumps(named))
