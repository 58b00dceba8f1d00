"""A signature counts under the right root, role, tenant, context and log position, and not otherwise."""

from datetime import timedelta

import pytest

from policy_checks.errors import IntegrityError
from policy_checks.integrity import dsse, keyring, strict_json
from policy_checks.integrity.keyring import SKEW
from policy_checks.schemas.keyring import KeyCard, Revocation, Root
from tests.documents import NOW
from tests.keys import DAY, TENANT, Authority, a_private_key, an_authority, an_entry

SECOND = timedelta(seconds=1)


@pytest.fixture(scope="module")
def authority(tmp_path_factory) -> Authority:
    return an_authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def two_roots(tmp_path_factory):
    folder = tmp_path_factory.mktemp("two-roots")
    keys = [a_private_key(folder, "ml-dsa-87", "root"), a_private_key(folder, "slh-dsa-sha2-128s", "co-root")]
    root = Root(v=1, version=1, created=NOW, keys=tuple(key.public for key in keys))
    return root, keys


def root_envelope(root: Root, *keys) -> bytes:
    return dsse.seal("rootkey", root.to_bytes(), *(key.signer() for key in keys))


def code_of(call, *words, **options) -> str:
    with pytest.raises(IntegrityError) as caught:
        call(*words, **options)
    return caught.value.code


def test_a_root_is_opened_under_its_own_signature_and_pinned_by_its_identity(authority):
    envelope = root_envelope(authority.document, authority.root)
    assert keyring.open_root(envelope) == (authority.document, authority.digest)
    assert keyring.open_root(envelope, authority.digest)[0] == authority.document
    assert code_of(keyring.open_root, envelope, "sha256:" + "0" * 64) == "root-foreign"


def test_a_root_document_signed_by_another_key_is_refused(authority, tmp_path):
    other = a_private_key(tmp_path, "ml-dsa-87", "root")
    assert code_of(keyring.open_root, root_envelope(authority.document, other)) == "root-foreign"


def test_both_root_keys_must_sign_in_their_order(two_roots):
    root, (lattice, hashes) = two_roots
    assert keyring.open_root(root_envelope(root, lattice, hashes))[0] == root
    assert code_of(keyring.open_root, root_envelope(root, lattice)) == "root-signature-missing"
    assert code_of(keyring.open_root, root_envelope(root, hashes)) == "root-signature-missing"
    assert code_of(keyring.open_root, root_envelope(root, hashes, lattice)) == "root-signature-missing"


def test_a_broken_hash_based_half_spoils_a_two_key_root(two_roots):
    root, (lattice, hashes) = two_roots
    spoiling = dsse.Signer(
        hashes.keyid, lambda m, c: bytes([hashes.sign(m, c)[0] ^ 1]) + hashes.sign(m, c)[1:]
    )
    envelope = dsse.seal("rootkey", root.to_bytes(), lattice.signer(), spoiling)
    assert code_of(keyring.open_root, envelope) == "signature-invalid"


def test_one_key_does_not_sign_twice(authority):
    envelope = root_envelope(authority.document, authority.root, authority.root)
    assert code_of(keyring.open_root, envelope) == "envelope-invalid"


def signed(key, name="manifest", payload=b'{"a":1}') -> bytes:
    return dsse.seal(name, payload, key.signer())


def test_role_tenant_kind_and_key_must_fit(authority):
    execution, stranger = authority.key("exec"), authority.key("submitter")
    keys = authority.first().keys | {execution.keyid: an_entry(execution, "exec")}
    opened = keyring.open_signed("receipt", signed(execution, "receipt"), keys, role="exec", tenant=TENANT)
    assert opened == (b'{"a":1}', execution.keyid)
    cases = {
        "another-tenant": ("receipt", signed(execution, "receipt"), "exec", "t-" + "2" * 16, "key-misused"),
        "another-role": ("receipt", signed(execution, "receipt"), "submitter", None, "key-misused"),
        "another-kind": ("manifest", signed(execution, "receipt"), "exec", TENANT, "envelope-invalid"),
        "unknown-key": ("manifest", signed(stranger), "submitter", None, "key-unknown"),
    }
    for case, (name, envelope, role, tenant, code) in cases.items():
        assert code_of(keyring.open_signed, name, envelope, keys, role=role, tenant=tenant) == code, case


def test_a_signature_over_a_foreign_context_is_refused(authority):
    submitter = authority.submitter
    foreign = dsse.Signer(submitter.keyid, lambda message, _: submitter.sign(message, b"atomq/approval/1"))
    envelope = dsse.seal("manifest", b"{}", foreign)
    keys = authority.first().keys
    assert code_of(keyring.open_signed, "manifest", envelope, keys, role="submitter") == "signature-invalid"


