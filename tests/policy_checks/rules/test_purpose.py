"""Only purposes that the tenant may pursue, served by the kind of job, are allowed."""

from policy_checks.rules.purpose import purpose
from tests.documents import a_manifest, the_facts, the_tenants


def test_machine_learning_by_training_is_allowed():
    manifest = a_manifest()
    assert list(purpose(manifest, the_facts(manifest))) == []


def test_a_purpose_closed_to_the_tenant_is_denied():
    manifest = a_manifest()
    tenant = the_tenants().tenants[0].model_copy(update={"purposes": ("simulation",)})
    (finding,) = purpose(manifest, the_facts(manifest, tenant=tenant))
    assert (finding.effect, finding.clause) == ("deny", "R1.1")


def test_a_kind_that_does_not_serve_the_purpose_is_denied():
    manifest = a_manifest(purpose="optimisation")
    tenant = the_tenants().tenants[0].model_copy(update={"purposes": ("qml", "optimisation")})
    (finding,) = purpose(manifest, the_facts(manifest, tenant=tenant))
    assert (finding.effect, finding.clause) == ("deny", "R1.2")
