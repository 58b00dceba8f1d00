"""A reviewer is shown what the run asks, or nothing: whatever was changed on its way is refused."""

import base64
import json
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policy_checks import approval_request
from policy_checks.approval_request import open_request
from policy_checks.errors import IntegrityError
from policy_checks.integrity import dsse, ring_chain, strict_json
from policy_checks.schemas.keyring import Revocation
from policy_checks.schemas.template import Template
from tests.approvals import HOUR, PACKET, Office, an_office, coded
from tests.documents import CODE, DIGEST, NOW
from tests.keys import DAY, TENANT, YEAR, an_authority, an_entry

SECOND = timedelta(seconds=1)


@pytest.fixture(scope="module")
def office(tmp_path_factory) -> Office:
    return an_office(tmp_path_factory.mktemp("office"))


def opened(bundle: bytes, *, pin=None, own_root=None, now=NOW):
    return open_request(bundle, pin=pin, own_root=own_root, now=now)


def refused(bundle: bytes, code: str, **how) -> IntegrityError:
    with pytest.raises(IntegrityError) as caught:
        opened(bundle, **how)
    assert caught.value.code == code, caught.value
    assert caught.value.remedy
    return caught.value


def sealed(parts: dict) -> bytes:
    return strict_json.dumps(parts)


def test_a_whole_request_says_what_is_asked(office):
    found = opened(office.bundle(attempt=3), pin=office.authority.digest)
    assert (found.question.attempt, found.question.tenant) == (3, TENANT)
    assert found.manifest.execution.shots == 30_000
    assert found.decision.estimate.cost_eur == Decimal("0.50")
    assert (found.packet, found.ring, found.notes) == (PACKET, office.ring(), ())
    assert found.root_digest == office.authority.digest


def test_a_reviewer_is_told_how_far_the_trust_goes(office):
    notes = " ".join(opened(office.bundle(profile="development")).notes)
    assert f"ATOMQ_ROOT={office.authority.digest}" in notes
    assert "one machine holds every key" in notes
    assert opened(office.bundle(), own_root=office.root()).notes == ()
    form = office.parts(manifest=office.manifest(submitter="unauthenticated"))
    assert "filled in a form" in opened(sealed(form), own_root=office.root()).notes[0]


def test_a_revoked_submitter_is_told(office):
    keyid = office.authority.submitter.keyid
    lost = Revocation(at=NOW, reason="lost", untrusted_after_seq=9)
    entry = office.ring().keys[keyid].model_copy(update={"revoked": lost})
    ring = office.ring(**{keyid: entry})
    parts = office.parts() | {"rings": [coded(office.authority.sealed(ring))]}
    assert "revoked" in opened(sealed(parts), own_root=office.root()).notes[0]


def test_another_root_than_the_pinned_or_own_one_is_refused(office, tmp_path):
    other = an_office(tmp_path)
    refused(office.bundle(), "request-root", pin=DIGEST)
    refused(office.bundle(), "request-root", own_root=other.root())
    refused(sealed(office.parts() | {"root": coded(other.root())}), "request-ring")
    refused(other.bundle(), "request-root", own_root=office.root())


PARTS = ("question", "manifest", "decision", "root", "rings", "packet")


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_any_byte_changed_in_any_part_is_refused(office, data):
    parts = office.parts()
    part = data.draw(st.sampled_from(PARTS))
    raw = (
        PACKET.encode()
        if part == "packet"
        else base64.b64decode(parts[part][0] if part == "rings" else parts[part])
    )
    at = data.draw(st.integers(0, len(raw) - 1))
    byte = data.draw(st.integers(1, 255))
    changed = raw[:at] + bytes([raw[at] ^ byte]) + raw[at + 1 :]
    if part == "packet":
        parts["packet"] = changed.decode("latin-1")
    else:
        parts[part] = [coded(changed)] if part == "rings" else coded(changed)
    with pytest.raises(IntegrityError, match=r"\[request-"):
        opened(sealed(parts))


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_parts_of_two_requests_do_not_mix(office, data):
    first = office.parts()
    second = office.parts(manifest=office.manifest(execution__shots=40_000), packet="another\n")
    taken = data.draw(
        st.sets(st.sampled_from(["question", "manifest", "decision", "packet"]), min_size=1, max_size=3)
    )
    with pytest.raises(IntegrityError, match=r"\[request-"):
        opened(sealed(first | {name: second[name] for name in taken}))


@pytest.mark.parametrize(
    "bundle",
    [b"", b"[]", b"{}", b'"x"', b"\xff", b"{" * 40, b'{"v":1,"v":1}'],
    ids=["empty", "list", "no-field", "text", "no-text", "deep", "twice"],
)
def test_what_is_no_bundle_is_refused(bundle):
    refused(bundle, "request-invalid")


