"""Our verdicts are those that others published, vector by vector, through both implementations.

Only a verdict counts: a function that answers False, or raises the verdict's own error. Totals are
asserted, so that a loop over nothing, or a judge that refuses everything, cannot pass.
"""

import base64
import hashlib
from collections import Counter
from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import mldsa

from policy_checks.errors import IntegrityError
from policy_checks.integrity import merkle, second_opinion, signature
from tests.vectors import archived, needs_archives, needs_vectors, published

PQCRYPTO_CONTEXT_BYTES_MAX = 253


class Vector(NamedTuple):
    """One published signature and what is right to say of it."""

    name: str
    level: int
    public: bytes
    message: bytes
    signature: bytes
    context: bytes
    good: bool


def judged(lattice: signature.Lattice, vectors: list[Vector]) -> Counter[str]:
    """Count the verdicts: accepted, refused, or named after the vector if they are wrong."""
    found: Counter[str] = Counter()
    for vector in vectors:
        verdict = lattice(vector.level, *vector[2:6])
        right = "accepted" if verdict else "refused"
        found[right if verdict is vector.good else f"wrong: {vector.name}"] += 1
    return found


def known_to(lattice: signature.Lattice, vectors: list[Vector]) -> list[Vector]:
    """Return what this implementation should say: pqcrypto refuses legal contexts of 254 and 255 bytes."""
    if lattice is signature.openssl:
        return vectors
    return [v._replace(good=v.good and len(v.context) <= PQCRYPTO_CONTEXT_BYTES_MAX) for v in vectors]


@cache
def wycheproof(level: int) -> list[Vector]:
    name = f"mldsa_{level}_verify_test.json"
    if level == 44:
        (found,) = archived("edge", f"wycheproof/testvectors_v1/{name}")
    else:
        found = published(f"wycheproof/{name}")
    return [
        Vector(
            f"{level}/{case['tcId']}",
            level,
            bytes.fromhex(group["publicKey"]),
            bytes.fromhex(case["msg"]),
            bytes.fromhex(case["sig"]),
            bytes.fromhex(case.get("ctx", "")),
            case["result"] == "valid",
        )
        for group in found["testGroups"]
        for case in group["tests"]
    ]


WYCHEPROOF = [
    pytest.param(44, 77, 103, id="44", marks=needs_archives),
    pytest.param(65, 79, 131, id="65", marks=needs_vectors),
    pytest.param(87, 71, 170, id="87", marks=needs_vectors),
]


@pytest.mark.parametrize(("level", "n_good", "n_bad"), WYCHEPROOF)
def test_wycheproofs_ml_dsa_verdicts_are_ours(level, n_good, n_bad):
    vectors = wycheproof(level)
    assert judged(signature.openssl, vectors) == {"accepted": n_good, "refused": n_bad}


@pytest.mark.parametrize(("level", "n_good", "n_bad"), WYCHEPROOF)
def test_wycheproofs_ml_dsa_verdicts_are_pqcryptos_but_for_the_longest_context(level, n_good, n_bad):
    vectors = known_to(second_opinion.rust, wycheproof(level))
    assert judged(second_opinion.rust, vectors) == {"accepted": n_good - 1, "refused": n_bad + 1}


@pytest.mark.parametrize(("level", "n_good", "n_bad"), WYCHEPROOF)
def test_both_implementations_agree_on_wycheproof_but_for_the_longest_context(level, n_good, n_bad):
    vectors = wycheproof(level)
    (longest,) = [v for v in vectors if v.good and len(v.context) > PQCRYPTO_CONTEXT_BYTES_MAX]
    others = [vector for vector in vectors if vector is not longest]
    assert judged(second_opinion.agreed, others) == {"accepted": n_good - 1, "refused": n_bad}
    with pytest.raises(IntegrityError, match="verdicts-differ"):
        second_opinion.agreed(level, *longest[2:6])


@needs_vectors
def test_wycheproofs_ed25519_verdicts_are_ours():
    found: Counter[tuple[str, bool]] = Counter()
    for group in published("wycheproof/ed25519_test.json")["testGroups"]:
        public = bytes.fromhex(group["publicKey"]["pk"])
        for case in group["tests"]:
            verdict = signature.curve(public, bytes.fromhex(case["msg"]), bytes.fromhex(case["sig"]))
            found[case["result"], verdict] += 1
    assert found == {("valid", True): 88, ("invalid", False): 63}


ACVP_FILES = ("prompt", "expectedResults")


@cache
def acvp() -> list[tuple[dict[str, Any], dict[str, Any], bool]]:
    """Return ACVP's ML-DSA sigVer cases: (group, case, whether it is good)."""
    return list(with_answers(*archived("acvp", *(f"ML-DSA-sigVer-FIPS204/{n}.json" for n in ACVP_FILES))))


def with_answers(prompt: Any, results: Any) -> Iterator[tuple[dict[str, Any], dict[str, Any], bool]]:
    good = {case["tcId"]: case["testPassed"] for group in results["testGroups"] for case in group["tests"]}
    for group in prompt["testGroups"]:
        for case in group["tests"]:
            yield group, case, good[case["tcId"]]


