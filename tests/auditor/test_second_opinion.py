"""Two verifiers that share no line of code come to the same verdict on the same packs, good and bad.

`ATOMQ_LONG=1` takes a trail of 10,000 entries and more positions.
"""

import ast
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tasks.stages import export, history
from tests import tampering
from tests.documents import PROJECT
from tests.forgery import FORGERIES
from tests.places import Pack
from tests.tampering import LOG_TAMPERINGS, LogTampering
from tests.trail import Trail, a_trail

PARTS = tuple(PROJECT / "tests" / "auditor" / part for part in export.PARTS)
LONG = bool(os.environ.get("ATOMQ_LONG"))
N_ENTRIES = 10_000 if LONG else 2_000
SEED = int(os.environ.get("ATOMQ_SEED", "20261123"))
LINES_MAX, COLUMNS_MAX = 300, 110
SPOILT = {
    "empty": b"",
    "no-object": b"[]",
    "null": b"null",
    "nothing-in-it": b"{}",
    "not-utf-8": bytes(range(128, 256)),
    "not-a-number": b'{"payload":NaN}',
    "too-deep": b"[" * 100_000,
    "a-key-twice": b'{"payload":"","payload":""}',
    "only-newlines": b"\n\n\n\n",
    "zero-bytes": bytes(64),
}

TELLS = {
    "edit-data-bare": "chain-broken",
    "edit-type-bare": "entry-invalid",
    "set-clock-back-restamped": "clock-behind",
    "replay-restamped": "event-repeated",
    "insert-relinked": "log-unsigned",
    "truncate-bare": "ring-or-document-not-logged",
    "truncate-bare-notes-dropped": "log-unsigned",
    "fork-restamped": "log-not-the-one-that-was-signed",
    "ring-prev-broken": "ring-broken",
    "ring-version-lowered": "ring-broken",
    "ring-signed-by-a-stranger": "keyring-signed-by-no-key-that-may",
    "ring-widened-by-a-rotator": "ring-exceeds-its-signer",
    "ring-emptied-by-a-rotator": "ring-exceeds-its-signer",
    "ring-lengthened-by-a-rotator": "ring-exceeds-its-signer",
    "ring-promoted-by-a-rotator": "ring-exceeds-its-signer",
    "ring-replaced-by-the-root": "ring-or-document-not-as-logged",
    "document-older-in-place": "document-misnamed",
    "document-signed-by-a-stranger": "policy-signed-by-no-key-that-may",
    "document-rolled-back": "ring-or-document-not-as-logged",
    "checkpoint-of-a-stranger": "InvalidSignatureError",
    "checkpoint-of-nobody": "checkpoint-signed-by-no-key-that-counts",
    "witness-leaf-flipped": "witness-leaves-invalid",
    "receipt-lattice-half-forged": "InvalidSignatureError",
    "receipt-curve-half-forged": "InvalidSignature",
    "receipt-spelt-otherwise": "base64-refused",
    "receipt-resigned": "receipt-not-as-logged",
    "proof-path-changed": "proof-invalid",
}


