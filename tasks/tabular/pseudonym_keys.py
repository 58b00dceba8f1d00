"""Keys of pseudonyms, and the tenant's own: keyed hashes under a secret of the installation.

A plain SHA-256 of a short value falls to a dictionary in seconds; without the pepper, a keyed one
cannot even be tried. Every tenant, dataset group and column kind has a key of its own.
"""

import hmac
import unicodedata
from hashlib import sha256

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from policy_checks.errors import StageError

PEPPER_BYTES_MIN = 32
KEY_BYTES = 32
N_HEX_TENANT = 16
N_HEX_KEY_ID = 8


def derive_key(pepper: bytes, tenant: str, group: str, kind: str) -> bytes:
    """Return the 32-byte key for one kind of column in one dataset group of one tenant.

    Args:
        pepper: at least 32 secret random bytes.
        group: datasets of one group share pseudonyms, so that they can be joined.
        kind: the column's declared kind.

    Raises:
        StageError: the pepper is too short to be secret.

    Source: RFC 5869 (HKDF), without salt; `info` has length-prefixed fields, so that no two lists of
    fields run together.
    """
    return _derive(pepper, "pseudonym", tenant, group, kind)


def key_id(key: bytes) -> str:
    """Return 8 hexadecimal digits by which people tell the key of a column's pseudonyms; they betray nothing of it."""
    return hmac.new(key, b"atomq/1 key id", sha256).hexdigest()[:N_HEX_KEY_ID]


def tenant_pseudonym(pepper: bytes, tenant: str) -> str:
    """Return `t-<16 hex>`, the tenant's name in everything that leaves its own store.

    Raises:
        StageError: the pepper is too short to be secret.
    """
    keyed = hmac.new(_derive(pepper, "tenant"), digestmod=sha256)
    return f"t-{keyed_hexdigest(keyed, tenant)[:N_HEX_TENANT]}"


def keyed_hexdigest(keyed: hmac.HMAC, value: str) -> str:
    """Return the keyed hash of a value after NFKC, so that a full-width spelling is the same."""
    copy = keyed.copy()
    copy.update(unicodedata.normalize("NFKC", value).encode())
    return copy.hexdigest()


def _derive(pepper: bytes, *fields: str) -> bytes:
    if len(pepper) < PEPPER_BYTES_MIN:
        raise StageError(
            "pepper-too-short",
            f"The pepper has {len(pepper)} bytes, at least {PEPPER_BYTES_MIN} are needed.",
            "Make a new pepper; pseudonyms will change.",
        )
    encoded = [field.encode() for field in ("atomq/1", *fields)]
    info = b"".join(len(field).to_bytes(4, "big") + field for field in encoded)
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=info).derive(pepper)
