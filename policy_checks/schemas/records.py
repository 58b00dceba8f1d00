"""Rows of the two telemetry tables: metrics, and billing under FOCUS 1.2 column names."""

from decimal import Decimal
from typing import Literal

from pydantic import AwareDatetime

from policy_checks.schemas.base import Digest, Document, Pseudonym, RunId
from policy_checks.schemas.governing import Service
from policy_checks.schemas.manifest import Mode, Money

ROWS_MIN = 20
"""Telemetry tells of no fewer test rows than these together (clause P1.1)."""

DegradedReason = Literal["budget", "simulator", "referee", "remote"]


class MetricRow(Document):
    """One metric of one model in one run, with its 95 % interval."""

    run: RunId
    tenant: Pseudonym
    manifest: Digest
    recorded_at: AwareDatetime
    mode: Mode
    degraded: DegradedReason | None
    model: str
    metric: str
    value: float
    low: float | None
    high: float | None


class Usage(Document):
    """Metered seconds of one service; simulation is usage, and so is what a device reports."""

    service: Service
    quantity: Decimal
    started_at: AwareDatetime
    ended_at: AwareDatetime


class Charge(Document):
    """One priced usage.

    Attributes:
        quantity: seconds, to the microsecond.
        cost_eur: quantity x unit price, rounded half up to 6 decimals.
    """

    service: Service
    quantity: Decimal
    unit: Literal["Seconds"]
    unit_price_eur: Money
    cost_eur: Money
    started_at: AwareDatetime
    ended_at: AwareDatetime
