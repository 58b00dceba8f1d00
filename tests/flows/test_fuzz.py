"""The short form of `make fuzz`: a second for each parser, and a parser with a hole is caught."""

import random
import subprocess
import sys

import pytest

from tests.conftest import clean_environment
from tests.documents import PROJECT
from tests.fuzz.__main__ import fuzz
from tests.fuzz.mutations import mutated
from tests.fuzz.parsers import PARSERS, Parser


def test_no_parser_lets_anything_but_its_verdict_out(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "tests.fuzz", "--seconds", "1"],
        capture_output=True, text=True, cwd=PROJECT, env=clean_environment(tmp_path),
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert [line.split()[0] for line in done.stdout.splitlines()] == list(PARSERS)


@pytest.mark.parametrize("name", PARSERS)
def test_every_parser_accepts_its_own_seeds(name):
    with PARSERS[name]() as parser:
        accepted = [parser.accepts(seed) for seed in parser.seeds]
    assert accepted.count(True) >= 2


def test_a_parser_with_a_hole_is_caught():
    def accepts(found: bytes) -> bool:
        if b"NaN" in found:
            raise KeyError("not a verdict")
        return True

    tried, _, escape = fuzz(Parser([b'{"a":1}'], accepts), seconds=10, seed=1)
    assert tried > 0
    assert escape is not None
    assert b"NaN" in escape


def test_one_seed_gives_the_same_inputs_again():
    first, second = random.Random(5), random.Random(5)
    assert [mutated([b"abc"], first) for _ in range(50)] == [mutated([b"abc"], second) for _ in range(50)]
