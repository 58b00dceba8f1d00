"""What somebody does who may write in the state folder and holds none of its keys; each leaves it as it was.

A try uses up its run, because whatever was tampered with never goes on.
"""

import pickle
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from policy_checks import approvals
from policy_checks.errors import AtomqError
from policy_checks.integrity import dsse, strict_json
from policy_checks.schemas.keyring import Key
from tasks.adapters import settings
from tasks.adapters.audit_log import AuditLog, event_of
from tasks.adapters.ring_store import KeyStore
from tests.places import row_of
from tests.redteam.attack import Attack
from tests.redteam.installation import YEAR
from tests.redteam.siege import Ended, Siege, Target, signed
from tests.redteam.trail import Trail, bypassed

LOGGING = """
version: 1
disable_existing_loggers: false
handlers: {evil: {"()": "builtins.open", file: MARKER, mode: w}}
root: {level: DEBUG, handlers: [evil]}
"""


class Payload:
    """What touches the marker where it is unpickled."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[object, tuple[Path]]:
        return Path.touch, (self.marker,)


def edited(*names: str):  # type: ignore[no-untyped-def]
    """Edit what a finished step of the run has left, then let people approve it."""

    def tries(siege: Siege, target: Target, rng: Random) -> Iterator[str | None]:
        path = siege.folder(target.run) / rng.choice(names)
        raw = path.read_bytes()
        changed = raw.replace(b'"review"', b'"allow"')
        path.write_bytes(changed if changed != raw else raw[:-9] + bytes(9))
        target.honest.spoilt.append(path.name)
        yield _approved(siege, target)

    return tries


def laid_token(siege: Siege, target: Target, rng: Random) -> Iterator[str | None]:
    """Lay a stranger's token where the run keeps those that counted, and wake the run."""
    question = siege.question(target.run)
    envelope = approvals.decode(signed(question, siege.person("stranger")))
    (siege.folder(target.run) / f"approval-{question.attempt}.json").write_bytes(envelope)
    siege.revive(target.run)
    yield target.run


def pickled(siege: Siege, target: Target, rng: Random) -> Iterator[str | None]:
    """Lay pickles and a configuration that executes code wherever Prefect looks for results and settings."""
    laid = list[Path]()
    payload = pickle.dumps(Payload(siege.marker))
    for home in (siege.home / "workers").iterdir():
        names = ("storage/result", f"storage/{target.run}", "memo_store.toml", "results/hybrid-run")
        for name in names:
            laid.append(home / name)
        (home / "logging.yml").write_text(LOGGING.replace("MARKER", str(siege.marker)))
        laid.append(home / "logging.yml")
        for path in laid:
            path.parent.mkdir(exist_ok=True)
            if path.name != "logging.yml":
                path.write_bytes(payload)
    laid += [siege.folder(target.run) / name for name in ("train.pkl", "approval.pkl")]
    for path in laid[-2:]:
        path.write_bytes(payload)
    siege.revive(target.run)
    for path in laid:
        path.unlink(missing_ok=True)
    yield target.run


def swapped_question(siege: Siege, target: Target, rng: Random) -> Iterator[str | None]:
    """Put another question in place of the one that was asked, signed by a stranger, and answer it."""
    question, key = siege.question(target.run), siege.person("stranger")
    other = question.model_copy(update={"nonce": rng.randbytes(16).hex()})
    path = siege.folder(target.run) / f"question-{question.attempt}.json"
    path.write_bytes(dsse.seal("question", other.to_bytes(), key.signer()))
    siege.answer(target.run, signed(other, siege.person("alice")))
    yield target.run


def swapped_manifest(siege: Siege, target: Target, rng: Random) -> Iterator[str | None]:
    """Let people approve one manifest, and have another one lie under its name."""
    other = siege.installation.manifest(rng)[1]
    name = siege.question(target.run).manifest.removeprefix("sha256:")
    (path,) = siege.home.glob(f"manifests/*/{name}.json")
    with _kept(path):
        path.write_bytes(other)
        target.honest.spoilt.append("manifest")
        yield _approved(siege, target)


def swapped_dataset(siege: Siege, target: Target, rng: Random) -> Iterator[str | None]:
    """Let people approve a run over one table, and have another one lie there when it starts."""
    (path,) = siege.installation.data.glob("*.csv")
    with _kept(path):
        lines = path.read_bytes().splitlines(keepends=True)
        del lines[rng.randrange(1, len(lines))]
        path.write_bytes(b"".join(lines))
        target.honest.spoilt.append("dataset")
        yield _approved(siege, target)


def enlarged_ring(siege: Siege, target: Target, rng: Random) -> Iterator[str | None]:
    """Let the rotator publish a ring in which a stranger reviews."""
    store, key, now = KeyStore(siege.home), siege.person("stranger"), settings.now()
    ring, digest = store.ring(), store.ring_digest()
    entry = Key(
        alg=key.public.alg,
        public=key.public.public,
        role="reviewer",
        owner="alice2",
        not_before=now,
        sign_until=now + YEAR,
    )
    changed = ring.model_copy(
        update={
            "version": ring.version + 1,
            "prev": digest,
            "issued": now,
            "keys": ring.keys | {key.keyid: entry},
        }
    )
    path = store.folder / f"ring-{ring.version + 1:06d}.json"
    token = signed(siege.question(target.run), key)
    try:
        path.write_bytes(
            dsse.seal("keyring", changed.to_bytes(), siege.installation.machine_key("rotator").signer())
        )
        siege.answer(target.run, token)
    finally:
        path.unlink()
    yield target.run


