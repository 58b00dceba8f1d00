"""A verdict that only one implementation gives is no verdict."""

import pytest
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey, MLDSA87PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from policy_checks.errors import IntegrityError
from policy_checks.integrity import second_opinion, signature

CONTEXT = b"atomq/policy/1"


class Says:
    """An implementation that always says the same, and remembers how often it was asked."""

    def __init__(self, verdict: bool) -> None:
        self.verdict, self.n_asked = verdict, 0

    def __call__(self, level: int, public: bytes, message: bytes, signature: bytes, context: bytes) -> bool:
        self.n_asked += 1
        return self.verdict


@pytest.mark.parametrize("verdict", [True, False], ids=["good", "bad"])
def test_what_both_say_is_the_verdict(verdict):
    both = Says(verdict), Says(verdict)
    assert second_opinion.agreed(44, b"", b"", b"", b"", first=both[0], second=both[1]) is verdict
    assert [one.n_asked for one in both] == [1, 1]


@pytest.mark.parametrize("first", [True, False], ids=["first-accepts", "first-refuses"])
def test_a_disagreement_stops_and_is_not_asked_again(first):
    both = Says(first), Says(not first)
    with pytest.raises(IntegrityError, match=r"ML-DSA-87 disagree .*\[verdicts-differ\]"):
        second_opinion.agreed(87, b"", b"", b"", b"", first=both[0], second=both[1])
    assert [one.n_asked for one in both] == [1, 1]


@pytest.mark.parametrize("level", [44, 65, 87])
@given(st.binary(max_size=64), st.binary(max_size=64), st.binary(max_size=64), st.binary(max_size=300))
def test_garbage_is_refused_by_both_alike(level, public, message, sig, context):
    assert second_opinion.agreed(level, public, message, sig, context) is False


@pytest.mark.parametrize("length", [0, 252, 253], ids="context-of-{}-bytes".format)
def test_a_good_signature_is_good_to_both(length):
    key, context = MLDSA44PrivateKey.generate(), b"c" * length
    public, signed = key.public_key().public_bytes_raw(), key.sign(b"message", context)
    assert second_opinion.agreed(44, public, b"message", signed, context) is True
    assert second_opinion.agreed(44, public, b"massage", signed, context) is False


@pytest.mark.parametrize("length", [254, 255], ids="context-of-{}-bytes".format)
def test_contexts_that_pqcrypto_does_not_take_show_as_a_disagreement(length):
    key, context = MLDSA44PrivateKey.generate(), b"c" * length
    public, signed = key.public_key().public_bytes_raw(), key.sign(b"message", context)
    with pytest.raises(IntegrityError, match="verdicts-differ"):
        second_opinion.agreed(44, public, b"message", signed, context)


def test_a_second_opinion_can_stand_where_one_is_asked_for():
    key = MLDSA87PrivateKey.generate()
    public, signed = key.public_key().public_bytes_raw(), key.sign(b"message", CONTEXT)
    signature.verify("ml-dsa-87", public, b"message", signed, CONTEXT, second_opinion.agreed)
    with pytest.raises(IntegrityError, match="signature-invalid"):
        signature.verify("ml-dsa-87", public, b"massage", signed, CONTEXT, second_opinion.agreed)
