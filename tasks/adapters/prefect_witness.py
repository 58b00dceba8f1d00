"""Checkpoints that runs published as Prefect artifacts: read through plain HTTP, without Prefect."""

import json
import re
import urllib.request
from http.client import HTTPException
from urllib.parse import urlsplit

from policy_checks.integrity.evidence import Witness

ARTIFACT = "audit-checkpoint"
TIMEOUT_S = 3.0
N_MAX = 200
ANSWER_BYTES_MAX = 4 << 20
LOOPBACK = {"127.0.0.1", "localhost", "::1"}
_FENCED = re.compile(r"```[a-z]*\n(.*?\n)```", re.DOTALL)


def published(api: str) -> Witness | None:
    """Return the newest checkpoints that this server holds, or None if it does not answer."""
    try:
        parts = urlsplit(api)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            return None
        texts = [str(found["data"]) for found in _artifacts(f"{api.rstrip('/')}/artifacts/filter")]
    except (OSError, HTTPException, ValueError, TypeError, KeyError):
        return None
    notes = dict.fromkeys(fenced[1].encode() for text in texts for fenced in _FENCED.finditer(text))
    return Witness(
        f"Prefect at {parts.hostname}", parts.hostname not in LOOPBACK, tuple(notes), anybody_writes=True
    )


def _artifacts(url: str) -> list[dict[str, object]]:
    asked = {"artifacts": {"key": {"any_": [ARTIFACT]}}, "sort": "CREATED_DESC", "limit": N_MAX}
    request = urllib.request.Request(  # noqa: S310 - the scheme was looked at
        url, json.dumps(asked).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310
        found: list[dict[str, object]] = json.loads(answer.read(ANSWER_BYTES_MAX))
        return found
