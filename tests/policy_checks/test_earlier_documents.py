"""A document that was signed before there were tiers and quotas opens, binds, and keeps its identity."""

import pytest

from policy_checks.integrity import strict_json
from policy_checks.integrity.governing_documents import identity
from policy_checks.schemas.governing import Policy, Quotas, Tenants, Tiers
from policy_checks.tiers import bounded

LIMITS = {
    "qubits_max": 12, "gates_2q_automatic_max": 500, "gates_2q_max": 5000, "shots_automatic_max": 20_000,
    "shots_max": 1_000_000, "quantum_s_automatic_max": 60.0, "quantum_s_max": 600.0,
    "peak_bytes_max": 1_073_741_824, "noise_qubits_max": 6,
}  # fmt: skip
POLICY = {
    "document": "policy", "version": 2, "policy_version": "1.0", "last_updated": "2024-01-15",
    "next_review": "2024-04-15", "valid_from": "2026-11-01T00:00:00Z", "valid_until": "2027-11-01T00:00:00Z",
    "limits": LIMITS,
    "budgets": {"batch_rows": 256, "neural_s": 1.0, "quantum_s": 2.0, "hybrid_s": 3.0, "reserve_s": 0.1,
                "remote_wait_s": 3600.0},
    "approvals": {"askings_max": 5, "open_s_max": 86_400}, "referee_error_max": 1e-05,
}  # fmt: skip
TENANTS = {
    "document": "tenants", "version": 2, "valid_from": None, "valid_until": None,
    "tenants": [{"name": "sample-clinic", "dataset_roots": ["data/samples"], "purposes": ["qml"],
                 "modes": ["dry_run", "production"], "runs_max": 1}],
}  # fmt: skip


@pytest.mark.parametrize(("schema", "content"), [(Policy, POLICY), (Tenants, TENANTS)])
def test_its_identity_is_still_the_digest_of_what_was_signed(schema, content):
    signed = strict_json.dumps(content)
    document = schema.model_validate_json(signed)
    assert document.to_bytes() == signed
    assert identity(document) == strict_json.digest(signed)


def test_a_tenant_of_an_earlier_document_has_the_default_tiers_and_quotas():
    (tenant,) = Tenants.model_validate_json(strict_json.dumps(TENANTS)).tenants
    assert (tenant.tiers, tenant.quotas) == (Tiers(), Quotas())


def test_the_figures_of_an_earlier_policy_bind_while_it_is_in_force():
    limits = Policy.model_validate_json(strict_json.dumps(POLICY)).limits
    found = bounded(Tiers(), limits)
    assert found.t0 == Tiers().t0
    assert {(tier.gates_2q_max, tier.shots_max, tier.quantum_s_max) for tier in (found.t1, found.t2)} == {
        (5000, 1_000_000, 600.0)
    }
    assert found.t2.peak_bytes_max == 2**30
