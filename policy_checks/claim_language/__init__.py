"""Claims of quantum superiority in a text (clause R2.2).

A claim states that quantum computing, this run or its circuit is better than classical methods: faster, more
accurate, cheaper, safer; or that it has an advantage, supremacy or a steep speed-up; or that classical
computers cannot do it; or it praises quantum in an advertisement's words. These count:

* hedged ("may outperform", "we expect", "promises a speed-up", "will beat"),
* turned round ("classical models are slower", "no classical model comes close"),
* without a subject ("beats XGBoost") and as a bare name, tag or title ("quantum-advantage"),
* quoted with consent ("as Google has shown, ...", "studies show"), and what a textbook says of quantum computers.

These do not: denials; questions and what is unknown; hypotheses, aims, plans and conditions ("we test whether",
"if the circuit beats"); parity, or the classical side ahead; one circuit, simulator or classical model against
another of its kind; what somebody else, who is named, says or did ("Google claimed", "according to the vendor"),
unless it is about our run; talk about the words ("a claim of quantum advantage needs a record"); numbers, and
"hybrid minus best classical", which is how a report states a measured difference; quantum that does not compute
(dots, mechanics, Solace, a leap in the office's coffee) and post-quantum signatures.

English is read. Of other languages only the commonest names of quantum advantage are found, in German, French and
Spanish. Sentences are judged one by one and by rules, so a claim told in a roundabout way ("it took the classical
solver an hour; the quantum solver needed a second") can be missed.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from policy_checks.claim_language.context import is_asserted
from policy_checks.claim_language.cue import Comparison, Cue
from policy_checks.claim_language.judge import CUE_WORDS, compared, cues
from policy_checks.claim_language.letters import words
from policy_checks.claim_language.lexicon import VOCABULARY
from policy_checks.claim_language.sentence import sentences

REASONS: dict[Comparison, str] = {
    "advantage": "speaks of an advantage or speed-up of the quantum side",
    "better": "says that the quantum side is better",
    "classical worse": "says that the classical side is worse",
    "out of classical reach": "says that classical computers cannot do it",
    "praise": "praises quantum computing",
}


@dataclass(frozen=True, slots=True)
class ClaimFound:
    """One claim.

    Attributes:
        word: what makes it one, as the linter reads it (disguises undone); of the linter's own vocabulary.
        start: where that word stands: text[start:end].
        reason: continues a sentence that names the text.
    """

    comparison: Comparison
    word: str
    start: int
    end: int
    reason: str


def claims_in(text: str) -> tuple[ClaimFound, ...]:
    """Return every claim, in the order of the text; time is linear in its length.

    >>> [found.word for found in claims_in("The hybrid model may outperform classical baselines.")]
    ['outperform']
    >>> claims_in("We test whether the hybrid model outperforms classical baselines.")
    ()
    """
    return tuple(_claims(text))


def _claims(text: str) -> Iterator[ClaimFound]:
    found = words(text, VOCABULARY)
    if CUE_WORDS.isdisjoint(word.text for word in found):
        return
    for sentence in sentences(found):
        for cue in cues(sentence):
            comparison = compared(cue)
            if comparison is not None and is_asserted(cue):
                yield _found(cue, comparison)


def _found(cue: Cue, comparison: Comparison) -> ClaimFound:
    unit = cue.unit
    return ClaimFound(comparison, unit.text, unit.start, unit.end, REASONS[comparison])