def test_two_signatures_on_a_manifest_are_one_too_many(authority):
    other = authority.key("submitter")
    keys = authority.first().keys | {other.keyid: an_entry(other, "submitter")}
    envelope = dsse.seal("manifest", b"{}", authority.submitter.signer(), other.signer())
    assert code_of(keyring.open_signed, "manifest", envelope, keys, role="submitter") == "signatures-too-many"


def test_every_byte_of_an_envelope_counts(authority):
    """Flipped once each: refused with the verdict, never with another exception, never accepted."""
    keys, envelope = authority.first().keys, signed(authority.submitter)
    assert keyring.open_signed("manifest", envelope, keys, role="submitter")[0] == b'{"a":1}'
    for position in range(len(envelope)):
        spoilt = bytearray(envelope)
        spoilt[position] ^= 1 << position % 8
        with pytest.raises(IntegrityError):
            keyring.open_signed("manifest", bytes(spoilt), keys, role="submitter")


@pytest.mark.parametrize("half", ["lattice", "curve"])
def test_half_a_signature_is_none(authority, half):
    submitter = authority.submitter

    def sign(message: bytes, context: bytes) -> bytes:
        whole = submitter.sign(message, context)
        return whole[:3309] if half == "lattice" else whole[3309:]

    envelope = dsse.seal("manifest", b"{}", dsse.Signer(submitter.keyid, sign))
    keys = authority.first().keys
    assert code_of(keyring.open_signed, "manifest", envelope, keys, role="submitter") == "signature-invalid"


@pytest.mark.parametrize(
    ("at", "counts"),
    [
        pytest.param(NOW - SKEW - SECOND, False, id="before-its-window"),
        pytest.param(NOW - SKEW, True, id="a-skewed-clock-before"),
        pytest.param(NOW, True, id="at-its-beginning"),
        pytest.param(NOW + DAY + SKEW, True, id="a-skewed-clock-after"),
        pytest.param(NOW + DAY + SKEW + SECOND, False, id="after-its-window"),
    ],
)
def test_the_log_position_lies_in_the_keys_window(authority, at, counts):
    key = authority.submitter
    keys = {key.keyid: an_entry(key, "submitter", valid=DAY)}
    if counts:
        keyring.require_counts(keys, key.keyid, seq=0, at=at)
    else:
        assert code_of(keyring.require_counts, keys, key.keyid, seq=0, at=at) == "key-outside-window"


@pytest.mark.parametrize(("seq", "counts"), [(6, True), (7, True), (8, False)])
def test_after_a_revocation_only_earlier_log_positions_count(authority, seq, counts):
    key = authority.submitter
    revoked = Revocation(at=NOW, reason="compromised", untrusted_after_seq=7)
    keys = {key.keyid: an_entry(key, "submitter", revoked=revoked)}
    if counts:
        keyring.require_counts(keys, key.keyid, seq=seq, at=NOW)
    else:
        assert code_of(keyring.require_counts, keys, key.keyid, seq=seq, at=NOW) == "key-revoked"


def a_card(key, signer=None) -> bytes:
    card = KeyCard(v=1, alg=key.public.alg, public=key.public.public, role="reviewer", owner="alice")
    return dsse.seal("keycard", card.to_bytes(), (signer or key).signer())


def test_a_card_is_signed_by_the_key_that_it_offers(authority):
    key, thief = authority.key("reviewer"), authority.key("reviewer")
    assert keyring.open_card(a_card(key)).owner == "alice"
    assert code_of(keyring.open_card, a_card(key, thief)) in {"card-invalid", "signature-invalid"}
    renamed = dsse.Signer(thief.keyid, key.sign)
    card = KeyCard(v=1, alg=key.public.alg, public=key.public.public, role="reviewer", owner="alice")
    assert code_of(keyring.open_card, dsse.seal("keycard", card.to_bytes(), renamed)) == "card-invalid"
    relabelled = dsse.Signer(key.keyid, thief.sign)
    card = KeyCard(v=1, alg=key.public.alg, public=key.public.public, role="reviewer", owner="mallory")
    assert (
        code_of(keyring.open_card, dsse.seal("keycard", card.to_bytes(), relabelled)) == "signature-invalid"
    )


def test_the_algorithm_comes_from_the_ring_never_from_the_message(authority):
    envelope = strict_json.loads(signed(authority.submitter))
    envelope["signatures"][0]["alg"] = "none"
    keys = authority.first().keys
    spoken = strict_json.dumps(envelope)
    assert code_of(keyring.open_signed, "manifest", spoken, keys, role="submitter") == "envelope-invalid"
