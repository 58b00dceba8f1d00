"""Is this what a run asks its reviewers: whole, signed, and about this very manifest?

It comes through Prefect, where whoever reaches the API can write. So a reviewer's own machine believes
nothing of it but what follows from the root by signatures and digests.
"""

import base64
import binascii
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from policy_checks import approvals
from policy_checks.errors import AtomqError, IntegrityError
from policy_checks.integrity import keyring, ring_chain, strict_json
from policy_checks.integrity.keyring import SKEW
from policy_checks.integrity.manifest import UNAUTHENTICATED, open_manifest
from policy_checks.integrity.ring_chain import RingChain
from policy_checks.schemas.approval import Question
from policy_checks.schemas.base import Digest
from policy_checks.schemas.decision import Decision
from policy_checks.schemas.keyring import KeyRing
from policy_checks.schemas.manifest import Manifest

BUNDLE_BYTES_MAX = 16 << 20
RINGS_MAX = 4
FIELDS = {"v", "question", "manifest", "template", "decision", "packet", "root", "rings"}


@dataclass(frozen=True)
class Request:
    """A question that verifies, with everything that it is about.

    Attributes:
        packet: what the reviewer shall read, Markdown.
        ring: the newest version of the key ring that came with it.
        root_digest: identity of the root that all of it follows from.
        notes: what a reviewer should know about how far this goes.
    """

    question: Question
    manifest: Manifest
    decision: Decision
    packet: str
    ring: KeyRing
    root_digest: Digest
    notes: tuple[str, ...]


@dataclass(frozen=True)
class _Parts:
    question: bytes
    manifest: bytes
    template: bytes | None
    decision: bytes
    packet: str
    root: bytes
    rings: tuple[bytes, ...]


def open_request(bundle: bytes, *, pin: Digest | None, own_root: bytes | None, now: datetime) -> Request:
    """Return the question that a bundle carries, and what it is about, all of it verified.

    Args:
        pin: identity that the root must have, if the reviewer was told one.
        own_root: envelope of the root document that the reviewer trusts already, if any.

    Raises:
        IntegrityError: something in it does not verify; the code says what.
    """
    parts = _take_apart(bundle)
    chain = _followed(parts, pin, own_root, now)
    question = _question(parts, chain, now)
    manifest, signer = _manifest(parts, chain, question)
    decision = _decision(parts, question, manifest)
    if strict_json.digest(parts.packet.encode("utf-8", "surrogatepass")) != question.packet:
        raise refused("packet", "the packet is not the one that the question names")
    unpinned = pin is None and own_root is None
    notes = tuple(_notes(chain, signer, manifest, unpinned=unpinned))
    return Request(question, manifest, decision, parts.packet, chain.ring, chain.root_digest, notes)


def refused(part: str, what: str) -> IntegrityError:
    """Return the error that says which part of a request does not verify."""
    return IntegrityError(
        f"request-{part}",
        f"The approval request is refused: {what}.",
        "Sign nothing. Ask whoever operates the run's machine, and tell the security team if they did not ask.",
    )


def _take_apart(bundle: bytes) -> _Parts:
    with _about("invalid"):
        found = strict_json.loads(bundle, size_bytes_max=BUNDLE_BYTES_MAX)
    if not isinstance(found, dict) or set(found) != FIELDS or found["v"] != 1:
        raise refused("invalid", f"it needs exactly {', '.join(sorted(FIELDS))}, with v = 1")
    rings, packet = found["rings"], found["packet"]
    if not isinstance(rings, list) or not 1 <= len(rings) <= RINGS_MAX or not isinstance(packet, str):
        raise refused("invalid", f"it needs a packet and 1 to {RINGS_MAX} rings")
    return _Parts(
        question=_decoded(found["question"]),
        manifest=_decoded(found["manifest"]),
        template=None if found["template"] is None else _decoded(found["template"]),
        decision=_decoded(found["decision"]),
        packet=packet,
        root=_decoded(found["root"]),
        rings=tuple(_decoded(ring) for ring in rings),
    )


