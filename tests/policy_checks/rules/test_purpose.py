"""Only purposes that the tenant may pursue, served by the kind of job and its circuit, are allowed."""

import pytest

from policy_checks.rules.purpose import purpose
from tests.documents import DIGEST, a_manifest, the_facts, the_tenants
from tests.jobs import CHAIN, JOBS, a_job

OWN = {"openqasm": "mine.qasm", "qubits": 4, "sha256": DIGEST}


def found(manifest, **facts):
    return [(each.effect, each.clause) for each in purpose(manifest, the_facts(a_manifest(), **facts))]


@pytest.mark.parametrize("manifest", [a_manifest(), *map(a_job, JOBS)], ids=lambda each: each.kind)
def test_each_kind_of_job_serves_its_purpose(manifest):
    assert found(manifest) == []


def test_a_purpose_closed_to_the_tenant_is_denied():
    tenant = the_tenants().tenants[0].model_copy(update={"purposes": ("simulation",)})
    assert found(a_manifest(), tenant=tenant) == [("deny", "R1.1")]


@pytest.mark.parametrize(
    ("kind", "other", "clause"), [("optimise", "qml", "R1.1"), ("simulate", "hybrid", "R1.4")]
)
def test_a_kind_that_does_not_serve_the_purpose_is_denied(kind, other, clause):
    assert found(a_job(kind, purpose=other)) == [("deny", clause)]


@pytest.mark.parametrize(
    "manifest",
    [
        pytest.param(a_job("optimise", problem=CHAIN), id="optimise-a-chain-with-a-field"),
        pytest.param(
            a_job("simulate", evolution=None, circuit={"ansatz": "qaoa", "qubits": 4, "layers": 1}),
            id="simulate-by-qaoa",
        ),
        pytest.param(
            a_manifest(circuit={"ansatz": "qaoa", "qubits": 4, "layers": 1}), id="train-what-takes-no-data"
        ),
    ],
)
def test_a_circuit_or_problem_that_does_not_serve_the_kind_is_denied(manifest):
    assert [effect for effect, _ in found(manifest)] == ["deny"]


@pytest.mark.parametrize("ansatz", ["angle_ring", "strongly_entangling", "zz_two_local"])
def test_every_ansatz_that_takes_data_can_be_trained(ansatz):
    assert found(a_manifest(circuit={"ansatz": ansatz, "qubits": 4, "layers": 1})) == []


def test_a_circuit_of_ones_own_can_be_trained():
    assert found(a_manifest(circuit=OWN)) == []


@pytest.mark.parametrize("kind", JOBS)
def test_a_circuit_of_ones_own_serves_every_other_kind(kind):
    without_time = {"evolution": None} if kind == "simulate" else {}
    assert found(a_job(kind, circuit=OWN, **without_time)) == []
