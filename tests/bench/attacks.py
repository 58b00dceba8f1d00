"""How many of the benchmark's attacks the scan finds, how many honest circuits it stops, and its speed."""

from collections import Counter
from collections.abc import Iterator
from random import Random

from tasks.quantum.parsing.reading import program_of
from tasks.quantum.parsing.refusal import CircuitRefused
from tasks.quantum.program import Instruction, Program
from tasks.quantum.scanning import scan
from tests.bench.timing import in_turn, ms
from tests.circuits.attacks import ATTACKS, UNPARSED
from tests.circuits.corpus import Case, corpus

SEED, N = 90_210, 2_000
SIZES = ((1_000, 8), (20_000, 26))
Key = tuple[str, bool]


def measure() -> Iterator[tuple[str, ...]]:
    """Yield recall of each class, tuned on and held out, then false positives, then milliseconds."""
    every, found = Counter[Key](), Counter[Key]()
    for case in corpus(SEED, N):
        key = case.label, case.held_out
        every[key] += 1
        found[key] += is_found(case)
    for label in ATTACKS:
        yield f"recall, {label}", *_shares(label, every, found), "0.95 together"
    attacks = {
        held: [key for key in every if key[0] != "benign" and key[1] is held] for held in (False, True)
    }
    shares = [sum(found[k] for k in keys) / sum(every[k] for k in keys) for keys in attacks.values()]
    yield "recall, together", f"{shares[0]:.3f} tuned on", f"{shares[1]:.3f} held out", "", "0.95"
    yield "false positives", *_shares("benign", every, found), "0.02"
    for n_gates, n_qubits in SIZES:
        program = a_program(n_gates, n_qubits)
        (spent,) = in_turn(lambda program=program: scan(program), rounds=5, warm_up=1)
        asked = "200 ms with reading and judging" if n_gates == 1_000 else "1 s"
        yield f"{n_gates:,} gates on {n_qubits} qubits", ms(spent), "", "", asked


def is_found(case: Case) -> bool:
    """Return whether the scan calls the case what it is; an honest one counts as found if anything stands out."""
    try:
        ids = {pattern.id for pattern in scan(_read(case.text), case.approved and _read(case.approved))}
    except CircuitRefused:
        return case.label in UNPARSED
    return bool(ids) if case.label == "benign" else case.label in ids


def _read(text: str) -> Program:
    return program_of(text.encode(), n_qubits_max=64)


def _shares(label: str, every: Counter[Key], found: Counter[Key]) -> tuple[str, str, str]:
    tuned, held_out = (f"{found[label, held] / every[label, held]:.3f}" for held in (False, True))
    return f"{tuned} tuned on", f"{held_out} held out", f"n = {every[label, False]} + {every[label, True]}"


def a_program(n_gates: int, n_qubits: int) -> Program:
    """Return rotations and entanglers at random places, measured."""
    random = Random(n_gates)
    gates = [
        Instruction("cx", tuple(random.sample(range(n_qubits), 2)), line=i + 1)
        if i % 2
        else Instruction("ry", (random.randrange(n_qubits),), params=(random.uniform(-3, 3),), line=i + 1)
        for i in range(n_gates)
    ]
    reads = [Instruction("measure", (q,), (q,), line=n_gates) for q in range(n_qubits)]
    return Program("openqasm3", n_qubits, n_qubits, (), (*gates, *reads))
