"""Names of qubits and bits to their numbers, in the order in which they were declared."""

from collections.abc import Mapping

from tasks.quantum.parsing.expressions import Expression, Value, evaluate
from tasks.quantum.parsing.limits import CLBITS_MAX
from tasks.quantum.parsing.refusal import CircuitRefused
from tasks.quantum.parsing.syntax import Index, Operand, Range

Numbers = tuple[int, ...]


class Registers:
    """The qubits and bits of a circuit.

    Args:
        allows_negative: whether an index may count from the end.
    """

    def __init__(self, n_qubits_max: int, *, allows_negative: bool) -> None:
        self._n_qubits_max, self._allows_negative = n_qubits_max, allows_negative
        self._qubits: dict[str, Numbers] = {}
        self._bits: dict[str, Numbers] = {}
        self.n_qubits = 0
        self.n_clbits = 0

    @property
    def names(self) -> set[str]:
        """Return every name that is taken."""
        return {*self._qubits, *self._bits}

    def add_qubits(self, name: str, size: int, line: int) -> None:
        """Declare qubits, before there is any memory for them."""
        if self.n_qubits + size > self._n_qubits_max:
            raise CircuitRefused(
                "circuit-register-too-wide", line, f"{self.n_qubits + size}", self._n_qubits_max
            )
        self._qubits[name] = tuple(range(self.n_qubits, self.n_qubits + size))
        self.n_qubits += size

    def add_bits(self, name: str, size: int, line: int) -> None:
        """Declare classical bits."""
        if self.n_clbits + size > CLBITS_MAX:
            raise CircuitRefused("circuit-register-too-wide", line, f"{self.n_clbits + size}", CLBITS_MAX)
        self._bits[name] = tuple(range(self.n_clbits, self.n_clbits + size))
        self.n_clbits += size

    def add_alias(self, name: str, qubits: Numbers) -> None:
        """Give qubits another name."""
        self._qubits[name] = qubits

    def qubits(self, found: Operand, values: Mapping[str, Value]) -> Numbers:
        """Return the qubits that an operand names."""
        if found.name.startswith("$"):
            return (self._of_the_machine(found),)
        return self._chosen(self._qubits, found, values)

    def bits(self, found: Operand, values: Mapping[str, Value]) -> Numbers:
        """Return the bits that an operand names."""
        return self._chosen(self._bits, found, values)

    def all_qubits(self) -> Numbers:
        """Return every qubit."""
        return tuple(range(self.n_qubits))

    def _of_the_machine(self, found: Operand) -> int:
        """Return the number of a qubit such as `$3`: with these no register may be declared beside them."""
        number = int(found.name[1:8])
        if self._qubits:
            raise CircuitRefused("circuit-qubits-mixed", found.line, next(iter(self._qubits)))
        if number >= self._n_qubits_max:
            raise CircuitRefused("circuit-register-too-wide", found.line, f"{number + 1}", self._n_qubits_max)
        self.n_qubits = max(self.n_qubits, number + 1)
        return number

    def _chosen(self, known: Mapping[str, Numbers], found: Operand, values: Mapping[str, Value]) -> Numbers:
        if found.name not in known:
            raise CircuitRefused("circuit-name-unknown", found.line, found.name)
        register = known[found.name]
        places = self._places(found.index, values, len(register))
        if any(not 0 <= place < len(register) for place in places):
            raise CircuitRefused("circuit-index", found.line, found.name)
        return tuple(register[place] for place in places)

    def _places(self, index: Index | None, values: Mapping[str, Value], size: int) -> "Numbers | range":
        if index is None:
            return range(size)
        if isinstance(index, Range):
            first, step, last = bounds(index, values, default_last=size - 1)
            chosen = whole_range(self._counted(first, size), step, self._counted(last, size))
            return chosen if len(chosen) <= size else (size,)
        if isinstance(index, Expression):
            return (self._counted(whole(index, values), size),)
        return tuple(self._counted(whole(each, values), size) for each in index)

    def _counted(self, place: int, size: int) -> int:
        return place + size if place < 0 and self._allows_negative else place


def whole(found: Expression, values: Mapping[str, Value]) -> int:
    """Return a whole number that is known before the run.

    Raises:
        CircuitRefused: it is another kind of value.
    """
    value = evaluate(found, values, "index")
    if not isinstance(value, int):
        raise CircuitRefused("circuit-not-constant", found.line, "another value")
    return value


def bounds(found: Range, values: Mapping[str, Value], *, default_last: int) -> tuple[int, int, int]:
    """Return first, step and last of a range."""
    first = whole(found.first, values) if found.first else 0
    step = whole(found.step, values) if found.step else 1
    last = whole(found.last, values) if found.last else default_last
    return first, step, last


def whole_range(first: int, step: int, last: int) -> range:
    """Return the numbers from first to last, both included; a step of 0 gives none."""
    return range(first, last + (1 if step > 0 else -1), step) if step else range(0)
