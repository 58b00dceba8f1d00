"""A standing approval covers what its reviewer saw, so often, so dearly and so long, and nothing beside it."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

import pytest

from policy_checks.errors import IntegrityError
from policy_checks.integrity import dsse
from policy_checks.integrity.keyring import SKEW
from policy_checks.schemas.keyring import Key, Revocation
from policy_checks.schemas.template import StandingApproval
from policy_checks.standing import covers, declaration_digest, open_standing
from tasks.adapters.keyring import PrivateKey
from tests.documents import CODE, DIGEST, NOW, a_manifest
from tests.keys import Authority, an_authority, an_entry

SECOND, DAY, CENT = timedelta(seconds=1), timedelta(days=1), Decimal("0.01")
OTHER = "sha256:" + "2" * 64
SEQ = 40


@dataclass
class People:
    """A submitter and a reviewer."""

    authority: Authority
    alice: PrivateKey

    def keys(self, *, owner: str = "alice", **changes) -> dict[str, Key]:
        submitter = self.authority.submitter
        return {
            submitter.keyid: an_entry(submitter, "submitter", owner="carol"),
            self.alice.keyid: an_entry(self.alice, "reviewer", owner=owner, **changes),
        }


@pytest.fixture(scope="module")
def people(tmp_path_factory) -> People:
    authority = an_authority(tmp_path_factory.mktemp("people"))
    return People(authority, authority.key("reviewer"))


def an_instance(people: People, **changes):
    return a_manifest(**({"submitter": people.authority.submitter.keyid, "parent": DIGEST} | changes))


def a_standing(people: People, **changes) -> StandingApproval:
    fields = {
        "v": 1, "template": DIGEST, "columns": declaration_digest(an_instance(people).dataset),
        "code": CODE.lock, "max_cost_eur": Decimal("1.00"), "max_runs": 3, "reviewer": people.alice.keyid,
        "iat": NOW, "exp": NOW + 31 * DAY,
    }  # fmt: skip
    return StandingApproval(**(fields | changes))


def why_not(
    people: People, *, instance=None, keys=None, n_used=0, now=NOW, cost=CENT, **changes
) -> list[str]:
    found = covers(
        a_standing(people, **changes), instance or an_instance(people),
        cost_eur=cost, n_used=n_used, keys=keys or people.keys(), now=now, seq=SEQ,
    )  # fmt: skip
    return [finding.message.removeprefix("no standing approval covers it: ") for finding in found]


def test_what_its_reviewer_saw_is_covered(people):
    assert why_not(people) == []


@pytest.mark.parametrize(
    ("n_used", "covered"), [pytest.param(2, True, id="the-last"), pytest.param(3, False, id="one-more")]
)
def test_it_covers_so_many_runs(people, n_used, covered):
    assert (why_not(people, n_used=n_used) == []) is covered


@pytest.mark.parametrize(
    ("cost", "covered"),
    [
        pytest.param("0.99", True, id="cheaper"),
        pytest.param("1.00", True, id="at-the-limit"),
        pytest.param("1.000001", False, id="dearer"),
    ],
)
def test_it_covers_runs_up_to_its_cost(people, cost, covered):
    assert (why_not(people, cost=Decimal(cost)) == []) is covered


@pytest.mark.parametrize(
    ("now", "covered"),
    [
        pytest.param(NOW - SKEW, True, id="at-the-skew"),
        pytest.param(NOW - SKEW - SECOND, False, id="before"),
        pytest.param(NOW + 31 * DAY, True, id="at-the-end"),
        pytest.param(NOW + 31 * DAY + SECOND, False, id="after"),
    ],
)
def test_it_covers_its_days(people, now, covered):
    assert (why_not(people, now=now) == []) is covered


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        pytest.param({"parent": OTHER}, "another template", id="another-template"),
        pytest.param({"parent": None}, "another template", id="no-template"),
        pytest.param({"code": {"lock": OTHER, "git": "a" * 40}}, "distributions", id="another-code"),
        pytest.param({"execution": {"target": "ibm:fez"}}, "remote", id="a-remote-target"),
        pytest.param(
            {"dataset__columns": {"age": {"kind": "measure", "action": "keep"},
                                  "email": {"kind": "email", "action": "mask"},
                                  "outcome": {"kind": "target", "action": "keep"}}},
            "columns", id="another-treatment-of-a-column",
        ),
    ],
)  # fmt: skip
def test_anything_else_than_was_seen_is_not_covered(people, changes, told):
    (message,) = why_not(people, instance=an_instance(people, **changes))
    assert told in message


def test_nobody_approves_a_template_of_their_own(people):
    (message,) = why_not(people, keys=people.keys(owner="carol"))
    assert "own" in message


def test_a_submitter_whom_the_ring_does_not_know_is_not_covered(people):
    assert why_not(people, instance=an_instance(people, submitter="unauthenticated"))


@pytest.mark.parametrize(("after", "covered"), [(SEQ - 1, False), (SEQ, True)])
def test_a_revoked_reviewers_approval_ends_with_the_key(people, after, covered):
    revoked = Revocation(at=NOW, reason="left", untrusted_after_seq=after)
    assert (why_not(people, keys=people.keys(revoked=revoked)) == []) is covered


def test_only_the_reviewers_own_signature_opens(people):
    payload = a_standing(people).to_bytes()
    envelope = dsse.seal("standing-approval", payload, people.alice.signer())
    assert open_standing(envelope, people.keys())[0] == a_standing(people)
    with pytest.raises(IntegrityError, match="key-misused"):
        by_submitter = dsse.seal("standing-approval", payload, people.authority.submitter.signer())
        open_standing(by_submitter, people.keys())
    foreign = a_standing(people, reviewer="c" * 64).to_bytes()
    with pytest.raises(IntegrityError, match="standing-invalid"):
        open_standing(dsse.seal("standing-approval", foreign, people.alice.signer()), people.keys())
    with pytest.raises(IntegrityError, match="standing-invalid"):
        open_standing(dsse.seal("standing-approval", b"{}", people.alice.signer()), people.keys())


@pytest.mark.parametrize(("days", "allowed"), [(31, True), (32, False), (0, False)])
def test_none_is_given_for_longer_than_31_days(people, days, allowed):
    if allowed:
        assert a_standing(people, exp=NOW + days * DAY)
    else:
        with pytest.raises(ValueError, match="31 days"):
            a_standing(people, exp=NOW + days * DAY)
