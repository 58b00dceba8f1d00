"""Runs on one pair, words and dead gates are found in every writing; honest circuits that look alike pass."""

from math import pi
from random import Random

import pytest

from tests.tasks.quantum.scanning.writing import found, layered, written

CX = "cx q[0], q[1];"
IN_OTHER_BASES = {
    "cx": [CX],
    "cz": ["h q[1];", "cz q[0], q[1];", "h q[1];"],
    "cz with Euler angles": [
        "rz(pi/2) q[1];", "sx q[1];", "rz(pi/2) q[1];", "cz q[0], q[1];", "U(pi/2, 0, pi) q[1];",
    ],
    "reversed": ["h q[0];", "h q[1];", "cx q[1], q[0];", "h q[0];", "h q[1];"],
    "with identities": ["x q[0];", CX, "barrier q;", "x q[1];", "x q[1];", "z q[0];", "s q[0];"],
    "a phase": ["cp(0.7) q[0], q[1];"],
    "two halves": ["ctrl @ sx q[0], q[1];", "ctrl @ sx q[0], q[1];"],
}  # fmt: skip


@pytest.mark.parametrize("gate", IN_OTHER_BASES.values(), ids=IN_OTHER_BASES)
def test_one_gate_again_and_again_on_a_pair_is_found_in_every_basis(gate):
    assert "repeated-run" in found(written(4, *layered(4, 2), *gate * 16))


@pytest.mark.parametrize("turned", [0, 1])
def test_turning_one_qubit_of_the_pair_hides_nothing(turned):
    random = Random(turned)
    spaced = [line for _ in range(16) for line in (CX, f"ry({random.uniform(0.2, 3)}) q[{turned}];")]
    assert "repeated-run" in found(written(3, *spaced))


@pytest.mark.parametrize(("times", "is_found"), [(10, False), (11, True), (12, True)])
def test_exchanges_are_a_run_too_although_their_axes_alternate(times, is_found):
    exchange = ["s q[0];", "s q[1];", "h q[0];", CX, "cx q[1], q[0];", "h q[1];"]
    assert ("repeated-run" in found(written(3, *exchange * times))) is is_found


def test_a_pair_that_is_the_whole_register_may_be_driven_as_long_as_it_takes():
    lines = [line for i in range(40) for line in (CX, f"ry(0.{i + 1}) q[1];")]
    assert found(written(2, *lines)) == set()
    assert found(written(3, *lines, "h q[2];")) == {"repeated-run"}


def test_the_line_is_where_the_run_begins_and_the_evidence_counts_it():
    from tasks.quantum.scanning.repeated_run import find

    (pattern,) = find(written(3, "h q[2];", *[CX] * 20))
    assert (pattern.line, pattern.evidence[:21]) == (6, "20 two-qubit gates on")


def test_a_run_broken_up_by_gates_that_change_nothing_is_found():
    broken = [line for _ in range(15) for line in (CX, "cx q[0], q[2];", "cx q[0], q[3];")]
    assert "repeated-run" in found(written(4, *broken))


@pytest.mark.parametrize(("times", "is_found"), [(4, False), (5, True), (6, True)])
def test_a_pair_that_comes_back_five_times_is_cancelled(times, is_found):
    there_and_back = ["rzz(0.9) q[0], q[1];", "x q[0];", "x q[0];", "rzz(-0.9) q[0], q[1];", "ry(0.3) q[1];"]
    native = [line.replace("rzz(", "crz(") for line in there_and_back]
    assert ("cancelled-run" in found(written(3, *layered(3, 1), *native * times))) is is_found


def test_gates_that_undo_each_other_in_another_basis_are_found():
    phase = ["rz(0.2) q[0];", CX, "rz(-0.2) q[1];", CX, "rz(0.2) q[1];"]
    back = ["rz(-0.2) q[1];", CX, "rz(0.2) q[1];", CX, "rz(-0.2) q[0];"]
    turned = [f"rx(0.{i}1) q[{i % 2}];" for i in range(6)]
    lines = [line for i in range(6) for line in (*phase, *back, turned[i])]
    assert "cancelled-run" in found(written(3, *layered(3, 1), *lines))


PHASE = ["rz(0.2) q[0];", CX, "rz(-0.2) q[1];", CX, "rz(0.2) q[1];"]
BACK = ["rz(-0.2) q[1];", CX, "rz(0.2) q[1];", CX, "rz(-0.2) q[0];"]
THERE_AND_BACK = {
    "one in the other": ["h q[0];", CX, "rx(1.1) q[0];", *PHASE, *BACK, "rx(-1.1) q[0];", CX, "h q[0];"],
    "exchanges": ["swap q[0], q[1];", "swap q[0], q[1];"],
}


@pytest.mark.parametrize("lines", THERE_AND_BACK.values(), ids=THERE_AND_BACK)
def test_gates_that_are_undone_later_or_in_another_order_are_found(lines):
    turned = [f"rx(0.{i}3) q[{i % 2}];" for i in range(6)]
    assert "cancelled-run" in found(written(3, *layered(3, 1), *[x for t in turned for x in (*lines, t)]))


@pytest.mark.parametrize("seed", range(8))
def test_whatever_is_undone_step_by_step_again_and_again_is_found(seed):
    random = Random(seed)
    lines = []
    for i in range(6):
        second, undone = (["swap q[0], q[1];"],) * 2 if i % 2 else (PHASE, BACK)
        turn, back = _turn(random)
        lines += [CX, *turn, *second, "x q[0];", "x q[0];", *undone, *back, CX, *_turn(random)[0]]
    assert "cancelled-run" in found(written(3, *layered(3, 1), *lines))


