"""JSON that can be read in one way only."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy_checks.errors import IntegrityError, ManifestError
from policy_checks.integrity import dsse, strict_json

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(VALUES)
def test_what_is_written_is_read_back(value):
    assert strict_json.loads(strict_json.dumps(value)) == value


@given(st.dictionaries(st.text(), st.integers(), min_size=2))
def test_the_order_of_keys_does_not_change_the_bytes(value):
    reversed_order = dict(reversed(value.items()))
    assert strict_json.dumps(value) == strict_json.dumps(reversed_order)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(b'{"a":1,"a":2}', id="duplicate-key"),
        pytest.param(b'{"b":{"a":1,"a":1}}', id="duplicate-key-inside"),
        pytest.param(b'{"a":NaN}', id="nan"),
        pytest.param(b'{"a":-Infinity}', id="infinity"),
        pytest.param(b"[" * 17 + b"]" * 17, id="too-deep"),
        pytest.param(b'"\xff"', id="not-utf8"),
        pytest.param(b'{"a":1}x', id="trailing"),
        pytest.param(b"", id="empty"),
        pytest.param(b"1" * 5000, id="endless-integer"),
        pytest.param(b" " * (strict_json.SIZE_BYTES_MAX + 1), id="too-large"),
    ],
)
def test_what_two_parsers_might_read_differently_is_refused(text):
    with pytest.raises(ManifestError, match="json-refused"):
        strict_json.loads(text)


def test_sixteen_levels_are_allowed():
    assert strict_json.loads(b"[" * 16 + b"]" * 16)


def test_brackets_inside_strings_are_not_depth():
    assert strict_json.loads(json.dumps("[" * 50 + '"' + "{" * 50).encode())


def test_digests_name_their_algorithm():
    assert strict_json.digest(b"") == (
        "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    )


def seal(payload: bytes, name: dsse.PayloadName = "manifest") -> bytes:
    return dsse.seal(name, payload, dsse.Signer("k" * 64, lambda message, context: message + context))


def accept(keyid: str, message: bytes, signature: bytes, context: bytes) -> None:
    if signature != message + context:
        raise IntegrityError("signature-invalid", "no", "no")


@given(st.binary(max_size=200))
def test_an_envelope_gives_back_its_payload(payload):
    assert dsse.open_envelope("manifest", seal(payload), accept) == (payload, ("k" * 64,))


def changed(**fields) -> bytes:
    return strict_json.dumps(json.loads(seal(b"{}")) | fields)


@pytest.mark.parametrize(
    "envelope",
    [
        pytest.param(changed(extra=1), id="unknown-field"),
        pytest.param(changed(signatures=[]), id="no-signature"),
        pytest.param(changed(signatures=[{"keyid": "a", "sig": "YQ=="}] * 2), id="one-key-twice"),
        pytest.param(
            changed(signatures=[{"keyid": name, "sig": "YQ=="} for name in "abc"]), id="three-signatures"
        ),
        pytest.param(
            changed(signatures=[{"keyid": "a", "sig": "YQ==", "alg": "none"}]), id="algorithm-in-message"
        ),
        pytest.param(changed(payload="e30"), id="base64-without-padding"),
        pytest.param(changed(payload="e31="), id="base64-with-stray-bits"),
        pytest.param(changed(payload="e3 0="), id="base64-with-space"),
        pytest.param(changed(payloadType="application/json"), id="foreign-type"),
        pytest.param(b"not json", id="not-json"),
        pytest.param(b"[]", id="not-an-object"),
    ],
)
def test_an_envelope_of_another_form_is_refused_before_its_signature(envelope):
    with pytest.raises(IntegrityError, match="envelope-invalid"):
        dsse.open_envelope("manifest", envelope, accept)


def test_one_kind_of_document_is_not_taken_for_another():
    with pytest.raises(IntegrityError, match="envelope-invalid"):
        dsse.open_envelope("receipt", seal(b"{}"), accept)
