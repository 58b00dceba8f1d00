"""Is it a key exchange? Bits sent and read in one of two bases each, qubit by qubit (R2.1).

Source: Bennett & Brassard, "Quantum cryptography: public key distribution and coin tossing" (1984).
"""

from collections.abc import Iterator

from policy_checks.schemas.pattern import Pattern
from tasks.quantum.program import Program
from tasks.quantum.scanning.evaluation import drawn
from tasks.quantum.scanning.statevector import Block, blocks, evolved, odds, parted, too_wide, zero
from tasks.quantum.scanning.wires import components, seen, wiring

QUBITS_MIN = 4
GATES_MAX = 4_000
TIMES_MAX = 8
"""How often one qubit is followed when it is measured and sent on."""

EXACT = 0.02
"""How far from 0, 1/2 or 1 the odds of a bit sent and read in one of two bases may be."""


def find(program: Program) -> Iterator[Pattern]:
    """Yield the shape of BB84: bits by themselves, some certain where the bases agree, all others even."""
    found, inputs = wiring(program), drawn(program, 0)
    gates = seen(found.gates, found.read)
    if len(found.read) < QUBITS_MIN or len(gates) > GATES_MAX or too_wide(gates):
        return
    chain = list(parted(blocks(gates, inputs)))
    alone = [group for group in components(chain, found.read) if len({found.origins[w] for w in group}) == 1]
    wires = {wire for group in alone for wire in group}
    if 2 * len(wires & found.read) < len(found.read):
        return
    spins = [block for block in chain if block.wires[0] in wires]
    ones = [p for group in alone for p in _ones(spins, group, found.read)]
    certain = sum(min(p, 1 - p) < EXACT for p in ones)
    even = sum(abs(p - 0.5) < EXACT for p in ones)
    if len(ones) >= QUBITS_MIN and certain and even and certain + even == len(ones):
        line = min(block.line for block in spins)
        told = f"{len(ones)} qubits that meet no other: {certain} read in the basis of their bit, {even} in another"
        yield Pattern(id="bb84", line=line, evidence=told)


def _ones(spins: list[Block], group: list[int], read: frozenset[int]) -> Iterator[float]:
    """Yield the odds of 1 of each wire read of a qubit that is by itself, measured and sent on at times."""
    chain = [block for block in spins if block.wires[0] in group]
    if chain and len(group) <= TIMES_MAX:
        state = evolved(zero(len(group)), chain, group)
        for wire in sorted(read.intersection(group)):
            yield float(odds(state, group, [wire])[1])
