"""Parquet records that say something else than their receipt are found, column by column."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from policy_checks import pricing
from policy_checks.errors import IntegrityError
from policy_checks.facts import GoverningDigests
from policy_checks.integrity.governing_documents import identity
from policy_checks.integrity.run_files import RunFiles
from policy_checks.schemas.receipt import LogHead, Receipt
from policy_checks.schemas.records import Charge, MetricRow, Usage
from tasks.adapters import record_store
from tasks.stages import records
from tests.documents import DIGEST, the_tariff

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
RUN, TENANT = "01a206cd-ce3b-742c-ac61-11ae724346c4", "t-" + "1" * 16
OTHER = "sha256:" + "2" * 64
TARIFF = the_tariff()
RECEIPT = Receipt(
    v=1, run=RUN, tenant=TENANT, manifest=DIGEST, envelope=DIGEST, decision=DIGEST, policy=DIGEST, tenants=DIGEST,
    tariff=identity(TARIFF), ring=DIGEST, log=LogHead(origin="atomq/" + "0" * 16, size=1, root="0" * 64),
    dataset=DIGEST, mode="dry_run", profile="development", degraded=None, artifacts={},
    started_at=NOW, completed_at=NOW,
)  # fmt: skip
USAGE = Usage(service="quantum_simulation", quantity=Decimal("1.234567"), started_at=NOW, ended_at=NOW)
(CHARGE,) = pricing.bill(TARIFF, (USAGE,))
METRIC = MetricRow(
    run=RUN, tenant=TENANT, manifest=DIGEST, recorded_at=NOW, mode="dry_run", degraded=None,
    model="hybrid", metric="accuracy", value=0.5, low=0.4, high=0.6,
)  # fmt: skip
GOVERNING = GoverningDigests(policy=DIGEST, tenants=DIGEST, tariff=identity(TARIFF))
ABOUT = {"run": RUN, "tenant": TENANT, "manifest": DIGEST, "governing": GOVERNING, "degraded": None}


@dataclass(frozen=True)
class Left:
    """What a run left of records."""

    metric: MetricRow = METRIC
    charge: Charge = CHARGE
    about: dict[str, Any] | None = None

    def files(self) -> RunFiles:
        held = {
            "metrics.parquet": record_store.metrics_parquet([self.metric]),
            "billing.parquet": record_store.billing_parquet([self.charge], **(ABOUT | (self.about or {}))),
        }
        return RunFiles(RUN, TENANT, frozenset(held), held.__getitem__)


def test_genuine_records_agree_with_their_receipt():
    records.compare(Left().files(), RECEIPT, TARIFF)
    records.compare(Left().files(), RECEIPT, None)


@pytest.mark.parametrize(
    ("left", "where"),
    [
        (Left(metric=METRIC.model_copy(update={"run": RUN[:-1] + "5"})), "metrics: run"),
        (Left(metric=METRIC.model_copy(update={"tenant": "t-" + "2" * 16})), "metrics: tenant"),
        (Left(metric=METRIC.model_copy(update={"manifest": OTHER})), "metrics: manifest"),
        (Left(metric=METRIC.model_copy(update={"degraded": "budget"})), "metrics: degraded"),
        (Left(metric=METRIC.model_copy(update={"mode": "production"})), "metrics: mode"),
        (Left(about={"run": RUN[:-1] + "5"}), "billing: x_Run"),
        (Left(about={"tenant": "t-" + "2" * 16}), "billing: SubAccountId"),
        (Left(about={"manifest": OTHER}), "billing: x_Manifest"),
        (Left(about={"governing": replace(GOVERNING, tariff=OTHER)}), "billing: x_Tariff"),
        (Left(about={"governing": replace(GOVERNING, policy=OTHER)}), "billing: x_Policy"),
        (Left(about={"governing": replace(GOVERNING, tenants=OTHER)}), "billing: x_Tenants"),
        (Left(about={"degraded": "simulator"}), "billing: x_Degraded"),
        (
            Left(charge=CHARGE.model_copy(update={"cost_eur": CHARGE.cost_eur + pricing.MICRO})),
            "billing: cost",
        ),
        (Left(charge=CHARGE.model_copy(update={"quantity": CHARGE.quantity * 2})), "billing: cost"),
        (Left(charge=CHARGE.model_copy(update={"unit_price_eur": Decimal("9")})), "billing: price"),
    ],
    ids=lambda value: value.replace(": ", "-") if isinstance(value, str) else "",
)
def test_one_value_that_differs_is_found_and_named(left, where):
    with pytest.raises(IntegrityError) as error:
        records.compare(left.files(), RECEIPT, TARIFF)
    assert error.value.code == "records-differ"
    assert where in error.value.message


def test_what_is_no_parquet_file_is_told_as_such():
    spoiled = replace(Left().files(), read=lambda _: b"PAR1 nothing PAR1")
    with pytest.raises(IntegrityError) as error:
        records.compare(spoiled, RECEIPT, TARIFF)
    assert error.value.code == "records-differ"
