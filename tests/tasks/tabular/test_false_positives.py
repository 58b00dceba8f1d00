"""Nothing personal is found in real tables of measurements, nor in what machines write."""

import importlib
import pkgutil
from random import Random

import numpy as np
import pandas as pd
import pytest
from sklearn import datasets
from statsmodels import datasets as statsmodels_datasets

from tasks.tabular.detect import detect
from tests.corpus import innocent

BUNDLED = ("iris", "wine", "diabetes", "digits", "breast_cancer", "linnerud")


def _statsmodels() -> list[str]:
    names = (found.name for found in pkgutil.iter_modules(statsmodels_datasets.__path__))
    return [name for name in names if hasattr(_module(name), "load_pandas") and name != "template_data"]


def _module(name: str):
    return importlib.import_module(f"statsmodels.datasets.{name}")


def found_in(table: pd.DataFrame) -> dict[str, dict[str, int]]:
    cells = ((name, values) for name in table for values in (table[name], table[name].astype(str)))
    return {str(name): found for name, values in cells if (found := detect(values, str(name)))}


@pytest.mark.parametrize("name", BUNDLED)
def test_tables_of_scikit_learn_are_clean(name: str) -> None:
    assert found_in(getattr(datasets, f"load_{name}")(as_frame=True).frame) == {}


@pytest.mark.parametrize("name", _statsmodels())
def test_tables_of_statsmodels_are_clean(name: str) -> None:
    assert found_in(_module(name).load_pandas().data.reset_index()) == {}


@pytest.mark.parametrize("kind", innocent.CELLS)
def test_what_machines_write_is_clean(kind: str) -> None:
    column, make = innocent.CELLS[kind]
    chance = Random(f"innocent {kind}")
    cells = [make(chance) for _ in range(400)]
    assert (detect(cells, column), detect(cells, "remark")) == ({}, {})


@pytest.mark.parametrize("n_digits", range(7, 19))
def test_numbers_at_random_are_no_identities(n_digits: int) -> None:
    chance = np.random.default_rng(n_digits)
    numbers = chance.integers(10 ** (n_digits - 1), 10**n_digits, 3_000)
    assert detect(pd.Series(numbers), "reference") == {}
    assert detect(pd.Series(numbers).astype(str), "value") == {}
