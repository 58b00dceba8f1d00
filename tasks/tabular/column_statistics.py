"""What only a column can tell: nearly all of its numbers pass a check that chance would rarely pass.

One ten-digit number passes a check digit once in ten times and proves nothing. A column of them that
passes throughout is that kind of number, whatever its name; one that passes about once in ten times
only looks like it, and is left alone.
"""

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from policy_checks.schemas.privacy import Entity
from tasks.tabular.recognisers.identity import is_valid, shaped
from tasks.tabular.recognisers.identity_numbers import IDENTITY_NUMBERS
from tasks.tabular.recognisers.payment import is_card

SAMPLE = 48
PASS_SHARE_MIN, FILLED_SHARE_MIN = 0.9, 0.5
CARD_RATE = 0.03
CHANCE = 1e-7
NUMBER_SHAPED = r"^[0-9A-Za-z](?:[ ./+-]?[0-9A-Za-z]){6,21}$"
HAS_NUMBER = r"[0-9][^0-9]*[0-9][^0-9]*[0-9][^0-9]*[0-9]"
BOOK = re.compile(r"[0-9]{9}[Xx]")
CARD = re.compile(r"[0-9](?:[ -]?[0-9]){11,18}")


@dataclass(frozen=True)
class _Check:
    entity: Entity
    has_shape: Callable[[str], object]
    passes: Callable[[str], bool]
    rate: float


CHECKS = (
    _Check("card", CARD.fullmatch, is_card, CARD_RATE),
    *(
        _Check(one.entity, shaped(one.shapes).fullmatch, partial(is_valid, one), one.rate)
        for one in IDENTITY_NUMBERS
        if one.rate is not None and one.module
    ),
)


def column_entities(distinct: pa.Array) -> Iterator[tuple[Entity, NDArray[np.bool_]]]:
    """Yield each kind of number that a column is made of, and which distinct cells are one.

    Args:
        distinct: (n,) of normalised text, without empty cells.
    """
    likely = pc.and_(
        pc.match_substring_regex(distinct, pattern=NUMBER_SHAPED),
        pc.match_substring_regex(distinct, pattern=HAS_NUMBER),
    )
    places = np.flatnonzero(np.asarray(likely))
    if len(places) < FILLED_SHARE_MIN * len(distinct) or not len(places):
        return
    step = max(1, len(places) // SAMPLE)
    sample = distinct.take(pa.array(places[::step])).to_pylist()
    suspects = [check for check in CHECKS if _stands_out(check, sample)]
    if not suspects:
        return
    cells = distinct.take(pa.array(places)).to_pylist()
    if any(BOOK.fullmatch(cell) for cell in cells):
        return
    for check in suspects:
        passed = np.array([bool(check.has_shape(cell)) and check.passes(cell) for cell in cells])
        if passed.sum() >= FILLED_SHARE_MIN * len(distinct):
            mask = np.zeros(len(distinct), dtype=bool)
            mask[places] = passed
            yield check.entity, mask


def _stands_out(check: _Check, sample: list[str]) -> bool:
    """Return whether so many of a sample pass that chance is no explanation."""
    of_shape = [cell for cell in sample if check.has_shape(cell)]
    if len(of_shape) < FILLED_SHARE_MIN * len(sample):
        return False
    n_passed = sum(map(check.passes, of_shape))
    return n_passed >= PASS_SHARE_MIN * len(of_shape) and n_passed * math.log(check.rate) <= math.log(CHANCE)
