"""Do two independent implementations of ML-DSA say the same of this signature?"""

from policy_checks.errors import IntegrityError
from policy_checks.integrity.signature import Lattice, openssl


def rust(level: int, public: bytes, message: bytes, signature: bytes, context: bytes) -> bool:
    """Return whether an ML-DSA signature verifies, as `pqcrypto` (in Rust) sees it.

    Contexts of 254 and 255 bytes are legal, but pqcrypto refuses them; ours have about 20 bytes.
    """
    from pqcrypto.sign import ml_dsa_44, ml_dsa_65, ml_dsa_87

    module = {44: ml_dsa_44, 65: ml_dsa_65, 87: ml_dsa_87}[level]
    try:
        module.verify(public, message, signature, context)
    except ValueError:
        return False
    return True


def agreed(
    level: int,
    public: bytes,
    message: bytes,
    signature: bytes,
    context: bytes,
    *,
    first: Lattice = openssl,
    second: Lattice = rust,
) -> bool:
    """Return the verdict of both implementations; a `Lattice` itself.

    Raises:
        IntegrityError: they disagree, so one of them is wrong, and neither can be relied on.
    """
    verdict = first(level, public, message, signature, context)
    if second(level, public, message, signature, context) != verdict:
        raise IntegrityError(
            "verdicts-differ",
            f"Two implementations of ML-DSA-{level} disagree about one signature: "
            f"{'good' if verdict else 'bad'} says the first, {'bad' if verdict else 'good'} the second.",
            "Stop and keep all files: one implementation is faulty or was replaced. Tell the security team.",
        )
    return verdict
