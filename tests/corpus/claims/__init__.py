"""Sentences that claim quantum superiority and sentences that do not.

Those beside this file were written before the linter, and a seeded draw halved them: the linter was tuned on one half.
Each later round was written against the linter of its time and read by it once before it was tuned on; F1 at that
first reading was 0.91 (second), 0.67 (third, meant to be hard), 0.85, 0.86 and 0.97 (sixth).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import NamedTuple

from policy_checks.claim_language import claims_in

FOLDER = Path(__file__).parent
SPLIT_SEED = 20261123
ROUNDS = ("second", "third", "fourth", "fifth", "sixth")


class Sentence(NamedTuple):
    """A labelled sentence; its file says what sort it is of."""

    text: str
    is_claim: bool
    sort: str


@dataclass
class Score:
    """How a linter's verdicts fit the labels."""

    right: int = 0
    missed: list[Sentence] = field(default_factory=list)
    mistaken: list[Sentence] = field(default_factory=list)

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall."""
        return 2 * self.right / (2 * self.right + len(self.missed) + len(self.mistaken))


def scored(labelled: Sequence[Sentence]) -> Score:
    """Return the score of the linter over labelled sentences."""
    score = Score()
    for sentence in labelled:
        match sentence.is_claim, bool(claims_in(sentence.text)):
            case True, True:
                score.right += 1
            case True, False:
                score.missed.append(sentence)
            case False, True:
                score.mistaken.append(sentence)
    return score


def sentences(folder: Path = FOLDER) -> list[Sentence]:
    """Return all sentences, in the order of files and lines."""
    return [sentence for path in sorted(folder.glob("*.txt")) for sentence in _read(path)]


def halves() -> tuple[list[Sentence], list[Sentence]]:
    """Return the half that the linter was tuned on, and the half that was held out."""
    drawn = sentences()
    Random(SPLIT_SEED).shuffle(drawn)
    middle = len(drawn) // 2
    return drawn[:middle], drawn[middle:]


def _read(path: Path) -> Iterator[Sentence]:
    for line in path.read_text("utf-8").splitlines():
        yield Sentence(line.replace("\\n", "\n"), path.stem.startswith("claim-"), path.stem)
