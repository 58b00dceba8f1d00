"""Prefect's own pages as a person uses them: log in, fill in the form, read artifacts, resume."""

import os
import time
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Locator, Page, Response, ViewportSize

from tests.stack import POLL_S, Stack

SIZE: ViewportSize = {"width": 1280, "height": 900}
WAIT_MS = 90_000
BUSY = 503
KEPT_IN = "ATOMQ_SCREENSHOTS"
"""Names the folder that keeps the screenshots."""

DRAWN = """pictures => Promise.all(
    pictures.map(one => one.decode().then(() => one.naturalWidth, () => 0))
)"""


@dataclass(frozen=True)
class Shown:
    """What a person saw of a page or a dialog.

    Attributes:
        picture_widths: of each picture in it, in its own pixels; 0 for one that was not drawn.
    """

    text: str
    picture_widths: tuple[int, ...]


class Pages:
    """One browser window on a stack's Prefect, logged in.

    Args:
        folder: takes the screenshots, unless the environment names another.
    """

    def __init__(self, browser: Browser, stack: Stack, folder: Path) -> None:
        self._stack, self._base = stack, stack.url.removesuffix("/api")
        self._folder = Path(os.environ.get(KEPT_IN, folder))
        self._n_kept = 0
        self.page: Page = browser.new_context(viewport=SIZE).new_page()
        self.page.set_default_timeout(WAIT_MS)
        self._log_in()

    def open_form(self) -> None:
        """Open the form of a custom run."""
        self.page.goto(
            f"{self._base}/v2/deployments/deployment/{self._stack.deployment('hybrid-run')['id']}/run"
        )
        self.page.get_by_label("Shots").wait_for()
        self.keep("form")

    def choices(self, field: str) -> tuple[list[str], str]:
        """Return what a field of the form offers, and what is chosen."""
        chosen = self.page.get_by_label(field).inner_text()
        self.page.get_by_label(field).click()
        offered = self.page.get_by_role("option").all_inner_texts()
        self.page.keyboard.press("Escape")
        self.page.get_by_role("option").first.wait_for(state="detached")
        return offered, chosen

    def submit(self) -> str:
        """Submit the form as it is filled in; return the run's id."""
        made = self._pressed(self.page.get_by_role("button", name="Submit"), "**/create_flow_run")
        return str(made.json()["id"])

    def artifacts(self, run: str, key: str) -> list[str]:
        """Return the ids of a run's artifacts of this key, the newest first."""
        asked = {"flow_runs": {"id": {"any_": [run]}}, "artifacts": {"key": {"any_": [key]}}}
        found = self._stack.api("POST", "/artifacts/filter", asked | {"sort": "CREATED_DESC"}).json
        return [str(one["id"]) for one in found]

    def see_artifact(self, run: str, key: str, within: str) -> Shown:
        """Open the page of a run's newest artifact of this key; wait for it where there is none yet.

        Args:
            within: words that it must show.
        """
        deadline = time.monotonic() + WAIT_MS / 1000
        while not (found := self.artifacts(run, key)):
            assert time.monotonic() < deadline, self._stack.logs()
            time.sleep(POLL_S)
        self.page.goto(f"{self._base}/v2/artifacts/artifact/{found[0]}")
        self.page.get_by_text(within).first.wait_for()
        self.keep(key)
        return seen(self.page.locator("body"))

    def see_run(self, run: str, state: str) -> str:
        """Open a run's page where it shows this state; return its text."""
        self.page.goto(f"{self._base}/v2/runs/flow-run/{run}")
        self.page.get_by_text(state, exact=True).first.wait_for()
        self.keep(f"run-{state}")
        return self.page.locator("body").inner_text()

    def open_resume(self, run: str) -> Locator:
        """Open the dialog that resumes a suspended run."""
        self.see_run(run, "Suspended")
        self.page.locator("button[aria-haspopup=menu]:visible").last.click()
        self.page.get_by_role("menuitem", name="Resume").click()
        dialog = self.page.get_by_role("dialog")
        dialog.get_by_label("Token").wait_for()
        self.keep("resume", whole=False)
        return dialog

    def fill_in(self, dialog: Locator, decision: str, token: str) -> None:
        """Choose a decision and paste a token into the dialog."""
        dialog.get_by_label("Decision").click()
        self.page.get_by_role("option", name=decision).click()
        dialog.get_by_label("Token").fill(token)
        self.keep("resume-filled-in", whole=False)

    def resume(self, dialog: Locator) -> None:
        """Press Resume."""
        answer = self._pressed(dialog.get_by_role("button", name="Resume"), "**/resume")
        assert answer.json().get("status") == "ACCEPT", (answer.status, answer.text())

    def _pressed(self, button: Locator, asks: str) -> Response:
        """Press a button, again where the server was busy; return what was answered."""
        while True:
            with self.page.expect_response(asks) as answered:
                button.click()
            if answered.value.status != BUSY:
                return answered.value

    def keep(self, name: str, *, whole: bool = True) -> None:
        """Keep what is seen now: the whole page, or only what the window shows."""
        self._n_kept += 1
        self.page.screenshot(path=self._folder / f"{self._n_kept:02}-{name}.png", full_page=whole)

    def _log_in(self) -> None:
        self.page.goto(f"{self._base}/v2/login")
        self.page.get_by_placeholder("admin:pass").fill(self._stack.auth)
        self.page.get_by_role("button", name="Login").click()
        self.page.wait_for_url(lambda address: "/login" not in address)


def seen(place: Locator) -> Shown:
    """Return what a part of a page shows."""
    return Shown(place.inner_text(), tuple(place.locator("img").evaluate_all(DRAWN)))
