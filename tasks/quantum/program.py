"""A circuit as plain values: what was read from an author's text, with no object of a library in it."""

from dataclasses import dataclass
from typing import Literal

Language = Literal["openqasm2", "openqasm3", "ansatz"]


@dataclass(frozen=True, slots=True)
class Instruction:
    """One operation on numbered qubits.

    Attributes:
        params: radians; a text is an expression over free inputs.
        conditional: whether it depends on a measured bit.
        line: the line of the author's statement, from 1; 0 where there is no text.
    """

    name: str
    qubits: tuple[int, ...]
    clbits: tuple[int, ...] = ()
    params: tuple[float | str, ...] = ()
    conditional: bool = False
    line: int = 0


@dataclass(frozen=True, slots=True)
class Definition:
    """A gate that the author defined, its body as written: qubits are argument numbers, one level deep."""

    name: str
    n_qubits: int
    n_params: int
    body: tuple[Instruction, ...]
    line: int


@dataclass(frozen=True, slots=True)
class Program:
    """A whole circuit in standard gates, the author's own gates expanded, and those gates as written."""

    language: Language
    n_qubits: int
    n_clbits: int
    inputs: tuple[str, ...]
    instructions: tuple[Instruction, ...]
    definitions: tuple[Definition, ...] = ()
