"""A reviewer's answer: signed on the reviewer's own machine, handed to the run, and what became of it."""

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Literal

from policy_checks import approvals
from policy_checks.errors import IntegrityError, ManifestError, UnavailableError
from policy_checks.integrity import dsse
from policy_checks.integrity.manifest import UNAUTHENTICATED
from policy_checks.schemas.approval import VALID_MAX, Answer, Approval, Conditions, Question, RejectionReason
from policy_checks.schemas.keyring import Key
from tasks.adapters import passphrase
from tasks.adapters.audit_log import AuditLog, event_of
from tasks.adapters.keyring import PrivateKey
from tasks.adapters.prefect_api import PrefectApi
from tasks.adapters.ring_store import KeyStore
from tasks.reporting.packet import UNCOUNTED
from tasks.stages.inbox import PAUSED, Waiting, asked_by

PATIENCE_S = 20.0
POLL_S = 0.5
REASON_CHARS_MAX = 200
Became = Literal["counted", "asks again", "underway", "completed", "ended"]

ENDED: dict[str, Became] = {
    "COMPLETED": "completed",
    "FAILED": "ended",
    "CANCELLED": "ended",
    "CRASHED": "ended",
}


@dataclass(frozen=True)
class Outcome:
    """What became of a run after its answer.

    Attributes:
        state: the run's state in Prefect.
        why: what the run says about it, Markdown; empty where it says nothing.
        attempt: number of the question that waits now, 0 where none does.
    """

    became: Became
    state: str
    why: str = ""
    attempt: int = 0


def reviewer_key(home: Path, path: Path | None, now: datetime) -> PrivateKey:
    """Return the key that signs answers: a person's own file, or the one that lies in the state folder.

    Raises:
        UnavailableError: no reviewer's key lies here.
    """
    if path is not None:
        return PrivateKey(path, lambda: passphrase.obtain(path.parent, what=path.name))
    store = KeyStore(home)
    if store.exists():
        for keyid, key in store.ring().keys.items():
            if key.role == "reviewer" and key.may_sign(now) and store.holds(keyid):
                return store.private(keyid)
    raise UnavailableError(
        "reviewer-key-absent",
        "No reviewer's key lies in the state folder.",
        "Name your key's file with --as; `atomq keys new --role reviewer` makes one, to be enrolled.",
    )


def keys_of(home: Path, waiting: Waiting) -> Mapping[str, Key]:
    """Return the keys that the question came with, and newer ones of the same root that lie here."""
    request, store = waiting.request, KeyStore(home)
    try:
        own = store.trusted() if store.exists() else None
    except IntegrityError:  # A ring of another root than the pinned one, say, has no say here.
        own = None
    if own is None or own.root_digest != request.root_digest or own.ring.version <= request.ring.version:
        return request.ring.keys
    return request.ring.keys | own.known


def sign(
    question: Question,
    key: PrivateKey,
    keys: Mapping[str, Key],
    decision: Answer,
    now: datetime,
    *,
    reason: RejectionReason | None = None,
    max_cost: Decimal | None = None,
) -> str:
    """Return the token that answers a question; it counts for an hour, and never beyond the deadline.

    Raises:
        IntegrityError: the key is no reviewer's, may not sign now, or belongs to the submitter.
        ManifestError: a condition that the run does not meet.
        UnavailableError: the deadline is over, or the key or its passphrase is not there.
    """
    _require_reviewer(key.keyid, question, keys, now)
    if now >= question.until:
        raise UnavailableError(
            "question-expired",
            f"The question's deadline was {question.until:%Y-%m-%d %H:%M} UTC.",
            "Let the submitter submit the run again.",
        )
    if max_cost is not None and max_cost < question.cost_eur:
        raise ManifestError(
            "condition-unmet",
            f"{question.cost_eur} EUR are predicted, and the condition allows {max_cost} EUR.",
            "Raise max_cost, or reject the run with --reason cost.",
        )
    answer = Approval(
        v=1, gate=question.gate, manifest=question.manifest, run=question.run, nonce=question.nonce,
        decision=decision, reason=reason, conditions=Conditions(max_cost_eur=max_cost), reviewer=key.keyid,
        iat=now, exp=min(now + VALID_MAX, question.until),
    )  # fmt: skip
    return approvals.encode(dsse.seal("approval", answer.to_bytes(), key.signer()))


