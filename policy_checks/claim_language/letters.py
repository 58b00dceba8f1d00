"""Words of a text as a reader sees them: disguised letters undone, each word with its place in the text."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

TOKEN = re.compile(
    r"[A-Z0-9@$]+[a-z0-9@$']*|[a-z0-9@$']+|\n[^\S\n]*(?:\n|[-*#]\s)|[.!?](?=[\s\")*_]|$)|[;:,()|\"<>]"
)
LOOKALIKES = str.maketrans(
    "аеорсухіјѕԁӏһԛԝαεορντυικØøłßАВЕКМНОРСТУХІЈЅ‘’“”•",  # noqa: RUF001
    "aeopcyxijsdlhqwaeopvtuikOolsABEKMHOPCTYXIJS''\"\"-",
)
LEET = tuple(str.maketrans("013457@$", f"o{one}eastas") for one in "il")
LETTERS_MIN, LETTERS_GAP, WORD_MAX, CUT_GAP = 4, 3, 24, 2
JOINED = "quantum"
BREAKS = frozenset(".!?;:|\n")


class Word(NamedTuple):
    """One word, lower case, or one punctuation mark; it stands at text[start:end]."""

    text: str
    start: int
    end: int


def words(text: str, known: frozenset[str]) -> list[Word]:
    """Return the words in linear time; `known` tells which spellings are worth undoing a disguise for."""
    folded, origins = _folded(text)
    found = (Word(_plain(m[0]), m.start(), m.end()) for m in TOKEN.finditer(folded))
    undone = list(_joined(_spelled([word for word in found if word.text], known), known))
    if origins is None:
        return undone
    return [Word(word.text, origins[word.start], origins[word.end - 1] + 1) for word in undone]


def _folded(text: str) -> tuple[str, list[int] | None]:
    """Return the text in plain letters, and where each of them stood; None where nothing moved."""
    if text.isascii():
        return text, None
    parts = [_letter(each) for each in text]
    return "".join(parts), [place for place, part in enumerate(parts) for _ in part]


@lru_cache(maxsize=4096)
def _letter(each: str) -> str:
    """Return a character without accents, width, style or alphabet; nothing for an invisible one."""
    parts = unicodedata.normalize("NFKD", each.translate(LOOKALIKES))
    kinds = ((part, unicodedata.category(part)) for part in parts)
    return "".join("-" if kind == "Pd" else part for part, kind in kinds if kind not in {"Mn", "Me", "Cf"})


def _plain(token: str) -> str:
    if token[0] == "\n":
        return "\n"
    return token.lower().strip("'").removesuffix("'s")


def _spelled(found: Sequence[Word], known: frozenset[str]) -> Iterator[Word]:
    """Join letters that stand apart where that gives known words."""
    place = 0
    while place < len(found):
        end = _letters_end(found, place)
        if end == place:
            yield found[place]
            place += 1
            continue
        letters = [word for word in found[place:end] if word.text.isalnum()]
        cut = list(_cut(letters, known)) if len(letters) >= LETTERS_MIN else []
        yield from cut or found[place:end]
        place = end


def _letters_end(found: Sequence[Word], place: int) -> int:
    end = place
    while end < len(found) and (
        (len(found[end].text) == 1 and found[end].text.isalnum())
        or (found[end].text == "." and end > place and end + 1 < len(found) and len(found[end + 1].text) == 1)
    ):
        if end > place and found[end].start - found[end - 1].end > LETTERS_GAP:
            break
        end += 1
    return end


def _cut(letters: Sequence[Word], known: frozenset[str]) -> Iterator[Word]:
    spelled, place = "".join(word.text for word in letters), 0
    beginnings = _beginnings(known)
    while place < len(spelled):
        longest = (
            min(len(spelled), place + WORD_MAX) if spelled[place : place + LETTERS_MIN] in beginnings else 0
        )
        ends = range(longest, place + LETTERS_MIN - 1, -1)
        end = next((end for end in ends if spelled[place:end] in known), None)
        if end is not None:
            yield Word(spelled[place:end], letters[place].start, letters[end - 1].end)
        place = end or place + 1


@lru_cache(maxsize=1)
def _beginnings(known: frozenset[str]) -> frozenset[str]:
    return frozenset(word[:LETTERS_MIN] for word in known)


def _joined(found: Iterator[Word], known: frozenset[str]) -> Iterator[Word]:
    """Undo digits for letters, words written as one, and words cut by a hyphen."""
    before: Word | None = None
    for word in (each for seen in found for each in _parted(_unleeted(seen, known), known)):
        if before is not None and 0 < word.start - before.end <= CUT_GAP and before.text + word.text in known:
            before = Word(before.text + word.text, before.start, word.end)
            continue
        if before is not None:
            yield before
        before = word
    if before is not None:
        yield before


def _unleeted(word: Word, known: frozenset[str]) -> Word:
    if word.text.isalpha() or not any(each.isalpha() for each in word.text):
        return word
    spellings = (word.text.translate(table) for table in LEET)
    return word._replace(text=next((each for each in spellings if each in known), word.text))


def _parted(word: Word, known: frozenset[str]) -> tuple[Word, ...]:
    rest = word.text.removeprefix(JOINED)
    if rest == word.text or rest not in known:
        return (word,)
    middle = word.end - len(rest)
    return (Word(JOINED, word.start, middle), Word(rest, middle, word.end))
