"""A run that needs approval, seen only through Prefect's pages: form, plan, packet, answers, report.

One person's story is played once, and what that person saw is judged afterwards.
"""

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow.parquet as pq
import pytest
from playwright.sync_api import Browser, Locator, sync_playwright

from tests.browser.prefect_pages import Pages, Shown, seen
from tests.browser.test_report_page import CHROMIUM, FLAGS
from tests.conftest import atomq
from tests.documents import PROJECT
from tests.stack import Stack

SAMPLE = PROJECT / "data" / "samples" / "breast_cancer.csv"
DECLARED = PROJECT / "data" / "manifests" / "breast_cancer.toml"
TENANT, DATASET = "sample-clinic", "breast-cancer"
SHOTS = 30_000
SERVICES = {"neural_training", "neural_inference", "quantum_simulation"}
NOT_A_TOKEN = "this is no token"

pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="NO CHROMIUM INSTALLED: approval was not seen in a browser"
)


@dataclass(frozen=True)
class Story:
    """What somebody saw who triggered a run from the form and resumed it three times.

    Attributes:
        datasets, modes: what each select of the form offers, and what is chosen in it.
        asked: the page of the first packet.
        dialogs: Resume's, at first, after it was resumed untouched, and after a bad token.
        token_widths: of the token's field, in pixels, before and after a real token was pasted.
        n_plans: how many plans the run published in all.
        ended: the run's page in the end.
    """

    run: str
    form: str
    datasets: tuple[list[str], str]
    modes: tuple[list[str], str]
    plan: Shown
    asked: Shown
    dialogs: tuple[Shown, Shown, Shown]
    token_widths: tuple[float, float]
    n_plans: int
    ended: str
    report: Shown


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    home = tmp_path_factory.mktemp("approval-pages") / "home"
    added = atomq(home, "dataset", "add", SAMPLE, "--tenant", TENANT, "--name", DATASET, "--like", DECLARED)
    assert added.code == 0, added.err
    with Stack(home) as running:
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield launched
        launched.close()


@pytest.fixture(scope="module")
def story(stack: Stack, browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Story:
    pages = Pages(browser, stack, tmp_path_factory.mktemp("screenshots"))
    pages.open_form()
    form = seen(pages.page.locator("body")).text
    datasets, modes = pages.choices("Dataset"), pages.choices("Mode")
    pages.page.get_by_label("Shots").fill(str(SHOTS))
    run, at = pages.submit(), time.monotonic()
    plan = pages.see_artifact(run, "plan", "Plan:")
    print(f"The plan was seen {time.monotonic() - at:.1f} s after Submit.")
    stack.wait(run, "Suspended")
    asked = pages.see_artifact(run, "approval-packet", "How to answer")
    dialogs, token_widths = answered(pages, stack, run)
    stack.wait(run)
    report = pages.see_artifact(run, "hybrid-run-summary", "Results")
    ended, n_plans = pages.see_run(run, "Completed"), len(pages.artifacts(run, "plan"))
    return Story(run, form, datasets, modes, plan, asked, dialogs, token_widths, n_plans, ended, report)


def answered(pages: Pages, stack: Stack, run: str) -> tuple[tuple[Shown, Shown, Shown], tuple[float, float]]:
    """Resume with nothing, with a bad token, with a reviewer's; return what the dialogs showed."""
    untouched = pages.open_resume(run)
    first = seen(untouched)
    pages.resume(untouched)
    stack.wait(run, "Suspended")
    bad = pages.open_resume(run)
    second = seen(bad)
    pages.fill_in(bad, "approve", NOT_A_TOKEN)
    pages.resume(bad)
    stack.wait(run, "Suspended")
    good = pages.open_resume(run)
    third, before = seen(good), width(good)
    token = atomq(stack.home, "approve", run, "--yes", "--print")
    assert token.code == 0, token.err
    pages.fill_in(good, "approve", token.out.strip())
    after = width(good)
    pages.resume(good)
    return (first, second, third), (before, after)


def width(dialog: Locator) -> float:
    box = dialog.get_by_label("Token").bounding_box()
    assert box is not None
    return box["width"]


def test_the_form_offers_the_tenants_datasets_and_a_dry_run_first(story):
    assert story.datasets == ([DATASET], DATASET)
    assert story.modes == (["dry_run", "production"], "dry_run")


def test_the_form_says_what_each_field_is_and_allows(story):
    for group in ("Circuit", "Execution", "Limits", "Training"):
        assert f"{group} (Optional)" in story.form
    for told in ("Width, 2 to 12.", "0 to 1,000,000", "up to 86,400", "Passes over the training rows"):
        assert told in story.form


def test_the_plan_tells_who_will_be_asked_and_why_and_is_published_once(story):
    assert "Plan: needs 1 reviewer" in story.plan.text
    assert "tier 1, one reviewer: 30,000 shots for each circuit (tier 0 allows 20,000)" in story.plan.text
    assert story.n_plans == 1


def test_the_packet_is_shown_on_its_page_and_in_the_dialog_with_the_circuit_drawn(story):
    for shown in (story.asked, story.dialogs[0]):
        assert f"May run {story.run[:8]} train and evaluate a circuit of 4 qubits" in shown.text
        assert f"atomq approve {story.run[:8]} --as KEYFILE" in shown.text
        assert len(shown.picture_widths) == 1
        assert shown.picture_widths[0] > 0


def test_the_dialog_presets_a_rejection(story):
    for shown in story.dialogs:
        field = shown.text.split("Decision (Optional)")[1].split("Token (Optional)")[0]
        assert field.split()[-1] == "reject"


def test_resume_without_touching_the_form_asks_again(story):
    first, second, _ = story.dialogs
    assert "Question 1;" in first.text
    assert "Question 2;" in second.text
    assert "The last answer did not count" not in first.text
    assert "it has 0 characters" in second.text


def test_a_bad_token_asks_again_and_the_reason_is_shown(story):
    third = story.dialogs[2].text
    assert "Question 3;" in third
    assert "The last answer did not count" in third
    assert "it is not base64url" in third


def test_a_pasted_token_leaves_the_dialog_as_wide_as_it_was(story):
    before, after = story.token_widths
    assert after == before


def test_with_a_reviewers_token_the_run_completes_and_its_report_is_there(story):
    assert "Completed" in story.ended
    assert "hybrid, shots" in story.report.text


def test_after_all_that_everything_verifies_and_each_service_is_billed_once(story, stack):
    verified = atomq(stack.home, "verify", "--run", story.run)
    assert verified.code == 0, verified.out
    (bill,) = stack.home.glob("tenants/*/runs/*/billing.parquet")
    assert bill.parent.name == story.run
    assert Counter(row["SkuId"] for row in pq.read_table(bill).to_pylist()) == Counter(SERVICES)
