"""Is something said to be out of the reach of classical computers?"""

from policy_checks.claim_language.cue import (
    CIRCUITS,
    CLAUSE_NEAR,
    NEAR,
    OURS,
    THEIRS,
    Comparison,
    Cue,
    has,
    is_followed,
    says,
    side,
    subject_of,
)  # fmt: skip
from policy_checks.claim_language.sentence import Units

ABLE = frozenset(
    [
        "match",
        "reach",
        "find",
        "access",
        "reproduce",
        "solve",
        "compute",
        "simulate",
        "see",
        "capture",
        "express",
        "compete",
        "keep",
        "handle",
        "achieve",
        "do",
        "rival",
        "follow",
        "replicate",
        "discover",
        "detect",
        "represent",
        "learn",
        "model",
        "explore",
        "sample",
        "deliver",
        "attain",
        "obtain",
        "computed",
        "obtained",
        "simulated",
        "reproduced",
        "reached",
        "solved",
        "matched",
        "found",
        "sampled",
        "replicated",
        "attained",
        "achieved",
        "catch",
        "crack",
        "uncover",
        "recognise",
        "resolve",
        "tackle",
        "approximate",
        "emulate",
        "perform",
        "duplicate",
        "explain",
        "hope",
    ]
)
TAKES = frozenset({"take", "takes", "taken", "need", "needs", "require", "requires"})
NEARLY = frozenset(
    [
        "match",
        "matches",
        "matched",
        "rivals",
        "close",
        "near",
        "good",
        "well",
        "accurate",
        "fast",
        "approaches",
        "equals",
        "equal",
        "reaches",
        "reached",
        "touch",
    ]
)
NOBODY = frozenset({"no", "none", "nothing", "nobody", "neither", "not"})


def hard(cue: Cue) -> Comparison | None:
    """Judge "intractable", "impossible": for whom?"""
    by_theirs = has(cue.right[:CLAUSE_NEAR], {"classical"}) or has(cue.left[-2:], {"classical"})
    now_ours = says(cue.right, {"now"}) and side(cue.right) == "quantum"
    simulated = subject_of(cue) == "classical" and has(cue.left, CIRCUITS)
    found = by_theirs or now_ours or simulated or _only_with(cue.right)
    return "out of classical reach" if found else None


def _only_with(units: Units) -> bool:
    """Return whether it goes on with "without a quantum ..."."""
    return any(
        unit.text in {"without", "without a", "without any"}
        and has(units[place : place + 1 + NEAR], CIRCUITS)
        for place, unit in enumerate(units)
    )


def reach(cue: Cue) -> Comparison | None:
    """Judge "beyond": beyond what?"""
    return "out of classical reach" if has(cue.right[:CLAUSE_NEAR], {"classical"}) else None


def cannot(cue: Cue) -> Comparison | None:
    """Judge "cannot": what classical computers cannot, or nobody without a quantum computer."""
    able = says(cue.right[:NEAR], ABLE)
    relative = cue.place > NEAR and has(cue.left, OURS) and cue.left[-NEAR].text in {"that", "what", "which"}
    if side(cue.left[-NEAR:]) == "classical" and (
        able or relative or not cue.right or cue.unit.text.startswith("miss")
    ):
        return "out of classical reach"
    if cue.right and _only_with(cue.right):
        return "out of classical reach"
    passive = able and is_followed(cue, "be") and side(cue.right) == "classical"
    return "out of classical reach" if passive else None


def nobody(cue: Cue) -> Comparison | None:
    """Judge "no classical model comes close to the circuit" and "nothing beats quantum"."""
    if cue.unit.text.startswith("fail"):
        return "classical worse" if subject_of(cue) == "classical" and _goes_on_without(cue) else None
    if cue.unit.text not in NOBODY:
        return None
    classical = side(cue.right[: NEAR + 1]) in THEIRS
    if (classical or cue.unit.text in {"nothing", "nobody"}) and _comes_near(cue.right, classical=classical):
        return "classical worse"
    return "out of classical reach" if classical and _can(cue.right) else None


def _comes_near(units: Units, *, classical: bool) -> bool:
    """Return whether it goes on with "... beats" or "... is as good as" the quantum side."""
    for place, unit in enumerate(units):
        if unit.kind in {"wins", "better"} or unit.text in NEARLY:
            ours = OURS if classical else CIRCUITS
            return side(units[place + 1 :]) in ours and side(units[:place]) not in CIRCUITS
    return False


def _can(units: Units) -> bool:
    """Return whether it goes on with "... can solve", or ends with "can"."""
    for place, unit in enumerate(units):
        if unit.text in {"can", "could", "would"}:
            return place + 1 == len(units) or says(units[place + 1 :], ABLE)
    return False


def _goes_on_without(cue: Cue) -> bool:
    """Return whether "where classical models fail" is followed by who does not."""
    return cue.clause.opening is not None and has(cue.sentence.units, CIRCUITS)


def ages(cue: Cue) -> Comparison | None:
    """Judge "years": what would take a classical computer so long?"""
    supposed = says(cue.left, {"what", "would", "might", "where"})
    classical = has(cue.left, {"classical"})
    return "out of classical reach" if classical and supposed and says(cue.left, TAKES) else None
