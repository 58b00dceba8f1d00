"""A circuit as JSON between two processes, of which the one that read a hostile text is not believed."""

import math
import re
from collections.abc import Sequence
from typing import Any

from policy_checks.circuit_text import TEXT_BYTES_MAX
from policy_checks.errors import ManifestError
from policy_checks.integrity import strict_json
from tasks.quantum.parsing import limits
from tasks.quantum.parsing.gates import ALLOWED, fits
from tasks.quantum.parsing.refusal import CircuitRefused, shown
from tasks.quantum.program import Definition, Instruction, Program

ANSWER_BYTES_MAX = 8 * 1024 * 1024
NAME_CHARS_MAX = TEXT_BYTES_MAX
WORD = re.compile(r"[^\W\d]\w*")
EXPRESSION = re.compile(r"[\w.+\-*/%()]+")
FUNCTIONS = frozenset(["sin", "cos", "tan", "exp", "sqrt", "log", "arcsin", "arccos", "arctan"])


class AnswerError(ValueError):
    """What the reading process sent is no answer to what it was asked."""


def encode(program: Program) -> bytes:
    """Return a program as JSON."""
    return strict_json.dumps(
        {
            "language": program.language,
            "n_qubits": program.n_qubits,
            "n_clbits": program.n_clbits,
            "inputs": program.inputs,
            "instructions": [_row(each) for each in program.instructions],
            "definitions": [
                [each.name, each.n_qubits, each.n_params, [_row(line) for line in each.body], each.line]
                for each in program.definitions
            ],
        }
    )


def encode_refusal(refused: CircuitRefused) -> bytes:
    """Return a refusal as JSON: its code and figures, never its words."""
    return strict_json.dumps(
        {
            "code": refused.code,
            "line": refused.line,
            "found": refused.found,
            "allowed": refused.allowed,
        }
    )


def decode(payload: bytes, *, n_lines: int, n_qubits_max: int) -> Program | CircuitRefused:
    """Return what the reading process answered, after looking at every value of it.

    Args:
        n_lines: lines of the text that was read.

    Raises:
        AnswerError: anything that no honest reader would send.
    """
    try:
        found = strict_json.loads(payload, size_bytes_max=ANSWER_BYTES_MAX)
        if isinstance(found, dict) and "code" in found:
            return _refusal(n_lines, **found)
        return _Checked(n_lines, n_qubits_max).program(**found)
    except (ManifestError, TypeError, ValueError, OverflowError):
        raise AnswerError from None


def _refusal(n_lines: int, *, code: Any, line: Any, found: Any, allowed: Any) -> CircuitRefused:
    _require(isinstance(code, str) and code in CircuitRefused.WORDS)
    _require(isinstance(found, str) and shown(found) == found)
    _require(_is_count(line, n_lines) and _is_count(allowed, limits.CLBITS_MAX))
    return CircuitRefused(code, line, found, allowed)


class _Checked:
    """The values of one answer, each refused unless it is one that could be asked for."""

    def __init__(self, n_lines: int, n_qubits_max: int) -> None:
        self._n_lines, self._n_qubits_max = n_lines, n_qubits_max
        self._n_qubits = self._n_clbits = 0
        self._names: frozenset[str] = frozenset()
        self._defined: dict[str, tuple[int, int]] = {}

    def program(
        self, *, language: Any, n_qubits: Any, n_clbits: Any, inputs: Any, instructions: Any, definitions: Any
    ) -> Program:
        _require(language in ("openqasm2", "openqasm3", "ansatz"))
        _require(
            _is_count(n_qubits, self._n_qubits_max) and n_qubits and _is_count(n_clbits, limits.CLBITS_MAX)
        )
        _require(isinstance(inputs, list) and len(set(inputs)) == len(inputs) <= limits.STATEMENTS_MAX)
        _require(all(_is_word(name) for name in inputs))
        _require(isinstance(instructions, list) and len(instructions) <= limits.OPERATIONS_MAX)
        _require(isinstance(definitions, list) and len(definitions) <= limits.STATEMENTS_MAX)
        own = tuple(self._definition(*each) for each in definitions)
        self._n_qubits, self._n_clbits = n_qubits, n_clbits
        self._names, self._defined = frozenset(inputs), {}
        return Program(
            language=language,
            n_qubits=n_qubits,
            n_clbits=n_clbits,
            inputs=tuple(inputs),
            instructions=tuple(self._instruction(*each) for each in instructions),
            definitions=own,
        )

    def _definition(self, name: Any, n_qubits: Any, n_params: Any, body: Any, line: Any) -> Definition:
        _require(_is_word(name) and isinstance(body, list) and len(body) <= limits.OPERATIONS_MAX)
        _require(_is_count(n_qubits, TEXT_BYTES_MAX) and _is_count(n_params, TEXT_BYTES_MAX))
        self._n_qubits, self._n_clbits = n_qubits, 0
        self._names = frozenset(f"p{number}" for number in range(n_params))
        found = Definition(name, n_qubits, n_params, tuple(self._instruction(*each) for each in body), line)
        _require(_is_count(line, self._n_lines))
        self._defined[name] = (n_params, n_qubits)
        return found

    def _instruction(
        self, name: Any, qubits: Any, clbits: Any, params: Any, conditional: Any, line: Any
    ) -> Instruction:
        _require(isinstance(name, str) and isinstance(params, list) and type(conditional) is bool)
        _require(_are_distinct(qubits, self._n_qubits) and _are_distinct(clbits, self._n_clbits))
        form = (len(params), len(qubits))
        _require(fits(name, *form) or (name not in ALLOWED and self._defined.get(name) == form))
        _require(_is_count(line, self._n_lines))
        angles = tuple(self._param(param) for param in params)
        return Instruction(name, tuple(qubits), tuple(clbits), angles, conditional, line)

    def _param(self, found: Any) -> float | str:
        if isinstance(found, str):
            _require(len(found) <= limits.EXPRESSION_CHARS_MAX and EXPRESSION.fullmatch(found))
            _require(all(word in self._names or word in FUNCTIONS for word in _words(found)))
            return found
        _require(type(found) is float and math.isfinite(found))
        return float(found)


def _row(found: Instruction) -> list[object]:
    params = [param if isinstance(param, str) else float(param) for param in found.params]
    return [found.name, found.qubits, found.clbits, params, found.conditional, found.line]


def _require(holds: object) -> None:
    if not holds:
        raise AnswerError


def _is_count(found: Any, most: int) -> bool:
    return type(found) is int and 0 <= found <= most


def _is_word(found: Any) -> bool:
    return isinstance(found, str) and len(found) <= NAME_CHARS_MAX and WORD.fullmatch(found) is not None


def _are_distinct(found: Any, n: int) -> bool:
    return (
        isinstance(found, list)
        and all(type(number) is int and 0 <= number < n for number in found)
        and len(set(found)) == len(found)
    )


def _words(expression: str) -> Sequence[str]:
    """Return the names in an expression; the e of a number such as 1e-05 is none."""
    without_numbers = re.sub(r"(?<!\w)\d[\d.]*(e[+-]?\d+)?", " ", expression)
    return WORD.findall(without_numbers)