def resume(waiting: Waiting, decision: Answer, token: str) -> None:
    """Hand an answer to a paused run.

    Raises:
        UnavailableError: the run is not paused any more, or its server refuses the answer.
    """
    body = {"run_input": {"decision": decision, "token": token}}
    answered = PrefectApi(waiting.server).post(f"/flow_runs/{waiting.run}/resume", body)
    status = answered.get("status") if isinstance(answered, dict) else None
    if status != "ACCEPT":
        details = answered.get("details") if isinstance(answered, dict) else None
        reason = str(details.get("reason")) if isinstance(details, dict) else "no reason given"
        said = "".join(sign for sign in reason[:REASON_CHARS_MAX] if sign.isprintable())
        raise UnavailableError(
            "answer-not-taken",
            f"The Prefect server did not take the answer: {said}",
            "See `atomq pending`: somebody else may have answered in the meantime.",
        )


def became(home: Path, waiting: Waiting, now: Callable[[], datetime]) -> Outcome:
    """Return what became of a run that was just answered, after watching it for a while."""
    deadline, outcome = time.monotonic() + PATIENCE_S, Outcome("underway", "unknown")
    while outcome.became == "underway" and time.monotonic() < deadline:
        # The answer is with the run already: a server that does not answer now changes nothing.
        with suppress(UnavailableError):
            outcome = _seen(home, waiting, now())
        if outcome.became == "underway":
            time.sleep(POLL_S)
    return outcome


def _seen(home: Path, waiting: Waiting, now: datetime) -> Outcome:
    state = PrefectApi(waiting.server).get(f"/flow_runs/{waiting.run}")["state"] or {}
    name = str(state.get("name"))
    if state.get("type") in ENDED:
        return Outcome(ENDED[state["type"]], name, str(state.get("message") or ""))
    if state.get("type") == PAUSED:
        return _asks_again(home, waiting, name, now)
    return Outcome("counted" if _counted(home, waiting.request.question) else "underway", name)


def _require_reviewer(keyid: str, question: Question, keys: Mapping[str, Key], now: datetime) -> None:
    entry = keys.get(keyid)
    if entry is None or entry.role != "reviewer":
        raise IntegrityError(
            "reviewer-unknown",
            "The key that would sign is no reviewer's in the key ring that the run asks under.",
            "Let the holder of the root enrol it: atomq keys enroll CARD. Then wait until the run asks anew.",
        )
    if not entry.may_sign(now):
        raise IntegrityError(
            "reviewer-outside-window",
            f"The key of {entry.owner} was revoked, or may sign until {entry.sign_until:%Y-%m-%d} only.",
            "Use a key that `atomq keys list` shows as valid.",
        )
    submitter = keys.get(question.submitter)
    if question.submitter != UNAUTHENTICATED and (submitter is None or submitter.owner == entry.owner):
        raise IntegrityError(
            "reviewer-is-submitter",
            f"{entry.owner} submitted this run, and nobody answers for a run of their own.",
            "Let another reviewer answer.",
        )


def _asks_again(home: Path, waiting: Waiting, name: str, now: datetime) -> Outcome:
    """Return why the run asks again: its last answer did not count, or one more person must approve."""
    for newer in asked_by(home, waiting.server, waiting.run, now).waiting:
        question, packet = newer.request.question, newer.request.packet
        if question.attempt > waiting.request.question.attempt:
            _, uncounted, rest = packet.partition(f"\n{UNCOUNTED}\n")
            why = rest.partition("\n### ")[0].strip()
            return Outcome("asks again" if uncounted else "counted", name, why, question.attempt)
    return Outcome("underway", name)


def _counted(home: Path, question: Question) -> bool:
    """Return whether the log, if it lies here, says that the answer counted and was the last one needed."""
    if question.n_reviewers > 1:
        return False
    log = AuditLog(home)
    try:
        entry = log.find(event_of("approval", question.run, "answered", question.nonce))
    finally:
        log.close()
    return entry is not None and entry.type == "approval.given"
