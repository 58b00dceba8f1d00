"""Renew execution keys: run hourly, changes something once a day for each tenant (clause P2.2)."""

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed

from tasks.rotate import rotate


@flow(name="rotate-keys", persist_result=False)
def rotate_keys() -> State:
    """Publish fresh execution keys an hour before the old ones end, and destroy the seeds of those that ended."""
    version = rotate()
    if version is None:
        return Completed(message="No key was due")
    return Completed(name="Rotated", message=f"Key ring {version}")
