"""Sanitise: declared rules over every column, then the gate over what comes out."""

import io
from pathlib import PurePath

import pandas as pd

from policy_checks.rules.release import release
from policy_checks.schemas.artifacts import SanitisedTable
from tasks.adapters import datasets, submission
from tasks.stages.workspace import Workspace
from tasks.tabular import columns, expectations
from tasks.tabular.read import read_table

TABLE = "sanitised.parquet"


def sanitise(workspace: Workspace) -> SanitisedTable:
    """Return a reference to the sanitised table, or the findings that refuse it.

    Raises:
        ManifestError: the table differs from the signed one or does not fit its declarations.
        StageError: the gate itself failed.
    """
    wanted = workspace.manifest.dataset
    tenant = workspace.governing.tenant(workspace.manifest.tenant)
    with datasets.open_table(wanted.path, tenant, workspace.state) as table:
        submission.require_same_table(wanted.sha256, table.digest)
        raw = read_table(table.file, table.name)
    clean, outcomes = columns.apply(
        raw,
        wanted.columns,
        tenant=tenant.name,
        dataset_group=PurePath(wanted.path).stem,
        pepper=workspace.keys.pepper(),
    )
    gate = expectations.gate(clean, wanted.columns, n_rows=len(raw))
    findings = tuple(release(gate))
    features = tuple(name for name in clean.columns if wanted.columns[name].kind in {"measure", "category"})
    return SanitisedTable(
        parent=wanted.sha256,
        digest=None if findings else workspace.folder.write(TABLE, _parquet(clean)),
        path=TABLE,
        n_rows=len(clean),
        features=features,
        columns=outcomes,
        gate=gate,
        findings=findings,
    )


def read_sanitised(workspace: Workspace) -> pd.DataFrame:
    """Return the run's sanitised table, its digest checked."""
    reference = workspace.result("sanitise", SanitisedTable)
    return pd.read_parquet(io.BytesIO(workspace.folder.read(TABLE, reference.digest)))


def _parquet(table: pd.DataFrame) -> bytes:
    sink = io.BytesIO()
    table.to_parquet(sink, index=False, compression="zstd")
    return sink.getvalue()
