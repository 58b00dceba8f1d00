"""One unit that may compare, and who stands around it."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from policy_checks.claim_language.lexicon import Kind
from policy_checks.claim_language.sentence import DETERMINERS, JOINERS, Clause, Sentence, Unit, Units

Comparison = Literal["advantage", "better", "classical worse", "out of classical reach", "praise"]
Side = Literal["quantum", "run", "classical", "rival", "self"]
OURS: frozenset[Kind | None] = frozenset({"quantum", "run", "self"})
CIRCUITS: frozenset[Kind | None] = frozenset({"quantum", "run"})
THEIRS: frozenset[Kind | None] = frozenset({"classical", "rival"})
NEAR, CLAUSE_NEAR = 3, 7
CONNECTORS = frozenset(
    {
        "than",
        "over",
        "compared with",
        "compared to",
        "in comparison with",
        "in comparison to",
        "relative to",
        "against",
        "versus",
        "vs",
        "with respect to",
        "next to",
        "beside",
        "unlike",
        "as opposed to",
    }
)
OF_ADJECTIVES = {"superior": "to", "inferior": "to", "ahead": "of", "favourably": "to", "favorably": "to"}
SUBORDINATORS = frozenset({"that", "when", "because", "where", "as"})
BE = frozenset(["is", "are", "was", "were", "be", "been", "being", "get", "gets", "got"])


@dataclass(frozen=True, slots=True)
class Cue:
    """One unit that may compare, and what stands around it."""

    sentence: Sentence
    n_clause: int
    place: int

    @property
    def clause(self) -> Clause:
        """The clause that it stands in."""
        return self.sentence.clauses[self.n_clause]

    @property
    def unit(self) -> Unit:
        """The word or phrase itself."""
        return self.clause.units[self.place]

    @property
    def left(self) -> Units:
        """What precedes it in its clause."""
        return self.clause.units[: self.place]

    @property
    def right(self) -> Units:
        """What follows it in its clause."""
        return self.clause.units[self.place + 1 :]

    @property
    def before(self) -> Clause | None:
        """The clause before its own, if any."""
        return self.sentence.clauses[self.n_clause - 1] if self.n_clause else None


def side(units: Units) -> Side | None:
    """Return whom a part of a clause is about: the first thing that runs or learns, else its author."""
    found: Side | None = None
    for unit in units:
        match unit.kind:
            case "quantum" | "run" | "classical" | "rival":
                return unit.kind
            case "self":
                found = "self"
            case _:
                pass
    return found


def has(units: Units, kinds: Collection[Kind | None]) -> bool:
    """Return whether any unit is of one of the kinds."""
    return any(unit.kind in kinds for unit in units)


def says(units: Units, texts: Collection[str]) -> bool:
    """Return whether any unit is one of the texts."""
    return any(unit.text in texts for unit in units)


def subject_of(cue: Cue) -> Side | None:
    """Return the subject; that of the clause before where this one has none of its own."""
    starts = [place for place, unit in enumerate(cue.left) if unit.text in SUBORDINATORS]
    found = (side(cue.left[starts[-1] + 1 :]) if starts else None) or side(cue.left)
    if found is None and cue.before is not None and _goes_on(cue.left):
        return side(cue.before.units)
    return found


def _goes_on(left: Units) -> bool:
    words = [unit for unit in left if unit.text not in JOINERS and not unit.is_mark]
    return len(words) <= NEAR and not any(unit.text in DETERMINERS for unit in words)


def object_of(cue: Cue) -> tuple[bool, Side | None]:
    """Return whether the clause names what it compares with, and that side."""
    connectors = CONNECTORS | {OF_ADJECTIVES.get(cue.unit.text, "than")}
    for place, unit in enumerate(cue.right):
        if unit.text in connectors:
            return True, side(cue.right[place + 1 :])
    if cue.unit.text.endswith(" as"):
        return True, side(cue.right)
    if cue.before is not None and cue.before.opening is not None and cue.before.opening.kind == "against":
        return True, side(cue.before.units)
    return False, None


def is_followed(cue: Cue, *texts: str) -> bool:
    """Return whether one of the texts comes next in the clause."""
    return bool(cue.right) and cue.right[0].text in texts
