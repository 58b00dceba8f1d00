"""Statements that do something, inside blocks or outside: gates, measurements, conditions, loops."""

from typing import Literal

from tasks.quantum.parsing.cursor import Cursor
from tasks.quantum.parsing.expressions import Expression
from tasks.quantum.parsing.limits import DEPTH_MAX, STATEMENTS_MAX
from tasks.quantum.parsing.refusal import CircuitRefused
from tasks.quantum.parsing.syntax import (
    Act,
    Block,
    Call,
    Choose,
    Modifier,
    Operand,
    Range,
    Repeat,
    Statement,
)  # fmt: skip

Text = Literal["openqasm2", "openqasm3"]

PULSE = frozenset(["defcal", "defcalgrammar", "cal", "port", "frame", "waveform", "play", "capture"])
REFUSED = frozenset({
    "opaque", "def", "extern", "pragma", "while", "switch", "box", "end", "return", "break", "continue", "output",
    "array", "int", "uint", "float", "angle", "complex", "bool", "duration", "stretch", "durationof", "sizeof",
    "nop", "readonly", "mutable", "#", "@",
})  # fmt: skip
MODIFIERS = frozenset({"inv", "ctrl", "negctrl", "pow"})
INPUT_TYPES = frozenset({"float", "angle"})
CONSTANT_TYPES = frozenset({"int", "uint", "float", "angle"})
LOOP_TYPES = frozenset({"int", "uint"})
CONDITION_SIGNS = frozenset(["(", ")", "!", "~", "&", "|", "&&", "||", "==", "!=", "<", ">", "<=", ">=", "^"])


class Blocks:
    """Reads statements at a cursor; whatever is not on the list is refused here."""

    def __init__(self, cursor: Cursor) -> None:
        self.words = cursor
        self.language: Text = "openqasm3"
        self._n_statements = 0
        self._depth = 0

    def inner(self) -> Statement:
        """Return a statement that does something."""
        self.count()
        word, is_3 = self.words.here, self.language == "openqasm3"
        if word.text in PULSE:
            raise CircuitRefused("circuit-pulse-level", word.line, word.text)
        if word.text in REFUSED:
            raise CircuitRefused("circuit-not-allowed", word.line, word.text)
        match word.text:
            case "if":
                return self._choose()
            case "for" if is_3:
                return self._repeat()
            case "measure" | "reset" | "barrier":
                return self._act()
            case "delay" if is_3:
                return self._act()
        return self._assignment_or_call()

    def count(self) -> None:
        self._n_statements += 1
        if self._n_statements > STATEMENTS_MAX:
            raise CircuitRefused("circuit-too-many-statements", self.words.here.line)

    def _choose(self) -> Choose:
        line = self.words.take().line
        self.words.expect("(")
        reads = self._condition()
        then = self._body()
        return Choose(reads, then, self._body() if self.words.took("else") else (), line)

    def _condition(self) -> tuple[Operand, ...]:
        """Return the bits that a condition reads; its value is known in the run only."""
        reads: list[Operand] = []
        depth = 1
        while depth:
            word = self.words.here
            if word.kind == "word" and word.text not in {"true", "false"}:
                reads.append(self.words.operand())
            elif word.kind in {"int", "word"} or word.text in CONDITION_SIGNS:
                depth += (word.text == "(") - (word.text == ")")
                self.words.take()
            else:
                raise self.words.unreadable()
            if depth > DEPTH_MAX:
                raise CircuitRefused("circuit-too-deep", word.line)
        return tuple(reads)

    def _repeat(self) -> Repeat:
        line = self.words.take().line
        if self.words.after.text != "in":
            self.type_of(LOOP_TYPES)
        variable = self.words.name()
        self.words.expect("in")
        return Repeat(variable, self._values(), self._body(), line)

    def _values(self) -> Range | tuple[Expression, ...]:
        words = self.words
        if words.took("{"):
            return words.listed(lambda: words.arithmetic(",", "}"), "}")
        words.expect("[")
        found = words.range_or_one()
        words.expect("]")
        if not isinstance(found, Range):
            raise CircuitRefused("circuit-not-constant", found.line, "one index")
        return found

    def _body(self) -> Block:
        self._depth += 1
        if self._depth > DEPTH_MAX:
            raise CircuitRefused("circuit-too-deep", self.words.here.line)
        found: list[Statement] = []
        if not self.words.took("{"):
            found.append(self.inner())
        else:
            while not self.words.took("}"):
                found.append(self.inner())
        self._depth -= 1
        return tuple(found)

    def _act(self) -> Act:
        word, words = self.words.take(), self.words
        duration: Expression | None = None
        targets: tuple[Operand, ...] = ()
        if word.text == "delay":
            words.expect("[")
            duration = words.duration()
            words.expect("]")
        operands = words.listed(words.operand, ";") if word.text != "measure" else (words.operand(),)
        if word.text == "measure":
            targets = (words.operand(),) if words.took("->") else ()
            words.expect(";")
        elif word.text == "reset" and len(operands) != 1:
            raise CircuitRefused("circuit-unreadable", word.line, "reset")
        return Act(word.text, operands, targets, duration, word.line)  # type: ignore[arg-type]

    def _assignment_or_call(self) -> Call | Act:
        words, line = self.words, self.words.here.line
        if self.language == "openqasm3" and words.after.text in {"=", "["}:
            return self._assignment(line)
        modifiers: list[Modifier] = []
        while self.language == "openqasm3" and words.here.text in MODIFIERS:
            modifiers.append(self._modifier())
        name = words.name()
        params = words.listed(lambda: words.arithmetic(",", ")"), ")") if words.took("(") else ()
        return Call(name, params, words.listed(words.operand, ";"), tuple(modifiers), line)

    def _modifier(self) -> Modifier:
        name, amount = self.words.take().text, None
        if self.words.took("("):
            amount = self.words.arithmetic(")")
            self.words.expect(")")
        self.words.expect("@")
        return Modifier(name, amount)

    def _assignment(self, line: int) -> Act:
        """Return `bit = measure qubit;`, the only assignment there is."""
        target = self.words.operand()
        self.words.expect("=")
        self.words.expect("measure")
        source = self.words.operand()
        self.words.expect(";")
        return Act("measure", (source,), (target,), None, line)

    def type_of(self, allowed: frozenset[str]) -> None:
        word = self.words.take()
        if word.text not in allowed:
            raise CircuitRefused("circuit-not-allowed", word.line, word.text)
        if self.words.took("["):
            self.words.arithmetic("]")
            self.words.expect("]")
