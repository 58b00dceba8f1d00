"""Which keys exist, for whom, and when they may sign."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field, StringConstraints

from policy_checks.schemas.base import Digest, Document, KeyId, Name

Algorithm = Literal["aq1", "ml-dsa-87"]
Role = Literal["exec", "submitter", "reviewer", "audit", "witness", "rotator"]
Profile = Literal["development", "production"]


class Key(Document):
    """One public key, its role and its signing window; `tenant` is set for execution keys."""

    alg: Algorithm
    public: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9+/]+={0,2}$")]
    role: Role
    owner: Name
    tenant: Name | None = None
    not_before: AwareDatetime
    sign_until: AwareDatetime

    def may_sign(self, at: datetime) -> bool:
        """Return whether a signature made `at` (aware) lies in the key's window."""
        return self.not_before <= at <= self.sign_until


class KeyRing(Document):
    """One version of the ring, signed by the root whose public key stands beside it."""

    v: Literal[1]
    version: Annotated[int, Field(ge=1)]
    prev: Digest | None
    issued: AwareDatetime
    expires: AwareDatetime
    profile: Profile
    keys: dict[KeyId, Key]
