"""What kind of superiority does a unit of a sentence state, if any?"""

from collections.abc import Callable, Iterator

from policy_checks.claim_language.comparatives import amount, any_comparative, better, worse
from policy_checks.claim_language.cue import (
    BE,
    CIRCUITS,
    NEAR,
    OURS,
    THEIRS,
    Comparison,
    Cue,
    Side,
    has,
    is_followed,
    says,
    side,
    subject_of,
)
from policy_checks.claim_language.lexicon import MEANINGS, Kind
from policy_checks.claim_language.limits import ages, cannot, hard, nobody, reach
from policy_checks.claim_language.sentence import Sentence
from policy_checks.claim_language.victories import advantage, gain, is_beaten, loses, wins, wins_weakly

SPOKEN_OF: frozenset[Kind | None] = OURS | THEIRS | {"foreign", "steep", "leap"}


def compared(cue: Cue) -> Comparison | None:
    """Return what kind of superiority the cue states, or None."""
    judge = JUDGES.get(cue.unit.kind) if cue.unit.kind else None
    if judge is not None:
        return judge(cue)
    return JUDGES_OF_WORDS[cue.unit.text](cue)


def cues(sentence: Sentence) -> Iterator[Cue]:
    """Yield every unit of a sentence that may compare; none where nobody is spoken of."""
    if not has(sentence.units, SPOKEN_OF):
        return
    for n_clause, clause in enumerate(sentence.clauses):
        for place, unit in enumerate(clause.units):
            if unit.kind in JUDGES or unit.text in JUDGES_OF_WORDS:
                yield Cue(sentence, n_clause, place)


def _praise(cue: Cue) -> Comparison | None:
    whole = cue.sentence.units
    return "praise" if has(whole, {"quantum"}) or (has(whole, {"run"}) and has(whole, {"merit"})) else None


def _leap(cue: Cue) -> Comparison | None:
    return "praise" if has(cue.sentence.units, {"merit", *THEIRS, *CIRCUITS}) else None


def _foreign(cue: Cue) -> Comparison | None:
    return "advantage"


def _only(cue: Cue) -> Comparison | None:
    ours = side(cue.right[: NEAR + 2]) == "quantum" and says(
        cue.right, {"can", "could", "able", "solve", "solves"}
    )
    way = is_followed(cue, "way", "option", "method", "means") and subject_of(cue) == "quantum"
    return "out of classical reach" if ours or way else None


def _multiple(cue: Cue) -> Comparison | None:
    """Judge "ten times the accuracy of classical models", "half the error of"."""
    kind: Kind = "burden" if cue.unit.text == "half" else "merit"
    measured = [place for place, unit in enumerate(cue.right[:NEAR]) if unit.kind == kind]
    of_theirs = measured and side(cue.right[measured[0] + 1 :]) in THEIRS
    return "better" if of_theirs and subject_of(cue) not in THEIRS else None


def _best(cue: Cue) -> Comparison | None:
    predicate = says(cue.left[-NEAR:], BE) and not is_followed(cue, "of")
    return "better" if predicate and subject_of(cue) in CIRCUITS else None


def _exponential(cue: Cue) -> Comparison | None:
    ours = has(cue.sentence.units, CIRCUITS)
    return "out of classical reach" if ours and subject_of(cue) in THEIRS else None


def _winner(cue: Cue) -> Comparison | None:
    return "better" if side(cue.sentence.units) == "quantum" else None


def _greater(cue: Cue) -> Comparison | None:
    return "better" if _ends(cue) == ("quantum", "classical") else None


def _smaller(cue: Cue) -> Comparison | None:
    return "classical worse" if _ends(cue) == ("classical", "quantum") else None


def _ends(cue: Cue) -> tuple[Side | None, Side | None]:
    return side(cue.left[-2:]), side(cue.right[:2])


JUDGES: dict[Kind, Callable[[Cue], Comparison | None]] = {
    "better": better, "worse": worse, "up": amount, "down": amount, "wins": wins, "wins_weakly": wins_weakly,
    "is_beaten": is_beaten, "loses": loses, "advantage": advantage, "gain": gain, "hard": hard, "reach": reach,
    "cannot": cannot, "no": nobody, "ages": ages, "praise": _praise, "leap": _leap,
    "foreign": _foreign,
}  # fmt: skip
JUDGES_OF_WORDS: dict[str, Callable[[Cue], Comparison | None]] = {
    "than": any_comparative, "only": _only, "times": _multiple, "twice": _multiple, "double": _multiple, "half": _multiple,
    "best": _best, "exponential": _exponential, "exponentially": _exponential, "winner": _winner, ">": _greater, "<": _smaller,
}  # fmt: skip
CUE_WORDS = JUDGES_OF_WORDS.keys() | {phrase[0] for phrase, kind in MEANINGS.items() if kind in JUDGES}
