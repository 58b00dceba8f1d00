"""What Prefect stores tells nobody about few rows, and nothing in it can become markup."""

import base64
import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token
from PIL import Image

from policy_checks.errors import StageError
from policy_checks.schemas.decision import note
from tasks.reporting import markdown, pictures
from tasks.reporting.pictures import Picture
from tests.tasks.reporting.builders import a_column, a_decision, a_sanitised_table, a_summary, a_trained_model
from tests.tasks.reporting.results_builders import circuit_results, degraded_results, some_curves

CLASSES = ("benign", "malignant")
BYTES_MAX = 900_000
HOSTILE = {
    "script": "<script>alert(1)</script>",
    "image": '"><img src=x>',
    "markdown-image": "![x](https://evil.example/x.png)",
    "link": "[x](javascript:alert(1))",
    "bare-link": "https://evil.example www.evil.example a@evil.example",
    "cell-end": "a | b |\n| c",
    "code-end": "`` ` <b>",
    "emphasis": "_a_ **b** ~~c~~ # d",
    "backslash": "a\\",
    "right-to-left": "\u202eabc",
    "blank": " ",
}


@pytest.fixture(scope="module")
def drawn() -> dict[str, Picture]:
    return pictures.draw(circuit_results(), CLASSES)


def flattened(tokens: list[Token] | None) -> list[Token]:
    return [each for token in tokens or [] for each in (token, *flattened(token.children))]


def parsed(text: str) -> list[Token]:
    return flattened(MarkdownIt("commonmark").enable("table").parse(text))


def test_keys_are_ones_that_prefect_accepts_and_texts_are_small(drawn):
    written = markdown.render(a_summary(), drawn)
    assert list(written) == [
        "hybrid-run-summary",
        "hybrid-run-pictures",
        "hybrid-run-privacy",
        "hybrid-run-decision",
    ]
    assert all(re.fullmatch("[a-z0-9-]+", key) for key in written)
    assert all(len(text.encode()) < BYTES_MAX for text in written.values())


def test_pictures_are_png_in_data_uris_with_words(drawn):
    images = [
        t for t in parsed(markdown.render(a_summary(), drawn)["hybrid-run-pictures"]) if t.type == "image"
    ]
    assert [image.content for image in images] == [
        markdown.prose(drawn[name].alt) for name in ("comparison", "difference", "roc", "latency")
    ]
    for image in images:
        form, _, content = str(image.attrs["src"]).partition(",")
        assert form == "data:image/png;base64"
        Image.open(io.BytesIO(base64.b64decode(content))).verify()


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_names_and_messages_cannot_become_markup(text):
    summary = a_summary(
        results=circuit_results(notes=(text,)),
        table=a_sanitised_table(columns=(a_column(text), a_column(text, "email", "mask"))),
        decision=a_decision((note("columns", text, text, text),)),
    )
    plain = {key: parsed(each) for key, each in markdown.render(a_summary(), {}).items()}
    for key, tokens in ((key, parsed(each)) for key, each in markdown.render(summary, {}).items()):
        kinds = {token.type for token in tokens}
        assert kinds <= {token.type for token in plain[key]}
        assert "html_block" not in kinds
        assert "html_inline" not in kinds
        assert kinds.isdisjoint({"link_open", "em_open"})


@given(st.text())
def test_prose_shows_every_visible_character_and_none_of_its_markup(text):
    tokens = parsed(f"| a |\n| --- |\n| {markdown.prose(text)} |")
    inline = [token for token in tokens if token.type == "inline"][1]
    assert {token.type for token in inline.children or []} <= {"text", "text_special"}
    shown = "".join(token.content for token in inline.children or [])
    assert shown.replace(markdown.WORD_JOINER, "") == markdown.flat(text).replace(markdown.WORD_JOINER, "")


@given(st.text())
def test_a_code_span_is_one_cell_whatever_it_holds(text):
    tokens = parsed(f"| a | b |\n| --- | --- |\n| {markdown.code(text)} | end |")
    cells = [token for token in tokens if token.type == "inline"][2:]
    assert [[child.type for child in cell.children or []] for cell in cells] == [["code_inline"], ["text"]]


@pytest.mark.parametrize("text", ["http://a.example", "HTTPS://a", "www.a.example", "Www.a", "me@a.example"])
def test_a_viewer_that_links_bare_addresses_finds_none(text):
    rendered = MarkdownIt("commonmark").renderInline(markdown.prose(text))
    assert not re.search(r"https?://|www\.|\w@\w", rendered, re.IGNORECASE)


@pytest.mark.parametrize(
    ("n_rows", "told"),
    [(0, "0"), (1, "under 20"), (19, "under 20"), (20, "20"), (21, "21")],
    ids=["none", "one", "just-under", "at-the-bound", "above"],
)
def test_counts_of_few_rows_are_written_vaguely(n_rows, told):
    table = a_sanitised_table(columns=(a_column("x", n_missing=n_rows),))
    text = markdown.render(a_summary(table=table), {})["hybrid-run-privacy"]
    assert f"| `x` | measure | kept as it is | 569 | 0 | {told} | 411 |" in text


@pytest.mark.parametrize(
    ("n_in_a_bin", "shown"), [(19, False), (20, True), (21, True)], ids=["under", "at-the-bound", "above"]
)
def test_a_picture_of_small_groups_is_left_out(n_in_a_bin, shown):
    curves = {m: some_curves(n_rows=(6 * n_in_a_bin, 4 * n_in_a_bin)) for m in circuit_results().curves}
    results = circuit_results(curves=curves, n_test=10 * n_in_a_bin)
    text = markdown.render(a_summary(results=results), pictures.draw(results, CLASSES))["hybrid-run-pictures"]
    assert ("### Calibration" in text) is shown
    assert "### ROC curves" in text


@pytest.mark.parametrize(
    ("n_test", "told"), [(19, False), (20, True), (21, True)], ids=["under", "at-the-bound", "above"]
)
def test_scores_of_few_rows_are_left_out(n_test, told):
    curves = {model: some_curves(n_rows=(n_test - 9, 9), n_wrong=1) for model in circuit_results().curves}
    results = circuit_results(n_test=n_test, curves=curves)
    written = markdown.render(a_summary(results=results), pictures.draw(results, CLASSES))
    assert ("0.992 (0.982-1.000)" in written["hybrid-run-summary"]) is told
    assert ("AUC -0.002" in written["hybrid-run-summary"]) is told
    assert ("data:image/png" in written["hybrid-run-pictures"]) is told


def test_class_labels_and_folders_stay_out_of_prefect():
    labels = ("zzmalignzz", "zzbenignzz")
    many = {m: some_curves(n_rows=(900, 800), n_wrong=30) for m in circuit_results().curves}
    results = circuit_results(curves=many, n_test=1700)
    summary = a_summary(results=results, model=a_trained_model(classes=labels))
    text = "".join(markdown.render(summary, pictures.draw(results, labels)).values())
    assert "zz" not in re.sub(r"base64,[^)]+", "", text)
    assert "Confusion" not in text
    assert "/nowhere/of/interest" not in text


def test_a_degraded_run_says_so_in_the_first_line():
    results = degraded_results("referee")
    written = markdown.render(a_summary(results=results), pictures.draw(results, CLASSES))
    assert written["hybrid-run-summary"].startswith("## DEGRADED (referee)")
    assert "hybrid minus" not in "".join(written.values()).lower()


def test_a_run_without_results_is_refused(drawn):
    with pytest.raises(StageError):
        markdown.render(a_summary(results=None), drawn)
