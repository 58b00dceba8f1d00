"""Does a qubit that meets no other wait for what its neighbours do, and is it read then?"""

from collections.abc import Iterator

from policy_checks.schemas.pattern import Pattern
from tasks.quantum.program import Program
from tasks.quantum.scanning.interactions import STILL, Quaternion, Z, after, back, rounded, seen_from
from tasks.quantum.scanning.stories import Story, is_gate, stories, turn

IDLE_MIN, PERIOD_MAX = 5, 4
"""Returns to one state, at most so many gates apart, that amount to waiting; a delay is waiting at once."""

EVEN = 0.8
"""A qubit whose |z| is below this is in superposition."""

NAMES = {False: "idle-probe", True: "ramsey-probe"}


def find(program: Program) -> Iterator[Pattern]:
    """Yield each qubit that is alone, waits and is read."""
    for story in stories(program):
        read = [place for place, each in enumerate(story) if each.name == "measure"]
        if read and all(len(each.qubits) == 1 for each in story):
            for superposed in sorted(_waits(story[: read[-1]])):
                state = "in superposition" if superposed else "in a basis state"
                evidence = f"a qubit that meets no other waits {state} and is read"
                yield Pattern(id=NAMES[superposed], line=story[0].line, evidence=evidence)


def _waits(story: Story) -> set[bool]:
    """Return in which kinds of state the qubit waits: True for superposition.

    Gates wait where they bring the qubit back to one state again and again, a few gates later each time.
    """
    found, state = set[bool](), STILL
    seen: dict[Quaternion, tuple[int, int]] = {}
    for place, each in enumerate(story):
        if each.name == "delay":
            found.add(_is_even(state))
        elif each.name == "reset":
            state, seen = STILL, {}
        elif is_gate(each):
            before, state = state, after(turn(each), state)
            seen.setdefault(rounded(before), (0, place - 1))
            times, last = seen.get(rounded(state), (-1, place))
            times = times + 1 if place - last <= PERIOD_MAX else 0
            seen[rounded(state)] = times, place
            if times >= IDLE_MIN:
                found.add(_is_even(state))
    return found


def _is_even(state: Quaternion) -> bool:
    return abs(seen_from(back(state), Z)[2]) < EVEN
