"""`new`: a commented manifest for a table of one's own, or for each of a folder."""

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.markup import escape

from flows.cli.terminal import console, errors, reported, show_json, table, write_output
from policy_checks.errors import ManifestError
from policy_checks.schemas.governing import Tenant
from tasks.adapters import datasets, documents, settings
from tasks.adapters.settings import Settings

if TYPE_CHECKING:
    from tasks.stages.proposal import Proposal

SUFFIXES = (".csv", ".jsonl", ".parquet")


def new_command(file: Path, target: str, output: Path | None, *, as_json: bool) -> None:
    """Read a table, or those of a folder; propose a declaration for each column, write a manifest for each."""
    with reported(as_json):
        if not file.is_dir():
            written = output or Path(f"{file.stem}.toml")
            shown = _written(_existing(file), target, written, as_json=as_json)
            if as_json:
                show_json(shown)
            return
        folder = output or Path()
        folder.mkdir(parents=True, exist_ok=True)
        made = [
            _written(path, target, folder / f"{path.stem}.toml", as_json=as_json) for path in _tables(file)
        ]
        if as_json:
            show_json({"manifests": made})


def _written(file: Path, target: str, output: Path, *, as_json: bool) -> dict[str, Any]:
    """Write one manifest, show it to a person, and return it for a program."""
    from tasks.stages import manifest_text, proposal
    from tasks.tabular import evidence
    from tasks.tabular.read import read_batches

    if output.exists():
        raise ManifestError(
            "manifest-exists",
            f"{output} exists; it is not overwritten.",
            "Remove it, or choose another with -o.",
        )
    state = settings.load()
    tenant = documents.load(state.home).tenants.tenants[0]
    with errors.status("Reading every cell, to see what columns hold ..."), file.open("rb") as content:
        digest = "sha256:" + hashlib.file_digest(content, "sha256").hexdigest()
        proposals = proposal.propose(evidence.gather(read_batches(content, file.name)), target)
    path, inside = _place(file, tenant, state)
    text = manifest_text.lines(proposals, tenant=tenant.name, path=path, digest=digest, target=target)
    write_output(output, ("\n".join(text) + "\n").encode())
    if not as_json:
        _show(proposals, output, () if inside else tenant.dataset_roots)
    columns = [{"column": p.column, "kind": p.kind, "action": p.action, "why": p.why} for p in proposals]
    return {"manifest": str(output), "runnable": inside, "columns": columns}


def _show(proposals: "tuple[Proposal, ...]", output: Path, roots: tuple[str, ...]) -> None:
    listed = table("column", "kind", "action", "why")
    for p in proposals:
        listed.add_row(escape(p.column), p.kind, p.action, escape(p.why))
    console.print(listed)
    kept = sum(p.action == "keep" for p in proposals)
    console.print(f"\n{kept} of {len(proposals)} columns are kept. Wrote [bold]{escape(str(output))}[/]")
    if roots:
        console.print(
            f"[yellow]? The table lies outside the tenant's roots: copy it under {' or '.join(roots)} first.[/]"
        )
    console.print(f"Next: read the columns, then [bold]atomq check {escape(str(output))}[/]")


def _existing(file: Path) -> Path:
    if not file.is_file():
        raise ManifestError(
            "table-absent",
            "There is no such table.",
            "Give the path of a CSV, JSON Lines or Parquet file, or of a folder of them.",
        )
    return file


def _tables(folder: Path) -> list[Path]:
    found = sorted(path for path in folder.iterdir() if path.is_file() and path.suffix.lower() in SUFFIXES)
    if not found:
        raise ManifestError(
            "table-absent",
            "The folder holds no table.",
            f"Give a folder with files that end in {', '.join(SUFFIXES)}.",
        )
    return found


def _place(file: Path, tenant: Tenant, state: Settings) -> tuple[str, bool]:
    """Return the path for the manifest, and whether the tenant may read it there."""
    resolved = file.resolve()
    for root in datasets.roots(tenant, state):
        if resolved.is_relative_to(root):
            return str(resolved.relative_to(root)), True
    return file.name, False
