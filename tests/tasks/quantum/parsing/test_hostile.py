"""Hostile texts: each refused with its code, its line and a remedy, and nothing of the text or the machine is told."""

import json
import re
import sys
from pathlib import Path

import pytest

from tasks.quantum.parsing import CircuitRefused, read
from tasks.quantum.parsing.answer import AnswerError, decode, encode
from tasks.quantum.parsing.reader import Reader
from tasks.quantum.parsing.reading import program_of
from tests.documents import PROJECT

EVIL = PROJECT / "tests" / "evil" / "circuits"
VERDICTS = {
    name: (code, int(line))
    for name, code, line in (row.split("\t") for row in (EVIL / "verdicts.tsv").read_text().splitlines())
}
BELL = b'OPENQASM 3.0;\ninclude "stdgates.inc";\nqubit[2] q;\nbit[2] c;\nh q[0];\ncx q[0], q[1];\nc = measure q;\n'
PRINTED = re.compile(r"[A-Za-z0-9 .,:;_+\-*/%^~!<>=&|(){}\[\]@#\"']+")


def refused(text: bytes, n_qubits_max: int = 26) -> CircuitRefused:
    with pytest.raises(CircuitRefused) as found:
        read(text, n_qubits_max=n_qubits_max)
    return found.value


def test_every_hostile_file_has_a_verdict():
    assert {path.stem for path in EVIL.glob("*.qasm")} == set(VERDICTS)
    assert len(VERDICTS) >= 60


@pytest.mark.parametrize("name", VERDICTS)
def test_a_hostile_text_is_refused_with_its_line_and_a_remedy(name):
    error = refused((EVIL / f"{name}.qasm").read_bytes())
    assert (error.code, error.line) == VERDICTS[name]
    assert error.remedy
    assert error.exit_code == 2
    assert PRINTED.fullmatch(error.message)
    assert len(error.message) < 240
    for secret in ("passwd", "root:", "PWNED", "Traceback", "/dev", "caf"):
        assert secret not in str(error)


@pytest.mark.parametrize("width", [(2, True), (1, False), (3, True)], ids=["just", "one-short", "one-spare"])
def test_the_tenants_qubits_are_the_limit(width):
    n_qubits_max, fits = width
    if fits:
        assert read(BELL, n_qubits_max=n_qubits_max).n_qubits == 2
    else:
        assert refused(BELL, n_qubits_max).code == "circuit-register-too-wide"


def test_what_comes_from_the_reading_process_is_what_is_read_in_this_one():
    assert read(BELL, n_qubits_max=2) == program_of(BELL, n_qubits_max=2)


def in_place_of_the_reader(tmp_path: Path, program: str) -> Reader:
    script = tmp_path / "reader.py"
    script.write_text(program)

    class TakenOver(Reader):
        command = (sys.executable, str(script))
        verdict_s_max = 0.5

    return TakenOver()


LIES = {
    "says nothing": "pass",
    "dies": "import os; os.abort()",
    "never reads": "import time; time.sleep(60)",
    "reads and never answers": "import sys, time; sys.stdin.read(); time.sleep(60)",
    "leaves a child behind": "import os, time\nif os.fork() == 0: time.sleep(60)",
    "talks for ever": "import os\nwhile True: os.write(1, b'[' * 65536)",
    "nests for ever": "print('[' * 100000)",
    "answers no object": "print(7)",
    "answers another object": "print('{\"program\": 1}')",
    "answers a pickle": "import os; os.write(1, b'\\x80\\x04K\\x01.')",
}


@pytest.mark.parametrize("name", LIES)
def test_a_reading_process_that_was_taken_over_gives_a_refusal_and_no_more(name, tmp_path):
    with pytest.raises(CircuitRefused) as found:
        in_place_of_the_reader(tmp_path, LIES[name]).read(BELL + b" " * 60_000, n_qubits_max=2)
    assert found.value.code == "circuit-too-slow"


def an_answer() -> dict:
    return json.loads(encode(program_of(BELL + b"gate g(t) a { rx(t) a; }\n", n_qubits_max=2)))


CHANGES = {
    "another language": lambda found: found.update(language="python"),
    "too many qubits": lambda found: found.update(n_qubits=3),
    "no qubits": lambda found: found.update(n_qubits=0),
    "qubits that are true": lambda found: found.update(n_qubits=True),
    "a field too many": lambda found: found.update(more=1),
    "a field too few": lambda found: found.pop("inputs"),
    "an input that is no name": lambda found: found.update(inputs=["a b"]),
    "a gate that nobody knows": lambda found: found["instructions"][0].__setitem__(0, "magic"),
    "a gate with a qubit too many": lambda found: found["instructions"][0].__setitem__(1, [0, 1]),
    "a qubit outside": lambda found: found["instructions"][0].__setitem__(1, [2]),
    "a qubit twice": lambda found: found["instructions"][1].__setitem__(1, [1, 1]),
    "a bit outside": lambda found: found["instructions"][2].__setitem__(2, [2]),
    "an angle where there is none": lambda found: found["instructions"][0].__setitem__(3, [0.5]),
    "a line outside": lambda found: found["instructions"][0].__setitem__(5, 99),
    "a condition that is a word": lambda found: found["instructions"][0].__setitem__(4, "yes"),
    "an instruction too short": lambda found: found["instructions"][0].pop(),
    "more instructions than allowed": lambda found: found.update(instructions=found["instructions"] * 7000),
    "an expression with a call": lambda found: found["definitions"][0][3][0].__setitem__(3, ["exit(p0)"]),
    "an expression with a text": lambda found: found["definitions"][0][3][0].__setitem__(3, ["'p0'"]),
    "an angle that is a whole number": lambda found: found["definitions"][0][3][0].__setitem__(3, [1]),
}


def test_an_honest_answer_is_believed():
    assert decode(json.dumps(an_answer()).encode(), n_lines=8, n_qubits_max=2).n_qubits == 2


@pytest.mark.parametrize("name", CHANGES)
def test_an_answer_that_no_honest_reader_sends_is_not_believed(name):
    answer = an_answer()
    CHANGES[name](answer)
    with pytest.raises(AnswerError):
        decode(json.dumps(answer).encode(), n_lines=8, n_qubits_max=2)


REFUSALS = {
    "an unknown code": {"code": "mine", "line": 1, "found": "", "allowed": 0},
    "words of its own": {"code": "circuit-unreadable", "line": 1, "found": "call me now", "allowed": 0},
    "a terminal's escape": {"code": "circuit-unreadable", "line": 1, "found": "\x1b[2J", "allowed": 0},
    "a line outside": {"code": "circuit-unreadable", "line": 9, "found": "x", "allowed": 0},
    "a message": {"code": "circuit-unreadable", "line": 1, "found": "x", "allowed": 0, "message": "m"},
}


@pytest.mark.parametrize("name", REFUSALS)
def test_a_refusal_says_only_what_the_table_says(name):
    with pytest.raises(AnswerError):
        decode(json.dumps(REFUSALS[name]).encode(), n_lines=8, n_qubits_max=2)
