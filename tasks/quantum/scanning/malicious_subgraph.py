"""Does a short word of gates on two or three qubits come back to nothing, again and again?"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import pairwise

from policy_checks.schemas.pattern import Pattern
from tasks.quantum.program import Program
from tasks.quantum.scanning.block_states import Place, places
from tasks.quantum.scanning.blocks import Block, blocks
from tasks.quantum.scanning.pair_runs import pair_runs
from tasks.quantum.scanning.repeated_run import is_power

WORD_MIN, WORD_MAX = 3, 24
"""How many two-qubit gates a word holds: fewer only undo each other, more is an algorithm."""

WORDS_MIN, WINDOW = 5, 8
"""How many words of one length a window of returns holds, at least."""

WORK_MAX = 35_000
"""Gates that are followed in the whole circuit; two-qubit gates count twice, those of three seven times."""


def find(program: Program) -> Iterator[Pattern]:
    """Yield each stretch whose returns are regular."""
    left = WORK_MAX
    for block in blocks(program, WORD_MIN * WORDS_MIN):
        work, line, n = len(block.gates) + block.weight, block.gates[0].line, len(block.qubits)
        if work > left:
            evidence = f"a stretch of {len(block.gates):,} gates on {n} qubits is too long to follow"
            yield Pattern(id="scan-unfinished", line=line, evidence=evidence)
            continue
        left -= work
        word = _word(block)
        if word and not _is_power(block, program):
            evidence = f"a word of {word} two-qubit gates on {n} qubits comes back to nothing at least {WORDS_MIN} times"
            yield Pattern(id="malicious-subgraph", line=line, evidence=evidence)


def _is_power(block: Block, program: Program) -> bool:
    """Return whether the block's pairs are driven in a ladder of powers, as phase estimation has it."""
    runs = [(run.pair, run.n_gates) for run in pair_runs(program)]
    return any(is_power(pair, length, runs) for pair, length in runs if set(pair) <= block.qubits)


def _word(block: Block) -> int | None:
    """Return the length of the word that the block repeats, if it repeats one."""
    seen: dict[Place, list[int]] = defaultdict(list)
    for n_before, place in places(block):
        seen[place].append(n_before)
    for times_there in seen.values():
        gaps = [after - before for before, after in pairwise(times_there)]
        for start in range(len(gaps)):
            length, times = Counter(gaps[start : start + WINDOW]).most_common(1)[0]
            if times >= WORDS_MIN and WORD_MIN <= length <= WORD_MAX:
                return length
    return None
