"""Other writings of the same circuit: what it measures stays the same, and so does what makes it an attack.

Detectors are tuned on cases under `TUNING` and scored on those under `HELD_OUT`; no disguise is in both.
Gates are added only where a qubit has met a gate and no measurement yet, so that nothing comes
between a measurement and what follows it, nor before the first thing that happens to a qubit.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from random import Random

from qiskit import QuantumCircuit, QuantumRegister
from qiskit.circuit import CircuitInstruction, Gate, Qubit
from qiskit.transpiler import PassManager, generate_preset_pass_manager

from tests.circuits.draft import Draft, angle, turn
from tests.circuits.rewordings import TEXTS, WORDS

BASES = {
    "cx-basis": (0, ("rz", "sx", "x", "cx")),
    "cz-basis": (0, ("rz", "sx", "x", "cz")),
    "ecr-basis": (0, ("rz", "sx", "x", "ecr")),
    "optimised-1": (1, ("rz", "sx", "x", "cx")),
    "optimised-2": (2, ("u", "cx")),
    "optimised-3": (3, ("rx", "rz", "cz")),
}
INVERSES = (
    ("x", "x"), ("h", "h"), ("s", "sdg"), ("t", "tdg"), ("y", "y"), ("sx", "sxdg"), ("rz", "rz"), ("ry", "ry"),
)  # fmt: skip
Rewrite = Callable[[Random, Draft], QuantumCircuit]


@cache
def _transpiler(name: str) -> PassManager:
    level, basis = BASES[name]
    return generate_preset_pass_manager(level, basis_gates=[*basis, "id", "delay"], seed_transpiler=11)


def _circuit(draft: Draft) -> QuantumCircuit:
    assert draft.circuit is not None
    return draft.circuit


def _as_is(rng: Random, draft: Draft) -> QuantumCircuit:
    return _circuit(draft)


def _translated(name: str) -> Rewrite:
    """Return the rewriting that transpiles to the basis, gates fenced first if an optimiser would undo them."""

    def rewrite(rng: Random, draft: Draft) -> QuantumCircuit:
        circuit = _circuit(draft)
        if draft.fragile and BASES[name][0]:
            circuit = _rebuilt(
                circuit, lambda out, row: out.barrier(row.qubits) if len(row.qubits) < 5 else None
            )
        return _transpiler(name).run(circuit)

    return rewrite


def _rebuilt(
    circuit: QuantumCircuit, after: Callable[[QuantumCircuit, CircuitInstruction], object]
) -> QuantumCircuit:
    out = circuit.copy_empty_like()
    for row in circuit.data:
        out.append(row)
        if isinstance(row.operation, Gate) or row.operation.name in ("delay", "measure"):
            after(out, row)
    return out


def _free_places(circuit: QuantumCircuit) -> Iterator[tuple[int, CircuitInstruction]]:
    """Yield the gates none of whose qubits was measured or reset before, with their position."""
    used: set[Qubit] = set()
    for position, row in enumerate(circuit.data):
        if isinstance(row.operation, Gate) and not used & set(row.qubits):
            yield position, row
        elif row.operation.name not in ("barrier", "delay") and not isinstance(row.operation, Gate):
            used |= set(row.qubits)


def _sown(circuit: QuantumCircuit, chosen: set[int], write: Callable[[QuantumCircuit, CircuitInstruction], None]) -> QuantumCircuit:  # fmt: skip
    out = circuit.copy_empty_like()
    for position, row in enumerate(circuit.data):
        out.append(row)
        if position in chosen:
            write(out, row)
    return out


def _spin_identities(rng: Random, draft: Draft) -> QuantumCircuit:
    """Insert single-qubit gates that undo each other."""
    circuit = _circuit(draft)
    places = [position for position, _ in _free_places(circuit)]
    chosen = set(rng.sample(places, min(len(places), rng.randint(2, 12))))
    return _sown(circuit, chosen, lambda out, row: _undone(out, rng, rng.choice(row.qubits)))


def _undone(out: QuantumCircuit, rng: Random, qubit: Qubit) -> None:
    first, second = rng.choice(INVERSES)
    theta = angle(rng)
    for name, sign in ((first, 1), (second, -1)):
        getattr(out, name)(*([sign * theta] if name in ("rz", "ry") else []), qubit)


def _pair_identities(rng: Random, draft: Draft) -> QuantumCircuit:
    """Insert two two-qubit gates that undo each other after one on the same pair, once or twice."""
    circuit = _spin_identities(rng, draft)
    places = [position for position, row in _free_places(circuit) if len(row.qubits) == 2]
    chosen = set(rng.sample(places, min(len(places), rng.randint(1, 2))))
    return _sown(circuit, chosen, lambda out, row: _undone_pair(out, rng, row.qubits))


def _undone_pair(out: QuantumCircuit, rng: Random, pair: tuple[Qubit, ...]) -> None:
    theta, kind = angle(rng), rng.choice(("cx", "cz", "rzz"))
    for sign in (1, -1):
        getattr(out, kind)(*([sign * theta] if kind == "rzz" else []), *pair)


def _relabelled(rng: Random, draft: Draft) -> QuantumCircuit:
    """Give the qubits other numbers."""
    circuit = _circuit(draft)
    numbers = rng.sample(range(circuit.num_qubits), circuit.num_qubits)
    return circuit.copy_empty_like().compose(circuit, qubits=numbers)


def _fenced(rng: Random, draft: Draft) -> QuantumCircuit:
    """Sprinkle barriers."""
    share = rng.uniform(0.05, 0.5)
    return _rebuilt(
        _circuit(draft), lambda out, row: out.barrier(row.qubits) if rng.random() < share else None
    )


def _padded(rng: Random, draft: Draft) -> QuantumCircuit:
    """Add phases right before measurements, which do not see them, and work on a qubit that nobody reads."""
    circuit = _circuit(draft)
    out = circuit.copy_empty_like()
    spare = QuantumRegister(rng.randint(1, 2), "spare")
    out.add_register(spare)
    after_gate: set[Qubit] = set()
    for row in circuit.data:
        if row.operation.name == "measure" and row.qubits[0] in after_gate and rng.random() < 0.7:
            out.rz(angle(rng), row.qubits[0])
        out.append(row)
        change = after_gate.update if isinstance(row.operation, Gate) else after_gate.difference_update
        change(row.qubits)
    for qubit in spare:
        for _ in range(rng.randint(1, 4)):
            turn(out, rng, qubit)
    return out


def _wrapped(rng: Random, draft: Draft) -> QuantumCircuit:
    """Put runs of gates into definitions of the author's own."""
    circuit = _circuit(draft)
    out, run = circuit.copy_empty_like(), list[CircuitInstruction]()
    size = rng.randint(2, 6)
    for row in (*circuit.data, None):
        fits = row is not None and isinstance(row.operation, Gate) and not circuit.parameters
        if run and (not fits or len(run) == size or len({q for r in (*run, row) for q in r.qubits}) > 4):
            _close(out, run, rng)
            run = []
        if fits:
            run.append(row)
        elif row is not None:
            out.append(row)
    return out


