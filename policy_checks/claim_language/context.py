"""Does a sentence assert what it mentions, or deny, ask, test, condition, define or report it?"""

from policy_checks.claim_language.cue import Cue, has
from policy_checks.claim_language.sentence import CONDITIONS, Clause, Unit, Units

PREDICATES = frozenset(
    {
        "not",
        "never",
        "neither",
        "nor",
        "doubtful",
        "unlikely",
        "refuted",
        "rejected",
        "premature",
        "unfounded",
        "ruled out",
        "out of reach",
    }
)
RHETORICAL = (
    ("why", "settle"),
    ("why", "wait"),
    ("why", "use"),
    ("who", "needs"),
    ("ready",),
    ("tired",),
    ("want",),
    ("looking",),
    ("did", "you", "know"),
)
NOUNS = frozenset({"advantage", "gain", "foreign", "praise", "leap"})
OWN = frozenset({"we", "our", "i", "us", "my"})
TITLE_MAX = 4


def is_asserted(cue: Cue) -> bool:
    """Return whether the sentence states what the cue says, hedged or not."""
    if cue.sentence.is_question and not _is_rhetorical(cue.sentence.units):
        return False
    if has(cue.sentence.units, {"minus"}):
        return False
    if has(cue.sentence.units, {"settled"}) and not any(_denies(unit) for unit in cue.left):
        return True
    return not (_is_denied(cue) or _is_open(cue) or _is_talk(cue) or _is_reported(cue))


def _is_rhetorical(units: Units) -> bool:
    texts = tuple(unit.text for unit in units[:3])
    return any(texts[: len(opening)] == opening for opening in RHETORICAL)


def _denies(unit: Unit) -> bool:
    negated = "not" in unit.text.split() or unit.text.endswith("n't")
    return unit.kind in {"no", "cannot"} or (unit.kind == "gone" and negated)


def _is_denied(cue: Cue) -> bool:
    if any(_denies(unit) for unit in cue.left):
        return True
    if cue.right and cue.unit.kind in {"wins", "better"} and cue.right[0].kind == "no":
        return True
    return cue.unit.kind in NOUNS and any(
        unit.kind in {"gone", "cannot", "ask"} or unit.text in PREDICATES for unit in cue.right
    )


def _is_open(cue: Cue) -> bool:
    """Return whether it is asked, tested, planned or made a condition."""
    if any(unit.kind in {"ask", "test", "if"} for unit in cue.left):
        return True
    opening = cue.clause.opening
    if opening is not None and opening.text in CONDITIONS:
        return True
    title = cue.before
    return title is not None and has(title.units, {"ask", "test"}) and _is_title(title, cue)


def _is_title(clause: Clause, cue: Cue) -> bool:
    """Return whether a clause announces the next one: a few words and a colon."""
    end = clause.units[-1].end
    return len(clause.units) <= TITLE_MAX and any(
        unit.text == ":" and end <= unit.start < cue.unit.start for unit in cue.sentence.units
    )


def _is_talk(cue: Cue) -> bool:
    """Return whether the words themselves are spoken of."""
    own = any(unit.text in OWN for unit in cue.left)
    if any(unit.kind == "talk" for unit in cue.left) and not own:
        return True
    if cue.clause.units[0].text in {"reported", "announced", "published"}:
        return True
    around = cue.clause.units if cue.unit.kind in NOUNS else ()
    return any(unit.kind == "talk" for unit in around) and not own


def _is_reported(cue: Cue) -> bool:
    """Return whether somebody else is named who says or did it."""
    whole = cue.sentence.units
    if not has(whole, {"source"}) or (whole and whole[0].text == "as"):
        return False
    first = next(place for place, unit in enumerate(whole) if unit.kind == "source")
    own = any(unit.text in OWN for unit in cue.left)
    return whole[first].start < cue.unit.start and has(whole, {"report", "talk"}) and not own
