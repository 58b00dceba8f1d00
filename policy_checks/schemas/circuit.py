"""What is known of a circuit before it runs."""

from typing import Annotated

from pydantic import Field

from policy_checks.schemas.base import Digest, Document

Count = Annotated[int, Field(ge=0)]


class CircuitProfile(Document):
    """Sizes of one template circuit: facts for the judge, extracted without running it.

    Depths and gate counts are those of the template before transpilation; measurements are not
    counted as gates. `template` is the digest of the unbound circuit, never of bound angles.
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

    @property
    def n_gates(self) -> int:
        """Return the number of one- and two-qubit gates."""
        return self.n_1q + self.n_2q
