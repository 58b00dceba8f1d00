"""Only a reviewer's signature over this manifest, run and nonce, in time and by enough people, lets a run go on."""

import base64
import json
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policy_checks.approvals import Presented, encode, judge, n_reviewers
from policy_checks.integrity import dsse, strict_json
from policy_checks.integrity.keyring import SKEW
from policy_checks.schemas.approval import Approval, Conditions, Question
from policy_checks.schemas.decision import review
from policy_checks.schemas.keyring import Key, Revocation
from tasks.adapters.keyring import PrivateKey
from tests.documents import DIGEST, NOW, a_decision, a_manifest
from tests.keys import YEAR, Authority, an_authority, an_entry

RUN, OTHER_RUN = "01a206cd-ce3b-742c-ac61-11ae724346c4", "01a206cd-ce3b-742c-ac61-11ae724346c5"
NONCE, SEQ = "0" * 32, 40
SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)


@dataclass
class People:
    """A submitter and three reviewers, the last of whom is the submitter's owner too."""

    authority: Authority
    alice: PrivateKey
    bob: PrivateKey
    carol: PrivateKey

    def keys(self, **changes) -> dict[str, Key]:
        entries = {
            self.authority.submitter: ("submitter", "carol"),
            self.alice: ("reviewer", "alice"),
            self.bob: ("reviewer", "bob"),
            self.carol: ("reviewer", "carol"),
        }
        return {
            key.keyid: an_entry(key, role, owner=owner, **changes) for key, (role, owner) in entries.items()
        }


@pytest.fixture(scope="module")
def people(tmp_path_factory) -> People:
    authority = an_authority(tmp_path_factory.mktemp("people"))
    return People(authority, *(authority.key("reviewer") for _ in range(3)))


def a_question(people: People, **changes) -> Question:
    fields = {
        "v": 1, "gate": "admission", "tenant": "t-" + "0" * 16, "manifest": DIGEST, "run": RUN, "nonce": NONCE,
        "attempt": 1, "submitter": people.authority.submitter.keyid, "n_reviewers": 1,
        "cost_eur": Decimal("0.50"), "decision": DIGEST, "packet": DIGEST, "asked_at": NOW, "until": NOW + HOUR,
    }  # fmt: skip
    return Question(**(fields | changes))


def an_answer(key: PrivateKey, **changes) -> Approval:
    fields = {
        "v": 1, "gate": "admission", "manifest": DIGEST, "run": RUN, "nonce": NONCE, "decision": "approve",
        "reviewer": key.keyid, "iat": NOW, "exp": NOW + HOUR,
    }  # fmt: skip
    return Approval(**(fields | changes))


def a_token(key: PrivateKey, *, name="approval", signer: PrivateKey | None = None, **changes) -> str:
    payload = an_answer(key, **changes).to_bytes()
    return encode(dsse.seal(name, payload, (signer or key).signer()))


def outcome(people: People, *tokens: str, at=NOW, keys=None, n_reviewers=1, nonces=(), **question):
    """Judge tokens, each offered to a question of the nonce beside it."""
    asked = [
        a_question(people, **({"nonce": nonce} | question)) for nonce in nonces or (NONCE,) * len(tokens)
    ]
    presented = [Presented(one, token, SEQ, at) for one, token in zip(asked, tokens, strict=True)]
    return judge(presented, keys or people.keys(), n_reviewers=n_reviewers)


def test_a_reviewers_approval_lets_the_run_go_on(people):
    judged = outcome(people, a_token(people.alice))
    assert (judged.outcome, judged.owners, judged.findings) == ("approved", ("alice",), ())


def test_without_a_token_the_question_stays_open(people):
    assert outcome(people).outcome == "open"


def test_an_answer_that_says_nothing_rejects(people):
    silent = an_answer(people.alice).model_dump(mode="json")
    del silent["decision"]
    token = encode(dsse.seal("approval", strict_json.dumps(silent), people.alice.signer()))
    assert outcome(people, token).outcome == "rejected"


def test_one_rejection_outweighs_every_approval(people):
    judged = outcome(people, a_token(people.alice), a_token(people.bob, decision="reject", reason="cost"))
    assert (judged.outcome, judged.owners) == ("rejected", ())
    assert "bob" in judged.findings[-1].message


DEFECTS = {
    "another-manifest": {"manifest": "sha256:" + "b" * 64},
    "another-run": {"run": OTHER_RUN},
    "another-nonce": {"nonce": "1" * 32},
    "another-reviewers-name": {"reviewer": "c" * 64},
}


@pytest.mark.parametrize("name", DEFECTS)
def test_an_answer_to_another_question_does_not_count(people, name):
    judged = outcome(people, a_token(people.alice, **DEFECTS[name]))
    assert (judged.outcome, judged.owners) == ("open", ())
    assert [finding.effect for finding in judged.findings] == ["deny"]
    assert judged.findings[0].remedy


def test_a_nonce_counts_once(people):
    tokens = a_token(people.alice), a_token(people.bob)
    judged = outcome(people, *tokens, n_reviewers=2)
    assert (judged.outcome, judged.owners) == ("open", ("alice",))
    assert "answered before" in judged.findings[0].message


def test_two_people_approve_in_two_askings(people):
    tokens, nonces = (a_token(people.alice, nonce="1" * 32), a_token(people.bob)), ("1" * 32, NONCE)
    judged = outcome(people, *tokens, nonces=nonces, n_reviewers=2)
    assert (judged.outcome, judged.owners) == ("approved", ("alice", "bob"))
    assert outcome(people, *tokens, n_reviewers=2).owners == ("bob",)


def test_a_rejection_counts_on_a_nonce_that_was_spent(people):
    tokens = a_token(people.alice), a_token(people.bob, decision="reject")
    assert outcome(people, *tokens).outcome == "rejected"


