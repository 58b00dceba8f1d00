"""Register a tenant's table: its digest now, and how each column is declared."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from pydantic import ValidationError

from policy_checks.errors import ManifestError
from policy_checks.schemas.base import Digest, Name
from policy_checks.schemas.dataset import Declaration
from policy_checks.schemas.governing import Tenant
from policy_checks.schemas.reading import explain
from policy_checks.schemas.template import DatasetRecord
from tasks.adapters import dataset_registry, datasets, documents, submission
from tasks.adapters.ring_store import KeyStore
from tasks.adapters.settings import Settings
from tasks.stages import proposal, trust
from tasks.stages.naming import require_impersonal, require_impersonal_content
from tasks.tabular import evidence
from tasks.tabular.evidence import Evidence
from tasks.tabular.read import read_batches


def like(source: bytes) -> Declaration:
    """Return the declarations of a manifest's dataset.

    Raises:
        ManifestError: the manifest does not fit.
    """
    dataset = submission.parse_toml(source).dataset
    if dataset is None:
        raise ManifestError(
            "dataset-undeclared", "The manifest declares no table.", "Name a manifest of kind train."
        )
    return Declaration.model_validate(dataset.model_dump(include=set(Declaration.model_fields)))


def register(
    state: Settings, tenant: Name, name: Name, file: Path, declared: Declaration | str, now: datetime
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
        seen, digest = evidence.gather(read_batches(opened.file, opened.name)), opened.digest
    if isinstance(declared, str):
        declared = proposal.declared(proposal.propose(seen, declared), declared)
    _require_same_columns(seen, declared)
    (pseudonym,) = trust.pseudonyms(KeyStore(state.home), [owner.name])
    record = _record(pseudonym, name, path, digest, declared, seen[0].n_rows, now)
    require_impersonal_content(record)
    return dataset_registry.register(state.home, record)


def _record(
    pseudonym: str, name: Name, path: str, digest: Digest, declared: Declaration, n_rows: int, now: datetime
) -> DatasetRecord:
    try:
        return DatasetRecord(
            v=1, tenant=pseudonym, name=name, path=path, sha256=digest, n_rows=n_rows, registered_at=now,
            **declared.model_dump(),
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


def _require_same_columns(seen: Sequence[Evidence], declared: Declaration) -> None:
    names = {column.column for column in seen}
    undeclared, absent = names - set(declared.columns), set(declared.columns) - names
    if undeclared or absent:
        raise ManifestError(
            "dataset-columns",
            f"{len(undeclared)} columns of the table are not declared, {len(absent)} declared ones are absent.",
            "Name a manifest that declares this table's columns with --like, or use --target.",
        )
