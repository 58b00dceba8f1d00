"""Is this governing document the root's, and is it valid now?"""

from datetime import datetime
from typing import Literal, get_args

from pydantic import ValidationError

from policy_checks.errors import IntegrityError
from policy_checks.integrity import keyring, signature, strict_json
from policy_checks.integrity.signature import Lattice
from policy_checks.schemas.base import Digest
from policy_checks.schemas.governing import Governed, Policy, Tariff, Tenants
from policy_checks.schemas.keyring import Root

Name = Literal["policy", "tenants", "tariff"]
NAMES: tuple[Name, ...] = get_args(Name)
SCHEMAS: dict[Name, type[Governed]] = {"policy": Policy, "tenants": Tenants, "tariff": Tariff}


def open_document(name: Name, envelope: bytes, root: Root, lattice: Lattice = signature.openssl) -> Governed:
    """Return a governing document that the root signed.

    Raises:
        IntegrityError: the root did not, or the content does not fit.
    """
    payload = keyring.open_by_root(name, envelope, root, lattice)
    try:
        strict_json.loads(payload)
        return SCHEMAS[name].model_validate_json(payload)
    except ValidationError:
        raise IntegrityError(
            "document-invalid", f"The signed {name} does not fit its schema.", "Sign a corrected one."
        ) from None


def identity(document: Governed) -> Digest:
    """Return a document's identity, the digest of its canonical bytes."""
    return strict_json.digest(document.to_bytes())


def same_content(one: Governed, other: Governed) -> bool:
    """Return whether two documents say the same, whatever their versions and windows."""
    apart = {"version", "valid_from", "valid_until"}
    return one.model_dump(exclude=apart) == other.model_dump(exclude=apart)


def lapsed(document: Governed, now: datetime) -> bool:
    """Return whether a signed document's window does not cover now; an unsigned one has none."""
    if document.valid_from is None or document.valid_until is None:
        return True
    return not document.valid_from - keyring.SKEW <= now <= document.valid_until
