"""A place in a circuit's words, and what is read at it: names, lists, arithmetic, operands."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from tasks.quantum.parsing.expressions import Expression, expression
from tasks.quantum.parsing.limits import DEPTH_MAX
from tasks.quantum.parsing.refusal import CircuitRefused
from tasks.quantum.parsing.source import Token
from tasks.quantum.parsing.syntax import Operand, Range

Item = TypeVar("Item")
DURATIONS = {"dt": 1.0, "ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0}
OPENING, CLOSING = {"(", "[", "{"}, {")", "]", "}"}


class Cursor:
    """Reads words one after the other; whatever is not expected is refused with its line."""

    def __init__(self, words: Sequence[Token]) -> None:
        self._words, self._at = words, 0
        self.power = "**"

    @property
    def here(self) -> Token:
        """Return the next word, which stays the next."""
        return self._words[self._at]

    @property
    def after(self) -> Token:
        """Return the word after the next."""
        return self._words[min(self._at + 1, len(self._words) - 1)]

    def take(self) -> Token:
        """Return the next word and go beyond it; never beyond the end."""
        word = self.here
        if word.kind != "end":
            self._at += 1
        return word

    def took(self, *texts: str) -> bool:
        """Go beyond the next word if it is one of these; return whether it was."""
        if self.here.kind != "string" and self.here.text in texts:
            self._at += 1
            return True
        return False

    def expect(self, text: str) -> None:
        """Go beyond a word that must come next."""
        if not self.took(text):
            raise self.unreadable()

    def name(self) -> str:
        """Return a name that must come next."""
        if self.here.kind != "word":
            raise self.unreadable()
        return self.take().text

    def unreadable(self) -> CircuitRefused:
        """Return the refusal of the next word."""
        return CircuitRefused("circuit-unreadable", self.here.line, self.here.text)

    def listed(self, item: Callable[[], Item], close: str) -> tuple[Item, ...]:
        """Return items between commas, up to a closing word, beyond which it goes; there may be none."""
        items: list[Item] = []
        while not self.took(close):
            if items:
                self.expect(",")
                if self.took(close):
                    break
            items.append(item())
        return tuple(items)

    def arithmetic(self, *ends: str) -> Expression:
        """Return the arithmetic before one of these words, which stays the next."""
        begin, depth = self._at, 0
        while depth or self.here.text not in ends:
            depth += (self.here.text in OPENING) - (self.here.text in CLOSING)
            if self.here.kind == "end" or self.here.text in {";", "{", "}"} or not 0 <= depth <= DEPTH_MAX:
                raise CircuitRefused("circuit-too-deep", self.here.line) if depth > 0 else self.unreadable()
            self.take()
        return expression(self._words[begin : self._at + 1], self.power)

    def duration(self) -> Expression:
        """Return the number of a duration such as 100ns: seconds, or steps of the device where it is in dt."""
        word = self.take()
        number = word.text.rstrip("dtnuµms")
        if word.kind != "duration":
            raise CircuitRefused("circuit-unreadable", word.line, word.text)
        return Expression((("value", float(number) * DURATIONS[word.text[len(number) :]]),), word.line)

    def operand(self) -> Operand:
        """Return a register, a part of it or a qubit of the machine."""
        word = self.take()
        if word.kind not in {"word", "physical"}:
            raise CircuitRefused("circuit-unreadable", word.line, word.text)
        if word.kind == "physical" or not self.took("["):
            return Operand(word.text, None, word.line)
        if self.took("{"):
            chosen = self.listed(lambda: self.arithmetic(",", "}"), "}")
            self.expect("]")
            return Operand(word.text, chosen, word.line)
        index = self.range_or_one()
        self.expect("]")
        return Operand(word.text, index, word.line)

    def range_or_one(self) -> Range | Expression:
        """Return what stands in brackets: one index, or a range with or without a step."""
        parts = [self._bound()]
        while self.took(":"):
            parts.append(self._bound())
        if len(parts) == 1 and parts[0] is not None:
            return parts[0]
        if len(parts) == 2:
            return Range(parts[0], None, parts[1])
        if len(parts) == 3:
            return Range(*parts)
        raise self.unreadable()

    def _bound(self) -> Expression | None:
        return None if self.here.text in {":", "]"} else self.arithmetic(":", "]")
