"""The short form of `make redteam`: some of each attack that is fast; and the judge sees a bypass that is there."""

import subprocess
import sys

import pytest

from tests.conftest import clean_environment
from tests.documents import PROJECT
from tests.redteam.trail import Honest, bypassed

TOKEN, OTHER = "sha256:" + "1" * 64, "sha256:" + "2" * 64


def test_no_attack_of_the_short_form_gets_through_and_honest_people_are_still_served(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "tests.redteam", "--short", "--seed", "4"],
        capture_output=True, text=True, cwd=PROJECT, env=clean_environment(tmp_path),
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 got through" in done.stdout
    assert "1 attacked runs were approved by honest people" in done.stdout


def entry(kind: str, **data: str) -> dict[str, object]:
    return {"type": kind, "data": data}


GIVEN, ALSO = entry("approval.given", token=TOKEN), entry("approval.given", token=OTHER)
TRAINS, EVALUATES = entry("intent", effect="train"), entry("intent", effect="evaluate")
BOTH = {TOKEN: "alice", OTHER: "bob"}


@pytest.mark.parametrize(
    ("entries", "honest"),
    [
        pytest.param([TRAINS], Honest(1, {TOKEN: "alice"}), id="nobody-asked"),
        pytest.param([GIVEN], Honest(1), id="a-token-of-nobody"),
        pytest.param([GIVEN, TRAINS], Honest(2, {TOKEN: "alice"}), id="one-of-two"),
        pytest.param(
            [GIVEN, ALSO, TRAINS], Honest(2, {TOKEN: "alice", OTHER: "alice"}), id="one-owner-twice"
        ),
        pytest.param([GIVEN, entry("approval.rejected"), EVALUATES], Honest(1, BOTH), id="rejected-since"),
        pytest.param([GIVEN, EVALUATES], Honest(1, BOTH, ["dataset"]), id="changed-since"),
        pytest.param([entry("run.completed")], None, id="a-run-of-nobody"),
        pytest.param([entry("run.cleared")], Honest(1), id="cleared"),
        pytest.param([GIVEN, TRAINS], Honest(1, {TOKEN: ""}), id="forged-in-the-log"),
    ],
)
def test_the_judge_sees_a_run_that_nobody_let_go_on(entries, honest):
    assert bypassed(entries, honest)


@pytest.mark.parametrize(
    ("entries", "honest"),
    [
        pytest.param([GIVEN, ALSO, TRAINS, EVALUATES], Honest(2, BOTH), id="two-of-two"),
        pytest.param(
            [entry("intent", effect="sanitise"), entry("approval.refused")], Honest(1), id="still-asking"
        ),
        pytest.param([GIVEN, TRAINS], Honest(1, BOTH, ["dataset"]), id="stopped-before-its-effect"),
    ],
)
def test_the_judge_lets_honest_runs_be(entries, honest):
    assert bypassed(entries, honest) is None
