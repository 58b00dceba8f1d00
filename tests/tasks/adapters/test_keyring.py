"""A private key lies sealed, opens under its passphrase only, signs, and is gone when destroyed."""

import json
import os

import pytest

from policy_checks.errors import AtomqError, IntegrityError, UnavailableError
from policy_checks.integrity import signature
from policy_checks.schemas.keyring import Algorithm
from tasks.adapters import keyring
from tasks.adapters.keyring import PrivateKey

PASSPHRASE = b"correct horse battery staple"
ALGORITHMS: tuple[Algorithm, ...] = ("aq1", "ml-dsa-44", "ml-dsa-87", "slh-dsa-sha2-128s")


def made(folder, algorithm: Algorithm = "aq1", name: str | None = None) -> PrivateKey:
    return keyring.make(algorithm, folder, lambda: PASSPHRASE, name)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_what_a_key_signs_verifies_under_its_public_half_and_context_only(tmp_path, algorithm):
    import base64

    key = made(tmp_path, algorithm)
    public = base64.b64decode(key.public.public)
    assert key.keyid == signature.key_id(algorithm, public)
    signed = key.sign(b"message", b"context")
    signature.verify(algorithm, public, b"message", signed, b"context")
    for message, context in ((b"massage", b"context"), (b"message", b"contest")):
        with pytest.raises(IntegrityError, match="signature-invalid"):
            signature.verify(algorithm, public, message, signed, context)


def test_a_key_reopens_from_its_file(tmp_path):
    key = made(tmp_path)
    again = PrivateKey(key.path, lambda: PASSPHRASE)
    assert again.keyid == key.keyid
    assert again.unseal() == key.unseal()


def test_the_seed_is_nowhere_in_the_file(tmp_path):
    key = made(tmp_path)
    _, seed = key.unseal()
    content = key.path.read_bytes()
    for form in (seed, seed.hex().encode(), seed[:32], seed[32:].hex().encode()):
        assert form not in content
    import base64

    assert base64.b64encode(seed)[:40] not in content


def test_another_passphrase_does_not_open_it(tmp_path):
    key = PrivateKey(made(tmp_path).path, lambda: PASSPHRASE + b"!")
    with pytest.raises(UnavailableError, match="passphrase-wrong"):
        key.sign(b"m", b"c")


@pytest.mark.parametrize("field", ["keyid", "public", "alg", "n", "salt", "nonce", "sealed"])
def test_no_field_of_the_file_can_be_exchanged(tmp_path, field):
    key, other = made(tmp_path, name="one"), made(tmp_path, "ml-dsa-44", name="other")
    content = json.loads(key.path.read_bytes())
    foreign = json.loads(other.path.read_bytes())
    content[field] = {"n": 1 << 16, "salt": "AAAAAAAAAAAAAAAAAAAAAA=="}.get(field, foreign[field])
    key.path.write_text(json.dumps(content))
    with pytest.raises(UnavailableError, match="passphrase-wrong"):
        key.sign(b"m", b"c")


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"{}", id="no-fields"),
        pytest.param(b"\x00" * 200, id="zeros"),
    ],
)
def test_a_damaged_file_is_told_as_such(tmp_path, content):
    key = made(tmp_path)
    key.path.write_bytes(content)
    with pytest.raises(IntegrityError, match="key-damaged"):
        key.sign(b"m", b"c")


def test_a_file_that_asks_for_a_gigantic_derivation_is_refused(tmp_path):
    key = made(tmp_path)
    content = json.loads(key.path.read_bytes()) | {"n": 1 << 30}
    key.path.write_text(json.dumps(content))
    with pytest.raises(IntegrityError, match="key-damaged"):
        key.sign(b"m", b"c")


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o660], ids=oct)
def test_a_file_open_to_others_is_refused(tmp_path, mode):
    key = made(tmp_path)
    os.chmod(key.path, mode)
    with pytest.raises(IntegrityError, match="key-exposed"):
        key.sign(b"m", b"c")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_file_of_another_owner_is_refused(tmp_path):
    key = made(tmp_path)
    os.chown(key.path, 12345, -1)
    with pytest.raises(IntegrityError, match="key-exposed"):
        key.sign(b"m", b"c")


def test_files_are_their_owners_only(tmp_path):
    assert made(tmp_path).path.stat().st_mode & 0o777 == 0o600


def test_a_destroyed_key_signs_no_more(tmp_path):
    key = made(tmp_path)
    held = os.open(key.path, os.O_RDONLY)
    before = os.pread(held, 1 << 16, 0)
    key.destroy()
    assert not key.path.exists()
    assert os.pread(held, 1 << 16, 0) != before, "the blocks were overwritten before the name went"
    os.close(held)
    with pytest.raises(UnavailableError, match="key-absent"):
        key.sign(b"m", b"c")
    key.destroy()


def test_a_secret_is_no_signing_key(tmp_path):
    pepper = keyring.make_secret(tmp_path / "pepper.key", lambda: PASSPHRASE)
    assert len(pepper.unseal()[1]) == 32
    with pytest.raises(AtomqError, match="key-damaged"):
        pepper.sign(b"m", b"c")


def test_nothing_secret_is_shown_by_a_key_or_its_errors(tmp_path):
    key = PrivateKey(made(tmp_path).path, lambda: b"open sesame")
    with pytest.raises(UnavailableError) as caught:
        key.sign(b"m", b"c")
    assert "sesame" not in repr(key) + str(caught.value) + repr(caught.value.__context__)
