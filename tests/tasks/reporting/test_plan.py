"""A plan tells what will run, what it needs and what would make it automatic, and names no column."""

import re
from importlib import import_module

import pytest

from policy_checks.errors import ManifestError
from policy_checks.evaluate import evaluate
from policy_checks.schemas.decision import Decision, Finding, review
from policy_checks.schemas.manifest import Manifest
from tasks.quantum.inspect import profile
from tasks.reporting import outlook, plan
from tests.documents import (
    COLUMNS,
    DIGEST,
    PROJECT,
    a_manifest,
    an_estimate,
    the_facts,
    the_policy,
    the_tenants,
)

TENANT = "t-" + "a" * 16
PERSON = "Mrs Margaret Hale"
KEPT = {"kind": "free_text", "action": "keep", "reason": "needed for the study"}
UNDECLARED = "The private diary"


def judged(manifest: Manifest, **changes) -> Decision:
    return evaluate(manifest, DIGEST, the_facts(manifest, **changes))


def rendered(manifest: Manifest, decision: Decision | None = None, tier: str = "automatic") -> str:
    return plan.render(
        manifest,
        decision or judged(manifest),
        the_policy(),
        the_tenants().tenants[0].tiers,
        profile(manifest.circuit),
        tenant=TENANT,
        tier=tier,
    )


def row(text: str, begins: str) -> list[str]:
    (line,) = [line for line in text.splitlines() if line.startswith(f"| {begins}")]
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_an_automatic_run_has_nothing_to_change():
    text = rendered(a_manifest())
    assert text.startswith("## Plan: automatic\n")
    assert plan.NOTHING in text
    assert "### Findings" not in text


def test_a_note_demands_nothing():
    manifest = a_manifest(circuit__qubits=7, execution__noise="depolarising_readout")
    text = rendered(manifest)
    assert "noise is simulated up to 6 qubits" in text
    assert plan.NOTHING in text


def test_every_quantity_stands_beside_its_limits():
    text = rendered(a_manifest(execution__shots=7000))
    assert row(text, "qubits") == ["qubits", "4", "12", "26", "███░░░░░░░ 33 %"]
    assert row(text, "two-qubit") == ["two-qubit gates", "8", "500", "as seconds allow", "░░░░░░░░░░ 2 %"]
    assert row(text, "shots") == ["shots a circuit", "7,000", "20,000", "as seconds allow", "███░░░░░░░ 35 %"]
    assert row(text, "quantum seconds")[1:4] == ["1", "60", "60"]
    assert row(text, "seconds of")[1:4] == ["0.1", "2", "then neural-only"]
    assert row(text, "memory")[1:4] == ["6 KiB", "1 GiB", "16 GiB"]
    assert row(text, "cost")[1:] == ["0.01", "1.00", "1.00", "░░░░░░░░░░ 1 %"]


def test_the_manifests_own_limits_bound_the_policys():
    text = rendered(a_manifest(limits__quantum_s_max=2.0, limits__cost_eur_max="0.02"))
    assert row(text, "quantum seconds")[2:] == ["2", "2", "█████░░░░░ 50 %"]
    assert row(text, "cost")[2:] == ["0.02", "0.02", "█████░░░░░ 50 %"]


def test_a_run_that_may_cost_nothing_is_shown_at_its_limit():
    text = rendered(a_manifest(limits__cost_eur_max="0"))
    assert row(text, "cost")[4] == "██████████ 100 %"


@pytest.mark.parametrize(
    ("share", "shown"),
    [
        pytest.param(0.0, "░░░░░░░░░░ 0 %", id="nothing"),
        pytest.param(0.001, "░░░░░░░░░░ under 1 %", id="next-to-nothing"),
        pytest.param(0.999, "█████████░ 100 %", id="just-below"),
        pytest.param(1.0, "██████████ 100 %", id="at"),
        pytest.param(4011.0, "██████████ 401,100 %", id="far-above"),
        pytest.param(None, "no limit", id="unlimited"),
    ],
)
def test_a_bar_is_full_only_where_the_limit_is_reached(share, shown):
    assert outlook.bar(share) == shown


def test_what_would_make_it_automatic_is_the_remedy_of_each_grave_finding_once():
    manifest = a_manifest(mode="production", execution__shots=30_000)
    text = rendered(manifest, tier="needs 1 reviewer")
    begin = text.index("### What would make it automatic")
    listed = text[begin : text.index("### Findings")].count("\n- ")
    assert listed == 2
    assert "lower execution.shots" in text


@pytest.mark.parametrize(
    ("manifest", "facts"),
    [
        pytest.param(
            a_manifest(dataset__columns={**COLUMNS, PERSON: KEPT}), {"columns": (*COLUMNS, PERSON)}, id="kept"
        ),
        pytest.param(a_manifest(), {"columns": (*COLUMNS, UNDECLARED)}, id="undeclared"),
        pytest.param(a_manifest(dataset__columns={**COLUMNS, PERSON: KEPT}), {"columns": ()}, id="absent"),
        pytest.param(
            a_manifest(dataset__columns={**COLUMNS, PERSON: {"kind": "name", "action": "keep"}}),
            {"columns": (*COLUMNS, PERSON)},
            id="wrong-action",
        ),
    ],
)
def test_columns_are_counted_and_never_named(manifest, facts):
    decision = judged(manifest, **facts)
    quoted = {PERSON, UNDECLARED, "age", "email"}
    assert any(name in finding.message for finding in decision.findings for name in quoted)
    text = rendered(manifest, decision)
    for name in (PERSON, UNDECLARED, "Margaret", "outcome", "email", "a.csv", "sample-clinic"):
        assert name not in text
    assert re.search(r"\| P1.1 \| (deny|review) \| 1 about columns of the table", text)


def test_each_rule_is_known_as_one_that_quotes_columns_or_as_one_that_does_not():
    names = {path.stem for path in (PROJECT / "policy_checks" / "rules").glob("[!_]*.py")}
    rules = {import_module(f"policy_checks.rules.{name}").RULE for name in names}
    assert rules <= outlook.TOLD_RULES | outlook.COUNTED_RULES
    assert not outlook.TOLD_RULES & outlook.COUNTED_RULES


def test_a_rule_that_nobody_has_looked_at_is_not_quoted():
    stranger = Finding(
        rule="new", clause="P1.1", effect="deny", severity="high", message=PERSON, remedy=PERSON
    )
    table = outlook.findings((stranger,))
    assert PERSON not in str(table) + str(outlook.remedies((stranger,)))


def test_text_of_a_finding_cannot_become_markup():
    decision = judged(a_manifest()).model_copy(
        update={"findings": (review("mode", "P3.2", "<b>|x|</b> [a](http://b)", "`x`"),), "effect": "review"}
    )
    text = rendered(a_manifest(), decision)
    assert "<b>" not in text
    assert "](http" not in text


def test_a_circuit_of_any_size_can_be_told():
    manifest = a_manifest(circuit__qubits=128, circuit__layers=1000)
    estimate = an_estimate(quantum_s=1e12, peak_bytes=16 * 2**128, batch_s=1e9)
    assert "GiB" in rendered(manifest, judged(manifest, estimate=estimate), tier="denied")


def test_an_unpriced_service_is_the_submitters_to_change():
    from policy_checks import pricing
    from tests.documents import the_tariff

    old = the_tariff().model_copy(update={"per_second": {}})
    with pytest.raises(ManifestError, match="no price for quantum_hardware"):
        pricing.estimate(old, {"quantum_hardware": 1.0})
