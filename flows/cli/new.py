"""`new`: a commented manifest for a table of one's own."""

import hashlib
from pathlib import Path

from flows.cli.terminal import console, reported, show_json, table, write_output
from policy_checks.errors import ManifestError
from policy_checks.schemas.governing import Tenant
from tasks.adapters import datasets, documents, settings
from tasks.adapters.settings import Settings


def new_command(file: Path, target: str, output: Path | None, *, as_json: bool) -> None:
    """Read a table, propose a declaration for each column, write the manifest."""
    with reported(as_json):
        from tasks.stages import proposal
        from tasks.tabular.read import read_table

        state = settings.load()
        tenant = documents.load(state.home).tenants.tenants[0]
        content = _content(file)
        proposals = proposal.propose(read_table(content.open("rb"), content.name), target)
        path, inside = _place(file, tenant, state)
        written = output or Path(f"{file.stem}.toml")
        lines = proposal.as_toml(
            proposals, tenant=tenant.name, path=path, digest=_digest(content), target=target
        )
        _write(written, "\n".join(lines) + "\n")
        kept = sum(p.action == "keep" for p in proposals)
        if as_json:
            show_json(
                {
                    "manifest": str(written),
                    "runnable": inside,
                    "columns": [
                        {"column": p.column, "kind": p.kind, "action": p.action, "why": p.why}
                        for p in proposals
                    ],
                }
            )
            return
        listed = table("column", "kind", "action", "why")
        for p in proposals:
            listed.add_row(p.column, p.kind, p.action, p.why)
        console.print(listed)
        console.print(f"\n{kept} of {len(proposals)} columns are kept. Wrote [bold]{written}[/]")
        if not inside:
            roots = " or ".join(tenant.dataset_roots)
            console.print(
                f"[yellow]? The table lies outside the tenant's roots: copy it under {roots} first.[/]"
            )
        console.print(f"Next: read the columns, then [bold]atomq check {written}[/]")


def _content(file: Path) -> Path:
    if not file.is_file():
        raise ManifestError(
            "table-absent", "There is no such table.", "Give the path of a CSV or Parquet file."
        )
    return file


def _place(file: Path, tenant: Tenant, state: Settings) -> tuple[str, bool]:
    """Return the path for the manifest, and whether the tenant may read it there."""
    resolved = file.resolve()
    for root in datasets.roots(tenant, state):
        if resolved.is_relative_to(root):
            return str(resolved.relative_to(root)), True
    return file.name, False


def _digest(file: Path) -> str:
    with file.open("rb") as content:
        return "sha256:" + hashlib.file_digest(content, "sha256").hexdigest()


def _write(path: Path, text: str) -> None:
    if path.exists():
        raise ManifestError(
            "manifest-exists",
            f"{path} exists; it is not overwritten.",
            "Remove it, or choose another with -o.",
        )
    write_output(path, text.encode("utf-8"))
