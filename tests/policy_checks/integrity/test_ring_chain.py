"""A ring follows from the one before, and changes no more than its signer may."""

import random
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policy_checks.errors import IntegrityError
from policy_checks.integrity import ring_chain
from policy_checks.integrity.keyring import SKEW
from policy_checks.integrity.ring_chain import RingChain, excess, open_chain
from policy_checks.schemas.keyring import KeyRing, Revocation
from tests.documents import NOW
from tests.keys import DAY, YEAR, Authority, an_authority, an_entry

HOUR = timedelta(hours=1)
REVOKED = Revocation(at=NOW, reason="lost", untrusted_after_seq=7)


@pytest.fixture(scope="module")
def authority(tmp_path_factory) -> Authority:
    return an_authority(tmp_path_factory.mktemp("authority"))


def with_exec(authority: Authority, older: KeyRing, *, at=NOW, valid=DAY, **changes) -> KeyRing:
    key = authority.key("exec")
    entry = an_entry(key, "exec", at=at, valid=valid, **changes)
    return authority.after(older, at=at, keys=older.keys | {key.keyid: entry})


def refused(chain: RingChain, envelope: bytes, code: str) -> None:
    before = chain.newest
    with pytest.raises(IntegrityError) as caught:
        chain.accept(envelope)
    assert caught.value.code == code
    assert chain.newest == before


def test_the_root_starts_a_chain_and_a_rotator_continues_it(authority):
    second = with_exec(authority, authority.first())
    chain = open_chain(
        [authority.sealed(authority.first()), authority.sealed(second, authority.rotator)],
        authority.document,
        authority.digest,
    )
    assert chain.ring == second
    assert chain.known.keys() == second.keys.keys()


def test_a_chain_starts_with_version_one_and_without_predecessor(authority):
    chain = RingChain(authority.document, authority.digest)
    refused(chain, authority.sealed(authority.first().model_copy(update={"version": 2})), "ring-gap")
    prev = authority.first().model_copy(update={"prev": authority.digest})
    refused(chain, authority.sealed(prev), "ring-gap")
    with pytest.raises(IntegrityError, match="ring-absent"):
        _ = chain.ring


def test_a_rotator_does_not_start_a_chain(authority):
    chain = RingChain(authority.document, authority.digest)
    refused(chain, authority.sealed(authority.first(), authority.rotator), "key-unknown")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        pytest.param({"version": 1}, "ring-rollback", id="same-version"),
        pytest.param({"version": 3}, "ring-gap", id="a-version-skipped"),
        pytest.param({"prev": "sha256:" + "a" * 64}, "ring-broken", id="foreign-predecessor"),
        pytest.param({"prev": None}, "ring-broken", id="no-predecessor"),
        pytest.param({"issued": NOW - timedelta(seconds=1)}, "ring-broken", id="issued-before"),
        pytest.param({"root": "sha256:" + "a" * 64}, "ring-foreign-root", id="another-root"),
    ],
)
def test_even_the_root_keeps_to_the_succession(authority, changes, code):
    refused(authority.chain(), authority.sealed(authority.after(authority.first(), **changes)), code)


def test_an_older_ring_offered_again_is_a_rollback(authority):
    chain = authority.chain(authority.after(authority.first()))
    refused(chain, authority.sealed(authority.first()), "ring-rollback")


def enlarged(authority: Authority, role: str, valid: timedelta = YEAR) -> KeyRing:
    key = authority.key(role)
    first = authority.first()
    return authority.after(first, keys=first.keys | {key.keyid: an_entry(key, role, valid=valid)})


def without(authority: Authority, key) -> KeyRing:
    first = authority.first()
    return authority.after(first, keys={k: v for k, v in first.keys.items() if k != key.keyid})


def edited(authority: Authority, **changes) -> KeyRing:
    first, keyid = authority.first(), authority.submitter.keyid
    return authority.after(first, keys=first.keys | {keyid: first.keys[keyid].model_copy(update=changes)})


EXCESSES = {
    **{f"adds-a-{role}": lambda a, role=role: enlarged(a, role) for role in ("submitter", "reviewer", "audit", "witness", "rotator")},
    "adds-a-reviewer-for-a-day": lambda a: enlarged(a, "reviewer", DAY),
    "drops-a-submitter": lambda a: without(a, a.submitter),
    "drops-itself": lambda a: without(a, a.rotator),
    "revokes": lambda a: edited(a, revoked=REVOKED),
    "extends-a-submitter": lambda a: edited(a, sign_until=NOW + 2 * YEAR),
    "renames-an-owner": lambda a: edited(a, owner="somebody-else"),
    "extends-the-ring": lambda a: a.after(a.first(), expires=NOW + 2 * YEAR),
    "changes-the-profile": lambda a: a.after(a.first(), profile="development"),
    "adds-a-long-lived-exec": lambda a: with_exec(a, a.first(), valid=timedelta(hours=25, seconds=1)),
    "adds-a-revoked-exec": lambda a: with_exec(a, a.first(), revoked=REVOKED),
}  # fmt: skip


