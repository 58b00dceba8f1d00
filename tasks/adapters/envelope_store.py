"""Signed documents on disk, each under the digest of its payload."""

from dataclasses import dataclass
from pathlib import Path

from policy_checks.errors import IntegrityError, UnavailableError
from policy_checks.integrity import dsse, strict_json
from policy_checks.schemas.base import Digest
from tasks.adapters.files import write_whole


@dataclass(frozen=True)
class EnvelopeStore:
    """Envelopes of one kind of document in one folder; nobody's signature is verified here."""

    folder: Path
    name: dsse.PayloadName

    def put(self, envelope: bytes) -> Digest:
        """Keep an envelope and return its payload's digest; durable when this returns.

        Raises:
            IntegrityError: not an envelope of this kind.
        """
        digest = strict_json.digest(self._payload(envelope))
        self.folder.mkdir(mode=0o700, exist_ok=True)
        write_whole(self._path(digest), envelope)
        return digest

    def get(self, digest: Digest) -> bytes:
        """Return an envelope by its payload's digest.

        Raises:
            UnavailableError: it was never put here.
            IntegrityError: the file holds another document.
        """
        try:
            envelope = self._path(digest).read_bytes()
        except OSError:
            raise UnavailableError(
                f"{self.name}-absent",
                f"No {self.name} of digest {digest} is in the state folder.",
                "Restore the state folder from its backup, or sign and add another one.",
            ) from None
        if strict_json.digest(self._payload(envelope)) != digest:
            raise IntegrityError(
                f"{self.name}-swapped",
                f"The stored {self.name} is not the one of digest {digest}.",
                "Stop, delete nothing, and tell the security team.",
            )
        return envelope

    def payloads(self) -> dict[Digest, bytes]:
        """Return every document's content by its digest, unverified."""
        found = (self._payload(path.read_bytes()) for path in sorted(self.folder.glob("[!.]*.json")))
        return {strict_json.digest(payload): payload for payload in found}

    def _payload(self, envelope: bytes) -> bytes:
        return dsse.open_envelope(self.name, envelope, lambda *_: None)[0]

    def _path(self, digest: Digest) -> Path:
        return self.folder / f"{digest.removeprefix('sha256:')}.json"
