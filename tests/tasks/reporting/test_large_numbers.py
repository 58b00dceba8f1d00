"""However large its counts are, a report, a packet and a plan of ours pass the door for outgoing text."""

from dataclasses import fields, is_dataclass, replace
from random import Random
from typing import Any

import pytest

from policy_checks.evaluate import evaluate
from policy_checks.rules.release import release
from policy_checks.schemas.artifacts import ExpectationOutcome
from policy_checks.schemas.base import Document
from tasks.quantum.inspect import profile
from tasks.reporting import markdown, packet, page, plan, privacy
from tasks.tabular.outgoing import require_clean, require_clean_text
from tests.documents import DIGEST, a_manifest, the_facts, the_policy, the_tenants
from tests.tasks.reporting.builders import a_column, a_sanitised_table, a_summary
from tests.tasks.reporting.test_packet import a_packet

KINDS = ("id", "email", "phone", "name", "birth_date", "address", "card", "national_id", "measure", "other")


def grown(value: Any, rng: Random) -> Any:
    """The same document with every count and quantity in it of any size."""
    if isinstance(value, Document):
        return value.model_copy(
            update={name: grown(getattr(value, name), rng) for name in type(value).model_fields}
        )
    if is_dataclass(value) and not isinstance(value, type):
        return replace(
            value, **{field.name: grown(getattr(value, field.name), rng) for field in fields(value)}
        )
    if isinstance(value, tuple):
        return tuple(grown(each, rng) for each in value)
    if isinstance(value, dict):
        return {name: grown(each, rng) for name, each in value.items()}
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    if isinstance(value, int):
        return int(10 ** rng.uniform(3, 12))
    return 10 ** rng.uniform(-3, 9) if value > 1 else value


def a_table_of_everything(rng: Random) -> Any:
    """Each kind of column, named as people name it, and each expectation."""
    columns = tuple(a_column(kind, kind, "pseudonymise", key=f"{rng.randrange(10**8):08}") for kind in KINDS)
    gate = tuple(
        ExpectationOutcome(expectation=name, column="phone", success=True, n_cells=1, n_unexpected=0)
        for name in privacy.EXPECTATIONS
    )
    return a_sanitised_table(columns=columns, gate=gate)


@pytest.mark.parametrize("seed", range(25))
def test_no_number_of_ours_looks_personal(seed):
    rng = Random(seed)
    summary = grown(a_summary(table=a_table_of_everything(rng)), rng)
    texts = markdown.render(summary, {}) | {"page": page.render(summary, {}).decode()}
    asked = a_packet(sanitised=grown(a_table_of_everything(rng), rng))
    decision = grown(asked.decision, rng)
    texts["packet"] = packet.render(replace(asked, decision=decision))
    manifest = a_manifest()
    judged = grown(evaluate(manifest, DIGEST, the_facts(manifest)), rng)
    sizes = grown(profile(manifest.circuit), rng)
    texts["plan"] = plan.render(
        manifest,
        judged,
        the_policy(),
        the_tenants().tenants[0].tiers,
        sizes,
        tenant="t-" + "a" * 16,
        tier="automatic",
    )
    for name, text in texts.items():
        require_clean_text(text, name)


@pytest.mark.parametrize("seed", range(25))
def test_a_denial_of_millions_of_cells_is_told_whole(seed):
    failed = a_table_of_everything(Random(seed)).gate
    every = tuple(
        one.model_copy(update={"column": name, "success": False}) for one in failed for name in KINDS
    )
    findings = tuple(release(grown(every, Random(seed))))
    assert len(findings) == len(every)
    require_clean(findings, "findings")
