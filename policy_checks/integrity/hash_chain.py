"""Is this log one unbroken chain? Bodies are hashed as stored, never re-serialised."""

from collections.abc import Iterable

from pydantic import ValidationError

from policy_checks.errors import IntegrityError
from policy_checks.integrity import strict_json
from policy_checks.schemas.audit import GENESIS, AuditEntry


def walk(lines: Iterable[tuple[int, bytes]]) -> Iterable[AuditEntry]:
    """Yield each entry after checking its place in the chain.

    Args:
        lines: (sequence number as stored, body bytes) in order, from the first entry on.

    Raises:
        IntegrityError: names the first entry that does not fit. A chain alone does not show that
            its end was cut off; receipts and checkpoints do.
    """
    prev = GENESIS
    for expected, (seq, body) in enumerate(lines):
        entry = _parse(seq, body)
        if seq != expected or entry.seq != expected:
            raise _broken("chain-gap", f"entry {expected} is missing or out of place")
        if entry.prev != prev:
            raise _broken(
                "chain-broken",
                f"entry {seq} names parent {entry.prev[7:15]}…, but the entry before hashes to {prev[7:15]}…",
            )
        prev = strict_json.digest(body)
        yield entry


def _parse(seq: int, body: bytes) -> AuditEntry:
    try:
        return AuditEntry.model_validate_json(body)
    except ValidationError:
        raise _broken("entry-invalid", f"entry {seq} is no audit entry") from None


def _broken(code: str, what: str) -> IntegrityError:
    return IntegrityError(
        code, f"The audit log does not verify: {what}.", "Stop, delete nothing, and tell the security team."
    )
