"""Arithmetic over inputs is worth in torch what it is worth to the circuits' own evaluator."""

import numpy as np
import pytest
import torch

from tasks.learning.gates import ONE, names, worth
from tasks.quantum.circuit import evaluated
from tasks.quantum.elementary import arithmetic
from tests.tasks.quantum.drawing import ARITHMETIC

MORE = ["tan(x)", "arcsin((x/4))", "arccos((y/4))", "(-(x**2))", "(2-(x-y))", "(y/x)", "((x+3)**y)"]


@pytest.mark.parametrize("text", [*ARITHMETIC, *MORE])
def test_arithmetic_is_worth_the_same_here_and_there(text: str) -> None:
    x, y = np.array([-2.2, -0.4, 0.9, 2.7]), np.array([1.3, -1.1, 0.2, 0.6])
    found = arithmetic(text)
    one = torch.ones((), dtype=torch.float64)
    here = worth(found.steps, {"x": torch.from_numpy(x), "y": torch.from_numpy(y)}, one)
    np.testing.assert_allclose(here, evaluated(found, {"x": x, "y": y}), rtol=1e-12, equal_nan=True)


def test_no_arithmetic_is_worth_one_and_names_nothing() -> None:
    assert worth(ONE, {}, torch.ones(())) == 1.0
    assert names(ONE) == frozenset()
    assert names(arithmetic("(x+sin(y))").steps) == {"x", "y"}
