"""Take an approval back before the run starts: a signed rejection that goes straight into the log."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from policy_checks import approvals
from policy_checks.approvals import Presented
from policy_checks.errors import IntegrityError, UnavailableError
from policy_checks.integrity import dsse, strict_json
from policy_checks.schemas.approval import Question, RejectionReason
from tasks.adapters.audit_log import AuditLog, event_of
from tasks.adapters.ring_store import KeyStore
from tasks.adapters.run_folder import RunFolder
from tasks.stages import inbox, lifecycle, review

STAGED = ".partial"


@dataclass(frozen=True)
class Revoked:
    """How far a revocation went.

    Attributes:
        recorded: the run's own log holds it, so the run will not start.
        delivered: the run was asking, and has it as its answer.
    """

    run: str
    recorded: bool
    delivered: bool


def revoke(
    home: Path, beginning: str, key_path: Path | None, reason: RejectionReason, now: datetime
) -> Revoked:
    """Reject a run over its newest question: in the log that lies here, else as its answer.

    Raises:
        UnavailableError: the run is neither known here nor asking, or it has started or ended.
        IntegrityError: the key may not answer, or the question is not the one that the log names.
    """
    folder = _staged(home, beginning)
    if folder is None:
        waiting = inbox.find(home, beginning, now)
        key = review.reviewer_key(home, key_path, now)
        keys = review.keys_of(home, waiting)
        token = review.sign(waiting.request.question, key, keys, "reject", now, reason=reason)
        review.resume(waiting, "reject", token)
        return Revoked(waiting.run, recorded=False, delivered=True)
    token = _recorded(home, folder, key_path, reason, now)
    return Revoked(folder.run, recorded=True, delivered=_delivered(home, folder.run, token, now))


def _recorded(
    home: Path, folder: RunFolder, key_path: Path | None, reason: RejectionReason, now: datetime
) -> str:
    log = AuditLog(home)
    try:
        question = _newest_question(folder, log)
        _require_not_started(folder.run, log)
        key, keys = review.reviewer_key(home, key_path, now), KeyStore(home).trusted().known
        token = review.sign(question, key, keys, "reject", now, reason=reason)
        answer = approvals.answered(Presented(question, token, log.size(), now), keys)
        digest = folder.write(f"revocation-{question.attempt}.json", approvals.decode(token))
        # A crash here leaves a token that the log does not know; the approval still holds.
        event = event_of("approval", folder.run, "rejected", question.nonce)
        if log.find(event) is None:
            log.append(
                "approval.rejected",
                {"nonce": question.nonce, "token": digest, "reason": reason},
                tenant=question.tenant,
                actor=answer.reviewer,
                run=folder.run,
                manifest=question.manifest,
                event=event,
            )
        return token
    finally:
        log.close()


def _delivered(home: Path, run: str, token: str, now: datetime) -> bool:
    """Wake the run if it is asking, so that it ends now; otherwise it finds the entry when it goes on."""
    with suppress(UnavailableError, IntegrityError):
        review.resume(inbox.find(home, run, now), "reject", token)
        return True
    return False


def _staged(home: Path, beginning: str) -> RunFolder | None:
    """Return the folder of the one run under way whose id begins so."""
    paths = list(home.glob(f"tenants/*/runs/.*{STAGED}"))
    named = [path for path in paths if path.name.removeprefix(".").startswith(beginning)]
    if len(named) != 1 or not beginning:
        return None
    run = named[0].name.removeprefix(".").removesuffix(STAGED)
    return RunFolder(home, named[0].parents[1].name, run)


def _newest_question(folder: RunFolder, log: AuditLog) -> Question:
    questions = list(_questions(folder, log))
    if not questions:
        raise UnavailableError(
            "run-not-asked", "This run has not asked anybody yet.", "See `atomq status` for what it does."
        )
    return questions[-1]


def _questions(folder: RunFolder, log: AuditLog) -> Iterator[Question]:
    attempt = 1
    while (entry := log.find(event_of("approval", folder.run, "asked", str(attempt)))) is not None:
        envelope = folder.read(f"question-{attempt}.json")
        payload, _ = dsse.open_envelope("question", envelope, lambda *_: None)
        if strict_json.digest(payload) != entry.data["question"]:
            raise IntegrityError(
                "question-swapped",
                f"Question {attempt} of the run is not the one that the log names.",
                "Stop, delete nothing, and tell the security team.",
            )
        yield Question.model_validate_json(payload)
        attempt += 1


def _require_not_started(run: str, log: AuditLog) -> None:
    ended = lifecycle.ended(run)
    cleared = log.find(event_of("run", run, "run.cleared", ""))
    if ended is None and cleared is None:
        return
    told = f"ended: {ended}" if ended else "has started already: it was cleared"
    raise UnavailableError(
        "revocation-late",
        f"The run {told}, so there is no approval left to take back.",
        "Cancel a run that has started in Prefect; see `atomq runs` for one that has ended.",
    )
