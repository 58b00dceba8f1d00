"""Telemetry as Parquet: metric rows, and billing rows under FOCUS 1.2 column names.

Source: FinOps Open Cost and Usage Specification 1.2, mandatory and common columns; columns of our
own carry the prefix `x_`.
"""

import io
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from policy_checks.facts import GoverningDigests
from policy_checks.schemas.records import Charge, MetricRow

MONEY = pa.decimal128(18, 6)
MOMENT = pa.timestamp("us", tz="UTC")
PROVIDER = "atomq"
SERVICE_NAMES = {
    "neural_training": ("Neural training", "AI and Machine Learning"),
    "neural_inference": ("Neural inference", "AI and Machine Learning"),
    "quantum_simulation": ("Quantum simulation", "Compute"),
    "quantum_hardware": ("Quantum hardware", "Compute"),
}
METRICS = pa.schema(
    [
        ("run", pa.string()), ("tenant", pa.string()), ("manifest", pa.string()), ("recorded_at", MOMENT),
        ("mode", pa.string()), ("degraded", pa.string()), ("model", pa.string()), ("metric", pa.string()),
        ("value", pa.float64()), ("low", pa.float64()), ("high", pa.float64()),
    ]
)  # fmt: skip
FOCUS = pa.schema(
    [
        ("BilledCost", MONEY), ("BillingAccountId", pa.string()), ("BillingAccountName", pa.string()),
        ("BillingAccountType", pa.string()), ("BillingCurrency", pa.string()),
        ("BillingPeriodEnd", MOMENT), ("BillingPeriodStart", MOMENT),
        ("ChargeCategory", pa.string()), ("ChargeClass", pa.string()), ("ChargeDescription", pa.string()),
        ("ChargeFrequency", pa.string()), ("ChargePeriodEnd", MOMENT), ("ChargePeriodStart", MOMENT),
        ("ConsumedQuantity", MONEY), ("ConsumedUnit", pa.string()), ("ContractedCost", MONEY),
        ("ContractedUnitPrice", MONEY), ("EffectiveCost", MONEY), ("InvoiceIssuerName", pa.string()),
        ("ListCost", MONEY), ("ListUnitPrice", MONEY), ("PricingCategory", pa.string()),
        ("PricingCurrency", pa.string()), ("PricingQuantity", MONEY), ("PricingUnit", pa.string()),
        ("ProviderName", pa.string()), ("PublisherName", pa.string()), ("ResourceId", pa.string()),
        ("ResourceName", pa.string()), ("ResourceType", pa.string()), ("ServiceCategory", pa.string()),
        ("ServiceName", pa.string()), ("ServiceSubcategory", pa.string()), ("SkuId", pa.string()),
        ("SkuPriceId", pa.string()), ("SubAccountId", pa.string()), ("SubAccountName", pa.string()),
        ("SubAccountType", pa.string()), ("Tags", pa.string()),
        ("x_Run", pa.string()), ("x_Manifest", pa.string()), ("x_Policy", pa.string()),
        ("x_Tenants", pa.string()), ("x_Tariff", pa.string()), ("x_Degraded", pa.string()),
    ]
)  # fmt: skip


def metrics_parquet(rows: Sequence[MetricRow]) -> bytes:
    """Return the metric rows as one Parquet file's bytes."""
    return _parquet([row.model_dump() for row in rows], METRICS)


def billing_parquet(
    charges: Iterable[Charge],
    *,
    run: str,
    tenant: str,
    manifest: str,
    governing: GoverningDigests,
    degraded: str | None,
) -> bytes:
    """Return one FOCUS row for each charge as one Parquet file's bytes; the tenant is a pseudonym."""
    origin = {
        "x_Run": run,
        "x_Manifest": manifest,
        "x_Policy": governing.policy,
        "x_Tenants": governing.tenants,
        "x_Tariff": governing.tariff,
        "x_Degraded": degraded,
    }
    return _parquet([_focus_row(charge, run, tenant) | origin for charge in charges], FOCUS)


def _focus_row(charge: Charge, run: str, tenant: str) -> dict[str, Any]:
    name, category = SERVICE_NAMES[charge.service]
    start, end = _billing_period(charge.started_at)
    cost, price = charge.cost_eur, charge.unit_price_eur
    return {
        **dict.fromkeys(("BilledCost", "ContractedCost", "EffectiveCost", "ListCost"), cost),
        **dict.fromkeys(("ContractedUnitPrice", "ListUnitPrice"), price),
        **dict.fromkeys(("ConsumedQuantity", "PricingQuantity"), Decimal(charge.quantity)),
        **dict.fromkeys(("ConsumedUnit", "PricingUnit"), charge.unit),
        **dict.fromkeys(("BillingCurrency", "PricingCurrency"), "EUR"),
        **dict.fromkeys(("ProviderName", "PublisherName", "InvoiceIssuerName"), PROVIDER),
        **dict.fromkeys(("BillingAccountId", "BillingAccountName"), PROVIDER),
        **dict.fromkeys(("SubAccountId", "SubAccountName"), tenant),
        **dict.fromkeys(("ResourceId", "ResourceName"), run),
        **dict.fromkeys(("SkuId", "SkuPriceId"), charge.service),
        "BillingAccountType": "Organisation",
        "SubAccountType": "Tenant",
        "BillingPeriodStart": start,
        "BillingPeriodEnd": end,
        "ChargePeriodStart": charge.started_at,
        "ChargePeriodEnd": charge.ended_at,
        "ChargeCategory": "Usage",
        "ChargeClass": None,
        "ChargeDescription": f"{name}, metered by the second",
        "ChargeFrequency": "Usage-Based",
        "PricingCategory": "Standard",
        "ResourceType": "Run",
        "ServiceCategory": category,
        "ServiceName": name,
        "ServiceSubcategory": f"Other ({category})",
        "Tags": "{}",
    }


def _billing_period(moment: datetime) -> tuple[datetime, datetime]:
    """Return the first instant of the month and of the next one, in UTC."""
    start = moment.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    following = start.replace(year=start.year + start.month // 12, month=start.month % 12 + 1)
    return start, following


def _parquet(rows: list[dict[str, Any]], schema: pa.Schema) -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), sink, compression="zstd")
    return sink.getvalue()
