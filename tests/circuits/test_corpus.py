"""Each case of the benchmark is what its label says, under whatever disguise, by Qiskit's reading and no detector's."""

import hashlib
import os
import subprocess
import sys
from cmath import exp
from collections import Counter
from functools import cache
from math import pi
from random import Random

import pytest
from qiskit import QuantumCircuit

from tests.circuits import disguises, distributions, invariants, rewordings, runs
from tests.circuits.attacks import ATTACKS, UNPARSED
from tests.circuits.benign import benign
from tests.circuits.ciphers import encryption
from tests.circuits.corpus import BYTES_MAX, STATEMENTS_MAX, Case, corpus
from tests.circuits.draft import Draft
from tests.circuits.texts import well_defined

SEED, N = 20_26, 384
SIMULATED_QUBITS = 13
READABLE = [case for case in corpus(SEED, N) if case.label not in UNPARSED]


@cache
def _reading(case: Case) -> QuantumCircuit:
    return invariants.parsed(case.text, case.language)


def _of(label: str) -> list[Case]:
    return [case for case in READABLE if case.label == label]


def _small(case: Case) -> bool:
    return distributions.width(_reading(case)) <= SIMULATED_QUBITS


def test_half_is_honest_and_every_class_is_in_both_splits() -> None:
    cases = list(corpus(SEED, N))
    assert Counter(case.label == "benign" for case in cases) == {True: N // 2, False: N // 2}
    assert {(c.label, c.held_out) for c in cases} == {
        (k, held) for k in [*ATTACKS, "benign"] for held in (True, False)
    }


def test_no_disguise_is_tuned_on_and_scored_on() -> None:
    names = [*disguises.TUNING, *disguises.HELD_OUT]
    assert sorted(names) == sorted({*disguises.REWRITES, *rewordings.TEXTS})


def test_a_short_benchmark_is_the_beginning_of_a_long_one() -> None:
    assert list(corpus(5, 40)) == list(corpus(5, 80))[:40]
    assert list(corpus(5, 40)) != list(corpus(6, 40))


def test_another_process_writes_the_same_bytes() -> None:
    program = (
        "import hashlib; from tests.circuits.corpus import corpus; "
        "print(hashlib.sha256(repr(list(corpus(5, 64))).encode()).hexdigest())"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "77", "PYTHONPATH": os.getcwd()}
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=environment)
    assert told.stdout.strip() == hashlib.sha256(repr(list(corpus(5, 64))).encode()).hexdigest(), told.stderr


def test_every_text_that_qiskit_should_read_it_reads() -> None:
    assert all(_reading(case).num_qubits == case.n_qubits for case in READABLE)
    for case in READABLE:
        if case.approved is not None:
            invariants.parsed(case.approved, case.language)


def test_every_text_is_within_what_a_user_may_submit() -> None:
    assert all(len(c.text) <= BYTES_MAX and c.text.count(";") <= STATEMENTS_MAX for c in corpus(SEED, 96))


@pytest.mark.parametrize("label", invariants.STRUCTURAL)
def test_every_attack_has_the_structure_of_its_class(label: str) -> None:
    assert [c.disguise for c in _of(label) if not invariants.STRUCTURAL[label](_reading(c))] == []


@pytest.mark.parametrize("label", invariants.STRUCTURAL)
def test_no_honest_circuit_has_the_structure_of_an_attack(label: str) -> None:
    found = [(c.source, c.disguise) for c in _of("benign") if invariants.STRUCTURAL[label](_reading(c))]
    assert found == []


def test_honest_circuits_have_few_dead_gates() -> None:
    shares = [invariants.dead_pairs(_reading(case)) for case in _of("benign")]
    assert all(dead < 10 or dead < every / 2 for dead, every in shares)


def test_a_trojan_is_seen_in_the_outcomes_and_an_honest_compilation_is_not() -> None:
    pairs = [case for case in READABLE if case.approved is not None and case.n_qubits <= SIMULATED_QUBITS]
    assert {case.label for case in pairs} == {"benign", "trojan"}
    for case in pairs:
        approved = distributions.outcomes(invariants.parsed(case.approved or "", case.language))
        apart = distributions.distance(distributions.outcomes(_reading(case)), approved)
        assert apart >= 0.049 if case.label == "trojan" else apart < 1e-6, (case.source, case.disguise)


