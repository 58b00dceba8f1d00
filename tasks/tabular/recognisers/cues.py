"""What a number is, said by the words beside it or by its column's name."""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from tasks.tabular.disguise import normalised
from tasks.tabular.recognisers import cue_words
from tasks.tabular.recognisers.identity_numbers import IDENTITY_NUMBERS

Topic = str
BEFORE, AFTER = 64, 40
STEM_MIN, N_BESIDE = 3, 3
OTHER = frozenset({"other"})
PHONE_ENDINGS = ("phone", "telefon", "telefono", "telefone", "phonenumber")
NO_PHONES = ("micro", "head", "xylo", "saxo", "mega", "gramo")
SENTENCE_END = re.compile(r"(?<=[^\W\d_]{5})[.!?]\s")  # "Tel. " ends none
WORDS = re.compile(r"[^\W\d_]+")
HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


class _Lexicon:
    """Cue words by how they are looked up: whole, by stem, in capitals, or anywhere."""

    def __init__(self, listed: Iterable[tuple[Topic, str]]) -> None:
        self.whole: dict[str, set[Topic]] = {}
        self.stems: dict[str, set[Topic]] = {}
        self.capitals: dict[str, set[Topic]] = {}
        self.anywhere: dict[str, set[Topic]] = {}
        for topic, cues in listed:
            for cue in cues.replace("\n", " ").split(","):
                self._add(topic, normalised(cue.strip()))

    def _add(self, topic: Topic, cue: str) -> None:
        bare = cue.removesuffix("*")
        if bare.isascii():
            place = self.capitals if bare.isupper() else self.stems if bare != cue else self.whole
        else:
            place = self.stems if cue != bare else self.anywhere
        if bare:
            place.setdefault(bare, set()).add(topic)

    @lru_cache(maxsize=65_536)  # noqa: B019 - there is one lexicon
    def of_word(self, word: str, previous: str, in_name: bool) -> frozenset[Topic]:
        """Return what a word, or it and the one before, says."""
        return frozenset(self._of_word(word, previous, in_name))

    def _of_word(self, word: str, previous: str, in_name: bool) -> Iterator[Topic]:
        low = word.lower()
        yield from self.whole.get(low, ())
        yield from self.capitals.get(word.upper() if in_name else word, ())
        for end in range(STEM_MIN, len(low) + 1):
            yield from self.stems.get(low[:end], ())
        if previous:
            pair = f"{previous.lower()} {low}"
            yield from self.whole.get(pair, ())
            yield from self.stems.get(pair, ())
        if not low.isascii():
            yield from (topic for cue, topics in self.anywhere.items() if cue in low for topic in topics)


LEXICON = _Lexicon(
    [
        ("phone", cue_words.PHONE),
        ("card", cue_words.CARD),
        ("iban", cue_words.IBAN),
        ("us_ssn", cue_words.US_SSN),
        ("us_itin", cue_words.US_ITIN),
        ("uk_nino", cue_words.UK_NINO),
        ("uk_nhs", cue_words.UK_NHS),
        ("passport", cue_words.PASSPORT),
        ("national", cue_words.NATIONAL),
        ("secret", cue_words.CREDENTIALS),
        ("mac", cue_words.MAC),
        ("other", cue_words.OTHER),
        *((number.topic, number.cues) for number in IDENTITY_NUMBERS if number.cues),
    ]
)
JOINED = {cue.replace(" ", ""): topics for cue, topics in LEXICON.whole.items() if " " in cue}


@lru_cache(maxsize=4096)
def topics_of_name(column: str) -> frozenset[Topic]:
    """Return what a column's name says of its cells.

    >>> sorted(topics_of_name("cardNumber")), sorted(topics_of_name("age"))
    (['card'], [])
    """
    words = WORDS.findall(HUMP.sub(" ", normalised(column)))
    found = {topic for _, topic in _told(words, in_name=True)}
    whole = "".join(words).lower()
    for word in {whole, *(word.lower() for word in words)}:
        found |= LEXICON.whole.get(word, set()) | JOINED.get(word, set())
        if word.endswith(PHONE_ENDINGS) and not word.startswith(NO_PHONES):
            found.add("phone")
    return frozenset(found - {"other"})


def topics_near(text: str, start: int, end: int) -> frozenset[Topic]:
    """Return what the words around a place say; only "other" if the nearest word before it speaks of orders or parts."""
    ahead = SENTENCE_END.split(text[max(0, start - BEFORE) : start])[-1]
    before = list(_told(WORDS.findall(ahead), in_name=False))
    if before:
        last = before[-1][0]
        if all(topic == "other" for place, topic in before if place == last):
            return OTHER
        return frozenset(topic for _, topic in before) - OTHER
    behind = WORDS.findall(text[end : end + AFTER].split(".")[0])
    return frozenset(topic for _, topic in _told(behind[:N_BESIDE], in_name=False))


def _told(words: list[str], *, in_name: bool) -> Iterator[tuple[int, Topic]]:
    """Yield what each word says; beside the number, small letters will do where capitals are asked for."""
    beside = len(words) - N_BESIDE
    for place, word in enumerate(words):
        previous = words[place - 1] if place else ""
        for topic in LEXICON.of_word(word, previous, in_name or place >= beside):
            yield place, topic
