"""The page in a real browser: it opens from disk, offline, whole, and asks nobody for anything."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from policy_checks.schemas.decision import note
from tasks.reporting import page, pictures
from tests.tasks.reporting.builders import a_column, a_decision, a_sanitised_table, a_summary, a_trained_model
from tests.tasks.reporting.results_builders import circuit_results, degraded_results

CHROMIUM = shutil.which("chromium")
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
HOSTILE = '"><img src="https://evil.example/x.png" onerror=alert(1)><script>alert(1)</script>'
LONG = "a_column_name_without_any_place_to_break_" * 3
A4_INSIDE_MARGINS_PX = 672
WIDTHS = {"phone": 390, "desk": 1280}

pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="NO CHROMIUM INSTALLED: the page was not seen by a browser"
)


def plain() -> bytes:
    return page.render(a_summary(), pictures.draw(circuit_results(), ("benign", "malignant")))


def degraded() -> bytes:
    results = degraded_results()
    return page.render(a_summary(results=results), pictures.draw(results, ("benign", "malignant")))


def hostile() -> bytes:
    results, classes = circuit_results(notes=(HOSTILE, LONG)), (HOSTILE, LONG)
    summary = a_summary(
        results=results,
        model=a_trained_model(classes=classes),
        table=a_sanitised_table(columns=(a_column(HOSTILE[:128]), a_column(LONG, "email", "mask"))),
        decision=a_decision((note("columns", "P1.1", HOSTILE, LONG),)),
    )
    return page.render(summary, pictures.draw(results, classes))


PAGES = {"plain": plain, "degraded": degraded, "hostile": hostile}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield launched
        launched.close()


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pages")
    for name, render in PAGES.items():
        (folder / f"{name}.html").write_bytes(render())
    return {name: folder / f"{name}.html" for name in PAGES}


@pytest.fixture(
    scope="module", params=[(n, w, s) for n in PAGES for w in WIDTHS for s in ("light", "dark")], ids="-".join
)
def opened(request, browser: Browser, files: dict[str, Path]) -> Iterator[tuple[Page, list[str], list[str]]]:
    """A page opened offline, every request that it made, everything that it said on the console."""
    name, width, scheme = request.param
    context = browser.new_context(viewport={"width": WIDTHS[width], "height": 900}, color_scheme=scheme)
    context.set_offline(True)
    shown, asked, said = context.new_page(), [], []
    shown.on("request", lambda sent: asked.append(sent.url))
    shown.on("console", lambda message: said.append(message.text))
    shown.on("pageerror", lambda error: said.append(str(error)))
    shown.on("dialog", lambda dialog: (said.append(dialog.message), dialog.dismiss()))
    shown.goto(files[name].as_uri(), wait_until="load")
    yield shown, [url for url in asked if url != files[name].as_uri()], said
    context.close()


def test_it_asks_for_nothing_and_complains_of_nothing(opened):
    _, asked, said = opened
    assert [url for url in asked if not url.startswith("data:image/svg+xml;base64,")] == []
    assert said == []


def test_every_picture_is_seen(opened):
    shown, _, _ = opened
    widths = shown.eval_on_selector_all("img", "images => images.map(image => image.naturalWidth)")
    assert len(widths) >= 5
    assert all(width > 0 for width in widths)


def test_it_never_scrolls_sideways(opened):
    shown, _, _ = opened
    wide, visible = shown.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    assert wide <= visible
    shown.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")
    assert shown.evaluate("document.documentElement.scrollWidth") <= visible


def test_the_degraded_banner_is_on_the_first_screen(browser, files):
    shown = browser.new_page(viewport={"width": 390, "height": 844})
    shown.goto(files["degraded"].as_uri())
    place = shown.locator(".banner strong").bounding_box()
    assert place is not None
    assert place["y"] + place["height"] < 844
    shown.close()


@pytest.mark.parametrize("name", PAGES)
def test_printed_on_a4_nothing_is_cut_off(browser, files, name):
    shown = browser.new_page(viewport={"width": A4_INSIDE_MARGINS_PX, "height": 900})
    shown.goto(files[name].as_uri())
    shown.emulate_media(media="print")
    assert shown.evaluate("document.documentElement.scrollWidth") <= A4_INSIDE_MARGINS_PX
    shown.close()


def test_kept_columns_are_printed_although_they_are_folded_on_screen(browser, files):
    shown = browser.new_page(viewport={"width": 1000, "height": 900})
    shown.goto(files["plain"].as_uri())
    folded = shown.locator("details table")
    assert not folded.is_visible()
    shown.emulate_media(media="print")
    assert folded.is_visible()
    shown.close()
