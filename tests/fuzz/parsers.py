"""The parsers that meet bytes from outside, each with what it may say about them."""

import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from policy_checks.errors import IntegrityError, ManifestError
from policy_checks.integrity import checkpoint, dsse, keyring, ring_chain
from policy_checks.rules.attack_patterns import told
from tasks.adapters import submission
from tasks.quantum.inspect import profile_of
from tasks.quantum.parsing import CircuitRefused, answer
from tasks.quantum.parsing.reading import program_of
from tasks.quantum.program import Program
from tasks.quantum.remarks import remarks
from tasks.quantum.scanning import purpose, scan
from tests.documents import PROJECT, a_manifest
from tests.fuzz.circuits import Texts
from tests.keys import Authority, an_authority

SAMPLES = PROJECT / "data" / "manifests"
SIZE = 300
WIDTH = 8
READ_S_MAX = SCAN_S_MAX = 2.0


@dataclass(frozen=True)
class Parser:
    """Some right inputs, and a call that returns whether an input was accepted.

    Raises anything but its verdict only if there is a bug, or if it accepted something else than a seed.
    """

    seeds: Sequence[bytes]
    accepts: Callable[[bytes], bool]


@contextmanager
def _authority() -> Iterator[Authority]:
    with tempfile.TemporaryDirectory() as folder:
        yield an_authority(Path(folder))


@contextmanager
def envelopes() -> Iterator[Parser]:
    """Signed manifests, receipts and rings: nothing but what was signed is ever opened."""
    with _authority() as authority:
        payloads = {b"{}", b'{"a":1}', a_manifest().to_bytes()}
        seeds = [dsse.seal("manifest", payload, authority.submitter.signer()) for payload in payloads]
        ring = authority.first()
        seeds.append(authority.sealed(ring))
        keys = ring.keys

        def accepts(found: bytes) -> bool:
            ring_chain.signed_by_root(found, authority.document)
            try:
                payload, _ = keyring.open_signed("manifest", found, keys, role="submitter")
            except IntegrityError:
                return False
            if payload not in payloads:
                raise AssertionError("a payload was opened that nobody signed")
            return True

        yield Parser(seeds, accepts)


@contextmanager
def checkpoints() -> Iterator[Parser]:
    """Signed notes: only the very checkpoint that was signed is ever opened."""
    with _authority() as authority:
        key = authority.key("audit")
        origin = "atomq/0123456789abcdef"
        named = checkpoint.Cosigner(origin, _raw(key.public.public))
        witness = authority.key("witness")
        other = checkpoint.Cosigner(f"{origin}/somebody", _raw(witness.public.public))
        signed = checkpoint.Checkpoint(origin, SIZE, bytes(range(32)))
        lines = [_line(cosigner, by, signed) for cosigner, by in ((named, key), (other, witness))]
        seeds = [checkpoint.note(signed, lines[:1]), checkpoint.note(signed, lines)]

        def accepts(found: bytes) -> bool:
            try:
                opened, _ = checkpoint.open_note(found, [named, other])
            except IntegrityError:
                return False
            if opened != signed:
                raise AssertionError("a checkpoint was opened that nobody signed")
            return True

        yield Parser(seeds, accepts)


@contextmanager
def manifests() -> Iterator[Parser]:
    """Authors' TOML: a request that fits its schema, or a ManifestError."""

    def accepts(found: bytes) -> bool:
        try:
            submission.parse_toml(found)
        except ManifestError:
            return False
        return True

    yield Parser([path.read_bytes() for path in sorted(SAMPLES.glob("*.toml"))], accepts)


@contextmanager
def circuits() -> Iterator[Parser]:
    """Authors' circuits: plain values that another process would believe, or a refusal, soon."""

    def accepts(found: bytes) -> bool:
        begun_s = time.process_time()
        try:
            program = program_of(found, n_qubits_max=WIDTH)
        except CircuitRefused as refused:
            if not refused.message.isascii() or not refused.message.isprintable():
                raise AssertionError("a refusal repeats more than a word") from None
            return False
        finally:
            if time.process_time() - begun_s > READ_S_MAX:
                raise AssertionError("a circuit was read for too long")
        if (
            answer.decode(answer.encode(program), n_lines=found.count(b"\n") + 1, n_qubits_max=WIDTH)
            != program
        ):
            raise AssertionError("an honest answer was not believed")
        look_at(program)
        return True

    def look_at(program: Program) -> None:
        """Every circuit that is read is profiled and scanned, soon, and what is found stands in the catalogue."""
        begun_s = time.process_time()
        for each in (profile_of, lambda one: list(remarks(one)), purpose.served):
            each(program)
        found = list(told(scan(program)))
        if time.process_time() - begun_s > SCAN_S_MAX:
            raise AssertionError("a circuit was scanned for too long")
        if any("catalogue does not hold" in each.message for each in found):
            raise AssertionError("the scan reports what nobody knows")

    yield Parser(Texts(500), accepts)


def _line(cosigner: checkpoint.Cosigner, key, signed: checkpoint.Checkpoint) -> bytes:
    message = checkpoint.cosigned_message(cosigner.name, 1_800_000_000, signed)
    return checkpoint.signature_line(cosigner, 1_800_000_000, key.sign(message, b""))


def _raw(text: str) -> bytes:
    import base64

    return base64.b64decode(text)


PARSERS: dict[str, Callable[[], AbstractContextManager[Parser]]] = {
    "envelope": envelopes,
    "checkpoint": checkpoints,
    "manifest": manifests,
    "circuit": circuits,
}
