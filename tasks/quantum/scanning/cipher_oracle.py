"""Is a cipher asked in superposition? Grover over its keys, or Simon over its inputs (R2.1).

At some moment every word of the register read stands, all as likely, beside one word of the others, a word that
is no affine function of it and was mixed by gates among those others. Honest arithmetic reads that word; here
nobody does, or the register interferes afterwards.

Source: Grassl, Langenberg, Roetteler & Steinwandt, "Applying Grover's algorithm to AES" (2016);
    Kaplan, Leurent, Leverrier & Naya-Plasencia, "Breaking symmetric cryptosystems using quantum period
    finding" (2016).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from policy_checks.schemas.pattern import Pattern
from tasks.quantum.program import Program
from tasks.quantum.scanning.evaluation import drawn
from tasks.quantum.scanning.statevector import Block, State, even_at_first, moments, too_wide, unitary, zero
from tasks.quantum.scanning.wires import Gate, Wiring, joined, wiring

WIRES_MAX, KEY_MIN, BLOCK_MIN = 14, 3, 2
AMPLITUDES_MAX = 1 << 22
MIXING_MIN = 3.5
"""Two-qubit gates within the block for each nonlinear bit: clauses of a search need few, rounds of a cipher many."""

Words = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class _Registers:
    """The wires that are read and begin evenly, and all others."""

    key: list[int]
    block: list[int]


def find(program: Program) -> Iterator[Pattern]:
    """Yield the shape of a cipher's oracle, or that a circuit which may hold one is too large to look into."""
    found, inputs = wiring(program), drawn(program, 0)
    gates = joined(found)
    registers = _registers(found, gates, even_at_first(gates, inputs))
    if registers is None:
        return
    order = registers.key + registers.block
    is_hidden = found.read.isdisjoint(registers.block)
    if len(order) > WIRES_MAX or too_wide(gates) or len(gates) << len(order) > AMPLITUDES_MAX:
        if is_hidden:
            told = f"what {len(registers.key)} superposed bits do to {len(registers.block)} unread ones is too large to compute"
            yield Pattern(id="scan-unfinished", evidence=told)
        return
    chain = [Block(gate.wires, unitary(gate, inputs), gate.line) for gate in gates]
    nonlinear, place, now_nonlinear = _most_nonlinear(chain, registers)
    if nonlinear < BLOCK_MIN or not (is_hidden or now_nonlinear < nonlinear):
        return
    if _mixed(gates[: place + 1], registers) >= MIXING_MIN * nonlinear:
        told = f"{nonlinear} bits of {len(registers.block)} are mixed nonlinear functions of {len(registers.key)} superposed bits"
        yield Pattern(id="cipher-oracle", line=gates[place].line, evidence=told)


def _most_nonlinear(chain: Sequence[Block], registers: _Registers) -> tuple[int, int, int]:
    """Return how many bits of the block were nonlinear at most, after which gate first, and how many are at the end."""
    most, place, last = 0, 0, 0
    order = registers.key + registers.block
    for step, (tensor, now) in enumerate(moments(zero(len(order)), chain, order)):
        words = _beside(tensor, now, registers)
        last = 0 if words is None else _nonlinear(words)
        if last > most:
            most, place = last, step
    return most, place, last


def _registers(found: Wiring, gates: Sequence[Gate], even: set[int]) -> _Registers | None:
    wires = {wire for gate in gates for wire in gate.wires}
    key = sorted(wires & found.read & even)
    block = sorted(wires - set(key))
    if len(key) < KEY_MIN or len(block) < BLOCK_MIN:
        return None
    registers = _Registers(key, block)
    return registers if _mixed(gates, registers) >= MIXING_MIN * BLOCK_MIN else None


def _mixed(gates: Sequence[Gate], registers: _Registers) -> int:
    """Return how many two-qubit gates joined wires of the block and no other, those on three counted as six."""
    block = set(registers.block)
    inner = [gate for gate in gates if len(gate.wires) > 1 and block.issuperset(gate.wires)]
    return sum(6 if len(gate.wires) > 2 else 1 for gate in inner)


def _beside(tensor: State, now: list[int], registers: _Registers) -> Words | None:
    """Return the block's word beside each word of the key; None where there is not exactly one for each."""
    weights = tensor.real**2 + tensor.imag**2
    size = 1 << len(registers.key)
    flat = weights.reshape(-1)
    held = np.flatnonzero(flat > 0.5 / size)
    if len(held) != size or flat[held].max() > 1.001 / size:
        return None
    place = {wire: len(now) - 1 - axis for axis, wire in enumerate(now)}
    key, block = (
        sum((held >> place[wire] & 1) << bit for bit, wire in enumerate(wires))
        for wires in (registers.key, registers.block)
    )
    words = np.full(size, -1, dtype=np.intp)
    words[key] = block
    return None if (words < 0).any() else words


def _nonlinear(words: Words) -> int:
    """Return how many bits of the words are no affine function of their index: by its algebraic normal form."""
    form, index = words.copy(), np.arange(len(words))
    for bit in range(len(words).bit_length() - 1):
        upper = index[index >> bit & 1 == 1]
        form[upper] ^= form[upper ^ 1 << bit]
    products = form[[word.bit_count() > 1 for word in range(len(words))]]
    return int(np.bitwise_or.reduce(products)).bit_count()
