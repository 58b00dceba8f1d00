"""Is it Shor's order finding? A work register that repeats with the count, and a Fourier transform of the count (R2.1).

The odds of the count peak as those of order finding, and the states of the work register beside two outcomes
overlap as there. No change of basis of the work register hides that, and no phase before the measurement.

Source: Nielsen & Chuang (2010), section 5.3.1.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from policy_checks.schemas.pattern import Pattern
from tasks.quantum.program import Program
from tasks.quantum.scanning.evaluation import drawn
from tasks.quantum.scanning.statevector import State, blocks, cost, even_at_first, evolved, too_wide, zero
from tasks.quantum.scanning.wires import Gate, Wiring, joined, wiring

WIRES_MAX, COUNTING_MAX, COUNTING_MIN, WORK_MIN = 14, 8, 2, 2
AMPLITUDES_MAX, GATES_MAX = 1 << 21, 4_000
BLURRED = 0.06
"""Distance from order finding that shortened Fourier transforms are allowed."""

FLAT = 0.12
"""Distance from uniform below which a count tells no period: any entangled pairs look like it."""


@dataclass(frozen=True, slots=True)
class _Registers:
    """The wires of the count, bit 0 first, and all others."""

    count: list[int]
    work: list[int]


def find(program: Program) -> Iterator[Pattern]:
    """Yield the shape of modular exponentiation with an inverse Fourier transform."""
    found, inputs = wiring(program), drawn(program, 0)
    gates = joined(found)
    wires = sorted({wire for gate in gates for wire in gate.wires})
    if not 0 < len(gates) <= GATES_MAX or len(wires) > WIRES_MAX or too_wide(gates):
        return
    candidates = list(_registers(found, gates, even_at_first(gates, inputs)))
    chain = blocks(gates, inputs) if candidates else []
    if not candidates or cost(chain, len(wires)) > AMPLITUDES_MAX:
        return
    state = evolved(zero(len(wires)), chain, wires).reshape((2,) * len(wires))
    for registers in candidates:
        period = _found_period(state, wires, registers)
        if period:
            told = f"{len(registers.count)} counting bits find the period {period} of {len(registers.work)} work qubits by an inverse Fourier transform"
            yield Pattern(id="modular-exponentiation", line=gates[0].line, evidence=told)
            return


def _found_period(state: State, wires: Sequence[int], registers: _Registers) -> int:
    """Return the period that a count finds of several work qubits, else 0."""
    place = {wire: axis for axis, wire in enumerate(wires)}
    axes = [place[wire] for wire in (*registers.count[::-1], *registers.work)]
    rows = state.transpose(axes).reshape(1 << len(registers.count), -1)
    period = max(_period(rows[turned]) for turned in _orders(len(registers.count)))
    return period if period > 2 or (period and _entangled(rows, len(registers.work)) >= WORK_MIN) else 0


def _registers(found: Wiring, gates: Sequence[Gate], even: set[int]) -> Iterator[_Registers]:
    """Yield what could be the count: wires that are read and act on others and on each other.

    Where the work register is read as well, they begin evenly, or are written to the first or to the last bits.
    """
    wires = {wire for gate in gates for wire in gate.wires}
    read = [found.reads[bit] for bit in sorted(found.reads) if found.reads[bit] in wires]
    ways = [read, [wire for wire in read if wire in even]]
    if len(read) > len(wires) - WORK_MIN:
        ways += [part for size in range(COUNTING_MIN, len(read)) for part in (read[:size], read[-size:])]
    for count in ways:
        work = sorted(wires - set(count))
        if COUNTING_MIN <= len(count) <= COUNTING_MAX and len(work) >= WORK_MIN:
            inner = {gate.wires for gate in gates if len(gate.wires) > 1 and set(gate.wires) <= set(count)}
            outer = {wire for gate in gates if set(gate.wires) & set(count) for wire in gate.wires}
            if len(inner) >= len(count) - 1 and len(outer & set(work)) >= WORK_MIN:
                yield _Registers(count, work)


def _orders(n_bits: int) -> Iterator[NDArray[np.intp]]:
    """Yield the ways of reading the count: as it is written, and with its bits reversed."""
    words = np.arange(1 << n_bits)
    yield words
    yield np.array([int(f"{word:0{n_bits}b}"[::-1], 2) for word in words])


def _period(rows: State) -> int:
    """Return the period that the work register's states beside each outcome tell, 0 where they tell none.

    Args:
        rows: for each outcome of the count the unnormalised state of the work register; its phase is open.
    """
    seen_odds = (abs(rows) ** 2).sum(axis=1)
    size = len(rows)
    if float(abs(seen_odds - 1 / size).sum() / 2) < FLAT:
        return 0
    apart = abs(_all_peaks(size) - seen_odds).sum(axis=1) / 2
    period = 2 + int(apart.argmin())
    if apart[period - 2] > BLURRED:
        return 0
    overlaps = abs(rows @ rows.conj().T)
    return period if float(abs(overlaps - _expected(period, size)).sum() / size) < BLURRED else 0


@lru_cache(maxsize=COUNTING_MAX)
def _all_peaks(size: int) -> NDArray[np.float64]:
    """Return the odds of each outcome for each period from 2 to size - 1."""
    return np.array([_peaks(period, size) for period in range(2, size)])


def _peaks(period: int, size: int) -> NDArray[np.float64]:
    """Return the odds of each outcome of order finding."""
    times, longer = divmod(size, period)
    phase = np.exp(2j * np.pi * period * np.arange(size) / size)
    powers = phase[:, None] ** np.arange(times + 1)
    longs, shorts = np.abs(powers.sum(axis=1)) ** 2, np.abs(powers[:, :-1].sum(axis=1)) ** 2
    peaks: NDArray[np.float64] = (longer * longs + (period - longer) * shorts) / size**2
    return peaks


def _expected(period: int, size: int) -> NDArray[np.float64]:
    """Return the overlaps of the work register's states beside each two outcomes of order finding."""
    classes = np.zeros((size, period), dtype=complex)
    classes[np.arange(size), np.arange(size) % period] = 1 / size
    waves = np.fft.fft(classes, axis=0)
    overlaps: NDArray[np.float64] = np.abs(waves @ waves.conj().T)
    return overlaps


def _entangled(state: State, n_work: int) -> int:
    """Return how many work qubits are entangled with other work qubits when the count is read as 0."""
    row = state[0] / np.linalg.norm(state[0])
    pairs = (row.reshape(1 << place, 2, -1).transpose(1, 0, 2).reshape(2, -1) for place in range(n_work))
    return sum(float((abs(pair @ pair.conj().T) ** 2).sum()) < 0.99 for pair in pairs)
