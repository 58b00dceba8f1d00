"""Who is said to be better, faster, cheaper than whom?"""

from policy_checks.claim_language.cue import (
    CIRCUITS,
    NEAR,
    OURS,
    THEIRS,
    Comparison,
    Cue,
    Side,
    has,
    object_of,
    says,
    side,
    subject_of,
)  # fmt: skip

LATER = frozenset(
    [
        "after",
        "when",
        "once",
        "before",
        "if",
        "with",
        "without",
        "per",
        "at",
        "until",
        "under",
        "since",
        "for",
        "because",
    ]
)
CAUSES = frozenset({"with", "through", "via", "by", "to", "using", "from", "of"})
SIZES = frozenset(
    [
        "deeper",
        "wider",
        "older",
        "newer",
        "other",
        "another",
        "rather",
        "number",
        "layer",
        "parameter",
        "computer",
        "former",
        "latter",
        "order",
        "whether",
        "per",
        "over",
        "under",
        "after",
        "together",
        "user",
        "classifier",
        "solver",
        "optimiser",
        "learner",
        "annealer",
        "counter",
        "later",
        "earlier",
        "harder",
        "noisier",
        "thinner",
        "narrower",
        "denser",
        "colder",
    ]
)


def better(cue: Cue) -> Comparison | None:
    """Judge "faster", "more accurate"."""
    return weighed(cue, 1)


def worse(cue: Cue) -> Comparison | None:
    """Judge "slower", "less accurate": of the classical side, or of leaving the quantum part out."""
    return "better" if _is_ablation(cue) else weighed(cue, -1)


def amount(cue: Cue) -> Comparison | None:
    """Judge "higher", "fewer" by what is measured: accuracy is a merit, latency a burden."""
    measured = [unit.kind for unit in cue.right[:NEAR] if unit.kind in {"merit", "burden"}]
    measured += [unit.kind for unit in reversed(cue.left) if unit.kind in {"merit", "burden"}]
    if not measured:
        return None
    good = (cue.unit.kind == "up") == (measured[0] == "merit")
    return better(cue) if good else worse(cue)


def any_comparative(cue: Cue) -> Comparison | None:
    """Judge "a shorter route than ...", "more gracefully than ...": any comparative that is not one of size."""
    if has(cue.left[-NEAR - 1 :], {"better", "worse", "up", "down", "no"}):
        return None
    near = [unit.text for unit in cue.left[-NEAR - 1 :]]
    if not any(text.endswith("er") and text not in SIZES for text in near):
        return None
    subject, rival = subject_of(cue), side(cue.right)
    return "better" if subject in OURS and rival in THEIRS else None


def weighed(cue: Cue, sign: int) -> Comparison | None:
    """Judge a comparative that praises (sign 1) or blames (-1) its subject."""
    subject = subject_of(cue)
    named, rival = object_of(cue)
    if named:
        return between(cue, subject, rival, sign)
    if sign < 0:
        return None
    if subject is None and _is_owed_to_quantum(cue):
        return "better"
    if subject not in OURS:
        return None
    unconditional = subject == "quantum" and not says(cue.right, LATER)
    return "better" if unconditional or has(cue.sentence.units, THEIRS) else None


def _is_owed_to_quantum(cue: Cue) -> bool:
    """Return whether it goes on as in "better quantum accuracy" or "better results through quantum kernels"."""
    if side(cue.right[:2]) == "quantum" and has(cue.right[: NEAR + 1], {"merit"}):
        return True
    causes = [place for place, unit in enumerate(cue.right) if unit.text in CAUSES]
    return any(side(cue.right[place + 1 : place + NEAR]) == "quantum" for place in causes[:NEAR])


def between(cue: Cue, subject: Side | None, rival: Side | None, sign: int) -> Comparison | None:
    """Judge a subject that is put above (sign 1) or below (-1) a rival; a missing subject is the run."""
    if sign < 0:
        return "classical worse" if subject in THEIRS and rival in OURS else None
    if rival == "classical" and subject not in THEIRS:
        return "better"
    implied = not [
        unit for unit in cue.left if unit.kind is None and not unit.is_mark and unit.text.isalpha()
    ]
    return "better" if rival == "rival" and (subject in OURS or (subject is None and implied)) else None


def _is_ablation(cue: Cue) -> bool:
    around = [*(cue.before.units if cue.before else ()), *cue.left]
    return any(
        unit.kind == "without" and has(around[place + 1 : place + 1 + NEAR], CIRCUITS)
        for place, unit in enumerate(around)
    )
