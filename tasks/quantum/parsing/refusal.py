"""Every reason for which a circuit's text is refused: its code, its words and what to do.

The words stand here and nowhere else. A process that has read a hostile text names a code, a line and
at most one word; what a person reads is put together from this table, so nothing else of the text, and
nothing of the machine, can be said.
"""

import re
from typing import ClassVar

from policy_checks.circuit_text import TEXT_BYTES_MAX
from policy_checks.errors import ManifestError
from tasks.quantum.parsing import limits

SHOWN_CHARS_MAX = 32
WORD_OR_SIGN = re.compile(r"[A-Za-z0-9_.+-]{0,32}|[-+*/%^~!<>=&|(){}\[\],;:@#]{1,2}")
OWN_WORDS = frozenset(
    {
        "a pickle",
        "an archive",
        "an open comment or string",
        "another value",
        "an open range",
        "one index",
        "the end",
    }
)
"""What is said of a text in words of ours."""


class CircuitRefused(ManifestError):
    """A circuit's text is not read; `line` is the line it speaks of, 0 where it is the whole text."""

    WORDS: ClassVar[dict[str, tuple[str, str]]] = {
        "circuit-too-long": (
            f"{{found}} bytes found, at most {TEXT_BYTES_MAX:,} allowed",
            "Write repetitions as gate definitions, or split the circuit.",
        ),
        "circuit-too-many-statements": (
            f"more than {limits.STATEMENTS_MAX:,} statements found, at most {limits.STATEMENTS_MAX:,} allowed",
            "Write repetitions as gate definitions or loops, or split the circuit.",
        ),
        "circuit-too-deep": (
            f"brackets, blocks or gate definitions nested deeper than {limits.DEPTH_MAX}",
            "Write it with less nesting.",
        ),
        "circuit-register-too-wide": (
            "{found} qubits or bits found in all, at most {allowed} allowed",
            "Declare fewer: circuits wider than this are not simulated for this tenant.",
        ),
        "circuit-register-empty": (
            "the register {found} has no size of 1 or more",
            "Give it at least one qubit or bit.",
        ),
        "circuit-qubits-mixed": (
            "numbered qubits of a machine beside the register {found}",
            "Use either registers or numbered qubits such as $0.",
        ),
        "circuit-expands-too-far": (
            f"it expands to at least {{found}} operations, at most {limits.OPERATIONS_MAX:,} allowed",
            "Nest fewer gate definitions, or let loops run less often.",
        ),
        "circuit-expression-too-long": (
            f"an expression grows beyond {limits.EXPRESSION_CHARS_MAX:,} characters",
            "Give the gate fewer or simpler expressions over the inputs.",
        ),
        "circuit-foreign-include": (
            'another include found than "qelib1.inc" (OpenQASM 2) or "stdgates.inc" (OpenQASM 3)',
            "Write the gate definitions into the circuit's own file.",
        ),
        "circuit-pulse-level": (
            "pulse-level input ({found}) found, only gates are allowed",
            "Write the circuit in gates: pulses would reach below what can be judged.",
        ),
        "circuit-binary": (
            "{found} found, only OpenQASM 2 or 3 as text is read: a binary format can run code when it is loaded",
            "Export the circuit as text, in Qiskit with its module qasm3.",
        ),
        "circuit-not-allowed": (
            "{found} found, which is no gate of the allow-list and no statement that is read here",
            "Use standard gates, own gate definitions, measure, reset, barrier, delay, if, and for with constant bounds.",
        ),
        "circuit-gate-unknown": (
            "the gate {found} is neither standard nor defined above",
            'Define it above its first use, or include "qelib1.inc" or "stdgates.inc".',
        ),
        "circuit-gate-form": (
            "{found} was given another number of parameters or qubits than it takes",
            "Give the gate what its definition says.",
        ),
        "circuit-modifier": (
            "{found} with these modifiers is no gate that is read here",
            "Use inv, a whole pow, or ctrl where a standard gate of that name exists.",
        ),
        "circuit-name-unknown": (
            "the name {found} is not declared above",
            "Declare it before its first use.",
        ),
        "circuit-name-twice": ("the name {found} is declared twice", "Give each thing a name of its own."),
        "circuit-index": ("an index of {found} lies outside it", "Use indices from 0 to its size minus 1."),
        "circuit-width-differs": (
            "registers of different sizes in one statement ({found})",
            "Use registers of one size, or single qubits.",
        ),
        "circuit-qubit-twice": (
            "{found} is applied to one qubit twice",
            "Give each argument a qubit of its own.",
        ),
        "circuit-not-constant": (
            "{found} found where a whole number is needed that is known before the run",
            "Use numbers, constants and loop variables there.",
        ),
        "circuit-angle-not-finite": (
            "a parameter of {found} is not a finite number",
            "Give finite angles, in radians.",
        ),
        "circuit-empty": ("no qubit is declared", "Declare a register: qubit[2] q;"),
        "circuit-version": (
            "the text does not begin with OPENQASM 2.0 or OPENQASM 3",
            'Begin it with "OPENQASM 3.0;" or "OPENQASM 2.0;".',
        ),
        "circuit-unreadable": (
            "{found} was not expected here",
            "Look at this line and the one before it: a semicolon or bracket may be missing.",
        ),
        "circuit-not-text": ("a byte that is not UTF-8 text found", "Save the file as UTF-8."),
        "circuit-too-slow": (
            "it was not read in the time and memory allowed for a circuit",
            "Make it shorter or simpler.",
        ),
    }

    def __init__(self, code: str, line: int = 0, found: str = "", allowed: int = 0) -> None:
        words, remedy = self.WORDS[code]
        told = words.format(found=shown(found) or "something else", allowed=f"{allowed:,}")
        super().__init__(code, f"Line {line}: {told}." if line else f"{told[0].upper()}{told[1:]}.", remedy)
        self.line, self.found, self.allowed = line, shown(found), allowed


def shown(word: str) -> str:
    """Return what may be repeated of a word: its beginning, if that is a name, number or sign in ASCII.

    >>> shown("theta_0"), shown("a<b>")
    ('theta_0', '')
    """
    begin = word[:SHOWN_CHARS_MAX]
    return begin if begin in OWN_WORDS or WORD_OR_SIGN.fullmatch(begin) else ""
