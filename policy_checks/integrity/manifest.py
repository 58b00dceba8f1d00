"""Is this manifest its submitter's: signed by them, or by the tenant's execution key in their place?

Three ways lead to a run. A submitter signs a manifest. A submitter signs a template, and the tenant's
execution key signs each scheduled instance of it. Somebody fills in a form, and the execution key signs
what it says; then nobody is known to have asked, and the manifest says so.
"""

from typing import TypeVar

from pydantic import ValidationError

from policy_checks.errors import IntegrityError, ManifestError
from policy_checks.integrity import dsse, keyring, signature, strict_json
from policy_checks.integrity.keyring import Keys
from policy_checks.integrity.signature import Lattice
from policy_checks.schemas.base import Digest, Pseudonym
from policy_checks.schemas.keyring import Key
from policy_checks.schemas.manifest import Manifest
from policy_checks.schemas.reading import explain
from policy_checks.schemas.template import Template

D = TypeVar("D", Manifest, Template)
UNAUTHENTICATED = "unauthenticated"
SAME = (
    "tenant",
    "kind",
    "purpose",
    "mode",
    "training",
    "circuit",
    "execution",
    "limits",
    "claim",
    "submitter",
)


def open_manifest(
    envelope: bytes,
    keys: Keys,
    *,
    tenant: Pseudonym | None,
    template: bytes | None = None,
    lattice: Lattice = signature.openssl,
) -> tuple[Manifest, Digest, str]:
    """Return a manifest, its digest and the key that signed it.

    Args:
        tenant: pseudonym of the tenant that it is for; the key must be this tenant's, or a submitter's of all.
        template: envelope of the template that an instance names as its parent.

    Raises:
        IntegrityError: the signature does not verify, or the signer may not sign such a manifest.
        ManifestError: the content does not fit.
    """
    payload, keyid = keyring.open_signed(
        "manifest", envelope, keys, role=("submitter", "exec"), lattice=lattice
    )
    manifest = _parsed(Manifest, payload)
    key = keys[keyid]
    if key.role == "submitter":
        if manifest.submitter != keyid or manifest.parent is not None:
            raise _mismatch("it names another submitter than its signer, or a template")
        require_own_tenant(key, tenant)
    elif tenant is None or key.tenant != tenant:
        raise _mismatch("an execution key signed it for another tenant than its own")
    elif manifest.parent is not None:
        _require_instance(manifest, template, keys, lattice)
        require_own_tenant(keys[manifest.submitter], tenant)
    elif manifest.submitter != UNAUTHENTICATED:
        raise _mismatch("an execution key signed it in the name of a submitter")
    return manifest, strict_json.digest(payload), keyid


def open_template(
    envelope: bytes, keys: Keys, lattice: Lattice = signature.openssl
) -> tuple[Template, Digest]:
    """Return a template that its submitter signed, and its digest.

    Raises:
        IntegrityError: the signature does not verify, or it names another submitter.
        ManifestError: the content does not fit.
    """
    payload, keyid = keyring.open_signed("template", envelope, keys, role="submitter", lattice=lattice)
    template = _parsed(Template, payload)
    if template.submitter != keyid:
        raise _mismatch("it names another submitter than its signer")
    return template, strict_json.digest(payload)


def require_own_tenant(key: Key, tenant: Pseudonym | None) -> None:
    """Return if a submitter's key may ask for runs of this tenant.

    Raises:
        IntegrityError: it is enrolled for another one.
    """
    if key.tenant not in (None, tenant):
        raise IntegrityError(
            "tenant-foreign", "The key is enrolled for another tenant.", "Sign with a key of this tenant's."
        )


def _require_instance(manifest: Manifest, envelope: bytes | None, keys: Keys, lattice: Lattice) -> None:
    if envelope is None:
        raise _mismatch("the template that it names is not there")
    template, digest = open_template(envelope, keys, lattice)
    if digest != manifest.parent:
        raise _mismatch("it names another template as its parent")
    differing = [name for name in SAME if getattr(manifest, name) != getattr(template, name)]
    if differing:
        raise _mismatch(f"it differs from its template in {', '.join(differing)}")
    if not template.created <= manifest.created <= template.not_after:
        raise _mismatch("its template was not valid when it was made")


def _parsed(schema: type[D], payload: bytes) -> D:
    try:
        strict_json.loads(payload, size_bytes_max=dsse.DECLARED_BYTES_MAX)
        return schema.model_validate_json(payload)
    except ValidationError as error:
        raise ManifestError(
            "manifest-invalid",
            f"The {schema.__name__.lower()} is refused: {explain(error)}.",
            "Correct these fields; data/manifests/breast_cancer.toml explains each.",
        ) from None


def _mismatch(what: str) -> IntegrityError:
    return IntegrityError(
        "submitter-mismatch", f"The signature does not fit its content: {what}.", "Sign again."
    )