def acvp_vectors(pre_hash: str) -> list[Vector]:
    return [
        Vector(
            f"{group['parameterSet']}/{case['tcId']}",
            int(group["parameterSet"][-2:]),
            *(bytes.fromhex(case[field]) for field in ("pk", "message", "signature", "context")),
            good,
        )
        for group, case, good in acvp()
        if group.get("preHash") == pre_hash
    ]


@needs_archives
@pytest.mark.parametrize(
    ("lattice", "n_good"),
    [
        pytest.param(signature.openssl, 9, id="cryptography"),
        pytest.param(second_opinion.rust, 8, id="pqcrypto-but-for-the-longest-context"),
    ],
)
def test_acvps_ml_dsa_verdicts_are_ours(lattice, n_good):
    vectors = known_to(lattice, acvp_vectors("pure"))
    assert judged(lattice, vectors) == {"accepted": n_good, "refused": 45 - n_good}


@needs_archives
@pytest.mark.parametrize(
    "lattice", [signature.openssl, second_opinion.rust], ids=["cryptography", "pqcrypto"]
)
def test_a_signature_over_a_hash_is_not_taken_for_one_over_the_message(lattice):
    hashed = acvp_vectors("preHash")
    assert sum(vector.good for vector in hashed) == 9
    assert judged(lattice, [vector._replace(good=False) for vector in hashed]) == {"refused": 45}


KINDS = {
    "ML-DSA-44": mldsa.MLDSA44PublicKey,
    "ML-DSA-65": mldsa.MLDSA65PublicKey,
    "ML-DSA-87": mldsa.MLDSA87PublicKey,
}


@needs_archives
def test_acvps_verdicts_below_the_message_are_the_librarys():
    found: Counter[tuple[bool, bool]] = Counter()
    for group, case, good in acvp():
        if group["signatureInterface"] == "internal":
            public = bytes.fromhex(case["pk"])
            key = KINDS[group["parameterSet"]].from_public_bytes(public)
            try:
                key.verify_mu(bytes.fromhex(case["signature"]), representative(public, case))
                found[good, True] += 1
            except InvalidSignature:
                found[good, False] += 1
    assert found == {(True, True): 18, (False, False): 72}


def representative(public: bytes, case: dict[str, str]) -> bytes:
    """Return mu, given or computed after FIPS 204 algorithm 8."""
    if "mu" in case:
        return bytes.fromhex(case["mu"])
    key_digest = hashlib.shake_256(public).digest(64)
    return hashlib.shake_256(key_digest + bytes.fromhex(case["message"])).digest(64)


@needs_archives
def test_acvps_slh_dsa_verdicts_are_ours():
    files = archived("slhdsa_sig", *(f"SLH-DSA-sigVer-FIPS205/{name}.json" for name in ACVP_FILES))
    found: Counter[tuple[bool, bool]] = Counter()
    for group, case, good in with_answers(*files):
        if group["parameterSet"] == "SLH-DSA-SHA2-128s" and group.get("preHash") == "pure":
            fields = (bytes.fromhex(case[name]) for name in ("pk", "message", "signature", "context"))
            found[good, signature.hash_based(*fields)] += 1
    assert found == {(True, True): 2, (False, False): 12}


def raw(text: str | None) -> bytes:
    return base64.b64decode(text or "")


def proven(verify: Any, *arguments: Any) -> bool:
    try:
        verify(*arguments)
    except IntegrityError:
        return False
    return True


@needs_vectors
def test_transparency_devs_inclusion_proofs_are_judged_alike():
    found: Counter[tuple[bool, bool]] = Counter()
    for case in published("merkle/inclusion.json"):
        proof = tuple(map(raw, case["proof"] or ()))
        index, size, leaf, root = case["leafIdx"], case["treeSize"], raw(case["leafHash"]), raw(case["root"])
        verdict = proven(merkle.verify_inclusion, index, size, leaf, proof, root)
        found[not case["wantErr"], verdict] += 1
    assert found == {(True, True): 6, (False, False): 92}


@needs_vectors
def test_transparency_devs_consistency_proofs_are_judged_alike_but_for_one_with_roots_of_12_bytes():
    found: Counter[tuple[bool, bool]] = Counter()
    others = []
    for case in published("merkle/consistency.json"):
        proof = tuple(map(raw, case["proof"] or ()))
        old, new, old_root, new_root = case["size1"], case["size2"], raw(case["root1"]), raw(case["root2"])
        verdict = proven(merkle.verify_consistency, old, new, old_root, new_root, proof)
        found[not case["wantErr"], verdict] += 1
        if verdict == case["wantErr"]:
            others.append((case["case"], len(old_root), verdict))
    assert others == [("additional/sizes-are-equal-one-and-proof-is-empty.json", 12, False)]
    assert found == {(True, True): 5, (False, False): 92, (True, False): 1}
