"""Words to statements: everything that is not on the list is refused, before anything is counted."""

from collections.abc import Sequence

from tasks.quantum.parsing.blocks import CONSTANT_TYPES, INPUT_TYPES, Blocks, Text
from tasks.quantum.parsing.cursor import Cursor
from tasks.quantum.parsing.gates import INCLUDES
from tasks.quantum.parsing.refusal import CircuitRefused
from tasks.quantum.parsing.source import Token
from tasks.quantum.parsing.syntax import (
    Act,
    Alias,
    Block,
    Call,
    Declare,
    Define,
    Include,
    Statement,
)  # fmt: skip


def statements(words: Sequence[Token]) -> tuple[Text, Block]:
    """Return the language of a circuit and its statements in order.

    Raises:
        CircuitRefused: a word that is not expected or not allowed, too many statements, too much nesting.
    """
    reader = _Statements(Cursor(words))
    language = reader.version()
    return language, reader.all()


class _Statements(Blocks):
    """Reads a whole text: its version, what it declares and what it does."""

    def version(self) -> Text:
        words = self.words
        if not words.took("OPENQASM"):
            raise CircuitRefused("circuit-version", words.here.line)
        number = words.take()
        if number.text not in {"2.0", "3", "3.0", "3.1"} or not words.took(";"):
            raise CircuitRefused("circuit-version", number.line)
        if number.text == "2.0":
            self.language, words.power = "openqasm2", "^"
        return self.language

    def all(self) -> Block:
        found: list[Statement] = []
        while self.words.here.kind != "end":
            found.append(self._top())
        return tuple(found)

    def _top(self) -> Statement:
        """Return a statement that may stand outside blocks only, or any other."""
        word, is_3 = self.words.here, self.language == "openqasm3"
        match word.text:
            case "include":
                self.count()
                return self._include()
            case "gate":
                self.count()
                return self._define()
            case "qreg" | "creg":
                self.count()
                return self._register_2()
            case "qubit" | "bit" if is_3:
                self.count()
                return self._register_3()
            case "input" | "const" if is_3:
                self.count()
                return self._value()
            case "let" if is_3:
                self.count()
                return self._alias()
        return self.inner()

    def _include(self) -> Include:
        line = self.words.take().line
        file = self.words.take()
        if file.kind != "string" or file.text[1:-1] != INCLUDES[self.language]:
            raise CircuitRefused("circuit-foreign-include", file.line)
        self.words.expect(";")
        return Include(line)

    def _register_2(self) -> Declare:
        word = self.words.take()
        name = self.words.name()
        size = None
        if self.words.took("["):
            size = self.words.arithmetic("]")
            self.words.expect("]")
        self.words.expect(";")
        return Declare("qubit" if word.text == "qreg" else "bit", name, size, word.line)

    def _register_3(self) -> Declare:
        word, size = self.words.take(), None
        if self.words.took("["):
            size = self.words.arithmetic("]")
            self.words.expect("]")
        name = self.words.name()
        self.words.expect(";")
        return Declare("qubit" if word.text == "qubit" else "bit", name, size, word.line)

    def _value(self) -> Declare:
        word = self.words.take()
        self.type_of(INPUT_TYPES if word.text == "input" else CONSTANT_TYPES)
        name = self.words.name()
        value = None
        if word.text == "const":
            self.words.expect("=")
            value = self.words.arithmetic(";")
        self.words.expect(";")
        return Declare("input" if word.text == "input" else "const", name, value, word.line)

    def _alias(self) -> Alias:
        line = self.words.take().line
        name = self.words.name()
        self.words.expect("=")
        operands = [self.words.operand()]
        while self.words.took("++"):
            operands.append(self.words.operand())
        self.words.expect(";")
        return Alias(name, tuple(operands), line)

    def _define(self) -> Define:
        line = self.words.take().line
        name = self.words.name()
        params = self.words.listed(self.words.name, ")") if self.words.took("(") else ()
        qubits = self.words.listed(self.words.name, "{")
        body: list[Call | Act] = []
        while not self.words.took("}"):
            word, found = self.words.here, self.inner()
            if not isinstance(found, Call) and not (isinstance(found, Act) and found.name == "barrier"):
                raise CircuitRefused("circuit-not-allowed", word.line, word.text)
            body.append(found)
        return Define(name, params, qubits, tuple(body), line)
