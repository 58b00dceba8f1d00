"""A tenant's registered datasets: `<home>/tenants/<pseudonym>/datasets/<name>-<version>.json`.

A record counts if the newest entry of its tenant and name in the log bears its digest.
"""

from pathlib import Path

from pydantic import ValidationError

from policy_checks.errors import IntegrityError, ManifestError
from policy_checks.integrity import strict_json
from policy_checks.schemas.base import Name, Pseudonym
from policy_checks.schemas.template import DatasetRecord
from tasks.adapters import registrations
from tasks.adapters.audit_log import AuditLog
from tasks.adapters.files import locked, write_whole


def names(home: Path, pseudonym: Pseudonym) -> tuple[Name, ...]:
    """Return the names of the tenant's registered datasets, sorted."""
    log = AuditLog(home)
    candidates = {path.stem.rpartition("-")[0] for path in _folder(home, pseudonym).glob("[!.]*-[0-9]*.json")}
    found = [name for name in sorted(candidates) if registrations.newest(log, "dataset", pseudonym, name)[0]]
    log.close()
    return tuple(found)


def read(home: Path, pseudonym: Pseudonym, name: Name) -> DatasetRecord:
    """Return the record of a registered dataset.

    Raises:
        ManifestError: the tenant has registered none of that name.
        IntegrityError: the record is gone, or is not the one that the log knows.
    """
    log = AuditLog(home)
    version, entry = registrations.newest(log, "dataset", pseudonym, name)
    log.close()
    if entry is None:
        raise ManifestError(
            "dataset-unregistered",
            "The tenant has no registered dataset of that name.",
            f"Choose one of these: {', '.join(names(home, pseudonym)) or 'none is registered yet'}; "
            "`atomq dataset add` registers one.",
        )
    return _verified(_path(home, pseudonym, name, version), str(entry.data["record"]))


def register(home: Path, record: DatasetRecord) -> DatasetRecord:
    """Register a dataset and return the record that rules; one that says nothing new leaves the old one."""
    pseudonym, name = record.tenant, record.name
    folder = _folder(home, pseudonym)
    log = AuditLog(home)
    try:
        with locked(folder / ".lock"):
            version, entry = registrations.newest(log, "dataset", pseudonym, name)
            if entry is not None:
                ruling = read(home, pseudonym, name)
                if _same(ruling, record):
                    return ruling
            content = record.to_bytes()
            write_whole(_path(home, pseudonym, name, version + 1), content)
            # A crash here leaves a record without an entry: it does not count, and the next one replaces it.
            log.append(
                "dataset.registered",
                {"name": name, "record": strict_json.digest(content)},
                tenant=pseudonym,
                event=registrations.event("dataset", pseudonym, name, version + 1),
            )
            return record
    finally:
        log.close()


def _same(one: DatasetRecord, other: DatasetRecord) -> bool:
    apart = {"registered_at"}
    return one.model_dump(exclude=apart) == other.model_dump(exclude=apart)


def _verified(path: Path, digest: str) -> DatasetRecord:
    try:
        content = path.read_bytes()
        if strict_json.digest(content) == digest:
            return DatasetRecord.model_validate_json(content)
    except (OSError, ValidationError):
        pass
    raise IntegrityError(
        "dataset-record-edited",
        "The record of a registered dataset is gone, or is not the one that the log knows.",
        "Stop, delete nothing, and tell the security team; a restored backup of the file is believed again.",
    )


def _folder(home: Path, pseudonym: Pseudonym) -> Path:
    return home / "tenants" / pseudonym / "datasets"


def _path(home: Path, pseudonym: Pseudonym, name: Name, version: int) -> Path:
    return _folder(home, pseudonym) / f"{name}-{version:06d}.json"
