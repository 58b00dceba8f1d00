"""What somebody could do to the files around a log: rings, documents, checkpoints, runs, witnesses."""

import base64
import json
import shutil
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

from policy_checks.integrity import dsse, strict_json
from policy_checks.schemas.keyring import Root
from tasks.adapters import keyring as private
from tasks.adapters import settings
from tasks.adapters.keyring import PrivateKey
from tasks.adapters.ring_store import KeyStore
from tests.places import Home, Place
from tests.tampering import stamped
from tests.trail import Trail

Forgery = Callable[[Place, Trail, Random], None]


def flip(path: Path, rng: Random) -> None:
    """Flip one bit of a file."""
    content = bytearray(path.read_bytes())
    content[rng.randrange(len(content))] ^= 1 << rng.randrange(8)
    path.write_bytes(bytes(content))


def flipped(find: Callable[[Place, Trail, Random], Path]) -> Forgery:
    """Flip one bit of the file that is found."""

    def forge(place: Place, trail: Trail, rng: Random) -> None:
        flip(find(place, trail, rng), rng)

    return forge


def removed(find: Callable[[Place, Trail, Random], Path]) -> Forgery:
    """Remove the file or folder that is found."""

    def forge(place: Place, trail: Trail, rng: Random) -> None:
        path = find(place, trail, rng)
        shutil.rmtree(path) if path.is_dir() else path.unlink()

    return forge


def of_run(name: str) -> Callable[[Place, Trail, Random], Path]:
    """Find a file of a finished run."""
    return lambda place, trail, rng: place.run(rng.choice(trail.finished)) / name


def of_denied(name: str) -> Callable[[Place, Trail, Random], Path]:
    """Find a file of the denied run."""
    return lambda place, trail, rng: place.run(trail.denied) / name


def any_ring(place: Place, trail: Trail, rng: Random) -> Path:
    """Find a ring."""
    return rng.choice(_rings(place))


def newest_ring(place: Place, trail: Trail, rng: Random) -> Path:
    """Find the newest ring."""
    return _rings(place)[-1]


def any_document(place: Place, trail: Trail, rng: Random) -> Path:
    """Find a version of a governing document."""
    return rng.choice(sorted(place.documents.glob("*.json")))


def newest_policy(place: Place, trail: Trail, rng: Random) -> Path:
    """Find the policy in force."""
    return sorted(place.documents.glob("policy-*.json"))[-1]


def any_witness_note(place: Place, trail: Trail, rng: Random) -> Path:
    """Find a note that the witness holds."""
    return rng.choice(sorted(place.witness_notes.glob("*.txt")))


def ring_resealed(by: str, change: Callable[[dict[str, Any]], None]) -> Forgery:
    """Change the newest ring's content and seal it with a stolen rotator or root, or a strange key."""

    def forge(place: Place, trail: Trail, rng: Random) -> None:
        path = newest_ring(place, trail, rng)
        content = _payload(path)
        change(content)
        path.write_bytes(dsse.seal("keyring", strict_json.dumps(content), *_signers(by, trail)))

    return forge


def _enlarge(content: dict[str, Any]) -> None:
    found = next(keyid for keyid, key in content["keys"].items() if key["role"] == "reviewer")
    until = settings.now() + timedelta(days=9_000)
    content["keys"][found]["sign_until"] = until.isoformat()


def _drop_reviewer(content: dict[str, Any]) -> None:
    found = next(keyid for keyid, key in content["keys"].items() if key["role"] == "reviewer")
    del content["keys"][found]


def _lengthen(content: dict[str, Any]) -> None:
    """Make a fresh execution key last a month."""
    newest = max((k for k in content["keys"].values() if k["role"] == "exec"), key=lambda k: k["sign_until"])
    newest["sign_until"] = (settings.now() + timedelta(days=30)).isoformat()


def rings_exchanged(place: Place, trail: Trail, rng: Random) -> None:
    """Let two versions of the ring change places."""
    one, other = _rings(place)[-2:]
    held = one.read_bytes()
    one.write_bytes(other.read_bytes())
    other.write_bytes(held)


def document_resealed(by: str) -> Forgery:
    """Change the policy in force and seal it with the root, or with a key from elsewhere."""

    def forge(place: Place, trail: Trail, rng: Random) -> None:
        path = newest_policy(place, trail, rng)
        content = _payload(path)
        content["limits"]["noise_qubits_max"] -= 1
        path.write_bytes(dsse.seal("policy", strict_json.dumps(content), *_signers(by, trail)))

    return forge


def older_document_in_place(place: Place, trail: Trail, rng: Random) -> None:
    """Put an older version under the newest one's name."""
    older, newer = sorted(place.documents.glob("policy-*.json"))[-2:]
    newer.write_bytes(older.read_bytes())


def foreign_root(place: Place, trail: Trail, rng: Random) -> None:
    """Put another, self-signed root in place of this one."""
    key = _stranger("ml-dsa-87", trail)
    root = Root(v=1, version=1, created=settings.now(), keys=(key.public,))
    place.root.write_bytes(dsse.seal("rootkey", root.to_bytes(), key.signer()))


