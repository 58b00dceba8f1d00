"""Arithmetic in a circuit's text: read without recursion, evaluated with or without free inputs."""

import math
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tasks.quantum.parsing.limits import DEPTH_MAX, EXPRESSION_CHARS_MAX, INTEGER_MAX
from tasks.quantum.parsing.refusal import CircuitRefused
from tasks.quantum.parsing.source import Token

Value = int | float | str
"""A number, or the text of an expression over free inputs."""

CONSTANTS = {"pi": math.pi, "π": math.pi, "tau": math.tau, "τ": math.tau, "euler": math.e, "ℇ": math.e}
FUNCTIONS: dict[str, Callable[[float], float]] = {
    "sin": math.sin, "cos": math.cos, "tan": math.tan, "exp": math.exp, "sqrt": math.sqrt,
    "ln": math.log, "log": math.log, "arcsin": math.asin, "arccos": math.acos, "arctan": math.atan,
    "asin": math.asin, "acos": math.acos, "atan": math.atan,
}  # fmt: skip
NAMED = {"ln": "log", "asin": "arcsin", "acos": "arccos", "atan": "arctan"}
OPERATORS: dict[str, tuple[int, Callable[[Any, Any], Any]]] = {
    "+": (1, operator.add), "-": (1, operator.sub), "*": (2, operator.mul), "/": (2, operator.truediv),
    "%": (2, operator.mod), "**": (4, math.pow),
}  # fmt: skip
NEGATION = "negation"
NEGATION_RANK = 3


@dataclass(frozen=True, slots=True)
class Expression:
    """Arithmetic in postfix order; `line` is where it begins."""

    steps: tuple[tuple[str, Any], ...]
    line: int

    @property
    def names(self) -> frozenset[str]:
        """Return the names whose values it needs."""
        return frozenset(value for kind, value in self.steps if kind == "name")


def expression(words: Sequence[Token], power: str) -> Expression:
    """Return the arithmetic that these words hold; `words` ends with the word that closes it.

    Args:
        power: how the language writes "to the power of".

    Raises:
        CircuitRefused: no arithmetic, or nested too deeply.
    """
    steps: list[tuple[str, Any]] = []
    waiting: list[tuple[str, int]] = []
    is_operand_due = True
    for index, word in enumerate(words[:-1]):
        if is_operand_due:
            is_operand_due = _operand(word, words[index + 1], steps, waiting)
        elif word.text == ")":
            _close(word, steps, waiting)
        elif word.text == power or (word.text in OPERATORS and word.text != "**"):
            _binary("**" if word.text == power else word.text, steps, waiting)
            is_operand_due = True
        else:
            raise CircuitRefused("circuit-unreadable", word.line, word.text)
        if len(waiting) > DEPTH_MAX:
            raise CircuitRefused("circuit-too-deep", word.line)
    end = words[-1]
    if is_operand_due:
        raise CircuitRefused("circuit-unreadable", end.line, end.text)
    while waiting:
        if waiting[-1][0] == "(":
            raise CircuitRefused("circuit-unreadable", end.line, end.text)
        _settle(steps, waiting)
    return Expression(tuple(steps), words[0].line)


def _operand(
    word: Token, following: Token, steps: list[tuple[str, Any]], waiting: list[tuple[str, int]]
) -> bool:
    """Take a word where an operand is due; return whether one still is."""
    if word.text == "-":
        waiting.append((NEGATION, NEGATION_RANK))
    elif word.text == "(":
        waiting.append(("(", 0))
    elif word.kind == "word" and word.text in FUNCTIONS and following.text == "(":
        waiting.append((word.text, 9))
    elif word.text != "+":
        steps.append(_leaf(word))
        return False
    return True


def _leaf(word: Token) -> tuple[str, Any]:
    if word.kind == "word":
        return "name", word.text
    if word.kind == "int" and len(word.text) < len(str(INTEGER_MAX)):
        return "value", int(word.text)
    if word.kind in {"int", "float"}:
        return "value", float(word.text)
    raise CircuitRefused("circuit-unreadable", word.line, word.text)


def _binary(sign: str, steps: list[tuple[str, Any]], waiting: list[tuple[str, int]]) -> None:
    rank = OPERATORS[sign][0]
    while waiting and waiting[-1][0] != "(" and (waiting[-1][1] > rank or (waiting[-1][1] == rank != 4)):
        _settle(steps, waiting)
    waiting.append((sign, rank))


def _close(word: Token, steps: list[tuple[str, Any]], waiting: list[tuple[str, int]]) -> None:
    while waiting and waiting[-1][0] != "(":
        _settle(steps, waiting)
    if not waiting:
        raise CircuitRefused("circuit-unreadable", word.line, word.text)
    waiting.pop()
    if waiting and waiting[-1][0] in FUNCTIONS:
        _settle(steps, waiting)


def _settle(steps: list[tuple[str, Any]], waiting: list[tuple[str, int]]) -> None:
    name, _ = waiting.pop()
    steps.append(("function" if name in FUNCTIONS else "operator", name))


def evaluate(found: Expression, known: Mapping[str, Value], of: str) -> Value:
    """Return the value of arithmetic, a text where it holds free inputs.

    Args:
        known: name -> number, or -> the text that stands for a free input.
        of: what the value is a parameter of, for the message.

    Raises:
        CircuitRefused: a name without a value, no finite number, or a text that grows too long.
    """
    stack: list[Value] = []
    try:
        for kind, step in found.steps:
            if kind == "value":
                stack.append(step)
            elif kind == "name":
                stack.append(_known(step, known, found.line))
            elif step == NEGATION:
                stack.append(_negated(stack.pop()))
            elif kind == "function":
                stack.append(_applied(step, stack.pop()))
            else:
                second, first = stack.pop(), stack.pop()
                stack.append(_combined(step, first, second))
            _refuse_growth(stack[-1], found.line, of)
    except (ArithmeticError, ValueError):
        raise CircuitRefused("circuit-angle-not-finite", found.line, of) from None
    (value,) = stack
    return value


def bound(found: Expression, known: Mapping[str, Value]) -> Expression:
    """Return the same arithmetic with the values of the names that are known."""
    steps = (
        ("value", known[step]) if kind == "name" and step in known else (kind, step)
        for kind, step in found.steps
    )
    return Expression(tuple(steps), found.line)


def _refuse_growth(value: Value, line: int, of: str) -> None:
    if isinstance(value, str):
        if len(value) > EXPRESSION_CHARS_MAX:
            raise CircuitRefused("circuit-expression-too-long", line)
    elif not math.isfinite(value):
        raise CircuitRefused("circuit-angle-not-finite", line, of)


def _known(name: str, known: Mapping[str, Value], line: int) -> Value:
    if name in known:
        return known[name]
    if name in CONSTANTS:
        return CONSTANTS[name]
    raise CircuitRefused("circuit-name-unknown", line, name)


def _negated(value: Value) -> Value:
    return f"(-{value})" if isinstance(value, str) else -value


def _applied(function: str, value: Value) -> Value:
    if isinstance(value, str):
        return f"{NAMED.get(function, function)}({value})"
    return FUNCTIONS[function](value)


def _combined(sign: str, first: Value, second: Value) -> Value:
    if isinstance(first, str) or isinstance(second, str):
        return f"({first}{sign}{second})"
    value: int | float = OPERATORS[sign][1](first, second)
    if isinstance(first, int) and isinstance(second, int) and abs(value) <= INTEGER_MAX:
        return int(value) if value == int(value) else value
    return float(value)
