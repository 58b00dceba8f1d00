"""Look again at what was submitted since the last scan, with the detectors of today."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pydantic import ValidationError

from policy_checks.attack_catalogue import CATALOGUE, Gravity, first_lines
from policy_checks.errors import AtomqError, IntegrityError
from policy_checks.integrity import dsse, strict_json
from policy_checks.integrity.run_files import CIRCUIT
from policy_checks.log_patterns import Trace, Traces
from policy_checks.schemas.audit import AuditEntry
from policy_checks.schemas.manifest import Manifest, OwnCircuit
from policy_checks.schemas.pattern import Pattern
from tasks.adapters import datasets, documents
from tasks.adapters.audit_log import AuditLog, event_of
from tasks.adapters.run_folder import RunFolder
from tasks.adapters.settings import Settings
from tasks.adapters.submission import ManifestStore
from tasks.stages import progress
from tasks.stages.submitted_circuit import submitted

STOP = "Stop, delete nothing, and tell the security team."
JUDGED = frozenset({"run.admitted", "run.denied"})


@dataclass(frozen=True)
class Scanned:
    """What one scan found.

    Attributes:
        n_circuits: authors' own circuits of the runs that were judged since the last scan.
        n_unread: of them, those that are neither kept with the run nor where they were.
        incidents: ids of the attack catalogue that were recorded now, each as often as it was found.
    """

    n_circuits: int
    n_unread: int
    incidents: tuple[str, ...]


@dataclass(frozen=True)
class _Log:
    """What the log says of the time since the last scan, and how far it was read."""

    judged: tuple[AuditEntry, ...]
    traces: tuple[Trace, ...]
    upto: int


def scan(state: Settings) -> Scanned:
    """Scan every own circuit and the log since the last scan, and record each incident once.

    A scan that is killed leaves its incidents; the next one begins where the last whole one ended.

    Raises:
        IntegrityError: the log does not verify.
        UnavailableError: the log cannot be written.
    """
    log = AuditLog(state.home)
    try:
        read = _read(log)
        incidents = [trace.id for trace in read.traces if _record(log, trace.id, trace.at, trace)]
        n_circuits = n_unread = 0
        for number, entry in enumerate(read.judged):
            progress.advance(number, len(read.judged), "runs looked at again")
            try:
                patterns = _patterns(entry, state)
            except (AtomqError, ValidationError):
                n_circuits, n_unread = n_circuits + 1, n_unread + 1
                continue
            n_circuits += patterns is not None
            incidents += _incidents(log, entry, patterns or ())
        log.append(
            "attack.scanned",
            {
                "n_circuits": n_circuits,
                "n_incidents": len(incidents),
                "n_unread": n_unread,
                "upto": read.upto,
            },
        )
    finally:
        log.close()
    return Scanned(n_circuits, n_unread, tuple(incidents))


def _read(log: AuditLog) -> _Log:
    begin, upto, judged, found, watch = 0, 0, list[AuditEntry](), list[Trace](), Traces()
    for entry in log.entries():
        upto = entry.seq + 1
        found += watch.of(entry)
        if entry.type in JUDGED:
            judged.append(entry)
        if entry.type == "attack.scanned":
            begin = int(entry.data["upto"])
            judged, found = (
                [one for one in judged if one.seq >= begin],
                [one for one in found if one.at >= begin],
            )
    return _Log(tuple(judged), tuple(found), upto)


def _patterns(entry: AuditEntry, state: Settings) -> tuple[Pattern, ...] | None:
    """Return what today's detectors find in a run's own circuit; None of a run without one.

    Raises:
        AtomqError: the circuit, or its manifest, is not what it was, or not there any more.
    """
    digest, tenant, run = str(entry.manifest), str(entry.tenant), str(entry.run)
    payload, _ = dsse.open_envelope("manifest", ManifestStore(state.home).get(digest), lambda *_: None)
    if strict_json.digest(payload) != digest:
        raise IntegrityError("manifest-edited", "The manifest is not the one that was judged.", STOP)
    manifest = Manifest.model_validate_json(payload)
    if not isinstance(manifest.circuit, OwnCircuit):
        return None
    text = _text(manifest, manifest.circuit, RunFolder(state.home, tenant, run), state)
    return submitted(manifest, text).patterns


def _text(manifest: Manifest, circuit: OwnCircuit, folder: RunFolder, state: Settings) -> bytes:
    """Return the text that was judged: as the run kept it, else as it lies where it was."""
    kept = folder.path / CIRCUIT
    if kept.is_file() and not kept.is_symlink():
        return folder.read(CIRCUIT, circuit.sha256)
    return datasets.read_circuit(circuit, documents.load(state.home).tenant(manifest.tenant), state)


def _incidents(log: AuditLog, entry: AuditEntry, patterns: Iterable[Pattern]) -> Iterator[str]:
    """Record what is grave; what is high of a run that people looked at was told to them."""
    grave: set[Gravity] = {"critical"} if entry.data["effect"] != "allow" else {"critical", "high"}
    for name, line in first_lines(patterns, grave).items():
        if _record(log, name, line, entry):
            yield name


def _record(log: AuditLog, name: str, at: int, about: AuditEntry | Trace) -> bool:
    """Write an incident of a run, unless it was written before."""
    event = event_of("run", str(about.run), "incident.attack", name)
    if log.find(event) is not None:
        return False
    data: dict[str, str | int] = {"at": at, "pattern": name, "severity": CATALOGUE[name].severity}
    log.append(
        "incident.attack", data, tenant=about.tenant, run=about.run, manifest=about.manifest, event=event
    )
    return True
