"""Verdicts on signatures, held against vectors that others published."""

import base64
import json
import os
from pathlib import Path

import pytest

from policy_checks.errors import IntegrityError
from policy_checks.integrity import signature

VECTORS = Path(os.environ.get("ATOMQ_VECTORS", Path(__file__).parents[4] / "shared" / "vectors"))
COMPOSITE = VECTORS / "composite" / "mldsa65_ed25519_sha512.json"
needs_vectors = pytest.mark.skipif(
    not VECTORS.is_dir(), reason="no vectors: set ATOMQ_VECTORS to their folder"
)


@pytest.fixture(scope="module")
def published() -> dict[str, bytes]:
    found = json.loads(COMPOSITE.read_text())
    flat = {
        "m": found["m"],
        "ctx": found["ctx"],
        **{k: found["tests"][0][k] for k in ("pk", "s", "sWithContext")},
    }
    return {name: base64.b64decode(text) for name, text in flat.items()}


@needs_vectors
@pytest.mark.parametrize(("signed", "with_context"), [("s", False), ("sWithContext", True)])
def test_the_drafts_own_signatures_are_accepted(published, signed, with_context):
    context = published["ctx"] if with_context else b""
    signature.verify("aq1", published["pk"], published["m"], published[signed], context)


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
def test_a_spoilt_half_spoils_the_whole(published, spoil):
    with pytest.raises(IntegrityError, match="signature-invalid"):
        signature.verify("aq1", published["pk"], published["m"], spoil(published["s"]), b"")


@needs_vectors
def test_a_foreign_context_is_refused(published):
    with pytest.raises(IntegrityError, match="signature-invalid"):
        signature.verify("aq1", published["pk"], published["m"], published["s"], b"atomq/approval/1")