def _decoded(text: Any) -> bytes:
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError, TypeError):
        raise refused("invalid", "a part is not base64") from None
    if base64.b64encode(raw).decode("ascii") != text:
        raise refused("invalid", "a part is not canonical base64")
    return raw


def _followed(parts: _Parts, pin: Digest | None, own_root: bytes | None, now: datetime) -> RingChain:
    with _about("root"):
        root, digest = keyring.open_root(parts.root, pin)
        if own_root is not None and keyring.open_root(own_root, pin)[1] != digest:
            raise refused("root", "it follows from another root than the one that is trusted here")
    chain = RingChain(root, digest)
    with _about("ring"):
        chain.resume(parts.rings[0])
        for envelope in parts.rings[1:]:
            chain.leap(envelope)
        ring_chain.require_current(chain.ring, now)
    return chain


def _question(parts: _Parts, chain: RingChain, now: datetime) -> Question:
    with _about("question"):
        payload, keyid = keyring.open_signed("question", parts.question, chain.known, role="exec")
        strict_json.loads(payload)
        question = Question.model_validate_json(payload)
        key = chain.known[keyid]
        if key.tenant != question.tenant:
            raise refused("question", "another tenant's key signed the question")
        if not key.may_sign(question.asked_at) or question.asked_at > now + SKEW:
            raise refused("question", "the question was signed outside its key's window, or in the future")
    return question


def _manifest(parts: _Parts, chain: RingChain, question: Question) -> tuple[Manifest, str]:
    with _about("manifest"):
        manifest, digest, signer = open_manifest(
            parts.manifest, chain.known, tenant=question.tenant, template=parts.template
        )
        if manifest.parent is None and parts.template is not None:
            raise refused("manifest", "a template came with a manifest that names none")
        if digest != question.manifest or manifest.submitter != question.submitter:
            raise refused("manifest", "the question is about another manifest, or another submitter's")
        if not question.asked_at < question.until <= manifest.not_after:
            raise refused("manifest", "its deadline lies outside the manifest's window")
    return manifest, signer


def _decision(parts: _Parts, question: Question, manifest: Manifest) -> Decision:
    with _about("decision"):
        if strict_json.digest(parts.decision) != question.decision:
            raise refused("decision", "the decision is not the one that the question names")
        strict_json.loads(parts.decision)
        decision = Decision.model_validate_json(parts.decision)
        if (decision.manifest, decision.mode) != (question.manifest, manifest.mode):
            raise refused("decision", "the decision is about another manifest")
        if decision.effect != "review" or decision.estimate.cost_eur != question.cost_eur:
            raise refused("decision", "the question does not follow from its decision")
        if approvals.n_reviewers(manifest, decision) != question.n_reviewers:
            raise refused("decision", "it asks for another number of reviewers than its decision needs")
    return decision


def _notes(chain: RingChain, signer: str, manifest: Manifest, *, unpinned: bool) -> Iterator[str]:
    if unpinned:
        yield f"No root is pinned: trusted on first use. To pin it: ATOMQ_ROOT={chain.root_digest}"
    if chain.ring.profile == "development":
        yield "Profile development: one machine holds every key, this question's too."
    if manifest.submitter == UNAUTHENTICATED:
        yield "Nobody signed the manifest: somebody filled in a form."
    keys = {signer, manifest.submitter} - {UNAUTHENTICATED}
    if any(chain.known[keyid].revoked for keyid in keys if keyid in chain.known):
        yield "The key that signed the manifest has been revoked."


@contextmanager
def _about(part: str) -> Iterator[None]:
    try:
        yield
    except ValidationError:
        raise refused(part, f"the {part} does not fit its schema") from None
    except AtomqError as error:
        if error.code.startswith("request-"):
            raise
        raise refused(part, error.message[:1].lower() + error.message[1:].rstrip(".")) from None