@dataclass(frozen=True)
class Opinion:
    """What the stand-alone program said."""

    code: int
    said: dict[str, Any]

    @property
    def first(self) -> int | None:
        """The first position that anything is wrong with, or None."""
        return min((fault["seq"] for fault in self.said["faults"] if fault["seq"] is not None), default=None)


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its files, where nothing else of ours is."""
    folder = tmp_path_factory.mktemp("elsewhere")
    copies = [Path(shutil.copy(part, folder)) for part in PARTS]
    return copies[0]


@pytest.fixture(scope="module")
def trail(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trail]:
    """A trail; this process asks its witness."""
    made = a_trail(tmp_path_factory.mktemp("trail"), N_ENTRIES)
    with made.witnessed():
        yield made


@pytest.fixture(scope="module")
def exported(trail: Trail) -> Path:
    """The pack of the trail."""
    export.export(trail.home, trail.home.with_name("pack"))
    return trail.home.with_name("pack")


@pytest.fixture
def pack(exported: Path, tmp_path: Path) -> Iterator[Path]:
    """A copy of the pack, to be damaged."""
    yield shutil.copytree(exported, tmp_path / "pack")
    shutil.rmtree(tmp_path)


def opinion(program: Path, *words: str | Path) -> Opinion:
    """Let the program verify: no environment, and no path to anything but its own folder."""
    done = subprocess.run(
        [sys.executable, "-E", "-s", "-B", str(program), *map(str, words)],
        capture_output=True,
        text=True,
        cwd=program.parent,
        env={"PYTHONPATH": ""},
    )
    assert done.stderr == ""
    return Opinion(done.returncode, json.loads(done.stdout))


def both_refuse(program: Path, pack: Path) -> Opinion:
    """The stand-alone opinion on a bad pack, which ours shares: refused, and from the same entry on."""
    ours, theirs = history.verify_pack(pack), opinion(program, pack)
    assert theirs.code == 4
    assert theirs.said["verified"] is False
    assert theirs.said["faults"]
    assert ours.faults
    assert theirs.first == ours.first, (ours.faults[:4], theirs.said["faults"][:4])
    return theirs


def test_it_fits_on_a_few_pages_that_one_person_can_read():
    for part in PARTS:
        lines = part.read_text().splitlines()
        assert len(lines) <= LINES_MAX
        assert max(map(len, lines)) <= COLUMNS_MAX


def test_it_imports_nothing_of_ours_and_of_cryptography_only_ed25519():
    imported = set[str]()
    for node in (node for part in PARTS for node in ast.walk(ast.parse(part.read_text()))):
        if isinstance(node, ast.Import):
            imported |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0
            imported |= {f"{node.module}.{name.name}" for name in node.names}
    own = {*sys.stdlib_module_names, *(part.stem for part in PARTS)}
    foreign = {name for name in imported if name.partition(".")[0] not in own}
    signatures = ("ml_dsa_44", "ml_dsa_65", "ml_dsa_87", "slh_dsa_sha2_128s")
    assert foreign == {
        "cryptography.hazmat.primitives.asymmetric.ed25519.Ed25519PublicKey",
        *(f"pqcrypto.sign.{name}" for name in signatures),
    }
    assert "importlib" not in imported


def test_both_accept_a_pack_as_it_was_exported(program: Path, exported: Path, trail: Trail):
    ours, theirs = history.verify_pack(exported), opinion(program, exported)
    assert ours.faults == []
    assert ours.counts["entries"] == trail.size
    assert (theirs.code, theirs.said) == (0, {"verified": True, "entries": trail.size, "faults": []})


def test_the_program_inside_the_pack_is_this_one(exported: Path):
    assert [(exported / part.name).read_bytes() for part in PARTS] == [part.read_bytes() for part in PARTS]


def test_a_pinned_root_is_the_only_one_that_is_believed(program: Path, exported: Path, trail: Trail):
    from tasks.adapters.ring_store import KeyStore

    root = KeyStore(trail.home).root()[1]
    assert opinion(program, exported, "--root", root).code == 0
    assert opinion(program, exported, "--root", "sha256:" + "1" * 64).code == 4


@pytest.mark.parametrize(
    ("number", "tamper"), [*enumerate(LOG_TAMPERINGS)], ids=[tamper.name for tamper in LOG_TAMPERINGS]
)
def test_both_name_the_same_first_entry_of_a_changed_log(
    number: int, tamper: LogTampering, program: Path, exported: Path, trail: Trail, tmp_path: Path
):
    rng, middle = Random(f"{SEED}/{number}"), trail.checkpoints[len(trail.checkpoints) // 2]
    every = [0, trail.size - 1, 255, 256, middle - 1, middle, rng.randrange(trail.size)]
    for at in every if LONG else [every[number % len(every)]]:
        position = max(at, 1) if tamper.change is tampering.truncate else at
        pack = shutil.copytree(exported, tmp_path / str(at))
        first = tamper.apply(Pack(pack), trail, position, Random(SEED + position))
        assert both_refuse(program, pack).first == first, f"seed {SEED}, position {position}"
        shutil.rmtree(pack)


@pytest.mark.parametrize("name", FORGERIES)
@pytest.mark.parametrize("seed", range(SEED, SEED + (4 if LONG else 1)))
def test_both_refuse_a_pack_with_a_changed_file(
    name: str, seed: int, program: Path, pack: Path, trail: Trail
):
    FORGERIES[name](Pack(pack), trail, Random(seed))
    both_refuse(program, pack)


@pytest.mark.parametrize("name", TELLS)
def test_each_check_speaks_for_itself_though_others_refuse_too(
    name: str, program: Path, pack: Path, trail: Trail
):
    before_the_second_ring = trail.checkpoints[1] + 40
    for tamper in LOG_TAMPERINGS:
        if tamper.name == name:
            tamper.apply(Pack(pack), trail, before_the_second_ring, Random(SEED))
    if name in FORGERIES:
        FORGERIES[name](Pack(pack), trail, Random(SEED))
    codes = {fault["code"] for fault in opinion(program, pack).said["faults"]}
    assert TELLS[name] in codes


@pytest.mark.parametrize("content", SPOILT.values(), ids=SPOILT)
def test_a_malformed_file_is_a_fault_and_never_a_traceback(content: bytes, program: Path, exported: Path):
    passive = {"README.txt", *export.PARTS}
    files = sorted(path for path in exported.rglob("*") if path.is_file() and path.name not in passive)
    rng = Random(f"{SEED}/{content[:9]!r}")
    for path in files if LONG else rng.sample(files, 4):
        held = path.read_bytes()
        path.write_bytes(content)
        found = opinion(program, exported)
        path.write_bytes(held)
        assert found.code == 4, path
        assert found.said["faults"], path


@pytest.mark.parametrize("missing", ["root.json", "rings", "documents", "log", "checkpoints", "runs"])
def test_a_pack_that_lacks_something_is_refused_by_both(missing: str, program: Path, pack: Path):
    path = pack / missing
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    both_refuse(program, pack)


def test_what_is_no_pack_is_refused(program: Path, tmp_path: Path):
    assert opinion(program, tmp_path).code == 4
    assert opinion(program, tmp_path / "absent").code == 4