@settings(max_examples=200, deadline=None)
@given(
    name=st.sampled_from(sorted(approval_request.FIELDS)),
    value=st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=20),
        lambda inner: st.lists(inner, max_size=6),
    ),
)
def test_a_part_of_another_kind_is_refused_and_never_raises_otherwise(office, name, value):
    parts = office.parts()
    if value == parts[name]:
        return
    with pytest.raises(IntegrityError, match=r"\[request-"):
        opened(sealed(parts | {name: value}))


def test_nothing_more_and_nothing_less_than_the_parts(office):
    parts = office.parts()
    refused(sealed(parts | {"more": 1}), "request-invalid")
    for name in parts:
        refused(sealed({other: value for other, value in parts.items() if other != name}), "request-invalid")
    refused(b" " * approval_request.BUNDLE_BYTES_MAX + office.bundle(), "request-invalid")
    refused(sealed(parts | {"rings": parts["rings"] * 2}), "request-ring")
    refused(sealed(parts | {"rings": parts["rings"] * 5}), "request-invalid")


@pytest.mark.parametrize("name", ["submitter", "rotator", "alice", "stranger"])
def test_only_an_execution_key_asks(office, name):
    signer = {
        "submitter": office.authority.submitter,
        "rotator": office.authority.rotator,
        "alice": office.alice,
        "stranger": office.authority.key("exec"),
    }[name]
    refused(office.bundle(signer=signer), "request-question")


def test_a_tenants_key_asks_for_its_own_tenant_only(office):
    refused(office.bundle(tenant="t-" + "2" * 16), "request-question")


@pytest.mark.parametrize(
    ("off", "now", "counts"),
    [
        pytest.param(-SECOND, NOW, False, id="before-its-keys-window"),
        pytest.param(DAY, NOW + DAY, True, id="on-its-keys-last-second"),
        pytest.param(DAY + SECOND, NOW + DAY + SECOND, False, id="after-its-keys-window"),
        pytest.param(timedelta(seconds=120), NOW, True, id="by-a-clock-two-minutes-ahead"),
        pytest.param(timedelta(seconds=121), NOW, False, id="in-the-future"),
    ],
)
def test_a_question_is_signed_in_its_keys_window(office, off, now, counts):
    manifest = office.manifest(not_before=(NOW + HOUR).isoformat(), not_after=(NOW + DAY + HOUR).isoformat())
    asked = office.bundle(manifest=manifest, asked_at=NOW + off, until=NOW + DAY + HOUR)
    if counts:
        opened(asked, now=now)
    else:
        refused(asked, "request-question", now=now)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        pytest.param({"manifest": DIGEST}, "request-manifest", id="another-manifest"),
        pytest.param({"submitter": "b" * 64}, "request-manifest", id="another-submitter"),
        pytest.param({"n_reviewers": 2}, "request-decision", id="more-reviewers-than-needed"),
        pytest.param({"until": NOW}, "request-manifest", id="a-deadline-at-once"),
        pytest.param({"until": NOW + DAY + SECOND}, "request-manifest", id="a-deadline-after-the-window"),
        pytest.param({"cost_eur": Decimal("0.49")}, "request-decision", id="another-cost"),
        pytest.param({"decision": DIGEST}, "request-decision", id="another-decision"),
        pytest.param({"packet": DIGEST}, "request-packet", id="another-packet"),
    ],
)
def test_a_question_that_does_not_fit_its_parts_is_refused(office, changes, code):
    refused(office.bundle(asked=changes), code)


@pytest.mark.parametrize("changes", [{"manifest": DIGEST}, {"mode": "production"}, {"effect": "allow"}])
def test_a_decision_that_does_not_fit_its_manifest_is_refused(office, changes):
    manifest = office.manifest()
    refused(
        office.bundle(manifest=manifest, decision=office.decision(manifest, **changes)), "request-decision"
    )


def test_fewer_reviewers_than_the_manifest_needs_are_refused(office):
    form = office.manifest(submitter="unauthenticated", mode="production")
    assert opened(office.bundle(manifest=form)).question.n_reviewers == 2
    refused(office.bundle(manifest=form, n_reviewers=1), "request-decision")