@pytest.mark.parametrize("name", EXCESSES)
def test_a_rotator_changes_execution_keys_and_nothing_else(authority, name):
    ring = EXCESSES[name](authority)
    refused(authority.chain(), authority.sealed(ring, authority.rotator), "ring-exceeds-signer")


@pytest.mark.parametrize("valid", [DAY, timedelta(hours=25)], ids=["a-day", "the-longest-window"])
def test_a_rotator_may_add_an_execution_key(authority, valid):
    authority.chain().accept(
        authority.sealed(with_exec(authority, authority.first(), valid=valid), authority.rotator)
    )


@pytest.mark.parametrize(
    ("late", "allowed"),
    [
        pytest.param(SKEW, False, id="when-the-skew-is-over-to-the-second"),
        pytest.param(SKEW + timedelta(seconds=1), True, id="a-second-later"),
        pytest.param(timedelta(0), False, id="at-its-end"),
    ],
)
@pytest.mark.parametrize("by_root", [False, True], ids=["by-rotator", "by-root"])
def test_an_execution_key_is_retired_only_after_its_end(authority, late, allowed, by_root):
    second = with_exec(authority, authority.first())
    third = authority.after(second, at=NOW + DAY + late, keys=authority.first().keys)
    assert (list(excess(second, third, by_root=by_root)) == []) is allowed


def test_a_retired_execution_key_is_still_known(authority):
    second = with_exec(authority, authority.first())
    third = authority.after(second, at=NOW + 2 * DAY, keys=authority.first().keys)
    chain = authority.chain(second, third)
    assert set(second.keys) <= set(chain.known)
    assert set(chain.ring.keys) < set(chain.known)


@pytest.mark.parametrize("name", ["drops-a-submitter", "extends-a-submitter", "renames-an-owner"])
def test_not_even_the_root_edits_or_removes_a_key(authority, name):
    refused(authority.chain(), authority.sealed(EXCESSES[name](authority)), "ring-exceeds-signer")


@pytest.mark.parametrize(
    "name", [name for name in EXCESSES if name.startswith(("adds", "revokes", "extends-the", "changes"))]
)
def test_the_root_may_add_revoke_and_renew(authority, name):
    authority.chain().accept(authority.sealed(EXCESSES[name](authority)))


def test_a_revocation_is_not_taken_back_or_moved(authority):
    second = edited(authority, revoked=REVOKED)
    for revoked in (None, REVOKED.model_copy(update={"untrusted_after_seq": 8})):
        keyid = authority.submitter.keyid
        third = authority.after(
            second, keys=second.keys | {keyid: second.keys[keyid].model_copy(update={"revoked": revoked})}
        )
        refused(authority.chain(second), authority.sealed(third), "ring-exceeds-signer")


def test_a_revoked_rotator_rotates_no_more(authority):
    first, keyid = authority.first(), authority.rotator.keyid
    revoked = first.keys[keyid].model_copy(update={"revoked": REVOKED})
    second = authority.after(first, keys=first.keys | {keyid: revoked})
    third = with_exec(authority, second)
    refused(authority.chain(second), authority.sealed(third, authority.rotator), "key-outside-window")


@pytest.mark.parametrize("off", [-timedelta(seconds=1), YEAR + timedelta(seconds=1)], ids=["before", "after"])
def test_a_rotator_signs_in_its_window_only(authority, off):
    first = authority.first().model_copy(update={"issued": NOW - DAY})
    chain = RingChain(authority.document, authority.digest)
    chain.accept(authority.sealed(first))
    late = with_exec(authority, first, at=NOW + off)
    refused(chain, authority.sealed(late, authority.rotator), "key-outside-window")


def test_a_submitter_signs_no_ring(authority):
    ring = with_exec(authority, authority.first())
    refused(authority.chain(), authority.sealed(ring, authority.submitter), "key-misused")


def days_later(authority: Authority, n_days: int) -> tuple[RingChain, KeyRing]:
    """A chain at version 2, and the version that daily rotations have led to."""
    ring = with_exec(authority, authority.first())
    chain = authority.chain(ring)
    for day in range(1, n_days + 1):
        kept = {k: v for k, v in ring.keys.items() if not ring_chain.ended(v, NOW + day * DAY)}
        ring = with_exec(authority, ring.model_copy(update={"keys": kept}), at=NOW + day * DAY)
    return chain, ring


@pytest.mark.parametrize("n_days", [1, 2, 40])
def test_a_leap_takes_a_later_version_without_those_between(authority, n_days):
    chain, later = days_later(authority, n_days)
    before = set(chain.known)
    assert chain.leap(authority.sealed(later, authority.rotator)) == later
    assert chain.ring == later
    assert set(chain.known) == before | set(later.keys)
    chain.accept(authority.sealed(authority.after(later, at=later.issued)))


