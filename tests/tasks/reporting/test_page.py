"""The page says first what quantum brought, hides nothing of a degraded run, and runs nothing."""

import re
from html.parser import HTMLParser

import pytest

from policy_checks.errors import StageError
from policy_checks.schemas.decision import note
from tasks.reporting import curve_pictures, page, pictures
from tasks.reporting.pictures import Picture
from tasks.reporting.summary import RunSummary, what_quantum_brought
from tests.tasks.reporting.builders import (
    RUN,
    a_column,
    a_decision,
    a_sanitised_table,
    a_summary,
    a_trained_model,
)
from tests.tasks.reporting.results_builders import circuit_results, degraded_results

CLASSES = ("benign", "malignant")
POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
HOSTILE = {
    "script": "<script>alert(1)</script>",
    "image": '"><img src=x onerror=alert(1)>',
    "single-quote": "'><svg onload=alert(1)>",
    "link": "<a href=https://evil.example/>",
    "style-end": "</style><script>alert(1)</script>",
    "template": "{{ 7 * 7 }}{% raw %}",
    "entity": "&lt;script&gt;",
}


class Read(HTMLParser):
    """What a browser would find: elements with their attributes, and the text outside of style."""

    def __init__(self, content: bytes) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.headings: list[str] = []
        self._inside = ""
        self.feed(content.decode())

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        self._inside = tag

    def handle_data(self, data):
        if self._inside != "style":
            self.words.append(data)
        if self._inside in ("h1", "h2") and data.strip():
            self.headings.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


@pytest.fixture(scope="module")
def drawn() -> dict[str, Picture]:
    return pictures.draw(circuit_results(), CLASSES)


def rendered(drawn: dict[str, Picture], **changes) -> Read:
    return Read(page.render(a_summary(**changes), drawn))


@pytest.fixture(scope="module")
def read(drawn) -> Read:
    return rendered(drawn)


def test_the_first_heading_is_what_quantum_brought_and_sections_follow_in_order(read):
    assert read.headings == [
        what_quantum_brought(circuit_results()),
        "Key facts",
        "Results",
        "Latency against the budgets",
        "Privacy",
        "Decision and findings",
        "Bill",
        "Where everything came from",
    ]


@pytest.mark.parametrize("reason", page.REASONS)
def test_a_degraded_page_says_so_with_its_reason_before_anything_else(drawn, reason):
    results = degraded_results(reason)
    read = rendered(pictures.draw(results, CLASSES), results=results)
    assert f"DEGRADED: {reason} {page.REASONS[reason]}" in read.text
    assert read.text.index("DEGRADED:") < read.text.index("Key facts")
    assert "picture of the difference are left out" in read.text
    assert "hybrid, shots" not in read.text
    assert "DEGRADED" not in rendered(drawn).text


def test_every_reason_of_degradation_has_words():
    annotation = type(circuit_results()).model_fields["degraded"].annotation
    assert set(page.REASONS) == set(annotation.__args__[0].__args__)


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_names_and_messages_come_out_as_text_wherever_they_stand(drawn, text):
    results = circuit_results(notes=(text,))
    read = rendered(
        {**drawn, "confusion": curve_pictures.confusion(results, (text, "benign"))},
        results=results,
        model=a_trained_model(classes=(text, "benign")),
        table=a_sanitised_table(columns=(a_column(text), a_column(text, "email", "mask"))),
        decision=a_decision((note("columns", text, text, text),)),
    )
    counts = {tag: len(read.all(tag)) for tag in ("script", "svg", "img", "a", "style")}
    assert counts == {"script": 0, "svg": 0, "img": 6, "a": 7, "style": 1}
    assert not any(name.startswith("on") for _, attributes in read.elements for name in attributes)
    assert read.text.count(" ".join(text.split())) >= 7
    assert sum(f"{text} 70 of 72" in str(image["alt"]) for image in read.all("img")) == 1


def test_a_browser_would_load_nothing_from_outside(drawn):
    content = page.render(a_summary(), drawn).decode()
    read = Read(content.encode())
    loaded = [
        str(attributes[name])
        for _, attributes in read.elements
        for name in ("src", "href", "srcset", "action", "data", "poster", "background")
        if name in attributes
    ]
    assert len(loaded) == 13
    assert all(each.startswith(("data:image/svg+xml;base64,", "#")) for each in loaded)
    assert not re.search(r"https?://|url\(|@import|<script|<iframe|<object|<link", content)


def test_the_content_security_policy_comes_before_everything_that_it_governs(read):
    tags = [tag for tag, _ in read.elements]
    policies = [a for a in read.all("meta") if a.get("http-equiv") == "Content-Security-Policy"]
    assert [each["content"] for each in policies] == [POLICY]
    assert read.elements.index(("meta", policies[0])) < tags.index("style")


def test_the_same_run_gives_the_same_bytes(drawn):
    assert page.render(a_summary(), drawn) == page.render(a_summary(), drawn)


def test_every_picture_has_words_and_its_place(read, drawn):
    images = read.all("img")
    assert [image["alt"] for image in images] == [picture.alt for picture in drawn.values()]
    assert all(int(str(image["width"])) == 470 and int(str(image["height"])) > 100 for image in images)


def test_every_header_cell_has_a_scope_and_every_table_a_caption(read):
    assert all(header.get("scope") in ("col", "row") for header in read.all("th"))
    assert len(read.all("table")) == len(read.all("caption")) == 10
    assert len(read.all("h1")) == len(read.all("main")) == 1


def test_every_digest_and_every_charge_stands_on_the_page(read):
    summary = a_summary()
    documents = (summary.decision, summary.table, summary.model, summary.results, summary.records)
    digests = {word for each in documents for word in re.findall(r"sha256:\w{64}", each.model_dump_json())}
    assert len(digests) == 11
    assert all(digest in read.text for digest in digests)
    assert all(f"{charge.cost_eur:f}" in read.text for charge in summary.records.charges)
    assert RUN in read.text


def test_the_page_names_no_folder_of_the_machine_and_claims_no_superiority(drawn):
    content = page.render(a_summary(), drawn).decode()
    assert "/nowhere/of/interest" not in content
    assert not re.search("advantage|suprema|superior|outperform", content, re.IGNORECASE)


def test_what_limits_the_numbers_is_said(read):
    assert circuit_results().notes[0] in read.text
    assert "pseudonymous, not anonymous" in read.text
    assert "an estimate is never a charge" in read.text


@pytest.mark.parametrize("part", ["table", "model", "results", "records"])
def test_a_run_without_results_is_refused(drawn, part):
    summary: RunSummary = a_summary(**{part: None})
    with pytest.raises(StageError) as caught:
        page.render(summary, drawn)
    assert caught.value.code == "nothing-to-report"
