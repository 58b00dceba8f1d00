"""Row by row and column by column the answer is the same; disguises come off; nothing takes more than its length."""

import subprocess
import sys
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.tabular.detect import detect
from tasks.tabular.disguise import normalised
from tasks.tabular.recognise import recognised
from tests.corpus import innocent, people, secrets
from tests.documents import PROJECT

COLUMNS = [
    "remark",
    "phone",
    "ssn",
    "card",
    "passport",
    "Téléfono",
    "dni",
    "api_key",
    "order_no",
    "national_id",
    "",
]
NOISE = [
    "\0",
    "\u200b",
    " ",
    "tel ",
    "\ud800",
    "\u0663\u0664",
    "\uff0e",
    "@",
    "+",
    "-",
    "%40",
    "[at]",
    " dot ",
    "\n",
    ".0",
    "id ",
]
CHANCE = Random(5)
PIECES = [
    *(case.text for locale in people.LOCALES for case in people.cells(locale, 12, 9)),
    *(case.text for locale in people.LOCALES[:5] for case in people.sentences(locale, 12, 9)),
    *(make(CHANCE) for _, make in innocent.CELLS.values()),
    *(make(CHANCE) for make in secrets.API_KEYS.values()),
]


@st.composite
def rich_text(draw: st.DrawFn) -> str:
    """Return something personal or innocent, cut somewhere, with noise in it."""
    text = draw(st.sampled_from(PIECES) | st.text())
    if draw(st.booleans()):
        first, second = draw(st.integers(0, len(text))), draw(st.integers(0, len(text)))
        text = text[min(first, second) : max(first, second)]
    for _ in range(draw(st.integers(0, 2))):
        place = draw(st.integers(0, len(text)))
        text = text[:place] + draw(st.sampled_from(NOISE) | st.text(max_size=8)) + text[place:]
    return text


@settings(max_examples=400, deadline=None)
@given(rich_text(), st.sampled_from(COLUMNS))
def test_a_cell_and_a_column_of_it_have_the_same_verdict(text: str, column: str) -> None:
    assert set(detect([text], column)) == set(recognised(text, column))


@settings(max_examples=100, deadline=None)
@given(st.text())
def test_a_text_without_its_disguise_has_none(text: str) -> None:
    assert normalised(normalised(text)) == normalised(text)


@pytest.mark.parametrize(
    ("text", "entity"),
    [
        pytest.param("ann [at] example [dot] org", "email", id="words-in-brackets"),
        pytest.param("ann(at)example.org", "email", id="at-in-brackets-only"),
        pytest.param("ann at example dot org", "email", id="words"),
        pytest.param("ann%40example.org", "email", id="percent"),
        pytest.param("cGxlYXNlIG1haWwgYW5uQGV4YW1wbGUub3Jn", "email", id="base64"),
        pytest.param("a\u0336n\u0336n\u0336@example.org", "email", id="struck-through"),
        pytest.param("\u0664\u0660\u0660\u0660 0024 7201 8546", "card", id="arabic-digits"),
        pytest.param("ann\0@example.org", "email", id="zero-byte"),
        pytest.param("\u7535\u8bdd\u662f13812345678", "phone", id="no-blanks-between-words"),
        pytest.param("Password=correct7horse;Server=db", "api_key", id="connection-string"),
    ],
)
def test_disguises_come_off(text: str, entity: str) -> None:
    assert recognised(text) == {entity}


@pytest.mark.parametrize(
    "text",
    ["look at the dot in the middle", "meet at noon", "call reference 123456789", "icon@2x.png", "std::vector a::b 12:34:56",
        "a1::b2",
        "+15550001234567",
        "grew by +19999999999",
     "version 10.1.2.3", "127.0.0.1", "git@github.com:a/b.git", "password: required", "ISBN 9780306406157", "2026-11-23T12:34:56.789Z"],
)  # fmt: skip
def test_what_only_looks_personal_is_left_alone(text: str) -> None:
    assert recognised(text) == frozenset()


@pytest.mark.parametrize(
    "unit",
    [
        "1 ",
        "@a.",
        " at a dot",
        "eyJ.",
        "%41",
        "YWFh",
        "x://a:",
        "DE89 ",
        "a\u0301\u0316",
        "\ud800",
        "1.1.",
        "((",
    ],
)
def test_repeated_fragments_of_any_length_end(unit: str) -> None:
    text = unit * (200_000 // len(unit))
    assert set(detect([text], "")) <= {"ip_address", "phone", "card"}


def test_the_row_wise_answer_needs_no_table_library() -> None:
    program = (
        "import sys, tasks.tabular.recognise as r; r.recognised('call +44 20 7946 0958'); print(*sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=PROJECT
    )
    assert not {"pyarrow", "pandas", "numpy"} & set(done.stdout.split())