def leap_refused(chain: RingChain, envelope: bytes, code: str) -> None:
    before = chain.newest
    with pytest.raises(IntegrityError) as caught:
        chain.leap(envelope)
    assert caught.value.code == code
    assert chain.newest == before


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        pytest.param({"version": 2}, "ring-rollback", id="same-version"),
        pytest.param({"version": 1}, "ring-rollback", id="an-earlier-version"),
        pytest.param({"issued": NOW - timedelta(seconds=1)}, "ring-broken", id="issued-before"),
        pytest.param({"root": "sha256:" + "a" * 64}, "ring-foreign-root", id="foreign-root"),
        pytest.param({"version": 3, "prev": "sha256:" + "a" * 64}, "ring-broken", id="foreign-neighbour"),
    ],
)
def test_a_leap_leads_forward_only(authority, changes, code):
    chain = days_later(authority, 0)[0]
    later = authority.after(chain.ring).model_copy(update={"version": 9} | changes)
    leap_refused(chain, authority.sealed(later), code)


@pytest.mark.parametrize("name", EXCESSES)
def test_a_rotator_does_not_leap_over_its_bounds(authority, name):
    ring = EXCESSES[name](authority).model_copy(update={"version": 7})
    leap_refused(authority.chain(), authority.sealed(ring, authority.rotator), "ring-exceeds-signer")


def test_nobody_but_root_and_rotator_signs_a_leap(authority, tmp_path):
    chain, later = days_later(authority, 3)
    leap_refused(chain, authority.sealed(later, authority.submitter), "key-misused")
    leap_refused(chain, authority.sealed(later, an_authority(tmp_path).rotator), "key-unknown")
    late = later.model_copy(update={"issued": NOW + 2 * YEAR})
    leap_refused(chain, authority.sealed(late, authority.rotator), "key-outside-window")


def test_the_root_leaps_with_what_it_may_change(authority):
    chain, later = days_later(authority, 3)
    added = authority.key("reviewer")
    ring = later.model_copy(update={"keys": later.keys | {added.keyid: an_entry(added, "reviewer")}})
    assert chain.leap(authority.sealed(ring)).keys[added.keyid].role == "reviewer"
    dropped = later.model_copy(update={"keys": {}})
    leap_refused(days_later(authority, 0)[0], authority.sealed(dropped), "ring-exceeds-signer")


def test_a_foreign_root_is_refused(authority, tmp_path):
    other = an_authority(tmp_path)
    ring = authority.after(authority.first())
    refused(authority.chain(), authority.sealed(ring, other.root), "key-unknown")


def test_a_key_under_a_foreign_id_is_refused(authority):
    first, key = authority.first(), authority.key("submitter")
    ring = authority.after(first, keys=first.keys | {"a" * 64: an_entry(key, "submitter")})
    refused(authority.chain(), authority.sealed(ring), "ring-invalid")


@pytest.mark.parametrize(
    ("late", "current"),
    [
        pytest.param(-timedelta(seconds=1), True, id="a-second-before"),
        pytest.param(timedelta(0), True, id="at-the-end"),
        pytest.param(timedelta(seconds=1), False, id="a-second-after"),
    ],
)
def test_an_expired_ring_is_refused(authority, late, current):
    ring = authority.first()
    if current:
        ring_chain.require_current(ring, ring.expires + late)
    else:
        with pytest.raises(IntegrityError, match="ring-expired"):
            ring_chain.require_current(ring, ring.expires + late)


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["add-exec", "retire", "add-submitter", "revoke", "drop", "extend", "skip-version"]),
        st.booleans(),
    ),
    max_size=6,
)


@settings(max_examples=60, deadline=None)
@given(steps=STEPS, seed=st.integers(0, 2**32))
def test_whatever_is_accepted_keeps_every_key_that_was_ever_named(authority, steps, seed):
    """However changes come, the chain forgets no key, edits none, and a rotator never enlarges roles."""
    rng, chain, now = random.Random(seed), authority.chain(), NOW
    for step, by_root in steps:
        before, older, now = dict(chain.known), chain.ring, now + DAY
        keys = dict(older.keys)
        changes: dict[str, object] = {}
        match step:
            case "add-exec":
                key = authority.key("exec")
                keys[key.keyid] = an_entry(key, "exec", at=now, valid=DAY)
            case "retire":
                keys = {k: v for k, v in keys.items() if v.role != "exec"}
            case "add-submitter":
                key = authority.key("submitter")
                keys[key.keyid] = an_entry(key, "submitter", at=now)
            case "revoke":
                chosen = rng.choice(sorted(keys))
                keys[chosen] = keys[chosen].model_copy(update={"revoked": REVOKED})
            case "drop":
                del keys[rng.choice(sorted(keys))]
            case "extend":
                changes["expires"] = older.expires + DAY
            case "skip-version":
                changes["version"] = older.version + 2
        ring = authority.after(older, at=now, keys=keys, **changes)
        try:
            chain.accept(authority.sealed(ring, authority.root if by_root else authority.rotator))
        except IntegrityError:
            assert chain.ring == older
            assert chain.known == before
            continue
        assert before.keys() <= chain.known.keys()
        for keyid, key in before.items():
            assert chain.known[keyid].model_copy(update={"revoked": None}) == key.model_copy(
                update={"revoked": None}
            )
        if not by_root:
            assert all(chain.known[k].role == "exec" for k in chain.known.keys() - before.keys())
            assert chain.ring.expires == older.expires
