"""Attacks that only the log shows: found where they are, and not where a machine just crashed."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy_checks.log_patterns import WITHHELD_MAX, Traces
from policy_checks.schemas.audit import FIELDS, AuditEntry, EntryType
from tests.documents import DIGEST

BEGAN = datetime(2026, 11, 1, tzinfo=UTC)
TENANT = "t-" + "a" * 16


def digest(letter: str) -> str:
    return "sha256:" + letter * 64


def run_id(n: int) -> str:
    return f"00000000-0000-7000-8000-{n:012d}"


class Story:
    """A log that a test tells entry by entry; `found` collects what its reader sees."""

    def __init__(self) -> None:
        self._reader, self._n, self.found = Traces(), 0, []

    def tell(
        self, kind: EntryType, *, run: int | None = None, manifest: str = DIGEST, after_s: float = 1, **data
    ) -> None:
        self._n += 1
        shapes = {"digest": DIGEST, "word": "none", "count": 0}
        entry = AuditEntry(
            v=1, seq=self._n, prev=DIGEST, event=run_id(10_000 + self._n), type=kind, actor="atomq",
            ts=(BEGAN + timedelta(seconds=self._n * after_s)).isoformat(timespec="microseconds").replace("+00:00", "Z"),
            tenant=TENANT, run=None if run is None else run_id(run), manifest=None if run is None else manifest,
            data={name: shapes[shape] for name, shape in FIELDS[kind].items()} | data,
        )  # fmt: skip
        self.found += [(trace.id, trace.at) for trace in self._reader.of(entry)]


def test_one_manifest_that_two_runs_completed_is_a_replay():
    story = Story()
    story.tell("run.completed", run=1)
    story.tell("run.completed", run=2, manifest=digest("b"))
    assert story.found == []
    story.tell("run.completed", run=3)
    assert story.found == [("manifest-replay", 3)]


def test_a_run_under_a_replaced_document_is_a_downgrade():
    story = Story()
    for version, letter in enumerate("ab", 1):
        story.tell("document.adopted", document="policy", digest=digest(letter), version=version, after_s=600)
    story.tell("run.admitted", run=1, policy=digest("b"), after_s=600)
    assert story.found == []
    story.tell("run.admitted", run=2, policy=digest("a"), after_s=600)
    assert story.found == [("downgrade", 4)]


@pytest.mark.parametrize("name", ["policy", "tenants", "tariff"])
def test_each_governing_document_is_watched(name):
    story = Story()
    for letter in "ab":
        story.tell("document.adopted", document=name, digest=digest(letter), after_s=600)
    story.tell("run.admitted", run=1, **{name: digest("a")}, after_s=600)
    assert [found for found, _ in story.found] == ["downgrade"]


def test_a_run_that_read_its_documents_just_before_is_none():
    story = Story()
    for letter in "ab":
        story.tell("document.adopted", document="policy", digest=digest(letter))
    story.tell("run.admitted", run=1, policy=digest("a"))
    assert story.found == []


def test_a_document_that_is_adopted_again_is_the_newest():
    story = Story()
    for letter in "aba":
        story.tell("document.adopted", document="policy", digest=digest(letter), after_s=600)
    story.tell("run.admitted", run=1, policy=digest("a"), after_s=600)
    assert story.found == []


def withheld(story: Story, run: int, effect: str = "solve", *, failed: bool = True) -> None:
    story.tell("completed", run=run, effect=effect)
    story.tell(
        "run.failed" if failed else "run.completed",
        run=run,
        manifest=DIGEST if failed else digest(f"{run % 10}"),
    )


def test_answers_that_are_never_billed_are_found_when_crashes_do_not_explain_them():
    story = Story()
    for run in range(WITHHELD_MAX):
        withheld(story, run)
    assert story.found == []
    withheld(story, 99)
    assert [found for found, _ in story.found] == ["billing-evasion"]


@given(st.lists(st.sampled_from(["admit", "sanitise", "train", "plan"]), max_size=30))
def test_runs_that_fail_before_their_answer_evade_nothing(effects):
    story = Story()
    for run, effect in enumerate(effects):
        withheld(story, run, effect)
    assert story.found == []


@given(st.integers(1, 30))
def test_runs_that_complete_evade_nothing(n):
    story = Story()
    for run in range(n):
        story.tell("completed", run=run, effect="solve")
        story.tell("run.completed", run=run, manifest=digest(f"{run:x}"[-1]) if n < 16 else digest("a"))
    assert "billing-evasion" not in {found for found, _ in story.found}
