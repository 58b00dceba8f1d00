"""Money is exact, and neural and quantum usage stay apart."""

from datetime import timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from policy_checks import pricing
from policy_checks.schemas.records import Usage
from tests.documents import NOW, the_tariff


def usage(service: str, quantity: str) -> Usage:
    return Usage(service=service, quantity=Decimal(quantity), started_at=NOW, ended_at=NOW + timedelta(1))


def test_each_service_is_a_charge_of_its_own():
    charges = pricing.bill(the_tariff(), (usage("neural_training", "2"), usage("quantum_simulation", "2")))
    assert [(c.service, c.cost_eur) for c in charges] == [
        ("neural_training", Decimal("0.000900")),
        ("quantum_simulation", Decimal("0.001800")),
    ]


@given(st.decimals(0, 10_000, places=6))
def test_a_cost_is_price_times_quantity_to_the_millionth(quantity):
    (charge,) = pricing.bill(the_tariff(), (usage("neural_inference", str(quantity)),))
    assert abs(charge.cost_eur - Decimal("0.000450") * quantity) <= Decimal("0.0000005")


def test_an_estimate_adds_the_services():
    seconds = {"neural_training": 10.0, "quantum_simulation": 5.0}
    assert pricing.estimate(the_tariff(), seconds) == Decimal("0.009000")
