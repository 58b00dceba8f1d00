"""How much a detector finds and how often it is right, by entity."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field

from tests.corpus.people import Case

Verdict = Callable[[Case], Collection[str]]


@dataclass
class Score:
    """Counts over cases; an entity that is found where something else stands counts as wrong only if nothing stands there."""

    held: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)
    missed: list[Case] = field(default_factory=list)
    mistaken: list[tuple[Case, str]] = field(default_factory=list)

    def recall(self, entity: str | None = None) -> float:
        """Return the share of cases of an entity, or of all, in which it was found."""
        if entity is not None:
            return self.found[entity] / max(1, self.held[entity])
        return self.found.total() / max(1, self.held.total())

    def precision(self) -> float:
        """Return the share of flagged cases that hold something."""
        return self.found.total() / max(1, self.found.total() + self.wrong.total())


def scored(cases: Iterable[Case], verdict: Verdict) -> Score:
    """Return the score of a detector over labelled cases."""
    score = Score()
    for case in cases:
        verdicts = verdict(case)
        if not case.entity:
            if verdicts:
                score.wrong[min(verdicts)] += 1
                score.mistaken.append((case, min(verdicts)))
            continue
        score.held[case.entity] += 1
        if case.entity in verdicts:
            score.found[case.entity] += 1
        else:
            score.missed.append(case)
    return score
