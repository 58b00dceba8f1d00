from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from policy_checks.schemas.dataset import ColumnRule
from policy_checks.schemas.manifest import CircuitRequest, Training
from tasks.learning.dataset import Split, split
from tasks.learning.fit import Fitted, fit

CIRCUIT = CircuitRequest(ansatz="angle_ring", qubits=3, layers=2)
TRAINING = Training(epochs_max=12, patience=3, batch_size=32, hidden_units=6)


@pytest.fixture(scope="session")
def rules() -> Callable[..., dict[str, ColumnRule]]:
    """Rules of the tables below; any of them can be replaced or added."""

    def build(**changed: ColumnRule) -> dict[str, ColumnRule]:
        kept = {"size": "measure", "weight": "measure", "colour": "category", "label": "target"}
        declared = {name: ColumnRule(kind=kind, action="keep") for name, kind in kept.items()}
        return {**declared, "person": ColumnRule(kind="id", action="pseudonymise"), **changed}

    return build


@pytest.fixture(scope="session")
def a_table() -> Callable[..., pd.DataFrame]:
    """A table whose label follows size and colour with some noise; one person a row."""

    def build(n_rows: int = 300, n_classes: int = 2, seed: int = 0, **columns: Any) -> pd.DataFrame:
        random = np.random.default_rng(seed)
        size, weight = random.normal(5.0, 2.0, n_rows), random.normal(-1.0, 0.5, n_rows)
        red = random.random(n_rows) < 0.5
        merit = size + red + random.normal(0.0, 0.3, n_rows)
        label = np.digitize(merit, np.quantile(merit, np.arange(1, n_classes) / n_classes))
        drawn = {
            "size": size,
            "weight": weight,
            "colour": np.where(red, "crimson", "azure"),
            "person": [f"person-{number}" for number in range(n_rows)],
            "label": [f"class-{number}" for number in label],
        }
        return pd.DataFrame({**drawn, **columns})

    return build


def anchored(table: pd.DataFrame) -> pd.DataFrame:
    """Give each row of the second half a twin in the first half that alone decides their part.

    A part hangs on the least feature bytes of a person's rows, and nothing is less than size zero;
    so features of the second half can be changed without moving a row.
    """
    half = len(table) // 2
    table = table.iloc[: 2 * half].copy()
    table["person"] = [f"person-{number % half}" for number in range(2 * half)]
    table.loc[: half - 1, "size"] = 0.0
    table.loc[: half - 1, "weight"] = np.arange(1, half + 1) / 1000
    return table


def part_of_rows(found: Split) -> np.ndarray:
    """Return the part of each row: 0 train, 1 validation, 2 test."""
    parts = (found.train, found.validation, found.test)
    part = np.empty(sum(len(one.rows) for one in parts), dtype=np.int64)
    for number, one in enumerate(parts):
        part[one.rows] = number
    return part


@pytest.fixture(scope="session")
def a_split(
    a_table: Callable[..., pd.DataFrame], rules: Callable[..., dict[str, ColumnRule]]
) -> Callable[..., Split]:
    def build(**changes: Any) -> Split:
        return split(a_table(**changes), rules(), "label", None, seed=1)

    return build


@pytest.fixture(scope="session")
def training() -> Training:
    return TRAINING


@pytest.fixture(scope="session")
def circuit() -> CircuitRequest:
    return CIRCUIT


@pytest.fixture(scope="session")
def fitted(a_split: Callable[..., Split]) -> Fitted:
    return fit(a_split(), TRAINING, CIRCUIT, 5, lambda *_: None)
