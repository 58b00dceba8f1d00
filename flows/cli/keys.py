"""`keys`: make, show, enrol, rotate and revoke."""

import sys
from datetime import datetime
from pathlib import Path

import typer

from flows.cli.terminal import console, reported, show_json, table, write_output
from policy_checks.errors import ManifestError, UnavailableError
from policy_checks.schemas.keyring import Key, Profile, Reason, Role
from tasks.adapters import settings
from tasks.adapters.files import unwritable, write_whole
from tasks.adapters.ring_store import ROOT, KeyStore
from tasks.stages import enrolment, key_ceremony, rotation, trust

ONE_MACHINE = "development: one machine holds every key, so production is denied"
STEPS = """The root signs the ring and the governing documents, rarely. It is made in a folder on another
medium (a stick, a card) that you take away and keep in a safe; this machine never holds it."""


def init_command(profile: Profile, root: Path | None, *, co_root: bool, as_json: bool) -> None:
    """Make a root and its first ring; walk a person through a production one."""
    with reported(as_json):
        state = settings.load()
        if profile == "production":
            root = root or _ask_for_root()
        elif root is not None:
            raise ManifestError(
                "root-folder-unused", "A development root lies in the state folder.", "Leave --root out."
            )
        state.prepare_home()
        with trust.held(state.home):
            ring = key_ceremony.begin(state, profile, settings.now(), root_folder=root, co_root=co_root)
        store = KeyStore(state.home)
        if as_json:
            show_json({"root": store.root()[1], "version": ring.version, "profile": ring.profile})
            return
        console.print(
            f"[green]+[/] key ring 1, profile {ring.profile}, root {store.root()[1]}", soft_wrap=True
        )
        if root is None:
            console.print(f"[yellow]![/] {ONE_MACHINE}")
            return
        console.print(f"[green]+[/] the root's private key lies in {root}, and nowhere else", soft_wrap=True)
        if root.stat().st_dev == state.home.stat().st_dev:
            console.print("[yellow]![/] that folder is on this machine's own disk: move it to another medium")
        console.print(
            "Next, in this order:\n"
            f"  1. write the root's identity down and set ATOMQ_ROOT={store.root()[1]} wherever you verify\n"
            "  2. each submitter and reviewer, on their own machine:\n"
            "       atomq keys new --role reviewer --owner NAME -o NAME.key\n"
            f"  3. for each card:  atomq keys enroll NAME.card.json --root {root}\n"
            f"  4. take {root} away; `atomq keys list` shows what is left here",
            soft_wrap=True,
        )


def new_command(role: Role, owner: str, output: Path, *, as_json: bool) -> None:
    """Make a person's key and its card beside it."""
    with reported(as_json):
        card_path = output.with_name(output.name.removesuffix(".key") + ".card.json")
        if output.suffix != ".key" or output.exists() or card_path.exists():
            raise UnavailableError(
                "output-unusable",
                f"{output} does not end in .key, or it or its card exists already.",
                "Name a new file, such as alice.key.",
            )
        key, card = enrolment.new_card(role, owner, output.absolute())
        write_output(card_path, card)
        if as_json:
            show_json({"keyid": key.keyid, "key": str(output), "card": str(card_path)})
            return
        console.print(f"[green]+[/] {output}: your private key, sealed; keep it, and give it to nobody")
        console.print(f"[green]+[/] {card_path}: its public half; send it to the holder of the root")
        console.print(f"Key {key.keyid}")


def enroll_command(card: Path, root: Path | None, tenant: str | None, *, as_json: bool) -> None:
    """Add a card's key to the ring under the root."""
    with reported(as_json):
        try:
            envelope = card.read_bytes()
        except OSError:
            raise UnavailableError("card-unreadable", f"{card} cannot be read.", "Check the path.") from None
        entry = enrolment.enroll(settings.load(), envelope, settings.now(), root, tenant)
        _tell_ring(f"{entry.role} {entry.owner} enrolled", as_json=as_json)


def rotate_command(root: Path | None, *, as_json: bool) -> None:
    """Rotate what is due; under the root, renew the ring too."""
    with reported(as_json):
        if root is not None:
            enrolment.renew(settings.load(), settings.now(), root)
        rotated = rotation.rotate_due() is not None
        _tell_ring("execution keys rotated" if rotated else "no execution key was due", as_json=as_json)


def revoke_command(
    keyid: str, reason: Reason, root: Path | None, untrusted_after: int | None, *, as_json: bool
) -> None:
    """Revoke one key under the root."""
    with reported(as_json):
        key = enrolment.revoke(
            settings.load(), keyid, reason, settings.now(), root, untrusted_after_seq=untrusted_after
        )
        seq = key.revoked.untrusted_after_seq if key.revoked else -1
        _tell_ring(f"{key.role} {key.owner} revoked; nothing after entry {seq} counts", as_json=as_json)


