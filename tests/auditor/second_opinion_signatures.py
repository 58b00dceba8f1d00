"""Strict JSON, signatures, trees and log lines: what second_opinion.py, which lies beside it, is made of."""

import base64
import json
import re
from datetime import datetime, timedelta
from functools import cache
from hashlib import sha256, sha512
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pqcrypto.sign import ml_dsa_44, ml_dsa_65, ml_dsa_87, slh_dsa_sha2_128s

Json = dict[str, Any]
SKEW = timedelta(seconds=120)
PQ = {"ml-dsa-44": ml_dsa_44, "ml-dsa-87": ml_dsa_87, "slh-dsa-sha2-128s": slh_dsa_sha2_128s}
PREFIX, LABEL = b"CompositeAlgorithmSignatures2025", b"COMPSIG-MLDSA65-Ed25519-SHA512"
SHA, UUID = '"sha256:[0-9a-f]{64}"', '"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"'
COUNT, WORD = "(0|[1-9][0-9]{0,14})", '"[a-z0-9:_.-]{1,80}"'
LINE = re.compile(  # one canonical text, and no free text in it
    f'{{"actor":"(atomq|[0-9a-f]{{64}})","data":{{("[a-z_]+":({WORD}|{COUNT}),?)+(?<!,)}},'
    f'"event":{UUID},"manifest":(null|{SHA}),"prev":{SHA},"run":(null|{UUID}),"seq":{COUNT},"tenant":(null|'
    r'"t-[0-9a-f]{16}"),"ts":"[-0-9]{10}T[:0-9]{8}\.[0-9]{6}Z","type":"[a-z.]+","v":1}'
)
OF = dict.fromkeys(("keyring.created", "keyring.rotated", "keyring.changed"), "profile ring version")
RUN = "decision effect envelope n_findings policy tariff tenants"
OF |= {"run.admitted": RUN, "run.denied": RUN, "incident.referee": "n_rows template"}
OF |= {"run.completed": "degraded receipt", "run.failed": "code stage", "run.degraded": "reason"}
OF |= {"intent": "effect", "completed": "digest effect", "document.adopted": "digest document version"}
OF |= {"run.submitted": "envelope request source", "run.refused": "code", "run.cleared": "n_owners ring size"}
OF |= {
    "approval.asked": "attempt nonce question",
    "approval.given": "nonce token",
    "approval.expired": "code",
    "approval.unanswered": "attempt nonce",
}
OF |= {"approval.refused": "code nonce", "approval.rejected": "nonce reason token"}
OF |= {"dataset.registered": "name record", "template.registered": "name template", "breach.declared": "code"}
OF |= {
    "standing.granted": "standing template",
    "standing.used": "standing use",
    "standing.revoked": "standing",
}
OF |= {"breach.cleared": "code", "incident.attack": "at pattern severity"}
OF |= {"attack.scanned": "n_circuits n_incidents n_unread upto"}
moment = datetime.fromisoformat


def require(good: object, code: str, seq: int | None = None) -> None:
    if not good:
        raise AssertionError(code, seq)


def parse(raw: bytes) -> Any:
    def unique(pairs: list[tuple[str, Any]]) -> Json:
        require(len(dict(pairs)) == len(pairs), "json-refused")
        return dict(pairs)

    return json.loads(raw.decode(), object_pairs_hook=unique, parse_constant=lambda name: require(0, name))


def digest(raw: bytes) -> str:
    return "sha256:" + sha256(raw).hexdigest()


def unbase64(text: str) -> bytes:
    require(base64.b64encode(raw := base64.b64decode(text)) == text.encode(), "base64-refused")
    return raw


def key_id(key: Json) -> str:
    return sha256(key["alg"].encode() + b"\0" + unbase64(key["public"])).hexdigest()


def verify(key: Json, message: bytes, signature: bytes, context: bytes = b"") -> Any:  # else it raises
    public = unbase64(key["public"])
    if key["alg"] != "aq1":
        return PQ[key["alg"]].verify(public, message, signature, context)
    message = PREFIX + LABEL + bytes([len(context)]) + context + sha512(message).digest()
    Ed25519PublicKey.from_public_bytes(public[1952:]).verify(signature[3309:], message)
    return ml_dsa_65.verify(public[:1952], message, signature[:3309], LABEL)


def counts(key: Json, seq: int, at: datetime) -> bool:  # may it vouch for this position, at that moment?
    believed = key["revoked"] is None or seq <= key["revoked"]["untrusted_after_seq"]
    return believed and moment(key["not_before"]) - SKEW <= at <= moment(key["sign_until"]) + SKEW


def executing(key: Json, tenant: str | None) -> bool:
    return key["role"] == "exec" and key["tenant"] == tenant is not None


def opened(name: str, raw: bytes, signers: list[list[Json]], *entries: Json) -> tuple[bytes, list[Json]]:
    """Return the payload and its signer: the one all of whose keys signed, and counted at these entries."""
    found, kind = parse(raw), f"application/vnd.atomq.{name}.v1+json"
    signed = [{"keyid": one["keyid"], "sig": one["sig"]} for one in found["signatures"]]
    plain = found == {"payloadType": kind, "payload": found["payload"], "signatures": signed}
    payload, ids = unbase64(found["payload"]), [one["keyid"] for one in signed]
    keys = next((keys for keys in signers if ids == [key_id(key) for key in keys]), [])
    require(plain and keys, f"{name}-signed-by-no-key-that-may")
    message = f"DSSEv1 {len(kind)} {kind} {len(payload)} ".encode() + payload
    for key, one in zip(keys, signed, strict=True):
        verify(key, message, unbase64(one["sig"]), f"atomq/{name}/1".encode())
    require(all(counts(keys[0], one["seq"], moment(one["ts"])) for one in entries), f"{name}-key-not-valid")
    return payload, keys


def tree(leaves: list[bytes]) -> Any:  # RFC 6962's root over [begin, end); of one leaf and its path, if given
    @cache
    def root(begin: int, end: int, at: int = -1, path: tuple[bytes, ...] = ()) -> bytes:
        if end - begin < 2:
            return b"".join(path) or (leaves[begin] if end > begin else sha256().digest())
        middle = begin + (1 << (end - begin - 1).bit_length() - 1)
        left = path[-1] if at >= middle else root(begin, middle, at, path[:-1])
        right = path[-1] if begin <= at < middle else root(middle, end, at, path[:-1])
        return sha256(b"\1" + left + right).digest()

    return root