def _turn(random: Random) -> tuple[list[str], list[str]]:
    """Return rotations of both of the pair, and those that undo them."""
    drawn = [(kind, q, random.uniform(0.3, 1.4)) for q in (0, 1) for kind in ("rx", "rz", "ry")]
    there = [f"{kind}({angle}) q[{q}];" for kind, q, angle in drawn]
    return there, [f"{kind}({-angle}) q[{q}];" for kind, q, angle in reversed(drawn)]


WORDS = {"chain": ((0, 1), (1, 2)), "there and back": ((0, 1), (1, 0)), "ring": ((0, 1), (1, 2), (2, 0))}


@pytest.mark.parametrize("word", WORDS.values(), ids=WORDS)
def test_a_word_that_comes_back_to_nothing_again_and_again_is_found_in_either_basis(word):
    bare = [f"cx q[{a}], q[{b}];" for a, b in word]
    dressed = [line for a, b in word for line in (f"h q[{b}];", f"cz q[{a}], q[{b}];", f"h q[{b}];")]
    for lines in (bare, dressed):
        assert "malicious-subgraph" in found(written(4, *layered(4, 1), *lines * 49))


def test_gates_of_three_qubits_that_undo_each_other_are_a_word():
    assert "malicious-subgraph" in found(written(4, *layered(4, 1), *["ccx q[0], q[1], q[2];"] * 16))


def test_gates_that_no_measurement_sees_are_dead_whether_apart_or_too_late():
    apart = [f"cx q[{2 + i % 2}], q[{3 - i % 2}];" for i in range(8)]
    read = ["c[0] = measure q[0];", "c[1] = measure q[1];"]
    assert "dead-gates" in found(written(4, CX, *apart, *read, measured=False))
    assert "dead-gates" in found(written(4, CX, *read, *[CX, "ry(1) q[0];"] * 8, measured=False))


def test_dead_gates_are_told_from_few_reset_or_unmeasured_ones():
    apart = [f"ry(0.{i}) q[2]; cx q[2], q[3];" for i in range(1, 9)]
    read = ["c[0] = measure q[0];"]
    assert "dead-gates" not in found(written(4, CX, *apart[:7], *read, measured=False))
    assert "dead-gates" not in found(written(4, CX, *apart, measured=False))
    assert "dead-gates" in found(
        written(4, CX, *apart, "reset q[2]; reset q[3];", "cx q[0], q[2];", *read, measured=False)
    )


def two_spins(steps: int) -> list[str]:
    return ["cx q[0], q[1];", "rz(0.2) q[1];", "cx q[0], q[1];", "rx(0.3) q[0];", "rx(0.3) q[1];"] * steps


def folded(times: int) -> list[str]:
    return [
        line
        for i in range(4)
        for line in (f"ry(0.{i + 1}) q[0];", f"ry(0.{i + 2}) q[1];", *[CX] * times, "cx q[1], q[2];")
    ]


def powers(counting: int) -> list[str]:
    lines = [f"h q[{k}];" for k in range(counting)] + [f"x q[{counting}];"]
    lines += [f"cp(pi/4) q[{k}], q[{counting}];" for k in range(counting) for _ in range(2**k)]
    return lines + [f"h q[{k}];" for k in range(counting)]


def syndromes(cycles: int) -> list[str]:
    cycle = ["cx q[0], q[1];", "cx q[2], q[1];", "c[8] = measure q[1];", "reset q[1];"]
    return ["ry(0.4) q[0];", "cx q[0], q[2];", *cycle * cycles]


def cliffords(seed: int) -> list[str]:
    """Return a random circuit as benchmarking has it: single-qubit Clifford gates between entanglers."""
    random = Random(seed)
    turns = ["h", "s", "sx", "x", "sdg", "z", "y"]
    lines = []
    for _ in range(60):
        lines += [f"{random.choice(turns)} q[{i}];" for i in (0, 1) for _ in range(4)]
        lines.append(random.choice((CX, "cx q[1], q[0];", "cz q[0], q[1];")))
    return lines


HONEST = {
    "a deep ansatz on two qubits": (2, layered(2, 40)),
    "an ansatz on two of five qubits": (5, [*layered(2, 20), "ry(1) q[2]; ry(1) q[3]; ry(1) q[4];"]),
    "two spins in time": (2, two_spins(60)),
    "two spins beside a third": (3, [*two_spins(40), "rx(0.3) q[2];"]),
    "three-fold": (3, folded(3)),
    "nine-fold": (3, folded(9)),
    "powers as repetitions": (6, powers(5)),
    "many syndrome cycles": (3, syndromes(20)),
    "random Clifford gates on a pair of three": (3, [*cliffords(5), "h q[2]; rz(1) q[2];"]),
    "three spins with exchange": (3, [f"rx(pi/2) q[{i}];" for i in range(3)] + [
        line
        for _ in range(15)
        for a in (0, 1)
        for line in (f"cx q[{a}], q[{a + 1}];", f"ry({0.2}) q[{a + 1}];", f"cz q[{a}], q[{a + 1}];", f"rx(0.1) q[{a}];")
    ]),
}  # fmt: skip


@pytest.mark.parametrize(("n", "lines"), HONEST.values(), ids=HONEST)
def test_honest_circuits_with_long_runs_pass(n, lines):
    assert found(written(n, *lines)) == set()


def test_a_run_on_a_ladder_is_told_from_one_that_stands_alone():
    alone = [f"cp({pi / 4}) q[4], q[5];"] * 16
    assert "repeated-run" in found(written(6, *layered(6, 1), *alone))
