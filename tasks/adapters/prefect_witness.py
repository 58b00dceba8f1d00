"""Checkpoints that runs published as Prefect artifacts: read through plain HTTP, without Prefect."""

import os
import re
from urllib.parse import urlsplit

from policy_checks.errors import UnavailableError
from policy_checks.integrity.evidence import Witness
from tasks.adapters.prefect_api import PrefectApi
from tasks.adapters.servers import Server

ARTIFACT = "audit-checkpoint"
N_MAX = 200
LOOPBACK = {"127.0.0.1", "localhost", "::1"}
_FENCED = re.compile(r"```[a-z]*\n(.*?\n)```", re.DOTALL)


def published(api: str) -> Witness | None:
    """Return the newest checkpoints that this server holds, or None if it does not answer."""
    server = Server(api, os.environ.get("PREFECT_API_AUTH_STRING"))
    asked = {"artifacts": {"key": {"any_": [ARTIFACT]}}, "sort": "CREATED_DESC"}
    try:
        texts = [str(found["data"]) for found in PrefectApi(server).pages("/artifacts/filter", asked, N_MAX)]
    except (UnavailableError, KeyError):
        return None
    host = urlsplit(api).hostname
    notes = dict.fromkeys(fenced[1].encode() for text in texts for fenced in _FENCED.finditer(text))
    return Witness(f"Prefect at {host}", host not in LOOPBACK, tuple(notes), anybody_writes=True)
