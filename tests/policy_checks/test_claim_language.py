"""The linter for claims of quantum superiority, against sentences that were labelled before it was written."""

import re
import sys
from collections import Counter
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy_checks.claim_language import claims_in
from policy_checks.claim_language.lexicon import entries
from tests.corpus import claims as corpus
from tests.documents import PROJECT

TUNED, HELD_OUT = corpus.halves()
NEUTRAL = "The circuit has four qubits and two layers. "
CLAIM = "The circuit outperforms all classical models."
OURS = [
    PROJECT / "README.md",
    *sorted((PROJECT / "tasks" / "reporting").glob("*.py")),
    *sorted((PROJECT / "tasks" / "reporting").glob("*.html")),
    *sorted((PROJECT / "data").glob("manifests/*.toml")),
]
HOSTILE = {
    "one-word": "a" * 300_000,
    "letters-apart": "q " * 150_000,
    "cues": "quantum better " * 20_000,
    "negations": "no quantum, " * 25_000,
    "conjunctions": "classical, and quantum " * 13_000,
    "marks": "<" * 300_000,
    "blank-lines": "\n \n" * 100_000,
    "apostrophes": "'" * 300_000,
    "digits-in-words": "q4" * 150_000,
    "invisible": "q\N{ZERO WIDTH SPACE}" * 150_000,
    "accents": "q" + "\N{COMBINING ACUTE ACCENT}" * 300_000,
    "ligatures": "\N{ARABIC LIGATURE SALLALLAHOU ALAYHE WASALLAM}" * 50_000,
    "hyphens": "quan-" * 60_000,
}


@pytest.mark.parametrize("half", [pytest.param(TUNED, id="tuned"), pytest.param(HELD_OUT, id="held-out")])
def test_f1_is_at_least_0_95_on_labelled_sentences(half):
    assert corpus.scored(half).f1 >= 0.95


@pytest.mark.parametrize("name", corpus.ROUNDS)
def test_what_was_learned_from_later_rounds_stays_learned(name):
    assert corpus.scored(corpus.sentences(corpus.FOLDER / name)).f1 >= 0.95


def test_the_corpus_is_large_balanced_and_free_of_repeats():
    sentences = TUNED + HELD_OUT
    assert len(sentences) >= 300
    assert len({sentence.text for sentence in sentences}) == len(sentences)
    assert 0.4 < Counter(sentence.is_claim for sentence in sentences)[True] / len(sentences) < 0.6


@pytest.mark.parametrize("path", OURS, ids=lambda path: path.name)
def test_what_we_publish_ourselves_claims_nothing(path):
    text = unescape(re.sub(r"<[^>]*>|\{[%{].*?[%}]\}", " ", path.read_text("utf-8")))
    assert [(found.word, text[found.start - 80 : found.end + 40]) for found in claims_in(text)] == []


@given(before=st.integers(0, 5), after=st.integers(0, 5))
def test_the_span_is_the_word_wherever_it_stands(before, after):
    text = NEUTRAL * before + CLAIM + " " + NEUTRAL * after
    (found,) = claims_in(text)
    assert text[found.start : found.end] == found.word == "outperforms"
    assert found.comparison == "better"


@given(st.text(max_size=400))
def test_any_text_is_judged_and_spans_lie_inside_it(text):
    for found in claims_in(text + " quantum advantage"):
        assert 0 <= found.start < found.end <= len(text) + 18


@pytest.mark.parametrize(
    "text",
    [
        "QUANTUM ADVANTAGE", "quantumAdvantage", "quantum_advantage", "quantum‑advantage", "q u a n t u m a d v a n t a g e",  # noqa: RUF001
        "quantum ad\u00advantage", "qu\u200b\u200b\u200bantum advantage", "qu4ntum 4dvantag3", "ｑｕａｎｔｕｍ advantage", "quаntum аdvаntаge",  # noqa: RUF001
        "quántum advántage", "𝗾𝘂𝗮𝗻𝘁𝘂𝗺 advantage", "quan-\ntum advantage", "**quantum** advantage",
    ],
)  # fmt: skip
def test_a_disguise_hides_nothing_and_its_span_is_that_of_the_disguise(text):
    (found,) = claims_in(text)
    assert found.word == "advantage"
    assert 5 <= found.start < found.end == len(text)


FRAMES = {
    "The circuit does not outperform classical models.": False,
    "Does the circuit outperform classical models?": False,
    "We test whether the circuit outperforms classical models.": False,
    "If the circuit outperforms classical models, we repeat the run.": False,
    "The vendor says that the circuit outperforms classical models.": False,
    "Never write that the circuit outperforms classical models.": False,
    "Classical models outperform the circuit.": False,
    "The circuit outperforms other circuits.": False,
    "The circuit is slower than the other circuit.": False,
    "The circuit outperforms classical models.": True,
    "The circuit may outperform classical models.": True,
    "We expect the circuit to outperform classical models.": True,
    "Classical models are outperformed by the circuit.": True,
    "No classical model outperforms the circuit.": True,
    "We tested whether the circuit outperforms classical models, and it does.": True,
}


@pytest.mark.parametrize(("text", "is_claim"), FRAMES.items(), ids=FRAMES)
def test_who_is_compared_and_how_it_is_said_decide(text, is_claim):
    assert bool(claims_in(text)) == is_claim


def test_direction_turns_with_the_sides_and_with_the_word():
    ours, theirs = "the hybrid model", "gradient boosting"
    said = {
        (left, word): bool(claims_in(f"On this table {left} is {word} than {right}."))
        for left, right in ((ours, theirs), (theirs, ours))
        for word in ("faster", "slower", "more accurate", "less accurate")
    }
    assert {place for place, is_claim in said.items() if is_claim} == {
        (ours, "faster"), (ours, "more accurate"), (theirs, "slower"), (theirs, "less accurate"),
    }  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_is_judged(text):
    assert len(claims_in(text[:2000])) <= 2000
    claims_in(text)


def test_work_grows_no_faster_than_the_text():
    """Counted in calls, not in seconds: twice the text, at most twice the calls and a few."""
    for name, text in HOSTILE.items():
        short, long = (calls(text[:size]) for size in (4_000, 8_000))
        assert long <= 2.2 * short + 500, name


def calls(text):
    """Return how many calls judging a text makes."""
    n = 0

    def count(frame, event, argument):
        nonlocal n
        n += event in {"call", "c_call"}

    claims_in("warm")
    sys.setprofile(count)
    try:
        claims_in(text)
    finally:
        sys.setprofile(None)
    return n


def test_each_phrase_of_the_lexicon_does_one_thing():
    seen = Counter(form for _, form in set(entries()))
    assert [form for form, n in seen.items() if n > 1] == []
