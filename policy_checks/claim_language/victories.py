"""Who is said to win, to lose, or to have the advantage?"""

from policy_checks.claim_language.comparatives import LATER, between
from policy_checks.claim_language.cue import (
    BE,
    CIRCUITS,
    CONNECTORS,
    NEAR,
    OURS,
    THEIRS,
    Comparison,
    Cue,
    Side,
    has,
    is_followed,
    object_of,
    says,
    side,
    subject_of,
)  # fmt: skip
from policy_checks.claim_language.sentence import DETERMINERS

INTRANSITIVE = (
    "came first",
    "comes first",
    "come first",
    "rank",
    "leads",
    "steals",
    "takes",
    "took",
    "win",
    "won",
    "prevail",
    "excel",
    "triumph",
    "outperform",
    "dominat",
)
RAISING = ("improv", "boost", "enhanc", "accelerat", "speed", "sped", "sharpen", "maximis")
RAISING_OR_NOT = ("increas", "rais", "doubl")


def wins(cue: Cue) -> Comparison | None:
    """Judge "outperforms", and "a win for"."""
    if says(cue.left[-2:], BE) and cue.unit.text.endswith("ed"):
        return is_beaten(cue)
    if is_followed(cue, "for", "of"):
        return advantage(cue)
    subject, rival = subject_of(cue), side(cue.right)
    if rival is not None and rival != "self":
        return between(cue, subject, rival, 1)
    intransitive = cue.unit.text.startswith(INTRANSITIVE)
    if subject == "quantum" and intransitive:
        return "better"
    return "better" if subject in CIRCUITS and intransitive and has(cue.sentence.units, THEIRS) else None


def wins_weakly(cue: Cue) -> Comparison | None:
    """Judge "improves accuracy", "reduces errors"; "quantum-enhanced" is praise."""
    if has(cue.left[-1:], {"quantum"}):
        return "praise"
    subject = subject_of(cue)
    near = next((u.kind for u in cue.right[: NEAR + 1] if u.kind in {"merit", "burden"}), None)
    raising = cue.unit.text.startswith(RAISING)
    good = raising or (near == "merit") == cue.unit.text.startswith(RAISING_OR_NOT)
    if near is None or not good or subject not in OURS:
        return None
    named, rival = object_of(cue)
    if named:
        return "better" if rival in THEIRS else None
    conditional = says(cue.right, LATER - {"for", "at"})
    strong = subject == "quantum" or (subject == "run" and raising and near == "merit")
    return "better" if strong and not conditional else None


def is_beaten(cue: Cue) -> Comparison | None:
    """Judge "beaten (by)"."""
    loser, winner = subject_of(cue), side(cue.right)
    return "classical worse" if loser in THEIRS and winner not in THEIRS else None


def loses(cue: Cue) -> Comparison | None:
    """Judge "lags behind", "is no match for", "obsolete"."""
    loser, winner = side(cue.left[-NEAR - 1 :]) or subject_of(cue), side(cue.right)
    if loser in CIRCUITS:
        loser = side([unit for unit in cue.left[-NEAR:] if unit.kind in THEIRS])
    if loser not in THEIRS or winner in THEIRS:
        return None
    return "classical worse" if winner in OURS or has(cue.sentence.units, CIRCUITS) else None


def advantage(cue: Cue) -> Comparison | None:
    """Judge "advantage", "speed-up": who has it, and over whom."""
    holder, close = _holder(cue)
    named, loser = object_of(cue)
    if named and loser is not None and loser not in THEIRS:
        return None
    if loser in THEIRS:
        return None if holder in THEIRS else "advantage"
    if holder in THEIRS:
        return None
    if holder == "quantum" and (close or not is_followed(cue, "of")):
        return "advantage"
    if holder in OURS and has(cue.sentence.units, THEIRS):
        return "advantage"
    steep = has(cue.left[-1:], {"steep"})
    return "advantage" if steep and not is_followed(cue, "of") else None


def gain(cue: Cue) -> Comparison | None:
    """Judge "improvement", "benefit", which need a rival or stand right after "quantum"."""
    holder, _ = _holder(cue)
    _, loser = object_of(cue)
    if loser in THEIRS:
        ours = holder in OURS or (holder is None and has(cue.sentence.units, CIRCUITS))
    else:
        ours = has(cue.left[-1:], {"quantum"})
    return "advantage" if ours else None


def _holder(cue: Cue) -> tuple[Side | None, bool]:
    """Return who has the advantage, and whether it is named beside the noun."""
    for unit in cue.left[: -NEAR - 1 : -1]:
        if unit.text in DETERMINERS or unit.is_mark or unit.kind in {"by", "than", "opening"}:
            break
        if unit.kind in {"quantum", "classical"}:
            return side([unit]), True
    if is_followed(cue, "of", "from", "through", "by", "with", "in", "for"):
        near = cue.right[1 : 2 + NEAR]
        rivals = [place for place, unit in enumerate(near) if unit.text in CONNECTORS]
        found = side(near[: rivals[0]] if rivals else near)
        if found is not None:
            return found, True
    return subject_of(cue), False
