"""Verdicts on signatures: one for each algorithm, and no half of a composite stands for the whole."""

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import (
    MLDSA44PrivateKey,
    MLDSA65PrivateKey,
    MLDSA87PrivateKey,
)
from hypothesis import given
from hypothesis import strategies as st

from policy_checks.errors import IntegrityError
from policy_checks.integrity import second_opinion, signature
from tests.vectors import needs_vectors, published

MESSAGE, CONTEXT = b"DSSEv1 message", b"atomq/policy/1"
ALGORITHMS = ("aq1", "ml-dsa-44", "ml-dsa-87", "slh-dsa-sha2-128s")


@pytest.fixture(scope="module")
def drafts() -> dict[str, bytes]:
    """The composite draft's own key and signatures."""
    found = published("composite/mldsa65_ed25519_sha512.json")
    flat = {
        "m": found["m"],
        "ctx": found["ctx"],
        **{k: found["tests"][0][k] for k in ("pk", "s", "sWithContext")},
    }
    return {name: base64.b64decode(text) for name, text in flat.items()}


@pytest.fixture(scope="module")
def signed() -> dict[str, tuple[bytes, bytes]]:
    """For each algorithm a public key and its signature over MESSAGE under CONTEXT."""
    from pqcrypto.sign import slh_dsa_sha2_128s

    small, large = MLDSA44PrivateKey.generate(), MLDSA87PrivateKey.generate()
    public, secret = slh_dsa_sha2_128s.keygen()
    return {
        "aq1": a_composite(MLDSA65PrivateKey.generate(), Ed25519PrivateKey.generate()),
        "ml-dsa-44": (small.public_key().public_bytes_raw(), small.sign(MESSAGE, CONTEXT)),
        "ml-dsa-87": (large.public_key().public_bytes_raw(), large.sign(MESSAGE, CONTEXT)),
        "slh-dsa-sha2-128s": (public, slh_dsa_sha2_128s.sign(secret, MESSAGE, CONTEXT)),
    }


def a_composite(lattice: MLDSA65PrivateKey, curve: Ed25519PrivateKey) -> tuple[bytes, bytes]:
    both = signature.representative(MESSAGE, CONTEXT)
    public = lattice.public_key().public_bytes_raw() + curve.public_key().public_bytes_raw()
    return public, lattice.sign(both, signature.LABEL) + curve.sign(both)


def good(algorithm: str, *question: bytes, lattice: signature.Lattice = signature.openssl) -> bool:
    try:
        signature.verify(algorithm, *question, lattice)
    except IntegrityError as error:
        if error.code != "signature-invalid":
            raise
        return False
    return True


@needs_vectors
@pytest.mark.parametrize("lattice", [signature.openssl, second_opinion.agreed], ids=["one", "two-opinions"])
@pytest.mark.parametrize(("name", "with_context"), [("s", False), ("sWithContext", True)])
def test_the_drafts_own_signatures_are_accepted(drafts, name, with_context, lattice):
    context = drafts["ctx"] if with_context else b""
    signature.verify("aq1", drafts["pk"], drafts["m"], drafts[name], context, lattice)


@needs_vectors
@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda s: bytes([s[0] ^ 1]) + s[1:], id="lattice-half-changed"),
        pytest.param(lambda s: s[:-1] + bytes([s[-1] ^ 1]), id="curve-half-changed"),
        pytest.param(lambda s: s[: signature.MLDSA_SIGNATURE_BYTES], id="curve-half-stripped"),
        pytest.param(lambda s: s[signature.MLDSA_SIGNATURE_BYTES :], id="lattice-half-stripped"),
        pytest.param(lambda s: b"", id="empty"),
    ],
)
def test_a_spoilt_half_spoils_the_whole(drafts, spoil):
    assert not good("aq1", drafts["pk"], drafts["m"], spoil(drafts["s"]), b"")


