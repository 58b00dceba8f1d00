"""Do a run's Parquet records say what its receipt says, and were they priced as the tariff asks?"""

import io
from collections.abc import Iterator
from decimal import ROUND_HALF_UP
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from policy_checks import pricing
from policy_checks.errors import IntegrityError
from policy_checks.integrity.run_files import RunFiles
from policy_checks.integrity.verification import STOP
from policy_checks.schemas.governing import Governed, Tariff
from policy_checks.schemas.receipt import Receipt

METRICS, BILLING = "metrics.parquet", "billing.parquet"
Row = dict[str, Any]


def compare(files: RunFiles, receipt: Receipt, tariff: Governed | None) -> None:
    """Return if every row of metrics and billing agrees with the receipt, which agrees with the log.

    Args:
        tariff: the signed tariff that the receipt names; None if it was a draft, whose prices nobody keeps.

    Raises:
        IntegrityError: a row is about something else, or a cost is not quantity x price.
    """
    differing = [*_metrics(files, receipt), *_billing(files, receipt, tariff)]
    if differing:
        told = ", ".join(sorted(set(differing)))
        raise IntegrityError("records-differ", f"They differ from the receipt in {told}.", STOP)


def _metrics(files: RunFiles, receipt: Receipt) -> Iterator[str]:
    for row in _rows(files, METRICS):
        for name in ("run", "tenant", "manifest", "mode", "degraded"):
            if row[name] != getattr(receipt, name):
                yield f"metrics: {name}"


def _billing(files: RunFiles, receipt: Receipt, tariff: Governed | None) -> Iterator[str]:
    expected = {
        "x_Run": receipt.run,
        "ResourceId": receipt.run,
        "SubAccountId": receipt.tenant,
        "x_Manifest": receipt.manifest,
        "x_Policy": receipt.policy,
        "x_Tenants": receipt.tenants,
        "x_Tariff": receipt.tariff,
        "x_Degraded": receipt.degraded,
    }
    for row in _rows(files, BILLING):
        yield from (f"billing: {name}" for name, value in expected.items() if row[name] != value)
        cost = (row["ListUnitPrice"] * row["PricingQuantity"]).quantize(pricing.MICRO, rounding=ROUND_HALF_UP)
        if any(row[name] != cost for name in ("BilledCost", "ContractedCost", "EffectiveCost", "ListCost")):
            yield "billing: cost"
        if isinstance(tariff, Tariff) and tariff.per_second.get(row["SkuId"]) != row["ListUnitPrice"]:
            yield "billing: price"


def _rows(files: RunFiles, name: str) -> Iterator[Row]:
    if name not in files.names:
        return
    try:
        yield from pq.ParquetFile(io.BytesIO(files.read(name))).read(use_threads=False).to_pylist()
    except pa.ArrowException:
        raise IntegrityError("records-differ", f"{name} is no Parquet file.", STOP) from None
