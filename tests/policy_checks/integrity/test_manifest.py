"""A manifest is its submitter's, its template's, or openly nobody's; the execution key signs in no other name."""

from datetime import timedelta

import pytest

from policy_checks.errors import IntegrityError, ManifestError
from policy_checks.integrity import dsse, strict_json
from policy_checks.integrity.manifest import open_manifest, open_template
from policy_checks.schemas.manifest import Manifest
from policy_checks.schemas.template import Template
from tests.documents import CODE, NOW, a_manifest
from tests.keys import Authority, an_authority, an_entry

TENANT, OTHER = "t-" + "0" * 16, "t-" + "1" * 16
DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def authority(tmp_path_factory) -> Authority:
    return an_authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def executor(authority):
    return authority.key("exec")


@pytest.fixture(scope="module")
def keys(authority, executor):
    return {
        authority.submitter.keyid: an_entry(authority.submitter, "submitter"),
        executor.keyid: an_entry(executor, "exec", tenant=TENANT),
    }


def sealed(document: Manifest | Template, key, name="manifest") -> bytes:
    return dsse.seal(name, document.to_bytes(), key.signer())


def a_template(authority, **changes) -> Template:
    of = a_manifest()
    fields = {name: getattr(of, name) for name in ("tenant", "kind", "purpose", "training", "circuit")}
    fields |= {name: getattr(of, name) for name in ("execution", "limits", "claim")}
    fields |= {
        "v": 1, "id": of.id, "name": "nightly", "dataset": "patients", "submitter": authority.submitter.keyid,
        "created": NOW - DAY, "not_after": NOW + DAY, "code": CODE,
    }  # fmt: skip
    return Template(**(fields | changes))


def an_instance(template: Template, **changes) -> Manifest:
    parent = strict_json.digest(template.to_bytes())
    return a_manifest(submitter=template.submitter, parent=parent, **changes)


def columns(**rule: str) -> dict[str, object]:
    """As many declared columns as there may be, with the longest names, one of them the target."""
    names = [f"{number:0128}" for number in range(4_999)]
    return {name: {"action": "keep"} | rule for name in names} | {
        "outcome": {"kind": "target", "action": "keep"}
    }


def test_the_widest_table_can_be_declared_and_what_nobody_would_open_is_not_signed(authority, keys):
    widest = a_manifest(submitter=authority.submitter.keyid, dataset__columns=columns(kind="measure"))
    opened, _, _ = open_manifest(sealed(widest, authority.submitter), keys, tenant=None)
    assert len(opened.dataset.columns) == 5_000
    wider = a_manifest(
        submitter=authority.submitter.keyid, dataset__columns=columns(kind="other", reason="because " * 20)
    )
    with pytest.raises(ManifestError, match="document-too-large"):
        sealed(wider, authority.submitter)


def test_a_submitters_own_manifest_opens(authority, keys):
    manifest = a_manifest(submitter=authority.submitter.keyid)
    opened, digest, signer = open_manifest(sealed(manifest, authority.submitter), keys, tenant=None)
    assert (opened, signer) == (manifest, authority.submitter.keyid)
    assert digest == strict_json.digest(manifest.to_bytes())


def test_a_form_is_signed_by_the_tenants_execution_key_and_names_nobody(executor, keys):
    manifest = a_manifest(submitter="unauthenticated")
    opened, _, signer = open_manifest(sealed(manifest, executor), keys, tenant=TENANT)
    assert (opened.submitter, signer) == ("unauthenticated", executor.keyid)


def test_an_instance_opens_with_its_template(authority, executor, keys):
    template = a_template(authority)
    envelope = sealed(an_instance(template), executor)
    signed = sealed(template, authority.submitter, "template")
    opened, _, _ = open_manifest(envelope, keys, tenant=TENANT, template=signed)
    assert opened.submitter == authority.submitter.keyid
    assert open_template(signed, keys) == (template, opened.parent)


def refusal(envelope, keys, **how) -> str:
    with pytest.raises(IntegrityError) as refused:
        open_manifest(envelope, keys, **({"tenant": TENANT} | how))
    assert refused.value.code == "submitter-mismatch"
    return refused.value.message