def test_a_misnamed_gate_is_another_gate_and_an_honest_definition_keeps_its_word() -> None:
    honest = [case for case in READABLE if case.source.startswith("definitions")]
    assert honest
    assert all(invariants.misnamed(case) for case in _of("misnamed-gate"))
    assert not any(invariants.misnamed(case) for case in honest)


def test_a_bomb_stands_for_a_million_gates_or_a_thousand_qubits() -> None:
    bombs = [ATTACKS["resource-exhaustion"](Random(i)) for i in range(60)]
    assert min(invariants.stands_for(bomb.text) for bomb in bombs) >= 1e6
    assert max(len(bomb.text) for bomb in bombs) < 8_000
    assert all(invariants.stands_for(well_defined(Random(i)).text) < 20_000 for i in range(60))


def test_random_numbers_are_uniform_and_honest_outcomes_are_not() -> None:
    drawn = [case for case in _of("random-numbers") if _small(case)]
    assert drawn
    assert all(distributions.uniform(_reading(case)) for case in drawn)
    assert not any(distributions.uniform(_reading(case)) for case in _of("benign") if _small(case))


def test_modular_exponentiation_finds_the_order_as_shor_does() -> None:
    cases = [case for case in _of("modular-exponentiation") if _small(case)]
    assert cases
    for case in cases:
        circuit = _reading(case)
        words = case.source.split()
        odds = _shor(int(words[-3]), int(words[-1]), circuit.num_clbits)
        assert distributions.distance(distributions.outcomes(circuit), odds) < 1e-6, case.disguise


def _shor(base: int, modulus: int, bits: int) -> dict[str, float]:
    """Return the textbook's distribution of the counting register (Nielsen & Chuang 2010, section 5.3.1)."""
    size, odds = 2**bits, dict[str, float]()
    exponents = {v: [x for x in range(size) if pow(base, x, modulus) == v] for v in range(modulus)}
    for y in range(size):
        waves = (sum(exp(-2j * pi * x * y / size) for x in members) / size for members in exponents.values())
        odds[f"{y:0{bits}b}"] = sum(abs(wave) ** 2 for wave in waves)
    return odds


@pytest.mark.parametrize("seed", range(12))
def test_a_toy_cipher_permutes_blocks_and_is_affine_in_nothing(seed: int) -> None:
    bits = 3 + seed % 2
    cipher = encryption(Random(seed), bits)
    table = [
        [_classical(cipher, key | block << bits) >> bits for block in range(2**bits)]
        for key in range(2**bits)
    ]
    assert all(sorted(row) == list(range(2**bits)) for row in table)
    assert len({tuple(row) for row in table}) > 1
    assert any(
        row[a ^ b] != row[a] ^ row[b] ^ row[0]
        for row in table
        for a in range(2**bits)
        for b in range(2**bits)
    )


def _classical(circuit: QuantumCircuit, word: int) -> int:
    for row in circuit.data:
        *controls, target = (circuit.find_bit(q).index for q in row.qubits)
        assert row.operation.name in ("x", "cx", "ccx")
        word ^= all(word >> control & 1 for control in controls) << target
    return word


@pytest.mark.parametrize("name", [name for name in disguises.REWRITES if name != "none"])
def test_a_disguise_changes_no_outcome(name: str) -> None:
    drafts = [draft for i in range(14) for draft in _drawn(i) if name in disguises.applicable(draft)]
    changed = 0
    for i, draft in enumerate(drafts):
        assert draft.circuit is not None
        other = disguises.disguised(Random(i), draft, name).circuit
        assert other is not None
        changed += other.data != draft.circuit.data
        pair = [distributions.outcomes(invariants.expanded(circuit)) for circuit in (draft.circuit, other)]
        assert distributions.distance(*pair) < 1e-6, draft.source
    assert changed > len(drafts) / 2 > 2


def _drawn(i: int) -> list[Draft]:
    """Return drafts that are small enough to be simulated, honest and hostile ones."""
    drafts = [build(Random(f"{i}/disguise")) for build in (benign, *ATTACKS.values())]
    small = [draft for draft in drafts if draft.circuit and distributions.width(draft.circuit) <= 9]
    return small[i % 3 :: 3]


def test_repetitions_widths_and_places_vary() -> None:
    lengths = {runs.longest_run(_reading(case)) for case in _of("repeated-run")}
    assert len(lengths) > len(_of("repeated-run")) / 2
    assert len({case.n_qubits for case in _of("benign")}) > 12
