"""`audit tail`, `export`, `prove` and `witness`: the log, for those who do not trust who keeps it."""

from pathlib import Path

from rich.markup import escape

from flows.cli.terminal import console, reported, show_json, table
from policy_checks.errors import UnavailableError
from policy_checks.integrity import strict_json
from tasks.adapters import settings
from tasks.stages import export, history, witnessing


def tail_command(n: int, *, as_json: bool) -> None:
    """Show the newest entries, the newest last."""
    with reported(as_json):
        entries = history.tail(settings.load().home, n)
        if as_json:
            show_json({"entries": [strict_json.loads(entry.to_bytes()) for entry in entries]})
            return
        listed = table("seq>", "at (UTC)", "type", "run", "data")
        for entry in entries:
            data = " ".join(f"{name}={str(value)[:23]}" for name, value in sorted(entry.data.items()))
            listed.add_row(str(entry.seq), entry.ts[:19], entry.type, (entry.run or "-")[:13], escape(data))
        console.print(listed if entries else "No entry yet: [bold]atomq run[/] runs the sample.")


def export_command(output: Path, *, as_json: bool) -> None:
    """Write an evidence pack for an auditor."""
    with reported(as_json):
        size = export.export(settings.load().home, output.absolute())
        if as_json:
            show_json({"pack": str(output), "entries": size})
            return
        console.print(
            f"[green]+[/] {escape(str(output))} holds the evidence of {size} entries.", soft_wrap=True
        )
        console.print("  Its README.txt says how to verify it with and without atomq.")


def prove_command(seq: int, *, as_json: bool) -> None:
    """Print the proof that an entry is in the log; it is JSON either way."""
    with reported(as_json):
        proof = witnessing.proof(settings.load().home, seq)
        show_json(proof.model_dump(mode="json"))


def witness_command(directory: Path, key: Path | None, *, as_json: bool) -> None:
    """Let the witness in this directory take the log's newest checkpoint, if it continues what it holds."""
    with reported(as_json):
        home = settings.load().home
        if not home.is_dir():
            raise UnavailableError(
                "nothing-recorded", f"There is no state folder at {home}.", "Set ATOMQ_HOME."
            )
        head, new = witnessing.witness(home, directory.absolute(), key)
        if as_json:
            show_json(
                {"size": head.size, "root": head.root.hex(), "new": new, "cosigned": new and key is not None}
            )
            return
        said = "took" if new else "holds already"
        console.print(f"[green]+[/] The witness {said} the checkpoint of {head.size} entries.")
