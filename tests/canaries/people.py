"""Runs, mistakes and faults of a whole clinic in one process, told as a person at a terminal would see them.

`python -m tests.canaries.people FOLDER N SEED` writes what became of each to FOLDER/outcomes.json: codes only.
"""

import json
import logging
import os
import sys
import threading
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn
from unittest.mock import patch

import typer

from tests.canaries import clinic
from tests.canaries.identities import Canary, canaries

STAGES = {
    "admit": "tasks.stages.admission:admit",
    "plan": "tasks.stages.packets:plan",
    "sanitise": "tasks.stages.sanitisation:sanitise",
    "gate": "tasks.tabular.personal_data:flags",
    "train": "tasks.learning.fit:fit",
    "evaluate": "tasks.learning.scores:score",
    "record": "tasks.adapters.record_store:metrics_parquet",
    "report": "tasks.reporting.page:render",
    "complete": "tasks.stages.lifecycle:_signed_receipt",
    "form": "tasks.stages.desk:from_form",
}
SHARE_IN_CELLS = 0.9
N_TYPING, N_FILLING = 6, 4


class People:
    """Whoever works at the clinic, and what came of what they did.

    Attributes:
        outcomes: (what was done, exit code or state).
    """

    def __init__(self, folder: Path, planted: Sequence[Canary]) -> None:
        self.folder, self.tables = folder, clinic.state_of(folder)
        n_cells = int(len(planted) * SHARE_IN_CELLS)
        self.in_cells, self.elsewhere = planted[:n_cells], planted[n_cells:]
        self.outcomes: list[tuple[str, int | str]] = []

    def command(self, what: str, *words: str | Path) -> None:
        """Type a command."""
        from flows.cli import _typed
        from flows.cli.app import app

        with patch.object(sys, "argv", ["atomq", *map(str, words)]):
            self.outcomes.append((what, _typed(app)))

    def run(self, what: str, path: Path) -> None:
        """Run a manifest as `atomq run` does."""
        from flows.cli.run import _flow, _outcome
        from flows.cli.submit import read_submission
        from flows.cli.terminal import reported
        from tasks.adapters.submission import ManifestStore

        try:
            with reported(as_json=False):
                found = read_submission(path)
                ManifestStore(found.state.home).put(found.pseudonym, found.digest, found.envelope)
                state = _flow(found.digest, wait=False)
                self.outcomes.append((what, str(state.name)))
                _outcome(found, state, as_json=False)
        except typer.Exit as ended:
            self.outcomes.append((what, ended.exit_code))

    def form(self, what: str, form: dict[str, Any]) -> None:
        """Send a form."""
        from flows.hybrid_run import hybrid_run

        self.outcomes.append((what, str(hybrid_run(form=form, return_state=True).name)))

    def write(self, text: str) -> Path:
        """Write a manifest."""
        path = self.folder / "tables" / "manifest.toml"
        path.write_text(text, encoding="utf-8")
        return path

    def table(self, name: str, kept: Sequence[Canary] = ()) -> str:
        """Write a table and return its manifest."""
        clinic.write_table(self.tables / f"{name}.csv", self.in_cells, kept)
        rules = clinic.declared(self.in_cells)
        rules |= {f"kept_{one.kind}": '{ kind = "category", action = "keep" }' for one in kept}
        comment = "; ".join(canary.sentence for canary in self.elsewhere[:3])
        return clinic.manifest(f"{name}.csv", rules, comment=comment)


def runs(people: People) -> None:
    """Run the table; then with cells kept; then with a fault in each stage that quotes cells."""
    path = people.write(people.table("plain"))
    people.run("run", path)
    kept = {canary.kind: canary for canary in clinic.searchable(people.in_cells)}
    people.run("kept", people.write(people.table("kept", list(kept.values()))))
    path = people.write(people.table("plain"))
    for number, stage in enumerate(STAGES):
        with faulty(STAGES[stage], [canary.sentence for canary in people.elsewhere[number::20]]):
            if stage == "form":
                people.form("fault in form", {"dataset": "none"})
            else:
                people.run(f"fault in {stage}", path)


@contextmanager
def faulty(place: str, said: Sequence[str]) -> Iterator[None]:
    """Let a function of ours meet a library that quotes people in every way that Python has."""
    module, _, name = place.partition(":")

    def quote(*_: object, **__: object) -> NoReturn:
        text = " and ".join(said)
        warnings.warn(text, stacklevel=1)
        for logger in ("pandas", "great_expectations", "qiskit", "atomq", "prefect.task_runs"):
            logging.getLogger(logger).critical("cannot convert %s", ValueError(text))
        logging.getLogger("atomq").critical("cannot convert %s", text)
        thread = threading.Thread(target=_fail, args=(text,))
        thread.start()
        thread.join()
        try:
            _fail(text)
        except ValueError as error:
            raise KeyError(text, {"row": said}) from error

    with patch.object(import_module(module), name, quote):
        yield


def _fail(text: str) -> NoReturn:
    raise ValueError(f"could not convert string to float: {text!r}")


def mistakes(people: People) -> None:
    """Hand in manifests with somebody in each field, and type people where none belong."""
    clinic.write_table(people.tables / "t.csv", people.in_cells[:40])
    found = clinic.searchable(people.elsewhere)
    fields = list(clinic.spoilt(found[0]))
    for number, canary in enumerate(found):
        field, text, fit = list(clinic.spoilt(canary))[number % len(fields)]
        path = people.write(text)
        people.command(f"{'fit' if fit else 'unfit'} {field} {canary.kind}", "check", path)
    for canary in found[:: max(1, len(found) // N_TYPING)]:
        text, typed = canary.sentence, people.command
        typed("absent file", "check", people.tables / f"{text.replace('/', '_')}.toml")
        typed("absent run", "report", text)
        typed("no command", text)
        typed("no option", "check", f"--{text}")
        typed("bad number", "documents", "show", text)
        typed("owner", "keys", "new", "--role", "reviewer", "--owner", text, "-o", people.folder / "new.key")
        typed(
            "dataset",
            "dataset",
            "add",
            people.tables / "t.csv",
            "--tenant",
            text,
            "--name",
            text,
            "--target",
            "outcome",
        )
        typed(
            "header",
            "dataset",
            "add",
            people.tables / "t.csv",
            "--tenant",
            "sample-clinic",
            "--name",
            "one",
            "--target",
            text,
        )
        typed("as JSON", "check", people.tables / f"{text.replace('/', '_')}.toml", "--json")


def forms(people: People) -> None:
    """Fill people into every field of a form."""
    for canary in clinic.searchable(people.elsewhere)[:N_FILLING]:
        text = canary.sentence
        for form in (
            {"dataset": text},
            {"manifest": text},
            {text: 1},
            {"purpose": text},
            {"circuit": {"qubits": text}},
        ):
            people.form("form", form)


def main(folder: Path, n: int, seed: int) -> None:
    """Do all of it, on a Prefect server of its own that keeps its database in the state folder."""
    from flows.server import temporary_server
    from tasks.stages.log_lines import keep_values_out

    os.environ["ATOMQ_HOME"], os.environ["ATOMQ_TENANT"] = str(folder / "home"), "sample-clinic"
    keep_values_out()
    folder.mkdir()
    people = People(folder, canaries(n, seed))
    people.command("keys", "keys", "init")
    with temporary_server(folder / "home") as server:
        server.wait()
        for part in (runs, mistakes, forms):
            part(people)
        _drain()
    (folder / "outcomes.json").write_text(json.dumps(people.outcomes))
    os._exit(0)


def _drain() -> None:
    from flows.cli.run import _drain

    _drain()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
