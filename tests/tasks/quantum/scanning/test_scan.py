"""The scan finds the benchmark's attacks and leaves its honest half alone; what it cannot finish it says."""

from collections import Counter
from dataclasses import replace
from functools import cache
from random import Random

import pytest

from policy_checks.attack_catalogue import CATALOGUE
from tasks.quantum.parsing.reading import program_of
from tasks.quantum.program import Instruction, Program
from tasks.quantum.scanning import malicious_subgraph, scan
from tasks.quantum.scanning.statevector import too_wide
from tasks.quantum.scanning.wires import wiring
from tests.bench.attacks import is_found
from tests.circuits.attacks import ATTACKS, UNPARSED
from tests.circuits.corpus import Case, corpus
from tests.tasks.quantum.scanning.writing import found, written

SEED, N = 4_711, 480


@cache
def _cases() -> list[tuple[Case, bool]]:
    return [(case, is_found(case)) for case in corpus(SEED, N)]


def test_the_benchmark_s_attacks_are_found_under_their_own_names():
    every = Counter(case.label for case, _ in _cases() if case.label != "benign")
    seen = Counter(case.label for case, found in _cases() if found)
    assert set(every) == set(ATTACKS)
    assert sum(seen[label] for label in ATTACKS) >= 0.95 * sum(every.values())
    assert {label for label in ATTACKS if seen[label] < 0.85 * every[label]} == set()


def test_the_benchmark_s_honest_circuits_pass():
    honest = [(case.source, case.disguise, found) for case, found in _cases() if case.label == "benign"]
    wrong = [each for each in honest if each[2]]
    assert len(wrong) <= 0.02 * len(honest), wrong


def test_what_is_found_stands_in_the_catalogue_and_names_a_line_of_the_text():
    for case in list(corpus(SEED, 64)):
        if case.label not in UNPARSED:
            patterns = scan(program_of(case.text.encode(), n_qubits_max=64))
            assert {pattern.id for pattern in patterns} <= set(CATALOGUE)
            assert all(1 <= pattern.line <= case.text.count("\n") + 1 for pattern in patterns)


@pytest.mark.parametrize("seed", range(4))
def test_barriers_and_other_numbers_for_qubits_change_nothing(seed):
    for case in list(corpus(SEED, N))[seed::40]:
        if case.label in UNPARSED:
            continue
        program = program_of(case.text.encode(), n_qubits_max=64)
        order = Random(seed).sample(range(program.n_qubits), program.n_qubits)
        moved = [replace(each, qubits=tuple(order[q] for q in each.qubits)) for each in program.instructions]
        fence = Instruction("barrier", tuple(range(program.n_qubits)))
        fenced = tuple(one for each in moved for one in (each, fence))
        assert found(replace(program, instructions=fenced)) == found(program), (case.label, case.disguise)


def test_a_stretch_that_is_too_long_to_follow_is_said():
    random = Random(1)
    gates = [
        Instruction("rzz", tuple(random.sample(range(3), 2)), params=(random.random(),), line=3)
        if i % 2
        else Instruction("ry", (random.randrange(3),), params=(random.random(),), line=3)
        for i in range(malicious_subgraph.WORK_MAX)
    ]
    long = Program("openqasm3", 3, 0, (), tuple(gates))
    assert [pattern.id for pattern in malicious_subgraph.find(long)] == ["scan-unfinished"]
    short = replace(long, instructions=long.instructions[:600])
    assert list(malicious_subgraph.find(short)) == []


def test_an_empty_circuit_holds_nothing():
    assert scan(Program("openqasm3", 1, 0, (), ())) == ()


@pytest.mark.parametrize("reads", ["measure q[0];", "measure q;", "bit c; measure q[0]; c = measure q[1];"])
def test_an_outcome_that_no_bit_takes_is_read_by_nobody(reads):
    text = f'OPENQASM 3.0; include "stdgates.inc"; qubit[2] q; ry(0.4) q[0]; cx q[0], q[1]; {reads}'
    assert scan(program_of(text.encode(), n_qubits_max=2)) == ()


@pytest.mark.parametrize("name", ["rccx", "rcccx"])
def test_every_standard_gate_may_stand_under_a_condition(name):
    width = {"rccx": 3, "rcccx": 4}[name]
    rows = [
        Instruction("h", (0,), line=1),
        Instruction("measure", (0,), (0,), line=2),
        Instruction(name, tuple(range(1, 1 + width)), (0,), conditional=True, line=3),
        *(Instruction("measure", (q,), (q,), line=4) for q in range(1, 1 + width)),
    ]
    program = Program("openqasm3", 1 + width, 1 + width, (), tuple(rows))
    assert {pattern.id for pattern in scan(program, program)} <= set(CATALOGUE)


def test_a_thousand_wide_conditional_gates_are_not_multiplied_out():
    """Seven wires each: as matrices they would take minutes."""
    random = Random(2)
    rows = [Instruction("measure", (q,), (q,), line=1) for q in range(4)]
    for _ in range(2_000):
        rows.append(Instruction("u3", (random.randrange(4),), params=(0.3, 0.2, 0.1), line=2))
        rows.append(
            Instruction("ccx", tuple(random.sample(range(4, 8), 3)), (0, 1, 2, 3), conditional=True, line=3)
        )
    rows += [Instruction("measure", (q,), (q,), line=4) for q in range(8)]
    program = Program("openqasm3", 8, 8, (), tuple(rows))
    assert too_wide(wiring(program).gates)
    assert {pattern.id for pattern in scan(program)} <= set(CATALOGUE)


@pytest.mark.parametrize("gate", ["crz(0) q[0], q[1];", "cp(0) q[0], q[1];", "cu(0, 0, 0, 0) q[0], q[1];"])
def test_gates_that_do_nothing_are_no_obstacle(gate):
    assert found(written(2, *[gate] * 40)) <= set(CATALOGUE)
