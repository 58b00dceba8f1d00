"""What does this usage cost? Decimal money, neural and quantum apart."""

from decimal import ROUND_HALF_UP, Decimal

from policy_checks.errors import ManifestError
from policy_checks.schemas.governing import Service, Tariff
from policy_checks.schemas.records import Charge, Usage

MICRO = Decimal("0.000001")


def estimate(tariff: Tariff, seconds: dict[Service, float]) -> Decimal:
    """Return the predicted cost in EUR of predicted seconds; an estimate, never a charge.

    Raises:
        ManifestError: the tariff does not price a service that the manifest needs.
    """
    return sum((_cost(_price(tariff, s), quantity(value)) for s, value in seconds.items()), Decimal(0))


def bill(tariff: Tariff, usages: tuple[Usage, ...]) -> tuple[Charge, ...]:
    """Return one charge for each usage, in the same order."""
    return tuple(
        Charge(
            service=usage.service,
            quantity=usage.quantity,
            unit="Seconds",
            unit_price_eur=_price(tariff, usage.service),
            cost_eur=_cost(_price(tariff, usage.service), usage.quantity),
            started_at=usage.started_at,
            ended_at=usage.ended_at,
        )
        for usage in usages
    )


def quantity(seconds: float) -> Decimal:
    """Return measured seconds as a Decimal with microseconds.

    >>> quantity(0.1234567)
    Decimal('0.123457')
    """
    return Decimal(str(seconds)).quantize(MICRO, rounding=ROUND_HALF_UP)


def _price(tariff: Tariff, service: Service) -> Decimal:
    try:
        return tariff.price(service)
    except KeyError:
        raise ManifestError(
            "service-unpriced",
            f"The tariff in force has no price for {service}.",
            'Set execution.target = "aer", or have a tariff adopted that prices it.',
        ) from None


def _cost(price: Decimal, amount: Decimal) -> Decimal:
    return (price * amount).quantize(MICRO, rounding=ROUND_HALF_UP)
