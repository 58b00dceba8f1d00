"""Is a qubit read on which nothing ever acts?"""

from collections.abc import Iterator

from policy_checks.schemas.pattern import Pattern
from tasks.quantum.program import Program
from tasks.quantum.scanning.stories import Story, is_gate, is_phase, stories, turn


def find(program: Program) -> Iterator[Pattern]:
    """Yield once, with the first line: the qubits that are measured while nothing but phases acts on them."""
    untouched = [story for story in stories(program) if _is_untouched(story)]
    if untouched:
        line = min(each.line for story in untouched for each in story if each.name == "measure")
        evidence = f"{len(untouched)} of {program.n_qubits} qubits are measured and never acted on"
        yield Pattern(id="untouched-readout", line=line, evidence=evidence)


def _is_untouched(story: Story) -> bool:
    acts = (each for each in story if is_gate(each))
    return any(each.name == "measure" for each in story) and all(
        len(each.qubits) == 1 and is_phase(turn(each)) for each in acts
    )
