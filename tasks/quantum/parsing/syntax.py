"""What a circuit's text is made of, each part with the line on which it begins."""

from dataclasses import dataclass
from typing import Literal

from tasks.quantum.parsing.expressions import Expression


@dataclass(frozen=True, slots=True)
class Range:
    """Whole numbers from `first` to `last`, both included, in steps."""

    first: Expression | None
    step: Expression | None
    last: Expression | None


Index = Expression | Range | tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Operand:
    """A register, a part of it, or a numbered qubit of the machine such as `$3`."""

    name: str
    index: Index | None
    line: int


@dataclass(frozen=True, slots=True)
class Modifier:
    """`inv @`, `ctrl(n) @`, `negctrl(n) @` or `pow(k) @`."""

    name: str
    amount: Expression | None


@dataclass(frozen=True, slots=True)
class Call:
    """A gate on operands."""

    name: str
    params: tuple[Expression, ...]
    operands: tuple[Operand, ...]
    modifiers: tuple[Modifier, ...]
    line: int


@dataclass(frozen=True, slots=True)
class Act:
    """A measurement, reset, barrier or delay; `targets` are the bits that a measurement writes."""

    name: Literal["measure", "reset", "barrier", "delay"]
    operands: tuple[Operand, ...]
    targets: tuple[Operand, ...]
    duration: Expression | None
    line: int


@dataclass(frozen=True, slots=True)
class Declare:
    """A register, a free input or a constant."""

    kind: Literal["qubit", "bit", "input", "const"]
    name: str
    value: Expression | None
    line: int


@dataclass(frozen=True, slots=True)
class Alias:
    """Another name for some qubits."""

    name: str
    operands: tuple[Operand, ...]
    line: int


@dataclass(frozen=True, slots=True)
class Include:
    """The language's own library of gates."""

    line: int


@dataclass(frozen=True, slots=True)
class Define:
    """A gate of the author's own."""

    name: str
    params: tuple[str, ...]
    qubits: tuple[str, ...]
    body: tuple["Call | Act", ...]
    line: int


@dataclass(frozen=True, slots=True)
class Choose:
    """Statements that depend on measured bits; which way is not looked into."""

    reads: tuple[Operand, ...]
    then: "Block"
    otherwise: "Block"
    line: int


@dataclass(frozen=True, slots=True)
class Repeat:
    """Statements that are repeated for each value of a variable."""

    variable: str
    values: Range | tuple[Expression, ...]
    body: "Block"
    line: int


Statement = Call | Act | Declare | Alias | Include | Define | Choose | Repeat
Block = tuple[Statement, ...]
