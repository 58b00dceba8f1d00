"""A run leaves simulation only with a person's word and keys that are not all on one machine."""

import pytest

from policy_checks.facts import GoverningDigests
from policy_checks.rules.mode import mode
from tests.documents import DIGEST, a_manifest, the_facts, the_tenants


def judged(manifest, **changes):
    return [finding.effect for finding in mode(manifest, the_facts(manifest, **changes))]


def test_a_manifest_without_a_mode_is_a_dry_run():
    manifest = a_manifest()
    fields = manifest.model_dump(mode="json")
    fields.pop("mode")
    assert type(manifest).model_validate_json(__import__("json").dumps(fields)).mode == "dry_run"


def test_a_dry_run_is_allowed():
    assert judged(a_manifest()) == []


def test_a_dry_run_on_a_remote_target_is_denied():
    assert judged(a_manifest(execution__target="ibm:fake")) == ["deny"]


def test_production_needs_a_person():
    assert judged(a_manifest(mode="production")) == ["review"]


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"key_profile": "development"}, id="development-keys"),
        pytest.param(
            {"governing": GoverningDigests(DIGEST, DIGEST, DIGEST, drafts=("policy",))}, id="unsigned-draft"
        ),
        pytest.param(
            {"tenant": the_tenants().tenants[0].model_copy(update={"modes": ("dry_run",)})},
            id="tenant-without-production",
        ),
    ],
)
def test_production_is_denied(changes):
    assert "deny" in judged(a_manifest(mode="production"), **changes)
