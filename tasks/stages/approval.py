"""Ask people, take their answers, and say how an approval stands; the log holds each step.

A run that is suspended comes back in another process, perhaps after a crash, perhaps because a stranger
woke it. So nothing is remembered here: what was asked and answered is read from the log each time, and
the files of the run count only under the digests that the log names.
"""

import base64
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from policy_checks import approvals
from policy_checks.approvals import Judgement, Presented
from policy_checks.errors import AtomqError, IntegrityError
from policy_checks.integrity import dsse, strict_json
from policy_checks.integrity.keyring import Keys
from policy_checks.schemas.approval import Approval, Question
from policy_checks.schemas.artifacts import Asking
from policy_checks.schemas.audit import AuditEntry, EntryType
from policy_checks.schemas.base import Document
from policy_checks.schemas.decision import Decision, Finding
from tasks.adapters import settings
from tasks.adapters.audit_log import event_of
from tasks.adapters.run_folder import WAITING
from tasks.stages import packets, progress, standing
from tasks.stages.workspace import Workspace


class Refusal(Document):
    """Why an answer did not count."""

    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class Dialogue:
    """What one run has asked and been answered so far."""

    workspace: Workspace

    @cached_property
    def questions(self) -> tuple[Question, ...]:
        """Every question in order.

        Raises:
            IntegrityError: a question is not the one that the log names.
        """
        return tuple(self._questions())

    def answer(self, question: Question) -> AuditEntry | None:
        """Return the entry that answers a question, whether it counted or not."""
        return self._find("answered", question.nonce)

    def rejection(self) -> AuditEntry | None:
        """Return the entry of the first valid rejection."""
        found = (self._find("rejected", question.nonce) for question in self.questions)
        return next((entry for entry in found if entry is not None), None)

    def given(self) -> Iterator[Presented]:
        """Yield each token that counted when it came in, with its question."""
        for question in self.questions:
            entry = self.answer(question)
            if entry is not None and entry.type == "approval.given":
                name, digest = f"approval-{question.attempt}.json", str(entry.data["token"])
                token = approvals.encode(self.workspace.folder.read(name, digest))
                yield Presented(question, token, entry.seq, datetime.fromisoformat(entry.ts))

    def n_refused(self) -> int:
        """Return how many answers did not count."""
        entries = (self.answer(question) for question in self.questions)
        return sum(entry is not None and entry.type == "approval.refused" for entry in entries)

    def refusals(self) -> tuple[Finding, ...]:
        """Return why the last answer did not count, if it did not."""
        if not self.questions:
            return ()
        last = self.questions[-1]
        entry = self.answer(last)
        if entry is None or entry.type != "approval.refused":
            return ()
        return Refusal.model_validate_json(
            self.workspace.folder.read(f"refusal-{last.attempt}.json")
        ).findings

    def judged(self) -> Judgement:
        """Return what the tokens come to under the ring as it is now."""
        decision = self.workspace.result("admit", Decision)
        needed = approvals.n_reviewers(self.workspace.manifest, decision)
        return approvals.judge(tuple(self.given()), self.keys, n_reviewers=needed)

    @cached_property
    def keys(self) -> Keys:
        """Every key of the ring."""
        return self.workspace.keys.trusted().known

    def record(self, kind: EntryType, what: str, key: str, actor: str = "atomq", **data: str | int) -> None:
        """Append an entry under an event that follows from `what` and `key`; the same again finds its first."""
        run = self.workspace
        event = event_of("approval", run.run, what, key)
        run.log.append(
            kind, data, tenant=run.tenant, actor=actor, run=run.run, manifest=run.digest, event=event
        )

    def _questions(self) -> Iterator[Question]:
        attempt = 1
        while (entry := self._find("asked", str(attempt))) is not None:
            payload, _ = dsse.open_envelope(
                "question", self.workspace.folder.read(f"question-{attempt}.json"), lambda *_: None
            )
            if strict_json.digest(payload) != entry.data["question"]:
                raise IntegrityError(
                    "question-swapped",
                    f"Question {attempt} of the run is not the one that the log names.",
                    "Stop, delete nothing, and tell the security team.",
                )
            yield Question.model_validate_json(payload)
            attempt += 1

    def _find(self, *parts: str) -> AuditEntry | None:
        return self.workspace.log.find(event_of("approval", self.workspace.run, *parts))


