"""A circuit without measurements in its midst: a reset qubit goes on as a fresh wire, what is read is kept.

The odds of all classical bits are those of the original (deferred measurement): Nielsen & Chuang (2010),
section 4.4.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from tasks.quantum.program import Instruction, Program
from tasks.quantum.scanning.matrices import RELATIVE

SILENT = frozenset({"barrier", "delay", "id"})


class Joining(Protocol):
    """Whatever acts on several wires."""

    @property
    def wires(self) -> tuple[int, ...]: ...


@dataclass(frozen=True, slots=True)
class Gate:
    """A gate on wires; the first `n_conditions` of them are classical bits that all must be 1."""

    name: str
    wires: tuple[int, ...]
    params: tuple[float | str, ...]
    line: int
    n_conditions: int = 0


@dataclass(frozen=True, slots=True)
class Wiring:
    """Gates on wires that all begin in |0>, and which wire each classical bit is read from at the end."""

    n_wires: int
    gates: tuple[Gate, ...]
    reads: dict[int, int]
    origins: tuple[int, ...]

    @property
    def read(self) -> frozenset[int]:
        """Return the wires that a classical bit is read from."""
        return frozenset(self.reads.values())


def wiring(program: Program) -> Wiring:
    """Return the circuit in wires.

    A bit that is written twice keeps what came last; an outcome that no bit takes is read by nobody.
    """
    copied = _copied(program.instructions)
    place, origins = list(range(program.n_qubits)), list(range(program.n_qubits))
    used, reads, gates = set[int](), dict[int, int](), list[Gate]()
    for position, row in enumerate(program.instructions):
        if row.name in SILENT:
            continue
        if row.name == "reset":
            for qubit in row.qubits:
                if place[qubit] in used:
                    place[qubit] = _fresh(origins, qubit)
        elif row.name == "measure":
            qubit = row.qubits[0]
            wire = place[qubit]
            used.add(wire)
            if position in copied:
                source, wire = wire, _fresh(origins, qubit)
                gates.append(Gate("cx", (source, wire), (), row.line))
            reads.update(dict.fromkeys(row.clbits, wire))
        else:
            gates += _placed(row, place, reads)
            used.update(place[qubit] for qubit in row.qubits)
    return Wiring(len(origins), tuple(gates), reads, tuple(origins))


def _fresh(origins: list[int], qubit: int) -> int:
    origins.append(qubit)
    return len(origins) - 1


def _copied(rows: tuple[Instruction, ...]) -> set[int]:
    """Return the positions of measurements whose qubit goes on without a reset: their outcome is copied."""
    after: dict[int, str] = {}
    found = set()
    for position in reversed(range(len(rows))):
        row = rows[position]
        if row.name == "measure" and after.get(row.qubits[0], "reset") != "reset":
            found.add(position)
        if row.name not in SILENT:
            after.update(dict.fromkeys(row.qubits, row.name))
    return found


def _placed(row: Instruction, place: list[int], reads: dict[int, int]) -> Iterator[Gate]:
    """Yield the gate on wires; bits that nobody wrote are 0, so what asks for them to be 1 never acts."""
    wires = tuple(place[qubit] for qubit in row.qubits)
    asked = tuple(dict.fromkeys(reads[bit] for bit in row.clbits if bit in reads)) if row.conditional else ()
    if row.conditional and (not asked or set(asked) & set(wires)):
        return
    if row.name not in RELATIVE:
        yield Gate(row.name, asked + wires, row.params, row.line, len(asked))
        return
    for step in RELATIVE[row.name].split():
        name = step.rstrip("0123456789")
        places = tuple(wires[int(digit)] for digit in step[len(name) :])
        yield Gate(name, asked + places, (), row.line, len(asked))


def seen(gates: Iterable[Gate], read: Iterable[int]) -> tuple[Gate, ...]:
    """Return the gates within the light cone of the wires that are read."""
    live, kept = set(read), list[Gate]()
    for gate in reversed(tuple(gates)):
        if not live.isdisjoint(gate.wires):
            live.update(gate.wires)
            kept.append(gate)
    return tuple(reversed(kept))


def components(gates: Iterable[Joining], wires: Iterable[int]) -> list[list[int]]:
    """Return the wires in groups that no gate joins, each in order."""
    parent: dict[int, int] = {wire: wire for wire in wires}

    def root(wire: int) -> int:
        while parent.setdefault(wire, wire) != wire:
            parent[wire] = wire = parent[parent[wire]]
        return wire

    for gate in gates:
        first = root(gate.wires[0])
        for other in gate.wires[1:]:
            parent[root(other)] = first
    groups: dict[int, list[int]] = {}
    for wire in sorted(parent):
        groups.setdefault(root(wire), []).append(wire)
    return list(groups.values())


def joined(found: Wiring) -> list[Gate]:
    """Return the gates on wires that some chain of gates joins to one that is read."""
    wires = {wire for gate in found.gates for wire in gate.wires}
    near = [set(group) for group in components(found.gates, wires) if found.read.intersection(group)]
    near_wires = set().union(*near)
    return [gate for gate in found.gates if gate.wires[0] in near_wires]
