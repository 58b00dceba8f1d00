"""Which keys exist, for whom, when they may sign, and since when they are not believed."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field, StringConstraints, model_validator

from policy_checks.schemas.base import Digest, Document, KeyId, Name, Pseudonym

Algorithm = Literal["aq1", "ml-dsa-44", "ml-dsa-87", "slh-dsa-sha2-128s"]
Role = Literal["exec", "submitter", "reviewer", "audit", "witness", "rotator"]
Profile = Literal["development", "production"]
Reason = Literal["compromised", "lost", "left", "superseded"]
Base64 = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9+/]+={0,2}$")]

ALGORITHM_OF: dict[Role, Algorithm] = {
    "exec": "aq1",
    "submitter": "aq1",
    "reviewer": "aq1",
    "rotator": "aq1",
    "audit": "ml-dsa-44",
    "witness": "ml-dsa-44",
}


class PublicKey(Document):
    """A public key, base64 of its raw bytes."""

    alg: Algorithm
    public: Base64


class Root(Document):
    """The keys that must all sign every ring change beyond execution keys, and every governing document.

    The first is ML-DSA-87; a second one, if there is one, is hash-based (SLH-DSA-SHA2-128s), so that a
    break of lattices alone changes nothing. Signed by these keys themselves.
    """

    v: Literal[1]
    version: Annotated[int, Field(ge=1)]
    created: AwareDatetime
    keys: Annotated[tuple[PublicKey, ...], Field(min_length=1, max_length=2)]

    @model_validator(mode="after")
    def _lattice_then_hash(self) -> "Root":
        if tuple(key.alg for key in self.keys) not in {("ml-dsa-87",), ("ml-dsa-87", "slh-dsa-sha2-128s")}:
            raise ValueError("root keys are ml-dsa-87, then optionally slh-dsa-sha2-128s")
        return self


class Revocation(Document):
    """Signatures at log positions after `untrusted_after_seq` do not count, whatever they say of their time."""

    at: AwareDatetime
    reason: Reason
    untrusted_after_seq: Annotated[int, Field(ge=-1)]


class KeyCard(PublicKey):
    """A public key that its owner offers for enrolment, signed by that very key."""

    v: Literal[1]
    role: Role
    owner: Name


class Key(PublicKey):
    """One public key, its role and its signing window.

    Attributes:
        tenant: pseudonym of the one tenant that an execution key signs for, or a submitter's key may ask for.
    """

    role: Role
    owner: Name
    tenant: Pseudonym | None = None
    not_before: AwareDatetime
    sign_until: AwareDatetime
    revoked: Revocation | None = None

    @model_validator(mode="after")
    def _fits_its_role(self) -> "Key":
        if self.alg != ALGORITHM_OF[self.role]:
            raise ValueError(f"a key of role {self.role} is {ALGORITHM_OF[self.role]}")
        if self.tenant is None and self.role == "exec":
            raise ValueError("an execution key names its tenant")
        if self.tenant is not None and self.role not in {"exec", "submitter"}:
            raise ValueError(f"a key of role {self.role} names no tenant")
        if self.sign_until <= self.not_before:
            raise ValueError("sign_until must follow not_before")
        return self

    def may_sign(self, at: datetime) -> bool:
        """Return whether a signature made `at` (aware) lies in the key's window."""
        return self.revoked is None and self.not_before <= at <= self.sign_until


class KeyRing(Document):
    """One version of the ring.

    Attributes:
        root: identity of the root document.
        prev: identity of the version before, None for the first.
        keys: every key but execution keys that ended; those stand in earlier versions.
    """

    v: Literal[1]
    version: Annotated[int, Field(ge=1)]
    root: Digest
    prev: Digest | None
    issued: AwareDatetime
    expires: AwareDatetime
    profile: Profile
    keys: dict[KeyId, Key]
