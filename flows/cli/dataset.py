"""`dataset`: tables that forms and templates can name."""

from pathlib import Path

from rich.markup import escape

from flows.cli.terminal import console, reported, show_json, table
from policy_checks.errors import ManifestError
from policy_checks.schemas.dataset import Declaration
from policy_checks.schemas.template import DatasetRecord
from tasks.adapters import dataset_registry, documents, settings, submission
from tasks.stages import lifecycle, tenancy


def add_command(
    file: Path, tenant: str, name: str, like: Path | None, target: str | None, *, as_json: bool
) -> None:
    """Register one table and show how its columns are declared."""
    with reported(as_json):
        from tasks.stages import registration

        state = settings.load()
        lifecycle.prepare_state(state)
        record = registration.register(state, tenant, name, file, _declared(like, target), settings.now())
        if as_json:
            show_json(_as_json(tenant, record))
            return
        listed = table("column", "kind", "action")
        for column, rule in record.columns.items():
            listed.add_row(escape(column), rule.kind, rule.action)
        console.print(listed)
        kept = sum(rule.action == "keep" for rule in record.columns.values())
        console.print(
            f"\n[green]+[/] {name}: {record.n_rows:,} rows, {kept} of {len(record.columns)} columns are kept"
        )
        console.print(f"  {record.sha256}")
        if like is None:
            console.print(
                "Next: read the columns; to declare them yourself, add it again with --like MANIFEST"
            )


def list_command(tenant: str | None, *, as_json: bool) -> None:
    """Print registered datasets."""
    with reported(as_json):
        state = settings.load()
        lifecycle.prepare_state(state)
        if tenant is not None:
            documents.load(state.home).tenant(tenant)
        found = [
            (one.tenant.name, dataset_registry.read(state.home, one.pseudonym, name))
            for one in tenancy.served(state.home)
            if tenant in (None, one.tenant.name)
            for name in one.datasets
        ]
        if as_json:
            show_json({"datasets": [_as_json(owner, record) for owner, record in found]})
            return
        listed = table("dataset", "tenant", "rows>", "columns>", "target", "registered", "digest")
        for owner, record in found:
            listed.add_row(
                record.name, owner, str(record.n_rows), str(len(record.columns)), escape(record.target),
                f"{record.registered_at:%Y-%m-%d}", record.sha256[7:19],
            )  # fmt: skip
        console.print(listed if found else "No dataset yet: [bold]atomq dataset add[/] registers one.")


def _declared(like: Path | None, target: str | None) -> Declaration | str:
    from tasks.stages import registration

    if like is not None and target is None:
        return registration.like(submission.read_source(like))
    if target is not None and like is None:
        return target
    raise ManifestError(
        "dataset-undeclared",
        "Either a manifest declares the columns, or they are proposed for a target.",
        "Give --like MANIFEST or --target COLUMN.",
    )


def _as_json(tenant: str, record: DatasetRecord) -> dict[str, object]:
    return record.model_dump(mode="json") | {"tenant": tenant, "pseudonym": record.tenant}
