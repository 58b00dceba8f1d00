"""A table on its way through sanitising: streamed, proven, hidden among others, and gone where it is refused."""

import hashlib
import io
import re
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest

from policy_checks.errors import ManifestError
from policy_checks.schemas.artifacts import SanitisedTable
from policy_checks.schemas.dataset import ColumnRule, Dataset
from policy_checks.schemas.privacy import Anonymity
from tasks.adapters import settings, submission
from tasks.adapters.datasets import OpenTable
from tasks.adapters.run_folder import RunFolder
from tasks.adapters.submission import ManifestStore
from tasks.stages import lifecycle, progress, sanitisation, trust
from tasks.stages.workspace import perform, reopen
from tasks.tabular import batching, expectations
from tasks.tabular.anonymity import Combinations
from tasks.tabular.columns import Sanitiser
from tasks.tabular.expectations import Gate
from tests.documents import DIGEST, PROJECT

N_ROWS = 569


class Leaves(BaseException):
    """The process of a run ends, and the run is to go on later."""


@dataclass(frozen=True)
class Left:
    """What a stage left: its result, tables by file name, and the sanitised one as it is read back."""

    table: SanitisedTable
    files: dict[str, bytes]
    rows: pd.DataFrame


class Watcher:
    """Notes how far a run says it has come."""

    def __init__(self) -> None:
        self.steps: list[tuple[int, int]] = []

    def stage(self, name: str) -> None:
        """Not watched."""

    def advance(self, done: int, total: int, what: str) -> None:
        """Note a step."""
        self.steps.append((done, total))