def checkpoint_flipped(place: Place, trail: Trail, rng: Random) -> None:
    """Flip one bit of one of the log's own checkpoints."""
    held = place.notes()
    size = rng.choice(sorted(held))
    note = bytearray(held[size])
    note[rng.randrange(len(note))] ^= 1 << rng.randrange(8)
    place.put_notes(held | {size: bytes(note)})


def second_checkpoint_for_one_size(place: Place, trail: Trail, rng: Random) -> None:
    """Sign another root for a size that was witnessed, with the stolen audit key."""
    held = place.notes()
    size = rng.choice(sorted(held))
    place.put_notes(held | {size: stamped(trail, [], size, root=rng.randbytes(32))})


def checkpoint_beyond_the_log(place: Place, trail: Trail, rng: Random) -> None:
    """Sign more entries than there are, with the stolen audit key."""
    size = trail.size + 7
    place.put_notes(place.notes() | {size: stamped(trail, [], size, root=rng.randbytes(32))})


def checkpoint_signed_by_a_stranger(place: Place, trail: Trail, rng: Random) -> None:
    """Keep the text of a checkpoint and replace its signature by another key's."""
    held = place.notes()
    size = rng.choice(sorted(held))
    head, _, line = held[size].rpartition("\N{EM DASH}".encode())
    dash_name, _, blob = line.strip().rpartition(b" ")
    forged = base64.b64decode(blob)[:12] + _stranger("ml-dsa-44", trail).sign(head, b"")
    again = "\N{EM DASH}".encode() + b" " + dash_name.strip() + b" " + base64.b64encode(forged) + b"\n"
    place.put_notes(held | {size: head + again})


def checkpoint_signed_by_nobody(place: Place, trail: Trail, rng: Random) -> None:
    """Name a key that no ring knows on a checkpoint's only signature."""
    held = place.notes()
    size = rng.choice(sorted(held))
    head, _, blob = held[size].rstrip(b"\n").rpartition(b" ")
    signed = bytes(4) + base64.b64decode(blob)[4:]
    place.put_notes(held | {size: head + b" " + base64.b64encode(signed) + b"\n"})


def half_forged(begin: int, end: int) -> Forgery:
    """Keep one half of a receipt's composite signature and make up the other."""

    def forge(place: Place, trail: Trail, rng: Random) -> None:
        path = place.run(rng.choice(trail.finished)) / "receipt.json"
        envelope = json.loads(path.read_bytes())
        signed = bytearray(base64.b64decode(envelope["signatures"][0]["sig"]))
        signed[begin:end] = rng.randbytes(end - begin)
        envelope["signatures"][0]["sig"] = base64.b64encode(signed).decode()
        path.write_bytes(strict_json.dumps(envelope))

    return forge


def spelt_otherwise(place: Place, trail: Trail, rng: Random) -> None:
    """Write a receipt's signature in base64 that decodes to the same bytes."""
    path = place.run(rng.choice(trail.finished)) / "receipt.json"
    envelope = json.loads(path.read_bytes())
    envelope["signatures"][0]["sig"] += "\n"
    path.write_bytes(strict_json.dumps(envelope))


def receipt_of_another_run(place: Place, trail: Trail, rng: Random) -> None:
    """Lay another run's receipt into a run's folder."""
    one, other = rng.sample(trail.finished, 2)
    shutil.copyfile(place.run(other) / "receipt.json", place.run(one) / "receipt.json")


def receipt_resigned(place: Place, trail: Trail, rng: Random) -> None:
    """Sign another receipt for changed figures, with the stolen execution key."""
    folder, now = place.run(rng.choice(trail.finished)), settings.now()
    receipt, store = _payload(folder / "receipt.json"), KeyStore(trail.home)
    (folder / "evaluate.json").write_bytes(b'{"accuracy":1}')
    receipt["artifacts"]["evaluate.json"] = strict_json.digest(b'{"accuracy":1}')
    sealed = store.sign("receipt", strict_json.dumps(receipt), role="exec", tenant=receipt["tenant"], now=now)
    (folder / "receipt.json").write_bytes(sealed)


def file_added(place: Place, trail: Trail, rng: Random) -> None:
    """Put a file beside those that a receipt names."""
    (place.run(rng.choice(trail.finished)) / "more.json").write_bytes(b"{}")


def proof_changed(change: Callable[[dict[str, Any], Random], None]) -> Forgery:
    """Change one thing in an inclusion proof."""

    def forge(place: Place, trail: Trail, rng: Random) -> None:
        path = place.run(rng.choice(trail.finished)) / "receipt.proof.json"
        proof = json.loads(path.read_bytes())
        change(proof, rng)
        path.write_bytes(strict_json.dumps(proof))

    return forge


def _other_sibling(proof: dict[str, Any], rng: Random) -> None:
    proof["path"][rng.randrange(len(proof["path"]))] = rng.randbytes(32).hex()


