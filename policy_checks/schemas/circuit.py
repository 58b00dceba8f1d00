"""What is known of a circuit before it runs."""

from typing import Annotated

from pydantic import Field

from policy_checks.schemas.base import Digest, Document

Count = Annotated[int, Field(ge=0)]


class CircuitProfile(Document):
    """Sizes of one circuit: facts for the judge, extracted without running it.

    Depths and gate counts are those before transpilation; measurements are not counted as gates.
    `template` is the digest of the circuit as it was asked for, never of angles that were bound since.

    Attributes:
        n_1q: gates on one qubit, with those that a gate on three or more qubits comes down to.
        n_2q: gates on two qubits, likewise: a wide gate is no way around a limit.
        n_wide: gates on three or more qubits, as written.
        gates: operations by name, as written, in alphabetical order.
    """

    n_qubits: Annotated[int, Field(ge=1)]
    depth: Count
    depth_2q: Count
    n_1q: Count
    n_2q: Count
    n_measure: Count
    n_weights: Count
    n_inputs: Count
    template: Digest
    n_reset: Count = 0
    n_wide: Count = 0
    gates: tuple[tuple[str, Count], ...] = ()

    @property
    def n_gates(self) -> int:
        """Return the number of one- and two-qubit gates."""
        return self.n_1q + self.n_2q
