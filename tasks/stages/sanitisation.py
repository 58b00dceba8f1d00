"""Sanitise: declared rules over every batch, the gate over what comes out, and rows that hide among others."""

import io
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import PurePath

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from policy_checks.rules.release import release
from policy_checks.schemas.artifacts import AnonymityOutcome, ExpectationOutcome, SanitisedTable
from policy_checks.schemas.dataset import Dataset
from tasks.adapters import datasets, settings, submission
from tasks.adapters.datasets import OpenTable
from tasks.adapters.run_folder import RunFolder, Staged
from tasks.stages import progress
from tasks.stages.workspace import Workspace
from tasks.tabular.anonymity import Combinations
from tasks.tabular.columns import Sanitiser
from tasks.tabular.expectations import Gate
from tasks.tabular.read import BATCH_ROWS, read_batches, read_header
from tasks.tabular.tally import rows_between

TABLE = "sanitised.parquet"
LESS = "sanitised-less.parquet"
FEATURES = frozenset({"measure", "category"})


def sanitise(workspace: Workspace) -> SanitisedTable:
    """Return a reference to the sanitised table, or the findings that refuse it.

    Raises:
        ManifestError: the table differs from the signed one or does not fit its declarations.
        StageError: the gate itself failed.
    """
    wanted = workspace.manifest.table
    tenant = workspace.governing.tenant(workspace.manifest.tenant)
    group = PurePath(wanted.path).stem
    passage = Passage(
        wanted,
        Sanitiser(wanted.columns, tenant.name, group, workspace.keys.pepper()),
        Gate(wanted.columns, wanted.expectations, settings.names_model()),
        Combinations(wanted.anonymity, wanted.target) if wanted.anonymity else None,
    )
    with ExitStack() as stack:
        table = stack.enter_context(datasets.open_table(wanted.path, tenant, workspace.state))
        submission.require_same_table(wanted.sha256, table.digest)
        staged = stack.enter_context(workspace.folder.staging(TABLE))
        passage.through(table, staged)
        columns = passage.sanitiser.outcomes()
        anonymity, left = passage.anonymity(staged, workspace.folder, stack)
        n_rows = pq.read_metadata(left.path).num_rows
        gate = passage.verdict(n_rows, anonymity.n_suppressed if anonymity else 0)
        findings = tuple(release(gate, anonymity))
        return SanitisedTable(
            parent=wanted.sha256,
            digest=None if findings else left.keep(TABLE),
            path=TABLE,
            n_rows=n_rows,
            features=tuple(name for name in sorted(wanted.kept()) if wanted.columns[name].kind in FEATURES),
            columns=columns,
            gate=gate,
            findings=findings,
            anonymity=anonymity,
        )


def read_sanitised(workspace: Workspace) -> pd.DataFrame:
    """Return the run's sanitised table, its digest checked."""
    reference = workspace.result("sanitise", SanitisedTable)
    return pd.read_parquet(io.BytesIO(workspace.folder.read(TABLE, reference.digest)))


@dataclass
class Passage:
    """One table on its way, batch by batch."""

    wanted: Dataset
    sanitiser: Sanitiser
    gate: Gate
    combinations: Combinations | None
    n_read: int = 0

    def through(self, table: OpenTable, staged: Staged) -> None:
        """Write every sanitised batch, as long as none has a problem; problems are counted to the end."""
        total = read_header(table.file, table.name).n_rows or table.n_lines
        with _Writer(staged) as writer:
            for clean in _ahead(map(self.sanitiser.sanitised, read_batches(table.file, table.name))):
                self.n_read += len(clean)
                if not self.sanitiser.problems:
                    self.gate.check(clean)
                    writer.write(clean)
                    if self.combinations is not None:
                        self.combinations.add(clean)
                progress.advance(min(self.n_read, total), total, "rows sanitised")

    def anonymity(
        self, staged: Staged, folder: RunFolder, stack: ExitStack
    ) -> tuple[AnonymityOutcome | None, Staged]:
        """Return how far rows hide, and the file that is left: another one where rows are left out."""
        if self.combinations is None or self.wanted.anonymity is None:
            return None, staged
        found = self.combinations.outcome(suppressed=False)
        if self.wanted.anonymity.when_below == "refuse" or not found.n_rows_below:
            return found, staged
        less = stack.enter_context(folder.staging(LESS))
        n_lost = self._without_small(staged, less, self.combinations)
        return self.combinations.outcome(suppressed=True, n_classes_lost=n_lost), less

    def verdict(self, n_left: int, n_suppressed: int) -> tuple[ExpectationOutcome, ...]:
        """Return the gate's outcomes, and whether as many rows were read as are declared."""
        outcomes = self.gate.outcomes(n_read=self.n_read, n_suppressed=n_suppressed, n_left=n_left)
        if self.wanted.rows_min == 1 and self.wanted.rows_max is None:
            return outcomes
        return (rows_between(self.n_read, self.wanted.rows_min, self.wanted.rows_max), *outcomes)

    def _without_small(self, staged: Staged, less: Staged, combinations: Combinations) -> int:
        """Write the rows that hide among enough others; return how many classes of the target are lost."""
        before: set[str] = set()
        after: set[str] = set()
        done = 0
        with _Writer(less) as writer, pq.ParquetFile(staged.path) as parquet:
            for batch in parquet.iter_batches(BATCH_ROWS, use_threads=False):
                rows = batch.to_pandas()
                kept = rows[~combinations.small(rows)]
                before.update(rows[self.wanted.target].unique())
                after.update(kept[self.wanted.target].unique())
                writer.write(kept)
                done += len(rows)
                progress.advance(done, self.n_read, "rows compared")
        return len(before - after)


def _ahead(batches: Iterator[pd.DataFrame]) -> Iterator[pd.DataFrame]:
    """Yield what comes, the next one already under way on another core: Arrow lets go of the interpreter."""
    with ThreadPoolExecutor(1) as pool:
        coming = pool.submit(next, batches, None)
        while (batch := coming.result()) is not None:
            coming = pool.submit(next, batches, None)
            yield batch


class _Writer:
    """Appends frames to a staged file as row groups of one Parquet file."""

    def __init__(self, staged: Staged) -> None:
        self._staged = staged
        self._parquet: pq.ParquetWriter | None = None

    def __enter__(self) -> "_Writer":
        return self

    def __exit__(self, *_: object) -> None:
        if self._parquet is not None:
            self._parquet.close()
        self._staged.flush()

    def write(self, frame: pd.DataFrame) -> None:
        """Append one row group."""
        table = pa.Table.from_pandas(frame, preserve_index=False)
        if self._parquet is None:
            self._parquet = pq.ParquetWriter(self._staged, table.schema, compression="zstd")
        self._parquet.write_table(table)
