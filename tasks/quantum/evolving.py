"""The named circuits that a Hamiltonian gives: QAOA and Trotter steps, out of exponentials of its terms."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from policy_checks.errors import ManifestError
from policy_checks.schemas.problem import Evolution
from tasks.quantum.hamiltonian import PauliSum, refuse_off_diagonal, support
from tasks.quantum.program import Instruction
from tasks.quantum.repeating import Repeating

Group = list[tuple[str, float]]
Angle = float | str
LAYER_GATES_MAX = 60_000
TO_Z = {"Z": (), "X": ("h",), "Y": ("sdg", "h")}
FROM_Z = {"Z": (), "X": ("h",), "Y": ("h", "s")}


def qaoa(terms: PauliSum, n_layers: int) -> Repeating:
    """Return H on all, then layers of exp(-i gamma C) and RX(2 beta); weights are all gammas, then all betas.

    Terms of the identity turn no relative phase and are left out of C.

    Raises:
        ManifestError: C is not diagonal, or a layer would be too long.

    Source: Farhi, Goldstone and Gutmann, "A quantum approximate optimization algorithm", arXiv 1411.4028
        (2014).
    """
    refuse_off_diagonal(terms)
    n_qubits = len(terms[0][0])
    costs = [term for group in commuting(terms) for term in group]
    _refuse_long(costs)

    def layer(k: int) -> Iterator[Instruction]:
        for label, coefficient in costs:
            yield from exponential(label, f"({2 * coefficient!r}*w{k})")
        for qubit in range(n_qubits):
            yield Instruction("rx", (qubit,), params=(f"(2*w{n_layers + k})",))

    spread = tuple(Instruction("h", (qubit,)) for qubit in range(n_qubits))
    return Repeating(n_qubits, 0, 2 * n_layers, spread, layer, n_layers)


def trotter(terms: PauliSum, evolution: Evolution, n_steps: int, moment: int) -> Repeating:
    """Return the initial state and Trotter steps up to a moment: exp(-i t H) but for the formula's error.

    Args:
        n_steps: steps between two moments.
        moment: 1 for the first moment that is measured, `evolution.points` for the last.

    Raises:
        ManifestError: a step would be too long.

    Source: Childs, Su, Tran, Wiebe and Zhu, "Theory of Trotter error with commutator scaling", Phys. Rev. X
        11, 011020 (2021).
    """
    n_qubits, groups = len(terms[0][0]), commuting(terms)
    duration = evolution.time / evolution.points / n_steps
    _refuse_long([term for group in groups for term in group] * evolution.order)
    step = tuple(_step(groups, duration, evolution.order))
    return Repeating(
        n_qubits,
        n_data=0,
        n_weights=0,
        before=tuple(_initial(evolution, n_qubits)),
        block=lambda _: step,
        n_blocks=moment * n_steps,
    )


def commuting(terms: PauliSum) -> list[Group]:
    """Return the terms without the identity in groups whose members share no qubit, widest first.

    Supports take the first colour that none of their qubits has seen among supports as wide, so a chain
    falls into even and odd bonds; a group is one colour and one kind of operator.
    """
    seen: dict[tuple[int, int], int] = {}
    colours: dict[tuple[int, ...], int] = {}
    for qubits in sorted({support(label) for label, _ in terms} - {()}):
        taken = 0
        for qubit in qubits:
            taken |= seen.get((len(qubits), qubit), 0)
        colour = ~taken & (taken + 1)
        colours[qubits] = colour.bit_length()
        for qubit in qubits:
            seen[len(qubits), qubit] = seen.get((len(qubits), qubit), 0) | colour
    groups: dict[tuple[int, int, str], Group] = {}
    for label, coefficient in terms:
        if qubits := support(label):
            key = (-len(qubits), colours[qubits], label.replace("I", ""))
            groups.setdefault(key, []).append((label, coefficient))
    return [groups[key] for key in sorted(groups)]


def exponential(label: str, angle: Angle) -> Iterator[Instruction]:
    """Give the gates of exp(-i angle P / 2) for a term P that is not the identity.

    Source: Nielsen and Chuang, "Quantum Computation and Quantum Information" (2010), section 4.7.3.
    """
    qubits, letters = support(label), label.replace("I", "")[::-1]
    if len(qubits) == 1 or (len(qubits) == 2 and letters[0] == letters[1]):
        yield Instruction(f"r{letters.lower()}", qubits, params=(angle,))
        return
    yield from _turned(qubits, letters, TO_Z)
    if len(qubits) == 2:
        yield Instruction("rzz", qubits, params=(angle,))
    else:
        ladder = [Instruction("cx", pair) for pair in pairwise(qubits)]
        yield from ladder
        yield Instruction("rz", qubits[-1:], params=(angle,))
        yield from reversed(ladder)
    yield from _turned(qubits, letters, FROM_Z)


def _turned(
    qubits: tuple[int, ...], letters: str, gates: dict[str, tuple[str, ...]]
) -> Iterator[Instruction]:
    for qubit, letter in zip(qubits, letters, strict=True):
        for name in gates[letter]:
            yield Instruction(name, (qubit,))


def _step(groups: Sequence[Group], duration: float, order: int) -> Iterator[Instruction]:
    """Give one step; at order 2 all groups but the last for half the time, the last, and back."""
    if order == 1:
        yield from _evolved(groups, duration)
    else:
        yield from _evolved(groups[:-1], duration / 2)
        yield from _evolved(groups[-1:], duration)
        yield from _evolved(groups[-2::-1], duration / 2)


def _evolved(groups: Iterable[Group], duration: float) -> Iterator[Instruction]:
    for group in groups:
        for label, coefficient in group:
            yield from exponential(label, 2 * coefficient * duration)


def _initial(evolution: Evolution, n_qubits: int) -> Iterator[Instruction]:
    if evolution.initial == "neel":
        yield from (Instruction("x", (qubit,)) for qubit in range(0, n_qubits, 2))
    elif evolution.initial == "plus":
        yield from (Instruction("h", (qubit,)) for qubit in range(n_qubits))


def _refuse_long(terms: Group) -> None:
    """Refuse terms of more gates than are worth writing down, before the first is."""
    n_gates = sum(_n_gates(label.replace("I", "")) for label, _ in terms)
    if n_gates > LAYER_GATES_MAX:
        raise ManifestError(
            "problem-too-long",
            f"the problem's terms are up to {n_gates} gates in each step, {LAYER_GATES_MAX} allowed",
            "Give fewer terms, or terms on fewer qubits.",
        )


def _n_gates(letters: str) -> int:
    """Return how many gates an exponential has at most."""
    return 2 * len(letters) - 1 + 2 * letters.count("X") + 4 * letters.count("Y")
