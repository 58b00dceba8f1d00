"""Register a tenant's table: its digest now, and how each column is declared."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pandas as pd
from pydantic import ValidationError

from policy_checks.errors import ManifestError
from policy_checks.schemas.base import ColumnName, Digest, Name
from policy_checks.schemas.governing import Tenant
from policy_checks.schemas.manifest import ColumnRule
from policy_checks.schemas.reading import explain
from policy_checks.schemas.template import DatasetRecord
from tasks.adapters import dataset_registry, datasets, documents, submission
from tasks.adapters.ring_store import KeyStore
from tasks.adapters.settings import Settings
from tasks.stages import proposal, trust
from tasks.stages.naming import require_impersonal
from tasks.tabular.read import read_table


@dataclass(frozen=True)
class Declared:
    """What a table's columns hold, which of them is predicted, and which keeps rows together."""

    target: ColumnName
    group: ColumnName | None
    columns: dict[ColumnName, ColumnRule]


def like(source: bytes) -> Declared:
    """Return the declarations of a manifest's dataset.

    Raises:
        ManifestError: the manifest does not fit.
    """
    dataset = submission.parse_toml(source).dataset
    return Declared(dataset.target, dataset.group, dict(dataset.columns))


def register(
    state: Settings, tenant: Name, name: Name, file: Path, declared: Declared | str, now: datetime
) -> DatasetRecord:
    """Register a table under its tenant's roots and return the record that rules.

    Args:
        declared: the columns' declarations, or the target's name: then they are proposed cautiously.

    Raises:
        ManifestError: outside the roots, unreadable, or with other columns than are declared.
    """
    require_impersonal(name)
    owner = documents.load(state.home).tenant(tenant)
    path = _from_roots(file, owner, state)
    with datasets.open_table(path, owner, state) as opened:
        digest, table = opened.digest, read_table(opened.file, opened.name)
    whole = _proposed(table, declared) if isinstance(declared, str) else declared
    _require_same_columns(table, whole)
    (pseudonym,) = trust.pseudonyms(KeyStore(state.home), [owner.name])
    return dataset_registry.register(
        state.home, _record(pseudonym, name, path, digest, whole, len(table), now)
    )


def _record(
    pseudonym: str, name: Name, path: str, digest: Digest, declared: Declared, n_rows: int, now: datetime
) -> DatasetRecord:
    try:
        return DatasetRecord(
            v=1, tenant=pseudonym, name=name, path=path, sha256=digest, target=declared.target,
            group=declared.group, columns=declared.columns, n_rows=n_rows, registered_at=now,
        )  # fmt: skip
    except ValidationError as error:
        raise ManifestError(
            "dataset-invalid", f"The dataset is refused: {explain(error)}.", "Correct its name or its table."
        ) from None


def _from_roots(file: Path, tenant: Tenant, state: Settings) -> str:
    """Return the path from the tenant's root, as a manifest would give it; elsewhere the whole path."""
    resolved = file.resolve()
    for root in datasets.roots(tenant, state):
        if resolved.is_relative_to(root):
            return str(resolved.relative_to(root))
    return str(resolved)


def _proposed(table: pd.DataFrame, target: str) -> Declared:
    proposals = proposal.propose(table, target)
    columns = {
        found.column: ColumnRule(
            kind=found.kind, action=found.action, missing="impute" if found.impute else "refuse"
        )
        for found in proposals
    }
    groups = [found.column for found in proposals if found.action == "pseudonymise" and found.repeats]
    return Declared(target, groups[0] if groups else None, columns)


def _require_same_columns(table: pd.DataFrame, declared: Declared) -> None:
    undeclared = set(map(str, table.columns)) - set(declared.columns)
    absent = set(declared.columns) - set(map(str, table.columns))
    if undeclared or absent:
        raise ManifestError(
            "dataset-columns",
            f"{len(undeclared)} columns of the table are not declared, {len(absent)} declared ones are absent.",
            "Name a manifest that declares this table's columns with --like, or use --target.",
        )
