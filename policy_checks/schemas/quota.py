"""What a tenant's quotas bound, what a run needs of them, and how they stand."""

from typing import Annotated, Literal, get_args

from pydantic import AwareDatetime, Field

from policy_checks.schemas.base import Document

Quota = Literal["ccu", "quantum_s", "neural_s", "runs", "runs_at_once", "storage_bytes"]
QUOTAS: tuple[Quota, ...] = get_args(Quota)
Amount = Annotated[float, Field(ge=0)]


class Needs(Document):
    """What one run takes of its tenant's quotas: reserved when it is admitted, used when it has ended.

    Attributes:
        storage_bytes: what it leaves in the state folder.
    """

    ccu: Amount = 0.0
    quantum_s: Amount = 0.0
    neural_s: Amount = 0.0
    storage_bytes: Annotated[int, Field(ge=0)] = 0


class Use(Document):
    """How one quota stands.

    Attributes:
        used: by runs that have ended and still count.
        reserved: by runs that are on their way or wait for a person.
        left: never below 0; a run that used more than was predicted may have taken more than there was.
        frees_at: when the next part of `used` ceases to count; None where nothing does.
    """

    quota: Quota
    limit: Amount
    used: Amount
    reserved: Amount
    left: Amount
    frees_at: AwareDatetime | None


class Shortfall(Document):
    """A quota that a run does not fit into now.

    Attributes:
        found: what the run needs.
        frees_at: when enough is free at the latest, if nothing else is admitted; None where only the end of
            another run tells (`runs_at_once`), or where `found` is above the limit itself.
    """

    quota: Quota
    found: Amount
    limit: Amount
    used: Amount
    reserved: Amount
    left: Amount
    window_s: Annotated[int, Field(ge=1)]
    frees_at: AwareDatetime | None
