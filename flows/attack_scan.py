"""Look again, every week, at what was submitted since the last time: detectors learn, and some attacks take several runs."""

from collections import Counter

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed

from tasks.scan_attacks import scan_attacks


@flow(name="attack-scan", persist_result=False)
def attack_scan() -> State:
    """Fail where an attack is found; each one is an incident in the log, and the message counts them."""
    found = scan_attacks()
    looked = f"{found.n_circuits} circuits and the log"
    unread = f"; {found.n_unread} circuits are not there any more" if found.n_unread else ""
    if not found.incidents:
        return Completed(name="Clean", message=f"Nothing new in {looked}{unread}")
    told = ", ".join(
        f"{name} x{n}" if n > 1 else name for name, n in sorted(Counter(found.incidents).items())
    )
    return Failed(
        name="Incidents",
        message=f"{told} in {looked}{unread}. See incident.attack in `atomq audit tail`, and tell security.",
    )