def list_command(*, as_json: bool) -> None:
    """Print the ring as a table."""
    with reported(as_json):
        store, now = KeyStore(settings.load().home), settings.now()
        chain = store.trusted()
        ring, root_here = chain.ring, store.holds(ROOT)
        if as_json:
            show_json(
                {
                    "root": chain.root_digest,
                    "root_algorithms": [key.alg for key in chain.root.keys],
                    "root_here": root_here,
                    "version": ring.version,
                    "profile": ring.profile,
                    "expires": ring.expires.isoformat(),
                    "keys": [_as_json(store, keyid, key, now) for keyid, key in ring.keys.items()],
                }
            )
            return
        algorithms = " + ".join(key.alg for key in chain.root.keys)
        console.print(
            f"Root {chain.root_digest} ({algorithms}), {'HERE' if root_here else 'not on this machine'}",
            soft_wrap=True,
        )
        console.print(f"Ring {ring.version}, valid until {ring.expires:%Y-%m-%d}, profile {ring.profile}")
        if ring.profile == "development":
            console.print(f"[yellow]![/] {ONE_MACHINE}")
        elif root_here:
            console.print(
                "[red]x[/] a production root must not lie here: move keys/root.key to another medium"
            )
        listed = table("key", "role", "of", "signs until (UTC)", "state", "here")
        for keyid, key in sorted(ring.keys.items(), key=lambda item: (item[1].role, item[1].owner)):
            here = "yes" if store.holds(keyid) else "no"
            whose, until = key.tenant or key.owner, f"{key.sign_until:%Y-%m-%d %H:%M}"
            listed.add_row(keyid[:12], key.role, whose, until, _state(key, now), here)
        console.print(listed)


def show_command(keyid: str, *, as_json: bool) -> None:
    """Print one key, with its public half."""
    with reported(as_json):
        store, now = KeyStore(settings.load().home), settings.now()
        known = store.history().known
        found = [known_id for known_id in known if known_id.startswith(keyid)]
        if len(found) != 1:
            raise ManifestError(
                "key-unknown", f"{len(found)} keys have an id that begins so.", "See `atomq keys list`."
            )
        shown = _as_json(store, found[0], known[found[0]], now)
        if as_json:
            show_json(shown)
            return
        for name, value in shown.items():
            console.print(f"{name:12} {value}", soft_wrap=True)


def export_command(output: Path, *, as_json: bool) -> None:
    """Write root document and rings into a new folder."""
    with reported(as_json):
        store = KeyStore(settings.load().home)
        store.history()
        try:
            output.mkdir(parents=True)
            (output / "rings").mkdir()
        except OSError as error:
            raise unwritable(error) from None
        write_whole(output / "root.json", store.root_envelope(), mode=0o644)
        envelopes = store.envelopes()
        for number, envelope in enumerate(envelopes, start=1):
            write_whole(output / "rings" / f"ring-{number:06d}.json", envelope, mode=0o644)
        if as_json:
            show_json({"folder": str(output), "root": store.root()[1], "rings": len(envelopes)})
        else:
            console.print(
                f"[green]+[/] {output}: root document and {len(envelopes)} key rings, nothing secret"
            )


def _tell_ring(what: str, *, as_json: bool) -> None:
    store = KeyStore(settings.load().home)
    chain = store.trusted()
    digest = chain.digests[chain.ring.version]
    if as_json:
        show_json({"version": chain.ring.version, "ring": digest, "done": what})
    else:
        console.print(f"[green]+[/] {what}; key ring {chain.ring.version}, {digest}", soft_wrap=True)


def _as_json(store: KeyStore, keyid: str, key: Key, now: datetime) -> dict[str, object]:
    return key.model_dump(mode="json") | {
        "keyid": keyid,
        "state": _state(key, now),
        "here": store.holds(keyid),
    }


def _state(key: Key, now: datetime) -> str:
    if key.revoked is not None:
        return f"revoked ({key.revoked.reason})"
    if now < key.not_before:
        return "not yet"
    return "signs" if key.may_sign(now) else "ended"


def _ask_for_root() -> Path:
    if not sys.stdin.isatty():
        raise UnavailableError(
            "root-folder-absent",
            "A production root needs a folder on another medium.",
            "Name it with --root.",
        )
    console.print(STEPS)
    return Path(typer.prompt("Empty folder on another medium, for the root")).expanduser()