def test_a_question_waits_while_keys_rotate_and_is_followed_through_a_leap(office):
    """The newest ring that the root signed, and the one of the day on which it asks again."""
    first, later = office.ring(), NOW + 20 * HOUR
    key = office.authority.key("exec")
    kept = first.keys | {key.keyid: an_entry(key, "exec", at=later, valid=DAY)}
    newest = first.model_copy(update={"version": 9, "prev": DIGEST, "issued": later, "keys": kept})
    parts = office.parts(signer=key, asked_at=later, until=later + HOUR)
    rotated = coded(office.authority.sealed(newest, office.authority.rotator))
    refused(sealed(parts), "request-question", now=later)
    assert opened(sealed(parts | {"rings": [*parts["rings"], rotated]}), now=later).ring == newest
    enlarged = newest.model_copy(update={"keys": kept | {"a" * 64: an_entry(key, "reviewer")}})
    forged = coded(office.authority.sealed(enlarged, office.authority.rotator))
    refused(sealed(parts | {"rings": [*parts["rings"], forged]}), "request-ring", now=later)


def test_a_form_is_followed_to_its_key_after_that_key_has_left_the_ring(office):
    first, later = office.ring(), NOW + DAY + HOUR
    key = office.authority.key("exec")
    kept = {k: v for k, v in first.keys.items() if not ring_chain.ended(v, later)}
    newest = first.model_copy(
        update={
            "version": 30,
            "issued": later,
            "keys": kept | {key.keyid: an_entry(key, "exec", at=later, valid=DAY)},
        }
    )
    form = office.manifest(
        submitter="unauthenticated", not_after=(later + HOUR).isoformat(), not_before=later.isoformat()
    )
    parts = office.parts(manifest=form, signer=key, asked_at=later, until=later + HOUR)
    rotated = coded(office.authority.sealed(newest, office.authority.rotator))
    opened(sealed(parts | {"rings": [*parts["rings"], rotated]}), now=later)


def test_an_expired_ring_is_refused(office):
    refused(office.bundle(), "request-ring", now=NOW + YEAR + SECOND)


def test_a_ring_that_the_root_did_not_sign_starts_nothing(office):
    ring = coded(office.authority.sealed(office.ring(), office.authority.rotator))
    refused(sealed(office.parts() | {"rings": [ring]}), "request-ring")


def test_an_instance_is_shown_with_its_template_and_not_without(office, tmp_path):
    template, parts = an_instance(office)
    assert opened(sealed(parts)).manifest.parent == strict_json.digest(template.to_bytes())
    refused(sealed(parts | {"template": None}), "request-manifest")
    other = template.model_copy(update={"purpose": "hybrid"})
    swapped = coded(dsse.seal("template", other.to_bytes(), office.authority.submitter.signer()))
    refused(sealed(parts | {"template": swapped}), "request-manifest")
    stranger = an_authority(tmp_path).submitter
    foreign = coded(dsse.seal("template", template.to_bytes(), stranger.signer()))
    refused(sealed(parts | {"template": foreign}), "request-manifest")


def test_a_template_beside_a_manifest_that_names_none_is_refused(office):
    _, parts = an_instance(office)
    refused(sealed(office.parts() | {"template": parts["template"]}), "request-manifest")


def an_instance(office: Office) -> tuple[Template, dict]:
    """A template, and the parts of a request about an instance of it."""
    asked = office.manifest()
    same = (
        "tenant",
        "kind",
        "purpose",
        "mode",
        "training",
        "circuit",
        "execution",
        "limits",
        "claim",
        "submitter",
    )
    template = Template(
        v=1, id=asked.id, name="nightly", dataset="patients", valid_for_days=30, created=NOW,
        not_after=NOW + 30 * DAY, code=CODE, **{name: getattr(asked, name) for name in same},
    )  # fmt: skip
    instance = office.manifest(parent=strict_json.digest(template.to_bytes()))
    parts = office.parts(manifest=instance)
    signed = dsse.seal("manifest", instance.to_bytes(), office.execution.signer())
    envelope = dsse.seal("template", template.to_bytes(), office.authority.submitter.signer())
    return template, parts | {"manifest": coded(signed), "template": coded(envelope)}


def test_errors_name_the_part_and_quote_nothing(office):
    parts = office.parts()
    envelope = json.loads(base64.b64decode(parts["question"]))
    envelope["payload"] = coded(b'{"secret":1}')
    error = refused(sealed(parts | {"question": coded(strict_json.dumps(envelope))}), "request-question")
    assert "secret" not in error.message


@pytest.mark.parametrize(
    "text", ["e3t=", "e3s=\n", "-e3s=", "e3s"], ids=["loose-bits", "newline", "dash", "bare"]
)
def test_a_part_has_one_spelling(office, text):
    assert base64.b64decode("e3t=") == base64.b64decode("e3s=")
    refused(sealed(office.parts() | {"decision": text}), "request-invalid")
