"""The benchmark itself: half honest circuits, half attacks, each as the text that a user would submit."""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from qiskit import QuantumCircuit, qasm2, qasm3

from tests.circuits.attacks import ATTACKS
from tests.circuits.benign import benign
from tests.circuits.disguises import HELD_OUT, TUNING, applicable, disguised
from tests.circuits.draft import Build, Draft, Language

BYTES_MAX, STATEMENTS_MAX = 60_000, 1_900
ONLY_THREE = {"if_else", "delay", "for_loop", "while_loop"}


@dataclass(frozen=True)
class Case:
    """One submission with its label: the attack class, or "benign"."""

    label: str
    text: str
    language: Language
    n_qubits: int
    source: str
    disguise: str
    approved: str | None = None

    @property
    def held_out(self) -> bool:
        """Whether the case is one to score on, not to tune on."""
        return self.disguise in HELD_OUT


def corpus(seed: int, n: int = 2000) -> Iterator[Case]:
    """Yield n cases, honest and hostile in turn; the first m of them are `corpus(seed, m)`."""
    labels = list(ATTACKS)
    for i in range(n):
        label = labels[i // 2 % len(labels)] if i % 2 else "benign"
        yield _case(
            Random(f"{seed}/{i}"), label, ATTACKS.get(label, benign), held_out=i // 2 // len(labels) % 2 == 1
        )


def _case(rng: Random, label: str, build: Build, held_out: bool) -> Case:
    """Build until the text fits what a user may submit; large circuits grow in some bases."""
    while True:
        draft = build(rng)
        names = [name for name in applicable(draft) if name in (HELD_OUT if held_out else TUNING)]
        name = rng.choice(names)
        case = _written(rng, label, disguised(rng, draft, name), name)
        if len(case.text) <= BYTES_MAX and case.text.count(";") <= STATEMENTS_MAX:
            return case


def _written(rng: Random, label: str, draft: Draft, disguise: str) -> Case:
    if draft.circuit is None:
        return Case(label, draft.text, draft.language, draft.n_qubits, draft.source, disguise)
    needs_three = draft.circuit.parameters or ONLY_THREE & set(draft.circuit.count_ops())
    language: Language = "openqasm3" if needs_three else rng.choice(("openqasm2", "openqasm3"))
    approved = None if draft.approved is None else _text(draft.approved, language)
    return Case(
        label, _text(draft.circuit, language), language, draft.circuit.num_qubits, draft.source, disguise, approved
    )  # fmt: skip


def _text(circuit: QuantumCircuit, language: Language) -> str:
    return str(qasm2.dumps(circuit) + "\n" if language == "openqasm2" else qasm3.dumps(circuit))
