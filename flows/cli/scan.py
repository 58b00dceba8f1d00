"""`scan`: what personal data tables hold."""

import time
from pathlib import Path
from typing import TYPE_CHECKING

from rich.markup import escape

from flows.cli.terminal import console, errors, leave, reported, show_json, table
from tasks.stages import progress

if TYPE_CHECKING:
    from tasks.stages import scanning

FOUND = 1
PATIENCE_S = 2.0


class _Patience:
    """Says how far it is where it takes long, at most every two seconds."""

    def __init__(self, due: float) -> None:
        self._due = due

    def stage(self, name: str) -> None:
        """A scan has one stage only."""

    def advance(self, done: int, total: int, what: str) -> None:
        """Print one line on standard error when it is due."""
        if time.monotonic() >= self._due:
            self._due = time.monotonic() + PATIENCE_S
            errors.print(
                f"{done} of {total} {what}" if total else f"{done} {what} of this table scanned", style="dim"
            )


def scan_command(path: Path, *, as_json: bool) -> None:
    """Print what is found, in which column and how often; never a value."""
    with reported(as_json):
        from tasks.stages import scanning

        progress.observe(_Patience(time.monotonic() + PATIENCE_S))
        findings = list(scanning.scan(path))
    if as_json:
        show_json({"findings": [_as_json(finding) for finding in findings]})
    elif findings:
        listed = table("table", "column", "entity", "cells>", "share>", "where")
        for one in findings:
            listed.add_row(
                escape(one.table), escape(one.column), one.entity, str(one.n_cells), f"{one.share:.1%}",
                "in its name" if one.in_name else "in its cells",
            )  # fmt: skip
        console.print(listed)
        console.print("\nNext: declare these columns as dropped, pseudonymised, masked or generalised.")
    else:
        console.print(
            "[green]+[/] nothing personal was found; names, addresses and birth dates are not sought."
        )
    if findings:
        leave(FOUND)


def _as_json(finding: "scanning.Finding") -> dict[str, object]:
    return {
        "table": finding.table,
        "column": finding.column,
        "entity": finding.entity,
        "cells": finding.n_cells,
        "share": round(finding.share, 6),
        "in_name": finding.in_name,
    }
