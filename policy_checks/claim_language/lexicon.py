"""What single words and phrases do in a sentence; of two that begin alike the longer counts."""

from collections.abc import Iterator
from typing import Literal, cast

from policy_checks.claim_language.comparing import COMPARING
from policy_checks.claim_language.framing import FRAMING
from policy_checks.claim_language.sides import SIDES

Kind = Literal[
    "quantum", "run", "classical", "rival", "self", "wins", "wins_weakly", "is_beaten", "loses",
    "better", "worse", "up", "down", "merit", "burden", "advantage", "gain", "steep", "hard",
    "reach", "cannot", "ages", "praise", "leap", "foreign", "no", "gone", "ask", "test", "report",
    "source", "talk", "settled", "than", "by", "if", "opening", "against", "but", "without",
    "minus", "other",
]  # fmt: skip


def entries() -> Iterator[tuple[Kind, str]]:
    """Yield every phrase, in each of its forms, with what it does."""
    for kind, phrases in (SIDES | COMPARING | FRAMING).items():
        for phrase in phrases.split(","):
            yield from ((cast(Kind, kind), form) for form in forms(phrase.strip()))


def forms(phrase: str) -> tuple[str, ...]:
    """Return a phrase, or the forms of a regular verb that is written `verb~`.

    >>> forms("improve~"), forms("crush~")
    (('improve', 'improves', 'improved', 'improving'), ('crush', 'crushes', 'crushed', 'crushing'))
    """
    if not phrase.endswith("~"):
        return (phrase,)
    verb = phrase[:-1]
    stem, third = verb.removesuffix("e"), "es" if verb.endswith(("s", "sh", "ch")) else "s"
    return (verb, f"{verb}{third}", f"{stem}ed", f"{stem}ing")


def _lengths() -> dict[str, int]:
    found: dict[str, int] = {}
    for first, *rest in MEANINGS:
        found[first] = max(1 + len(rest), found.get(first, 0))
    return found


MEANINGS: dict[tuple[str, ...], Kind] = {tuple(form.split()): kind for kind, form in entries()}
VOCABULARY = frozenset(word for phrase in MEANINGS for word in phrase)
LONGEST_FROM = _lengths()
"""First word of a phrase -> words of the longest phrase that begins so."""
