"""Months later, both verifiers find whether a finished run was approved by enough people; neither believes the log alone."""

import importlib.util
import json
import sys
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from policy_checks.errors import AtomqError
from policy_checks.integrity import dsse, signature, strict_json
from policy_checks.integrity.approval_evidence import require_approved
from policy_checks.integrity.log_evidence import Entry
from policy_checks.schemas.approval import Approval, Conditions, Question
from policy_checks.schemas.decision import Decision
from policy_checks.schemas.keyring import Key, Revocation
from policy_checks.schemas.manifest import Manifest
from policy_checks.standing import declaration_digest
from tasks.adapters.keyring import PrivateKey
from tests.documents import DIGEST, NOW, PROJECT, a_manifest, an_estimate
from tests.keys import TENANT, an_authority, an_entry

RUN = "01a206cd-ce3b-742c-ac61-11ae724346c4"
HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def second_opinion():
    folder = PROJECT / "tests" / "auditor"
    sys.path.insert(0, str(folder))
    spec = importlib.util.spec_from_file_location("approvals_opinion", folder / "second_opinion_approvals.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    sys.path.remove(str(folder))
    return module


@pytest.fixture(scope="module")
def people(tmp_path_factory):
    authority = an_authority(tmp_path_factory.mktemp("people"))
    roles = {"carol": "submitter", "alice": "reviewer", "bob": "reviewer", "atomq": "exec"}
    return {owner: (authority.key(role), role) for owner, role in roles.items()}


@dataclass
class Case:
    """One finished run as the log and its folder tell it."""

    people: dict[str, tuple[PrivateKey, str]]
    manifest: Manifest
    effect: str = "review"
    entries: list[dict[str, Any]] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    keys: dict[str, Key] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.keys = {
            key.keyid: an_entry(key, role, owner=owner) for owner, (key, role) in self.people.items()
        }
        decision = Decision(
            manifest=self.digest, mode=self.manifest.mode, effect=self.effect, findings=(), estimate=an_estimate(),
            policy=DIGEST, tenants=DIGEST, tariff=DIGEST, decided_at=NOW,
        )  # fmt: skip
        self.files["admit.json"] = decision.to_bytes()
        self.say("run.admitted", effect=self.effect)

    @property
    def digest(self) -> str:
        return strict_json.digest(self.manifest.to_bytes())

    def key(self, owner: str) -> PrivateKey:
        return self.people[owner][0]

    def say(self, kind: str, **data: Any) -> None:
        entry = {
            "seq": len(self.entries),
            "ts": NOW.isoformat(),
            "type": kind,
            "run": RUN,
            "manifest": self.digest,
        }
        self.entries.append(entry | {"tenant": TENANT, "data": data})

    def asked(self, attempt: int = 1, signer: str = "atomq", **changes: Any) -> Question:
        fields = {
            "v": 1, "gate": "admission", "tenant": TENANT, "manifest": self.digest, "run": RUN,
            "nonce": f"{attempt:032x}", "attempt": attempt, "submitter": self.manifest.submitter,
            "n_reviewers": 1, "cost_eur": an_estimate().cost_eur, "decision": DIGEST, "packet": DIGEST,
            "asked_at": NOW, "until": NOW + HOUR,
        }  # fmt: skip
        question = Question(**(fields | changes))
        envelope = dsse.seal("question", question.to_bytes(), self.key(signer).signer())
        self.files[f"question-{attempt}.json"] = envelope
        self.say(
            "approval.asked", attempt=attempt, nonce=question.nonce,
            question=strict_json.digest(question.to_bytes()),
        )  # fmt: skip
        return question

    def given(self, question: Question, owner: str, **changes: Any) -> None:
        fields = {
            "v": 1, "gate": "admission", "manifest": question.manifest, "run": question.run,
            "nonce": question.nonce, "decision": "approve", "reviewer": self.key(owner).keyid, "iat": NOW,
            "exp": NOW + HOUR,
        }  # fmt: skip
        answer = Approval(**(fields | changes))
        envelope = dsse.seal("approval", answer.to_bytes(), self.key(owner).signer())
        self.files[f"approval-{question.attempt}.json"] = envelope
        self.say("approval.given", nonce=question.nonce, token=strict_json.digest(envelope))

    def verdicts(self, second_opinion) -> set[bool]:
        """What both verifiers say: whether it was approved."""
        return {self._ours(), self._theirs(second_opinion)}

    def _ours(self) -> bool:
        entries = [Entry(entry["seq"], json.dumps(entry).encode()) for entry in self.entries]
        decision = Decision.model_validate_json(self.files["admit.json"])
        try:
            require_approved(
                entries[1:],
                self.files.__getitem__,
                self.manifest,
                decision,
                TENANT,
                self.keys,
                signature.openssl,
            )
        except (AtomqError, KeyError):
            return False
        return True

    def _theirs(self, second_opinion) -> bool:
        keys = {keyid: key.model_dump(mode="json") for keyid, key in self.keys.items()}
        manifest = json.loads(self.manifest.to_bytes())
        try:
            second_opinion.require_approved(self.files, keys, manifest, self.entries)
        except Exception:  # the program that uses it takes every exception for a fault
            return False
        return True


@pytest.fixture
def case(people):
    def make(**changes: Any) -> Case:
        submitter = people["carol"][0].keyid
        effect = changes.pop("effect", "review")
        return Case(people, a_manifest(**({"submitter": submitter} | changes)), effect)

    return make


def approved(case: Case) -> Case:
    case.given(case.asked(), "alice")
    case.say("run.cleared", n_owners=1)
    return case


def test_an_approved_and_cleared_run_is_approved(case, second_opinion):
    assert approved(case()).verdicts(second_opinion) == {True}


def test_a_run_that_needed_nobody_needs_nothing(case, second_opinion):
    assert case(effect="allow").verdicts(second_opinion) == {True}


def test_a_production_run_is_cleared_even_where_nobody_was_asked(case, second_opinion):
    run = case(effect="allow", mode="production")
    assert run.verdicts(second_opinion) == {False}
    run.say("run.cleared", n_owners=0)
    assert run.verdicts(second_opinion) == {True}


def test_without_approval_or_clearance_it_was_not_approved(case, second_opinion):
    nothing, uncleared, unanswered = case(), case(), case()
    uncleared.given(uncleared.asked(), "alice")
    unanswered.asked()
    unanswered.say("run.cleared", n_owners=1)
    for run in (nothing, uncleared, unanswered):
        assert run.verdicts(second_opinion) == {False}


def test_a_rejection_outweighs(case, second_opinion):
    run = approved(case())
    run.say("approval.rejected", nonce="0" * 32, reason="cost", token=DIGEST)
    assert run.verdicts(second_opinion) == {False}


def test_a_form_in_production_needs_two_owners(case, second_opinion):
    run = case(mode="production", submitter="unauthenticated")
    run.given(run.asked(1), "alice")
    run.say("run.cleared", n_owners=1)
    assert run.verdicts(second_opinion) == {False}
    run.given(run.asked(2), "bob")
    assert run.verdicts(second_opinion) == {True}


TOKENS = {
    "another-run": {"run": "01a206cd-ce3b-742c-ac61-11ae724346c5"},
    "another-manifest": {"manifest": DIGEST},
    "another-nonce": {"nonce": "f" * 32},
    "a-rejection": {"decision": "reject"},
    "over-its-condition": {"conditions": Conditions(max_cost_eur=an_estimate().cost_eur / 2)},
    "another-reviewers-name": {"reviewer": "c" * 64},
    "expired": {"iat": NOW - 2 * HOUR, "exp": NOW - HOUR},
    "signed-after-the-deadline": {"iat": NOW + 2 * HOUR, "exp": NOW + 3 * HOUR},
}


@pytest.mark.parametrize("name", TOKENS)
def test_a_token_that_would_not_have_counted_does_not_count_later(case, second_opinion, name):
    run = case()
    run.given(run.asked(), "alice", **TOKENS[name])
    run.say("run.cleared", n_owners=1)
    assert run.verdicts(second_opinion) == {False}


@pytest.mark.parametrize("owner", ["carol", "atomq"])
def test_only_a_reviewers_key_approves(case, second_opinion, owner):
    run = case()
    run.given(run.asked(), owner)
    run.say("run.cleared", n_owners=1)
    assert run.verdicts(second_opinion) == {False}


def test_nobody_approved_a_run_of_their_own(case, second_opinion):
    run = approved(case())
    keyid = run.key("carol").keyid
    run.keys[keyid] = run.keys[keyid].model_copy(update={"owner": "alice"})
    assert run.verdicts(second_opinion) == {False}


@pytest.mark.parametrize(("last_believed", "counts"), [(1, False), (2, True)])
def test_a_revocation_tells_from_which_entry_on_a_reviewer_is_not_believed(
    case, second_opinion, last_believed, counts
):
    run = approved(case())
    keyid = run.key("alice").keyid
    revoked = Revocation(at=NOW, reason="compromised", untrusted_after_seq=last_believed)
    run.keys[keyid] = run.keys[keyid].model_copy(update={"revoked": revoked})
    assert run.verdicts(second_opinion) == {counts}


QUESTIONS = {
    "of-another-run": {"run": "01a206cd-ce3b-742c-ac61-11ae724346c5"},
    "of-another-manifest": {"manifest": DIGEST},
    "signed-by-a-reviewer": {"signer": "bob"},
}


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_question_must_be_the_runs_own(case, second_opinion, name):
    run = case()
    run.given(run.asked(**QUESTIONS[name]), "alice")
    run.say("run.cleared", n_owners=1)
    assert run.verdicts(second_opinion) == {False}


@pytest.mark.parametrize("name", ["question-1.json", "approval-1.json"])
def test_a_file_that_is_not_the_logged_one_is_found(case, second_opinion, name):
    run, other = approved(case()), approved(case())
    other.asked(1, until=NOW + HOUR / 2)
    other.given(other.asked(1), "bob")
    run.files[name] = other.files[name] if name == "approval-1.json" else run.files["approval-1.json"]
    assert run.verdicts(second_opinion) == {False}
    del run.files[name]
    assert run.verdicts(second_opinion) == {False}


def standing(case, **changes: Any) -> Case:
    from policy_checks.schemas.template import StandingApproval

    run = case(parent=DIGEST)
    owner = changes.pop("owner", "alice")
    fields = {
        "v": 1, "template": DIGEST, "columns": declaration_digest(run.manifest.dataset),
        "code": run.manifest.code.lock, "max_cost_eur": an_estimate().cost_eur, "max_runs": 3,
        "reviewer": run.key(owner).keyid, "iat": NOW - HOUR, "exp": NOW + HOUR,
    }  # fmt: skip
    use = changes.pop("use", 3)
    approval = StandingApproval(**(fields | changes))
    run.files["standing.json"] = dsse.seal("standing-approval", approval.to_bytes(), run.key(owner).signer())
    run.say("standing.used", standing=strict_json.digest(approval.to_bytes()), use=use)
    run.say("run.cleared", n_owners=0)
    return run


STANDING = {
    "another-template": {"template": "sha256:" + "2" * 64},
    "other-code": {"code": "sha256:" + "2" * 64},
    "one-run-too-many": {"use": 4},
    "too-expensive": {"max_cost_eur": an_estimate().cost_eur / 2},
    "ended": {"iat": NOW - 3 * HOUR, "exp": NOW - HOUR},
    "by-a-submitter": {"owner": "carol"},
    "used-up": {"max_runs": 2},
}


def test_a_standing_approval_covers_its_template(case, second_opinion):
    assert standing(case).verdicts(second_opinion) == {True}


@pytest.mark.parametrize("name", STANDING)
def test_a_standing_approval_covers_nothing_else(case, second_opinion, name):
    assert standing(case, **STANDING[name]).verdicts(second_opinion) == {False}
