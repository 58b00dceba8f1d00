"""Is a qubit used again after its measurement, without a reset or a correction, and measured once more?"""

from collections.abc import Iterator

from policy_checks.schemas.pattern import Pattern
from tasks.quantum.program import Program
from tasks.quantum.scanning.stories import Story, is_gate, is_phase, stories, turn


def find(program: Program) -> Iterator[Pattern]:
    """Yield each qubit that carries its measured state on."""
    for story in stories(program):
        place = _reuse(story)
        if place is not None:
            evidence = "a qubit is measured, used again without a reset or a correction, and measured again"
            yield Pattern(id="reuse-without-reset", line=story[place].line, evidence=evidence)


def _reuse(story: Story) -> int | None:
    """Return the place of the gate that goes on with a measured qubit."""
    last = max((place for place, each in enumerate(story) if each.name == "measure"), default=0)
    used = measured = False
    for place, each in enumerate(story[:last]):
        if each.name == "measure":
            measured = used
        elif each.name == "reset" or each.conditional:
            measured = False
        elif is_gate(each) and not (len(each.qubits) == 1 and is_phase(turn(each))):
            if measured:
                return place
            used = True
    return None