@pytest.fixture
def sanitise(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Sanitise the sample table under a manifest with some words changed, once."""
    monkeypatch.setenv("ATOMQ_HOME", str(tmp_path / "home"))

    def run(*changes: tuple[str, str]) -> Left:
        text = (PROJECT / "data" / "manifests" / "breast_cancer.toml").read_text()
        text = re.sub(r"\[dataset\.anonymity\](\n.+)+\n", "", text)
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        state = settings.load()
        keys, now, name = lifecycle.prepare_state(state), settings.now(), settings.new_id()
        signer = submission.submitter_key(keys, now)
        envelope = submission.seal(submission.complete(text.encode(), signer.keyid, state, now), signer)
        manifest, digest = submission.verify(envelope, keys.ring().keys, now, 0)
        ManifestStore(state.home).put(*trust.pseudonyms(keys, [manifest.tenant]), digest, envelope)
        with ExitStack() as stack, suppress(Leaves):
            stack.enter_context(lifecycle.opened(name, digest, leaving=Leaves))
            result = perform(name, digest, "sanitise", SanitisedTable, sanitisation.sanitise)
            raise Leaves
        workspace = reopen(name, digest)
        contents = {path.name: path.read_bytes() for path in workspace.folder.path.glob("*parquet*")}
        hidden = {path.name: b"" for path in workspace.folder.path.glob(".*parquet*")}
        return Left(result, contents | hidden, sanitisation.read_sanitised(workspace) if contents else None)

    return run


def declaring(*lines: str) -> tuple[str, str]:
    return "[dataset.columns]", "\n".join([*lines, "[dataset.columns]"])


def hiding(column: str, k: int, when_below: str) -> tuple[str, str]:
    return declaring(
        "[dataset.anonymity]", f'quasi_identifiers = ["{column}"]', f"k = {k}", f'when_below = "{when_below}"'
    )


def test_the_file_is_what_its_digest_names_and_nothing_lies_beside_it(sanitise) -> None:
    left = sanitise()
    assert list(left.files) == ["sanitised.parquet"]
    digest = hashlib.sha256(left.files["sanitised.parquet"]).hexdigest()
    assert left.table.digest == f"sha256:{digest}"
    assert (left.table.n_rows, left.table.findings, left.table.anonymity) == (N_ROWS, (), None)
    assert len(left.rows) == N_ROWS


def test_a_table_in_many_batches_is_the_same_table(sanitise, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = sanitise()
    monkeypatch.setattr(batching, "CELLS_MAX", 40 * 200)
    monkeypatch.setattr(expectations, "ROWS_AT_ONCE", 1)
    watcher = Watcher()
    monkeypatch.setattr(progress, "_observer", watcher)
    parts = sanitise()
    pd.testing.assert_frame_equal(parts.rows, whole.rows)
    assert (parts.table.columns, parts.table.gate) == (whole.table.columns, whole.table.gate)
    assert [done for done, _ in watcher.steps] == [200, 400, N_ROWS]


def test_rows_that_single_people_out_refuse_the_table_and_leave_no_file(sanitise) -> None:
    left = sanitise(hiding("mean_radius", 5, "refuse"))
    table = left.table
    assert [(one.clause, one.effect) for one in table.findings] == [("P1.1", "deny")]
    assert table.anonymity is not None
    assert table.anonymity.smallest_before == 1
    assert (table.digest, left.files) == (None, {})


def test_suppressing_leaves_out_exactly_the_rows_that_stand_out(sanitise) -> None:
    all_rows = sanitise().rows
    left = sanitise(hiding("birth_date", 60, "suppress"))
    table = left.table
    sizes = all_rows.groupby("birth_date", dropna=False)["birth_date"].transform("size")
    pd.testing.assert_frame_equal(left.rows, all_rows[sizes >= 60].reset_index(drop=True))
    assert table.anonymity is not None
    assert 0 < table.anonymity.n_suppressed == N_ROWS - len(left.rows) == N_ROWS - table.n_rows
    assert table.anonymity.smallest_after >= 60 > table.anonymity.smallest_before
    assert (table.findings, list(left.files)) == ((), ["sanitised.parquet"])


def test_leaving_out_every_row_refuses_the_table(sanitise) -> None:
    left = sanitise(hiding("mean_radius", 9, "suppress"))
    assert any("all 569 rows would be left out" in one.message for one in left.table.findings)
    assert left.files == {}


@pytest.mark.parametrize(
    "lines",
    [
        ("rows_min = 570",),
        ("rows_max = 568",),
        (
            "[[dataset.expectations]]",
            'type = "expect_column_values_to_be_between"',
            'kwargs = { column = "mean_radius", max_value = 10.0 }',
        ),
    ],
    ids=["too-few-rows", "too-many-rows", "an-expectation"],
)
def test_what_the_owner_expects_is_a_gate(sanitise, lines: tuple[str, ...]) -> None:
    left = sanitise(declaring(*lines))
    table = left.table
    assert [one.clause for one in table.findings] == ["P1.3"]
    assert (table.digest, left.files) == (None, {})


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (('{ kind = "name", action = "drop" }', '{ kind = "measure", action = "keep" }'), "not-a-number"),
        (
            declaring(
                "[[dataset.expectations]]",
                'type = "expect_column_values_to_not_be_null"',
                'kwargs = { column = "ssn" }',
            ),
            "expectation-unfit",
        ),
    ],
    ids=["a-column-that-does-not-fit", "an-expectation-of-a-dropped-column"],
)
def test_a_table_or_a_declaration_that_does_not_fit_leaves_no_file(
    sanitise, change: tuple[str, str], code: str, tmp_path: Path
) -> None:
    with pytest.raises(ManifestError) as refused:
        sanitise(change)
    assert refused.value.code == code
    assert not list(tmp_path.rglob("*sanitised*"))


def test_leaving_out_a_whole_class_is_counted(tmp_path: Path) -> None:
    columns = {
        "area": ColumnRule(kind="category", action="keep"),
        "seen": ColumnRule(kind="target", action="keep"),
    }
    wanted = Dataset(
        path="t.csv", sha256=DIGEST, target="seen", columns=columns,
        anonymity=Anonymity(quasi_identifiers=("area",), k=3, when_below="suppress"),
    )  # fmt: skip
    passage = sanitisation.Passage(
        wanted, Sanitiser(columns, "t", "g", b"p" * 32), Gate(columns), Combinations(wanted.anonymity, "seen")
    )
    folder = RunFolder(tmp_path, "t-0", "run")
    folder.path.mkdir(parents=True)
    content = "area,seen\n" + "a,yes\na,no\n" * 3 + "b,perhaps\nc,yes\n"
    with ExitStack() as stack:
        staged = stack.enter_context(folder.staging("table"))
        passage.through(OpenTable(io.BytesIO(content.encode()), "t.csv", DIGEST, 9), staged)
        found, left = passage.anonymity(staged, folder, stack)
        assert (found.n_suppressed, found.n_classes_lost, found.smallest_after) == (2, 1, 6)
        assert len(pd.read_parquet(left.path)) == 6