def ask(workspace: Workspace, *, durable: bool) -> Asking:
    """Return how the approval stands, after asking anew where it is open and nothing is asked.

    Args:
        durable: the run will be suspended, so its folder must outlive this process.
    """
    dialogue, now = Dialogue(workspace), settings.now()
    if dialogue.rejection() is not None:
        return Asking(outcome="rejected", findings=_withdrawn(dialogue))
    if standing.use(workspace) or dialogue.judged().outcome == "approved":
        return Asking(outcome="approved")
    until = _deadline(dialogue, now)
    code = _over(dialogue, until, now)
    if code:
        dialogue.record("approval.expired", "expired", "", code=code)
        return Asking(outcome="expired", findings=(_expired(code),))
    asked = dialogue.questions
    again = bool(asked) and dialogue.answer(asked[-1]) is None
    question, packet = _waiting(dialogue) if again else _asked(dialogue, until, now)
    progress.stage("approval")
    progress.advance(0, 1, f"waiting for a reviewer: atomq approve {workspace.run[:8]} --as KEYFILE")
    # A crash before this leaves a booking that ends with its lease; the run that comes back books anew.
    workspace.share.wait(question.until)
    if durable:
        workspace.folder.write(WAITING, question.until.isoformat().encode())
    return Asking(
        outcome="open",
        attempt=question.attempt,
        again=again,
        packet=packet,
        wait_s=max(1, int((question.until - now).total_seconds())),
        findings=dialogue.refusals(),
    )


def answer(workspace: Workspace, attempt: int, decision: str, token: str) -> None:
    """Take an answer to a question, and record what it comes to; a question takes one answer.

    Args:
        decision: the form's word, which must be the token's too.
    """
    dialogue = Dialogue(workspace)
    question = dialogue.questions[attempt - 1]
    if dialogue.answer(question) is not None or dialogue.rejection() is not None:
        return
    try:
        given = approvals.answered(
            Presented(question, token, workspace.log.size(), settings.now()), dialogue.keys
        )
        if given.decision != decision:
            raise approvals.refused(f"the form says {decision}, the token {given.decision}")
        if given.decision == "approve" and dialogue.keys[given.reviewer].owner in dialogue.judged().owners:
            raise approvals.refused("its owner has approved this run already, and another person must")
    except AtomqError as fault:
        why = Refusal(findings=(approvals.rejected(fault.message, fault.remedy),))
        workspace.folder.write(f"refusal-{attempt}.json", why.to_bytes())
        dialogue.record("approval.refused", "answered", question.nonce, code=fault.code, nonce=question.nonce)
        return
    _take(dialogue, question, token, given)


def unanswered(workspace: Workspace, attempt: int) -> None:
    """Record that a run was taken up again, found no answer to its question, and waits on; each time anew."""
    dialogue = Dialogue(workspace)
    nonce = dialogue.questions[attempt - 1].nonce
    this_time = secrets.token_hex(16)
    dialogue.record("approval.unanswered", "unanswered", this_time, attempt=attempt, nonce=nonce)


def is_shown(workspace: Workspace, attempt: int) -> bool:
    """Return whether the question has been shown to people."""
    return (workspace.folder.path / f".shown-{attempt}").exists()


def mark_shown(workspace: Workspace, attempt: int) -> None:
    """Remember that the question has been shown to people."""
    (workspace.folder.path / f".shown-{attempt}").touch()


def bundle(workspace: Workspace, attempt: int, packet: str) -> str:
    """Return what a reviewer's own machine needs to verify a question, as one JSON text."""

    def file(name: str) -> str | None:
        path = workspace.folder.path / name
        return base64.b64encode(path.read_bytes()).decode() if path.is_file() else None

    store = workspace.keys
    return strict_json.dumps(
        {
            "v": 1,
            "question": file(f"question-{attempt}.json"),
            "manifest": file("manifest.json"),
            "template": file("template.json"),
            "decision": file("admit.json"),
            "packet": packet,
            "root": base64.b64encode(store.root_envelope()).decode(),
            "rings": [base64.b64encode(ring).decode() for ring in _rings(workspace)],
        }
    ).decode()


