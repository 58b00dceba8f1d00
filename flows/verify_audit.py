"""Verify the record every quarter of an hour, so that tampering is found while somebody can still act."""

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed

from tasks.verify_audit import verify_audit as verify


@flow(name="verify-audit", persist_result=False)
def verify_audit() -> State:
    """Fail where anything that was recorded does not verify; the message says where, `atomq verify` says what."""
    found = verify()
    if not found.faults:
        return Completed(name="Verified", message=f"{found.counts['entries']} entries verify")
    first = "no entry" if found.first is None else f"entry {found.first}"
    codes = ", ".join(sorted({fault.code for fault in found.faults}))
    return Failed(
        name="DoesNotVerify",
        message=f"{len(found.faults)} faults [{codes}]; the first bad one concerns {first}. "
        "Stop, delete nothing, and run `atomq verify`.",
    )
