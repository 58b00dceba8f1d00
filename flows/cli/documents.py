"""`documents`: what governs every run, and how that changes."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from flows.cli.terminal import console, reported, show_json, table, write_output
from policy_checks.errors import IntegrityError, ManifestError, UnavailableError
from policy_checks.integrity import dsse, strict_json
from policy_checks.integrity.governing_documents import NAMES, Name, identity, lapsed, open_document
from policy_checks.schemas.governing import Governed
from tasks.adapters import documents, settings
from tasks.adapters.audit_log import AuditLog
from tasks.adapters.documents import Shelf
from tasks.adapters.ring_store import KeyStore
from tasks.stages import trust


def show_command(name: Name | None, *, as_json: bool) -> None:
    """Print a line for each document, or one document's every field."""
    with reported(as_json):
        home = settings.load().home
        if name is not None:
            document = _in_force(Shelf(home, name))
            if as_json:
                show_json({"digest": identity(document), "content": document.model_dump(mode="json")})
                return
            for field, value in _fields(document):
                console.print(f"{field} = {value}", soft_wrap=True, markup=False)
            return
        shown = [_line(Shelf(home, each)) for each in NAMES]
        if as_json:
            show_json({"documents": shown})
            return
        listed = table("document", "version", "state", "valid until", "digest")
        for line in shown:
            until = (line["valid_until"] or "-")[:10]
            listed.add_row(line["document"], str(line["version"]), line["state"], until, line["digest"][:23])
        console.print(listed)


def diff_command(name: Name, file: Path | None, *, as_json: bool) -> None:
    """Print what a draft would change."""
    with reported(as_json):
        shelf = Shelf(settings.load().home, name)
        draft = _draft(shelf, file)
        old, new = dict(_fields(shelf.adopted() or shelf.shipped)), dict(_fields(draft))
        changes = [
            {"field": field, "in_force": old.get(field), "draft": new.get(field)}
            for field in sorted(old.keys() | new.keys())
            if old.get(field) != new.get(field) and field not in {"version", "valid_from", "valid_until"}
        ]
        if as_json:
            show_json({"document": name, "changes": changes})
            return
        if not changes:
            console.print("The draft says what is in force.")
        for change in changes:
            if change["in_force"] is not None:
                console.print(f"[red]- {change['field']} = {change['in_force']}[/]", soft_wrap=True)
            if change["draft"] is not None:
                console.print(f"[green]+ {change['field']} = {change['draft']}[/]", soft_wrap=True)


def sign_command(name: Name, file: Path | None, output: Path, root: Path | None, *, as_json: bool) -> None:
    """Write the envelope of a document's next version."""
    with reported(as_json):
        home = settings.load().home
        shelf = Shelf(home, name)
        envelope = shelf.sign(_draft(shelf, file), KeyStore(home).root_keys(root), settings.now())
        document = open_document(name, envelope, KeyStore(home).root()[0])
        write_output(output, envelope)
        if as_json:
            show_json({"document": name, "version": document.version, "digest": identity(document)})
        else:
            console.print(
                f"[green]+[/] {output}: {name} version {document.version}, {identity(document)}",
                soft_wrap=True,
            )
            console.print(f"Next: [bold]atomq documents adopt {output}[/]")


def adopt_command(path: Path, *, as_json: bool) -> None:
    """Put a signed document in force."""
    with reported(as_json):
        try:
            envelope = path.read_bytes()
        except OSError:
            raise UnavailableError(
                "document-unreadable", f"{path} cannot be read.", "Check the path."
            ) from None
        home, now, name = settings.load().home, settings.now(), _name_of(envelope)
        log = AuditLog(home)
        with trust.held(home):
            trust.require_whole(home, KeyStore(home), log, now)
            trust.adopt(home, name, envelope, log, now)
        log.close()
        line = _line(Shelf(home, name))
        if as_json:
            show_json(line)
        else:
            console.print(
                f"[green]+[/] {name} version {line['version']} is in force, {line['digest']}", soft_wrap=True
            )


def _line(shelf: Shelf) -> dict[str, Any]:
    document, adopted = _in_force(shelf), shelf.adopted()
    if shelf.edited() is not None:
        state = "draft, unsigned"
    elif adopted is None:
        state = "as shipped, unsigned"
    else:
        state = "validity over" if lapsed(adopted, settings.now()) else "in force"
    return {
        "document": shelf.name,
        "version": document.version,
        "state": state,
        "valid_until": document.valid_until.isoformat() if document.valid_until else None,
        "digest": identity(document),
    }


def _in_force(shelf: Shelf) -> Governed:
    return shelf.edited() or shelf.adopted() or shelf.shipped


def _draft(shelf: Shelf, file: Path | None) -> Governed:
    path = file or shelf.draft
    if not path.is_file():
        raise ManifestError(
            "draft-absent",
            f"There is no draft at {path}.",
            "Write one there: the shipped document in deployments/defaults shows every field.",
        )
    return documents.read_draft(shelf.name, path)


def _name_of(envelope: bytes) -> Name:
    try:
        media_type = strict_json.loads(envelope).get("payloadType")
    except (ManifestError, AttributeError):
        media_type = None
    for name in NAMES:
        if media_type == dsse.payload_type(name):
            return name
    raise IntegrityError(
        "envelope-invalid",
        "The file is no envelope of a governing document.",
        "Let `atomq documents sign` write it.",
    )


def _fields(document: Governed) -> Iterator[tuple[str, str]]:
    yield from _flat("", document.model_dump(mode="json"))


def _flat(prefix: str, value: Any) -> Iterator[tuple[str, str]]:
    match value:
        case dict():
            for key, item in value.items():
                yield from _flat(f"{prefix}.{key}" if prefix else key, item)
        case list() if value and isinstance(value[0], dict):
            for item in value:
                yield from _flat(f"{prefix}[{item.get('name', '')}]", item)
        case _ if value is not None:
            yield prefix, str(value)