def deleted_keys(siege: Siege, target: Target, rng: Random) -> Iterator[str | None]:
    """Take the ring away, so that nothing can be judged by it."""
    folder = siege.home / "keys"
    away = folder.with_name("keys.away")
    token = signed(siege.question(target.run), siege.person("stranger"))
    folder.rename(away)
    try:
        siege.answer(target.run, token)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        away.rename(folder)
    yield None


def deleted_log(siege: Siege, target: Target, rng: Random) -> Iterator[str | None]:
    """Delete the log, so that rejections and questions are forgotten, and let people approve what is asked anew."""
    folder = siege.home / "audit"
    with TemporaryDirectory() as kept:
        copy = shutil.copytree(folder, Path(kept) / "audit", ignore=shutil.ignore_patterns("log.sqlite*"))
        with (
            closing(sqlite3.connect(folder / "log.sqlite")) as log,
            closing(sqlite3.connect(copy / "log.sqlite")) as new,
        ):
            log.backup(new)
        target.honest.spoilt.append("log")
        shutil.rmtree(folder)
        try:
            siege.revive(target.run)
            with suppress(Ended):
                _approved(siege, target)
            _require_nothing_done(siege, target)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
            shutil.copytree(copy, folder)
    yield None


def forged_entry(siege: Siege, target: Target, rng: Random) -> Iterator[str | None]:
    """Write an approval into the log, well chained, with a stranger's token beside it."""
    question = siege.question(target.run)
    envelope = approvals.decode(signed(question, siege.person("stranger")))
    (siege.folder(target.run) / f"approval-{question.attempt}.json").write_bytes(envelope)
    digest = strict_json.digest(envelope)
    target.honest.owners[digest] = ""
    log = AuditLog(siege.home)
    newest = log.newest()
    assert newest is not None
    (prev,) = log.leaves(newest.seq, newest.seq + 1)
    log.close()
    entry = newest.model_copy(
        update={
            "seq": newest.seq + 1, "prev": f"sha256:{prev.hex()}", "type": "approval.given",
            "event": event_of("approval", target.run, "answered", question.nonce), "tenant": question.tenant,
            "actor": siege.person("alice").keyid, "run": target.run, "manifest": question.manifest,
            "data": {"nonce": question.nonce, "token": digest},
        }
    )  # fmt: skip
    row = row_of(entry.seq, entry.to_bytes())
    with closing(sqlite3.connect(siege.home / "audit" / "log.sqlite", timeout=30)) as database, database:
        database.execute(
            "INSERT INTO log (seq, event, leaf, body) VALUES (?, ?, ?, ?)",
            (row.seq, row.event, row.leaf, row.body),
        )
    siege.revive(target.run)
    asked = siege.question(target.run)
    assert asked.attempt > question.attempt, "the forged approval was taken for an answer"
    yield None  # The log does not stand any more: its own entry is the forged one.


def _require_nothing_done(siege: Siege, target: Target) -> None:
    """Look into the run's folders, and into the new log if there is one that can be read."""
    done = [
        *siege.home.glob(f"tenants/*/runs/*{target.run}*/evaluate.json"),
        *siege.home.glob(f"tenants/*/runs/{target.run}"),
    ]
    assert not done, f"without the log: {done}"
    with suppress(AtomqError):
        for run, entries in Trail(siege.home).runs().items():
            found = bypassed(entries, target.honest if run == target.run else None)
            assert not found, f"without the log: {found}"


def _approved(siege: Siege, target: Target) -> str:
    """Let as many honest people approve as the run needs, as far as it still asks."""
    for name in ("alice", "bob")[: target.honest.needed]:
        if siege.state(target.run)["state_type"] == "PAUSED":
            siege.approve(target, name)
    return target.run


@contextmanager
def _kept(path: Path) -> Iterator[None]:
    before = path.read_bytes()
    try:
        yield
    finally:
        path.write_bytes(before)


HARMLESS = (
    Attack("a token laid into the run's folder", "P3.2", laid_token, 1, 1, short=1),
    Attack("pickles and settings where Prefect looks", "P5.1", pickled, 1, 1, short=1),
    Attack(
        "edited decision or table", "P2.3", edited("admit.json", "sanitise.json", "sanitised.parquet"), 1, 3
    ),
    Attack("swapped question", "P3.2", swapped_question, 1, 1),
    Attack("swapped manifest", "P2.1", swapped_manifest, 1, 2),
    Attack("swapped dataset", "P2.1", swapped_dataset, 1, 2),
    Attack("ring enlarged by the rotator", "P2.2", enlarged_ring, 1, 2),
)
HARMFUL = (
    Attack("deleted keys", "P2.2", deleted_keys, 1, 1),
    Attack("an approval forged in the log", "P2.3", forged_entry, 1, 1),
    Attack("deleted log", "P2.3", deleted_log, 1, 1),
)
