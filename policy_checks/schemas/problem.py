"""What a job without a table works on: a Hamiltonian that stands in the manifest itself, signed with it."""

from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from policy_checks.schemas.base import Document

VARIABLES_MAX = 128
Index = Annotated[int, Field(ge=0, lt=VARIABLES_MAX)]
Strength = Annotated[float, Field(ge=-1e6, le=1e6)]
PauliLabel = Annotated[str, StringConstraints(pattern=f"^[IXYZ]{{1,{VARIABLES_MAX}}}$")]


class Graph(Document):
    """A function of bits or spins, given by weights on pairs; where both indices are one, on a single one.

    Attributes:
        form: "maxcut" maximises the weight of edges between the two sides; "qubo" minimises
            sum of w x_i x_j over bits in {0, 1}; "ising" minimises sum of w s_i s_j over spins in {1, -1},
            a pair of one index being a field on it. Bit 0 is spin 1.
        terms: (i, j, weight), each pair once in either order.

    Source: Lucas, "Ising formulations of many NP problems", Frontiers in Physics 2, 5 (2014), section 1.
    """

    form: Literal["maxcut", "qubo", "ising"]
    n_variables: Annotated[int, Field(ge=2, le=VARIABLES_MAX)]
    terms: Annotated[tuple[tuple[Index, Index, Strength], ...], Field(min_length=1, max_length=8256)]

    @model_validator(mode="after")
    def _terms_fit(self) -> Self:
        pairs = {(min(i, j), max(i, j)) for i, j, _ in self.terms}
        if len(pairs) != len(self.terms):
            raise ValueError("problem.terms must name each pair once")
        if max(j for _, j in pairs) >= self.n_variables:
            raise ValueError("problem.terms must name variables from 0 to n_variables - 1")
        if self.form == "maxcut" and any(i == j for i, j in pairs):
            raise ValueError("problem.terms of a graph must join two different nodes")
        return self

    @property
    def n_qubits(self) -> int:
        """Return how many qubits it needs."""
        return self.n_variables


class Chain(Document):
    """A chain of spins.

    Attributes:
        form: "ising_chain" is H = -coupling sum Z_i Z_(i+1) - field sum X_i; "heisenberg_chain" is
            H = coupling sum (X_i X_(i+1) + Y_i Y_(i+1) + Z_i Z_(i+1)) + field sum Z_i.
        periodic: whether the last spin is the first one's neighbour.
    """

    form: Literal["ising_chain", "heisenberg_chain"]
    sites: Annotated[int, Field(ge=2, le=VARIABLES_MAX)]
    coupling: Strength
    field: Strength
    periodic: bool = False

    @model_validator(mode="after")
    def _ring_has_three(self) -> Self:
        if self.periodic and self.sites < 3:
            raise ValueError("problem.periodic needs three sites or more")
        return self

    @property
    def n_qubits(self) -> int:
        """Return how many qubits it needs."""
        return self.sites


class Paulis(Document):
    """A sum of Pauli operators with real coefficients: label -> coefficient, qubit 0 rightmost (Qiskit order)."""

    form: Literal["pauli"]
    terms: Annotated[dict[PauliLabel, Strength], Field(min_length=1, max_length=4096)]

    @model_validator(mode="after")
    def _labels_are_as_long(self) -> Self:
        if len({len(label) for label in self.terms}) != 1:
            raise ValueError("problem.terms must have labels of one length")
        return self

    @property
    def n_qubits(self) -> int:
        """Return how many qubits it needs."""
        return len(next(iter(self.terms)))


Problem = Annotated[Graph | Chain | Paulis, Field(discriminator="form")]


class Evolution(Document):
    """How long a system is watched.

    Attributes:
        time: until when, in units of one over the problem's energies.
        points: moments at which it is measured, evenly spread, the end included, the beginning not.
        order: of the Trotter formula; between two moments it is applied `circuit.layers` times.
        initial: all spins up (|0...0>), up and down in turn (|...0101>, qubit 0 being 1), or all along X.
    """

    time: Annotated[float, Field(gt=0, le=1e4)]
    points: Annotated[int, Field(ge=1, le=200)]
    order: Literal[1, 2] = 2
    initial: Literal["up", "neel", "plus"] = "up"


class Optimiser(Document):
    """How free angles are searched: by COBYLA, which asks for values only.

    Attributes:
        evaluations_max: values that one start may ask for.
        starts: beginnings at seeded random angles, of which the best end counts.

    Source: Powell, "A direct search optimization method that models the objective and constraint functions
        by linear interpolation" (1994).
    """

    evaluations_max: Annotated[int, Field(ge=10, le=10_000)] = 150
    starts: Annotated[int, Field(ge=1, le=20)] = 1