def _rings(workspace: Workspace) -> tuple[bytes, ...]:
    """Return the newest ring that the root signed, the newest that holds the manifest's signer, and the newest."""
    rings = workspace.keys.envelopes_since_root()
    signer = f'"{workspace.signer}"'.encode()
    payloads = {ring: dsse.open_envelope("keyring", ring, lambda *_: None)[0] for ring in rings}
    holding = [ring for ring in rings if signer in payloads[ring]]
    return tuple(dict.fromkeys((rings[0], *holding[-1:], rings[-1])))


def _take(dialogue: Dialogue, question: Question, token: str, given: Approval) -> None:
    envelope = approvals.decode(token)
    data = {"nonce": question.nonce, "token": strict_json.digest(envelope)}
    dialogue.workspace.folder.write(f"approval-{question.attempt}.json", envelope)
    # A crash here leaves a token that the log does not know; the question is still open.
    if given.decision == "reject":
        reason = given.reason or "other"
        dialogue.record(
            "approval.rejected", "rejected", question.nonce, given.reviewer, **data, reason=reason
        )
    else:
        dialogue.record("approval.given", "answered", question.nonce, given.reviewer, **data)


def _waiting(dialogue: Dialogue) -> tuple[Question, str]:
    """Return the question that waits, and its packet."""
    question = dialogue.questions[-1]
    packet = dialogue.workspace.folder.read(f"packet-{question.attempt}.md", question.packet)
    return question, packet.decode()


def _asked(dialogue: Dialogue, until: datetime, now: datetime) -> tuple[Question, str]:
    """Make a question, and record it."""
    workspace, asked = dialogue.workspace, dialogue.questions
    admitted = workspace.folder.read("admit.json")
    decision, attempt = Decision.model_validate_json(admitted), len(asked) + 1
    needed = approvals.n_reviewers(workspace.manifest, decision)
    packet_text = packets.packet(workspace, decision, attempt, until, dialogue.refusals())
    question = Question(
        v=1, gate="admission", tenant=workspace.tenant, manifest=workspace.digest, run=workspace.run,
        nonce=secrets.token_hex(16), attempt=attempt, submitter=workspace.manifest.submitter,
        n_reviewers=needed, cost_eur=decision.estimate.cost_eur, decision=strict_json.digest(admitted),
        packet=workspace.folder.write(f"packet-{attempt}.md", packet_text.encode()), asked_at=now, until=until,
    )  # fmt: skip
    envelope = workspace.keys.sign(
        "question", question.to_bytes(), role="exec", tenant=workspace.tenant, now=now
    )
    workspace.folder.write(f"question-{attempt}.json", envelope)
    # A crash here leaves a question that nobody was asked; the next call writes over it.
    digest = strict_json.digest(question.to_bytes())
    dialogue.record(
        "approval.asked", "asked", str(attempt), attempt=attempt, nonce=question.nonce, question=digest
    )
    return question, packet_text


def _deadline(dialogue: Dialogue, now: datetime) -> datetime:
    """Return until when answers count: the same for every question of a run."""
    if dialogue.questions:
        return dialogue.questions[0].until
    workspace = dialogue.workspace
    open_s = workspace.governing.policy.approvals.open_s_max
    return min(now + timedelta(seconds=open_s), workspace.manifest.not_after)


def _over(dialogue: Dialogue, until: datetime, now: datetime) -> str | None:
    if now > until:
        return "deadline"
    spent = dialogue.n_refused() >= dialogue.workspace.governing.policy.approvals.askings_max
    return "askings" if spent else None


def _withdrawn(dialogue: Dialogue) -> tuple[Finding, ...]:
    entry = dialogue.rejection()
    reason = entry.data["reason"] if entry else "other"
    return (approvals.rejected(f"a reviewer rejected the run ({reason})", "Change it and submit it again."),)


def _expired(code: str) -> Finding:
    told = {
        "deadline": "nobody approved it before its deadline",
        "askings": "too many answers did not count",
    }[code]
    return approvals.rejected(told, "Submit it again, and tell a reviewer.")
