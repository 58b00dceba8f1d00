"""Is a qubit measured before anything acts on it, and used only then?"""

from collections.abc import Iterator

from policy_checks.schemas.pattern import Pattern
from tasks.quantum.program import Program
from tasks.quantum.scanning.interactions import STILL, after
from tasks.quantum.scanning.stories import Story, is_gate, is_still, stories, turn


def find(program: Program) -> Iterator[Pattern]:
    """Yield each qubit whose first measurement tells what was there before the circuit."""
    for story in stories(program):
        place = next((place for place, each in enumerate(story) if each.name == "measure"), None)
        if place is not None and _nothing(story[:place]) and any(map(is_gate, story[place:])):
            evidence = "a qubit is measured before anything acts on it, and used afterwards"
            yield Pattern(id="measure-first", line=story[place].line, evidence=evidence)


def _nothing(story: Story) -> bool:
    """Return whether gates of one qubit that come to nothing are all that happened."""
    whole = STILL
    for each in story:
        if each.name == "reset" or len(each.qubits) > 1 or each.conditional:
            return False
        if is_gate(each):
            whole = after(turn(each), whole)
    return is_still(whole)