@needs_vectors
def test_a_foreign_context_is_refused(drafts):
    assert not good("aq1", drafts["pk"], drafts["m"], drafts["s"], b"atomq/approval/1")


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_each_algorithm_accepts_its_signature_and_nothing_near_it(signed, algorithm):
    public, sig = signed[algorithm]
    assert good(algorithm, public, MESSAGE, sig, CONTEXT)
    assert not good(algorithm, public, MESSAGE + b"!", sig, CONTEXT)
    assert not good(algorithm, public, MESSAGE, sig, b"atomq/tariff/1")
    assert not good(algorithm, public, MESSAGE, sig[:-1], CONTEXT)
    assert not good(algorithm, public, MESSAGE, sig + b"\0", CONTEXT)
    assert not good(algorithm, public[:-1], MESSAGE, sig, CONTEXT)
    assert not good(algorithm, public + b"\0", MESSAGE, sig, CONTEXT)
    for place in (0, len(sig) // 2, len(sig) - 1):
        changed = sig[:place] + bytes([sig[place] ^ 1]) + sig[place + 1 :]
        assert not good(algorithm, public, MESSAGE, changed, CONTEXT)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_signature_counts_under_its_own_algorithm_only(signed, algorithm):
    accepted = [
        name
        for name in ALGORITHMS
        if good(name, signed[algorithm][0], MESSAGE, signed[algorithm][1], CONTEXT)
    ]
    assert accepted == [algorithm]


@pytest.mark.parametrize("named", ["", "none", "ed25519", "ml-dsa-65", "AQ1"])
def test_an_algorithm_that_is_not_ours_accepts_nothing(signed, named):
    assert not any(good(named, public, MESSAGE, sig, CONTEXT) for public, sig in signed.values())


@pytest.mark.parametrize(
    "mixed",
    [
        pytest.param((0, 1), id="curve-half-of-another-signer"),
        pytest.param((1, 0), id="lattice-half-of-another-signer"),
    ],
)
def test_two_signers_halves_make_no_whole(mixed):
    keys = [(MLDSA65PrivateKey.generate(), Ed25519PrivateKey.generate()) for _ in range(2)]
    public, _ = a_composite(*keys[0])
    _, sig = a_composite(keys[mixed[0]][0], keys[mixed[1]][1])
    assert not good("aq1", public, MESSAGE, sig, CONTEXT)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@given(st.binary(max_size=64), st.binary(max_size=64), st.binary(max_size=300), st.integers(0, 400))
def test_no_bytes_bring_anything_but_a_refusal(signed, algorithm, message, noise, context, cut):
    public, sig = signed[algorithm]
    for question in (
        (noise, message, noise, context),
        (public, message, noise, context),
        (public, message, sig[cut:] + sig[:cut], context),
        (public[cut:] + public[:cut], message, sig, context),
    ):
        assert not good(algorithm, *question)


@pytest.mark.parametrize(("length", "taken"), [(254, True), (255, True), (256, False)])
def test_a_composites_context_has_at_most_255_bytes(length, taken):
    lattice, curve, context = MLDSA65PrivateKey.generate(), Ed25519PrivateKey.generate(), b"c" * length
    public, sig = a_composite(lattice, curve)
    if taken:
        both = signature.representative(MESSAGE, context)
        sig = lattice.sign(both, signature.LABEL) + curve.sign(both)
    assert good("aq1", public, MESSAGE, sig, context) is taken


@pytest.mark.parametrize(("algorithm", "level"), [("aq1", 65), ("ml-dsa-44", 44), ("ml-dsa-87", 87)])
@pytest.mark.parametrize("says", [True, False], ids=["accepts", "refuses"])
def test_whoever_judges_lattices_is_asked_once_and_obeyed(signed, algorithm, level, says):
    asked = []

    def judge(*question) -> bool:
        asked.append(question[0])
        return says

    assert (
        good(algorithm, signed[algorithm][0], MESSAGE, signed[algorithm][1], CONTEXT, lattice=judge) is says
    )
    assert asked == [level]


def test_whoever_judges_lattices_does_not_judge_the_curve(signed):
    public, sig = signed["aq1"]
    spoilt = sig[:-1] + bytes([sig[-1] ^ 1])
    asked = []

    def judge(*question) -> bool:
        asked.append(question[0])
        return True

    assert not good("aq1", public, MESSAGE, spoilt, CONTEXT, lattice=judge)
    assert asked == [65]  # a spoilt curve half hides no lattice half from a second opinion