def _close(out: QuantumCircuit, run: list[CircuitInstruction], rng: Random) -> None:
    """Write the run as one defined gate, or, now and then, as it is."""
    if rng.random() < 0.3:
        for row in run:
            out.append(row)
        return
    qubits = list(dict.fromkeys(q for row in run for q in row.qubits))
    inner = QuantumCircuit(len(qubits), name=f"{rng.choice(WORDS)}_{len(out.data)}")
    for row in run:
        inner.append(row.operation, [qubits.index(q) for q in row.qubits])
    out.append(inner.to_gate(), qubits)


def _layered(rng: Random, draft: Draft) -> QuantumCircuit:
    """Identities, other numbers for the qubits, and a change of basis, one over the other."""
    circuit = _pair_identities(rng, draft)
    if draft.approved is None:
        circuit = _relabelled(rng, replace(draft, circuit=circuit))
    return _translated(rng.choice(("cx-basis", "cz-basis", "ecr-basis")))(
        rng, replace(draft, circuit=circuit)
    )


REWRITES: dict[str, Rewrite] = {
    "none": _as_is,
    **{name: _translated(name) for name in BASES},
    "spin-identities": _spin_identities,
    "pair-identities": _pair_identities,
    "relabelled": _relabelled,
    "fenced": _fenced,
    "padded": _padded,
    "wrapped": _wrapped,
    "layered": _layered,
}
MOVES_QUBITS = {"relabelled", "padded"}


TUNING = ("none", "cx-basis", "optimised-1", "spin-identities", "relabelled", "fenced", "commented")
HELD_OUT = (
    "cz-basis", "ecr-basis", "optimised-2", "optimised-3", "pair-identities", "padded", "wrapped", "layered", "renamed", "reflowed",
)  # fmt: skip


def applicable(draft: Draft) -> list[str]:
    """Return the disguises under which this circuit is still what it is.

    Other numbers would hide a compiled circuit from its approved one; an optimiser drops waiting by `id`.
    """
    if draft.circuit is None:
        return ["none", *TEXTS]
    undone = set() if draft.approved is None else set(MOVES_QUBITS)
    if "id" in draft.circuit.count_ops():
        undone |= {name for name in BASES if BASES[name][0]}
    return [name for name in REWRITES if name not in undone]


def disguised(rng: Random, draft: Draft, name: str) -> Draft:
    """Return the draft under the disguise."""
    if draft.circuit is not None:
        return replace(draft, circuit=REWRITES[name](rng, draft))
    return draft if name == "none" else replace(draft, text=TEXTS[name](rng, draft.text))