def test_a_form_in_production_needs_one_more_person():
    for mode, submitter, needed in (
        ("dry_run", "unauthenticated", 1),
        ("production", "unauthenticated", 2),
        ("production", "b" * 64, 1),
    ):
        manifest = a_manifest(mode=mode, submitter=submitter)
        assert n_reviewers(manifest, a_decision(manifest)) == needed


def test_a_grave_finding_needs_one_more_person():
    manifest = a_manifest()
    for effect, severity, needed in (("review", "medium", 1), ("review", "high", 2), ("note", "high", 1)):
        found = review("tier", "P3.3", "wide", "narrow it").model_copy(
            update={"effect": effect, "severity": severity}
        )
        assert n_reviewers(manifest, a_decision(manifest, findings=(found,))) == needed


def test_whoever_filled_in_a_form_has_no_owner_to_exclude(people):
    assert outcome(people, a_token(people.carol), submitter="unauthenticated").outcome == "approved"


def test_nobody_approves_a_run_of_their_own(people):
    assert outcome(people, a_token(people.carol)).outcome == "open"
    assert outcome(people, a_token(people.carol), submitter="d" * 64).outcome == "open"


@pytest.mark.parametrize(
    ("at", "counts"),
    [
        pytest.param(NOW - SKEW - SECOND, False, id="before-it-was-signed"),
        pytest.param(NOW - SKEW, True, id="a-skewed-clock-before"),
        pytest.param(NOW + HOUR, True, id="on-its-last-second"),
        pytest.param(NOW + HOUR + SECOND, False, id="a-second-late"),
    ],
)
def test_an_answer_counts_for_its_hour(people, at, counts):
    assert (outcome(people, a_token(people.alice), at=at).outcome == "approved") is counts


def test_an_answer_signed_after_the_deadline_does_not_count(people):
    late = NOW + timedelta(minutes=10)
    token = a_token(people.alice, iat=late, exp=late + HOUR)
    assert outcome(people, token, at=late, until=late).outcome == "approved"
    assert outcome(people, token, at=late, until=late - SECOND).outcome == "open"


def test_two_keys_of_one_owner_are_one_person(people):
    second = people.authority.key("reviewer")
    keys = people.keys() | {second.keyid: an_entry(second, "reviewer", owner="alice")}
    nonces = tuple(digit * 32 for digit in "123")
    signers = people.alice, second, people.bob
    tokens = [a_token(key, nonce=nonce) for key, nonce in zip(signers, nonces, strict=True)]
    rest = {"keys": keys, "n_reviewers": 2}
    assert outcome(people, *tokens[:2], nonces=nonces[:2], **rest).outcome == "open"
    judged = outcome(people, *tokens, nonces=nonces, **rest)
    assert (judged.outcome, judged.owners) == ("approved", ("alice", "bob"))


def test_no_number_of_people_is_not_enough_people(people):
    assert outcome(people, n_reviewers=0).outcome == "open"


@pytest.mark.parametrize(("cost", "approved"), [("0.499999", True), ("0.500000", True), ("0.500001", False)])
def test_a_condition_bounds_the_cost(people, cost, approved):
    token = a_token(people.alice, conditions=Conditions(max_cost_eur=Decimal("0.50")))
    judged = outcome(people, token, cost_eur=Decimal(cost))
    assert (judged.outcome == "approved") is approved
    assert bool(judged.findings) is not approved


def test_a_key_counts_in_its_role_window_and_until_its_revocation(people):
    token, keyid = a_token(people.alice), people.alice.keyid
    keys = people.keys()
    for changes in (
        {"role": "submitter"},
        {"not_before": NOW + SKEW + SECOND, "sign_until": NOW + YEAR},
        {"not_before": NOW - YEAR, "sign_until": NOW - SKEW - SECOND},
        {"revoked": Revocation(at=NOW, reason="lost", untrusted_after_seq=SEQ - 1)},
    ):
        changed = keys | {keyid: keys[keyid].model_copy(update=changes)}
        assert outcome(people, token, keys=changed).outcome == "open", changes
    known = {other: key for other, key in keys.items() if other != keyid}
    assert outcome(people, token, keys=known).outcome == "open"


def test_a_manifests_signature_or_a_strangers_is_no_approval(people):
    for token in (
        a_token(people.alice, name="manifest"),
        a_token(people.alice, signer=people.bob),
        a_token(people.alice, signer=people.authority.submitter),
        a_token(people.authority.submitter),
    ):
        assert outcome(people, token).outcome == "open"


def test_no_token_counts_longer_than_an_hour(people):
    answer = an_answer(people.alice).model_dump(mode="json")
    answer["exp"] = (NOW + HOUR + SECOND).isoformat()
    token = encode(dsse.seal("approval", strict_json.dumps(answer), people.alice.signer()))
    assert outcome(people, token).outcome == "open"


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_a_changed_token_never_approves(people, data):
    token = a_token(people.alice)
    at = data.draw(st.integers(0, len(token) - 1))
    letter = data.draw(st.characters(max_codepoint=0x2FF).filter(lambda found: found != token[at]))
    changed = token[:at] + letter + token[at + 1 :]
    assert changed.strip() == token or outcome(people, changed).outcome == "open"
    assert outcome(people, token[:at]).outcome == "open"


@settings(max_examples=100, deadline=None)
@given(text=st.text(max_size=300))
def test_no_text_is_taken_for_a_token(people, text):
    assert outcome(people, text).outcome == "open"


def test_a_token_survives_the_way_through_a_form(people):
    token = a_token(people.alice)
    assert set(token) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
    assert outcome(people, f"  {token}\n").outcome == "approved"
    envelope = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    assert envelope["payloadType"] == "application/vnd.atomq.approval.v1+json"