def run_invented(place: Place, trail: Trail, rng: Random) -> None:
    """Copy a finished run's folder under an id that the log does not know."""
    source = place.run(trail.finished[0])
    shutil.copytree(source, source.with_name("01a206cd-ce3b-742c-ac61-11ae724346c4"))


FORGERIES: dict[str, Forgery] = {
    "root-flipped": flipped(lambda place, trail, rng: place.root),
    "root-foreign": foreign_root,
    "ring-flipped": flipped(any_ring),
    "ring-rolled-back": removed(newest_ring),
    "ring-removed-in-the-middle": removed(lambda place, trail, rng: _rings(place)[1]),
    "rings-exchanged": rings_exchanged,
    "ring-prev-broken": ring_resealed("rotator", lambda c: c.update(prev="sha256:" + "1" * 64)),
    "ring-version-lowered": ring_resealed("rotator", lambda c: c.update(version=c["version"] - 1)),
    "ring-signed-by-a-stranger": ring_resealed("stranger", lambda c: None),
    "ring-widened-by-a-rotator": ring_resealed("rotator", _enlarge),
    "ring-emptied-by-a-rotator": ring_resealed("rotator", _drop_reviewer),
    "ring-lengthened-by-a-rotator": ring_resealed("rotator", _lengthen),
    "ring-promoted-by-a-rotator": ring_resealed("rotator", lambda c: c.update(profile="production")),
    "ring-replaced-by-the-root": ring_resealed("root", lambda c: c.update(profile="production")),
    "document-flipped": flipped(any_document),
    "document-rolled-back": removed(newest_policy),
    "document-older-in-place": older_document_in_place,
    "document-signed-by-a-stranger": document_resealed("stranger"),
    "document-replaced-by-the-root": document_resealed("root"),
    "checkpoint-flipped": checkpoint_flipped,
    "checkpoint-of-a-stranger": checkpoint_signed_by_a_stranger,
    "checkpoint-of-nobody": checkpoint_signed_by_nobody,
    "checkpoint-twice-for-one-size": second_checkpoint_for_one_size,
    "checkpoint-beyond-the-log": checkpoint_beyond_the_log,
    "witness-note-flipped": flipped(any_witness_note),
    "witness-leaf-flipped": flipped(lambda place, trail, rng: place.witness_leaves),
    "receipt-flipped": flipped(of_run("receipt.json")),
    "receipt-removed": removed(of_run("receipt.json")),
    "receipt-lattice-half-forged": half_forged(0, 3309),
    "receipt-curve-half-forged": half_forged(3309, 3373),
    "receipt-spelt-otherwise": spelt_otherwise,
    "receipt-of-another-run": receipt_of_another_run,
    "receipt-resigned": receipt_resigned,
    "manifest-flipped": flipped(of_run("manifest.json")),
    "decision-flipped": flipped(of_run("admit.json")),
    "result-flipped": flipped(of_run("evaluate.json")),
    "metrics-flipped": flipped(of_run("metrics.parquet")),
    "billing-flipped": flipped(of_run("billing.parquet")),
    "billing-removed": removed(of_run("billing.parquet")),
    "file-added": file_added,
    "run-removed": removed(of_run("")),
    "run-invented": run_invented,
    "denied-manifest-flipped": flipped(of_denied("manifest.json")),
    "denied-decision-flipped": flipped(of_denied("admit.json")),
    "proof-path-changed": proof_changed(_other_sibling),
    "proof-seq-changed": proof_changed(lambda proof, rng: proof.update(seq=proof["seq"] - 1)),
    "proof-body-changed": proof_changed(lambda p, rng: p.update(body=p["body"].replace('"no"', '"on"'))),
    "proof-checkpoint-changed": proof_changed(lambda p, rng: p.update(checkpoint="x" + p["checkpoint"])),
}
IN_HOMES_ONLY: dict[str, Forgery] = {
    "product-flipped": flipped(of_run("model.safetensors")),
    "product-removed": removed(of_run("predictions.parquet")),
}


def spoil_tile_cache(place: Home, trail: Trail, rng: Random) -> None:
    """Change what is only a cache: no fault, and the next checkpoint makes it anew."""
    place.spoil_tile()


def _rings(place: Place) -> list[Path]:
    return sorted(place.rings.glob("ring-*.json"))


def _payload(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(base64.b64decode(json.loads(path.read_bytes())["payload"]))
    return found


def _signers(by: str, trail: Trail) -> list[dsse.Signer]:
    store = KeyStore(trail.home)
    if by == "root":
        return [key.signer() for key in store.root_keys()]
    if by == "rotator":
        return [store.private(store.signing_key("rotator", None, settings.now())).signer()]
    return [_stranger("aq1", trail).signer()]


def _stranger(algorithm: Any, trail: Trail) -> PrivateKey:
    """A key that no ring knows, made elsewhere."""
    folder = trail.home.with_name("stranger")
    folder.mkdir(exist_ok=True)
    return private.make(algorithm, folder, partial(bytes, b"far from here"))
