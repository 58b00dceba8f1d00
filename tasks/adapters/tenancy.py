"""Whose work this process does: its worker says so, never Prefect."""

import os

from policy_checks.schemas.base import Name


def served() -> Name | None:
    """Return the name of the tenant that this process works for, `ATOMQ_TENANT`, or None outside a worker."""
    return os.environ.get("ATOMQ_TENANT") or None
