from collections import defaultdict

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy_checks.errors import ManifestError
from tasks.learning.partition import assign, bound_keys, row_keys

Row = tuple[float, str | None, str | None]

CELLS = st.sampled_from([0.0, -0.0, float("nan"), -float("nan")])
TEXTS = st.sampled_from(["", "a", "a\x01b", "b\x01", "b", None])
ROWS = st.lists(st.tuples(CELLS, TEXTS, TEXTS), min_size=20, max_size=60)
SEEDS = st.integers(0, 2**31 - 1)


def keys_of(rows: list[Row]) -> list[bytes]:
    measures = pd.DataFrame({"size": np.array([row[0] for row in rows])})
    categories = pd.DataFrame([row[1:] for row in rows], columns=["colour", "shape"]).astype("string")
    return row_keys(measures, categories)


@given(rows=ROWS)
def test_rows_have_equal_bytes_exactly_when_their_cells_are_equal(rows: list[Row]) -> None:
    cells = [repr((size + 0.0, *texts)) for size, *texts in rows]
    pairs = set(zip(keys_of(rows), cells, strict=True))
    assert len(pairs) == len({key for key, _ in pairs}) == len(set(cells))


@given(keys=st.lists(st.binary(max_size=2), min_size=1, max_size=60), seed=SEEDS)
def test_rows_of_equal_key_share_part_and_id_and_others_share_no_id(keys: list[bytes], seed: int) -> None:
    parts, ids = assign(keys, seed)
    found = defaultdict(set)
    for key, part, number in zip(keys, parts, ids, strict=True):
        found[key].add((int(part), int(number)))
    assert all(len(places) == 1 for places in found.values())
    assert len({number for places in found.values() for _, number in places}) == len(found)


@given(keys=st.lists(st.binary(max_size=2), min_size=1, max_size=40), seed=SEEDS, data=st.data())
def test_neither_the_order_nor_the_presence_of_other_rows_moves_a_row(
    keys: list[bytes], seed: int, data: st.DataObject
) -> None:
    kept = data.draw(st.permutations(range(len(keys))))[: data.draw(st.integers(1, len(keys)))]
    assert assign([keys[row] for row in kept], seed)[0].tolist() == assign(keys, seed)[0][kept].tolist()


def test_ids_do_not_depend_on_the_order_of_rows() -> None:
    keys = [bytes([number % 50]) for number in range(200)]
    assert assign(keys[::-1], 3)[1].tolist() == assign(keys, 3)[1][::-1].tolist()


def test_parts_hold_about_sixty_twenty_and_twenty_percent() -> None:
    parts, _ = assign([str(number).encode() for number in range(20_000)], 11)
    assert np.bincount(parts) / 20_000 == pytest.approx([0.6, 0.2, 0.2], abs=0.015)


def test_another_seed_gives_another_split() -> None:
    keys = [str(number).encode() for number in range(100)]
    assert assign(keys, 1)[0].tolist() != assign(keys, 2)[0].tolist()


def test_a_row_without_a_group_is_refused_with_the_count_and_no_cell() -> None:
    with pytest.raises(ManifestError, match=r"^2 of 4 rows .*group-missing-values") as fault:
        bound_keys([b"a"] * 4, pd.Series(["secret", None, None, "secret"]))
    assert "secret" not in str(fault.value)