def test_nobody_signs_in_another_name(authority, executor, keys):
    submitter = authority.submitter
    assert "another submitter" in refusal(sealed(a_manifest(submitter="b" * 64), submitter), keys)
    assert "another submitter" in refusal(sealed(a_manifest(submitter="unauthenticated"), submitter), keys)
    template = a_template(authority)
    assert "a template" in refusal(sealed(an_instance(template), submitter), keys)
    named = a_manifest(submitter=submitter.keyid)
    assert "in the name of a submitter" in refusal(sealed(named, executor), keys)


@pytest.mark.parametrize("tenant", [OTHER, None])
def test_an_execution_key_signs_for_its_own_tenant_only(executor, keys, tenant):
    envelope = sealed(a_manifest(submitter="unauthenticated"), executor)
    assert "another tenant" in refusal(envelope, keys, tenant=tenant)


CHANGES = {
    "purpose": {"purpose": "hybrid"},
    "mode": {"mode": "production"},
    "circuit": {"circuit__layers": 3},
    "execution": {"execution__shots": 2048},
    "limits": {"limits__quantum_s_max": 61.0},
    "claim": {"claim": {"level": "parity", "text": "as good"}},
    "tenant": {"tenant": "other-clinic"},
    "training": {"training": {"epochs_max": 61}},
}


@pytest.mark.parametrize("name", CHANGES)
def test_an_instance_differs_from_its_template_in_nothing_that_was_signed(authority, executor, keys, name):
    template = a_template(authority)
    envelope = sealed(an_instance(template, **CHANGES[name]), executor)
    signed = sealed(template, authority.submitter, "template")
    assert name in refusal(envelope, keys, template=signed)


def test_an_instance_needs_its_own_template_signed_and_valid(authority, executor, keys):
    template, other = a_template(authority), a_template(authority, name="weekly")
    envelope = sealed(an_instance(template), executor)
    assert "not there" in refusal(envelope, keys)
    foreign = sealed(other, authority.submitter, "template")
    assert "another template" in refusal(envelope, keys, template=foreign)
    for window in ({"not_after": NOW - timedelta(seconds=1)}, {"created": NOW + timedelta(seconds=1)}):
        outside = a_template(authority, **window)
        late = sealed(an_instance(outside), executor)
        signed = sealed(outside, authority.submitter, "template")
        assert "not valid" in refusal(late, keys, template=signed)
    with pytest.raises(IntegrityError) as refused:
        open_manifest(envelope, keys, tenant=TENANT, template=sealed(template, executor, "template"))
    assert refused.value.code == "key-misused"


def test_content_that_does_not_fit_is_told_by_its_fields(authority, keys):
    payload = strict_json.dumps({"v": 1, "tenant": "a", "extra": 1})
    envelope = dsse.seal("manifest", payload, authority.submitter.signer())
    with pytest.raises(ManifestError) as refused:
        open_manifest(envelope, keys, tenant=None)
    assert refused.value.code == "manifest-invalid"


@pytest.mark.parametrize(("bound", "opens"), [(TENANT, True), (None, True), (OTHER, False)])
def test_a_submitter_of_one_tenant_asks_for_no_others_runs(authority, executor, keys, bound, opens):
    submitter, template = authority.submitter, a_template(authority)
    enrolled = keys | {submitter.keyid: an_entry(submitter, "submitter", tenant=bound)}
    own = sealed(a_manifest(submitter=submitter.keyid), submitter)
    signed = sealed(template, submitter, "template")
    scheduled = sealed(an_instance(template), executor)
    for envelope in (own, scheduled):
        if opens:
            open_manifest(envelope, enrolled, tenant=TENANT, template=signed)
            continue
        with pytest.raises(IntegrityError) as refused:
            open_manifest(envelope, enrolled, tenant=TENANT, template=signed)
        assert refused.value.code == "tenant-foreign"


def test_a_reviewer_or_an_auditor_belongs_to_no_tenant(authority):
    for role in ("reviewer", "audit", "witness", "rotator"):
        with pytest.raises(ValueError, match="names no tenant"):
            an_entry(authority.key(role), role, tenant=TENANT)
