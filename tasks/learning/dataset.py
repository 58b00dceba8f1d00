"""Split a sanitised table three ways and encode it with what the training rows alone say."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from policy_checks.errors import ManifestError
from policy_checks.schemas.dataset import ColumnRule
from tasks.learning.features import encode, no_features, read_features
from tasks.learning.partition import assign, bound_keys, row_keys

N_CLASSES_MIN, N_CLASSES_MAX = 2, 10
ALLOWED = f"{N_CLASSES_MIN} to {N_CLASSES_MAX}"
N_TEST_ROWS_MIN = 5
N_NAMES_SHOWN = 10


@dataclass(frozen=True)
class Part:
    """Rows of one part, in the order of the table.

    Rows that share an id in `groups` are not independent: they have the same group value or,
    without a declared group, the same features.
    """

    x: NDArray[np.float32]  # (n, d)
    y: NDArray[np.int64]  # (n,) index into Split.classes
    rows: NDArray[np.int64]  # (n,) position in the table
    groups: NDArray[np.int64]  # (n,) dense ids from 0


@dataclass(frozen=True)
class Split:
    """Three disjoint parts. A category becomes `name[0]`, `name[1]`, ...: no feature name holds a cell."""

    train: Part
    validation: Part
    test: Part
    classes: tuple[str, ...]
    features: tuple[str, ...]
    notes: tuple[str, ...]


def split(
    table: pd.DataFrame, columns: Mapping[str, ColumnRule], target: str, group: str | None, seed: int
) -> Split:
    """Split `table` about 60/20/20 and encode it; scalers, medians and vocabularies see train only.

    A row's part is HMAC-SHA256(seed, its feature bytes): it does not depend on the order of the
    rows. Identical feature rows stay together, and with a group all rows that groups and equal
    rows bind; their key is the least of their feature bytes. The group column is never a feature.

    Args:
        columns: declared rules; features are the kept or generalised measures and categories.
        seed: 0 to 2**64 - 1.

    Raises:
        ManifestError: the table cannot be learned from; the code says why.
    """
    y, classes = _labels(table[target])
    measures, categories = read_features(table, columns, group)
    keys = row_keys(measures, categories)
    part, ids = assign(keys if group is None else bound_keys(keys, table[group]), seed)
    _refuse_small_classes(part, y, len(classes))
    x, names = encode(measures, categories, part == 0)
    varies = np.ptp(x[part == 0], axis=0) > 0
    if not varies.any():
        raise no_features("every declared feature is constant in the training rows")
    train, validation, test = (_part(x[:, varies], y, ids, part == number) for number in range(3))
    kept = tuple(name for name, kept in zip(names, varies, strict=True) if kept)
    dropped = tuple(name for name in names if name not in set(kept))
    return Split(train, validation, test, classes, kept, _notes(dropped))


def _labels(target: pd.Series) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    n_missing = int(target.isna().sum())
    if n_missing:
        raise ManifestError(
            "target-missing-values",
            f"{n_missing:,} of {len(target):,} rows have no target; every row needs one",
            "remove those rows or fill in their target",
        )
    codes, values = pd.factorize(target.astype(str), sort=True)
    _check_classes(values)
    return codes.astype(np.int64), tuple(values)


def _check_classes(values: pd.Index) -> None:
    found = f"the target has {len(values):,} distinct values"
    if len(values) < N_CLASSES_MIN:
        raise ManifestError(
            "target-constant", f"{found}; {ALLOWED} are needed", "choose another dataset.target"
        )
    if len(values) <= N_CLASSES_MAX:
        return
    if pd.to_numeric(pd.Series(values), errors="coerce").notna().all():
        raise ManifestError(
            "target-continuous",
            f"{found}, all numbers: it looks continuous; only classes, {ALLOWED}, are learned",
            "replace the target by a column of bands, such as low, middle and high",
        )
    raise ManifestError("target-too-many-classes", f"{found}; {ALLOWED} are allowed", "merge classes")


def _refuse_small_classes(part: NDArray[np.int64], y: NDArray[np.int64], n_classes: int) -> None:
    counts = np.zeros((3, n_classes), dtype=np.int64)
    np.add.at(counts, (part, y), 1)
    too_small = (counts[2] < N_TEST_ROWS_MIN) | (counts[:2].min(axis=0) == 0)
    if too_small.any():
        raise ManifestError(
            "class-too-small",
            f"{int(too_small.sum())} of {n_classes} classes are too small to split; the smallest counts of "
            f"training, validation and test rows are {counts[0].min()}, {counts[1].min()} and "
            f"{counts[2].min()}; 1, 1 and {N_TEST_ROWS_MIN} are needed",
            "merge rare classes or add rows: a class needs about 40, from many groups",
        )


def _part(
    x: NDArray[np.float64], y: NDArray[np.int64], ids: NDArray[np.int64], chosen: NDArray[np.bool_]
) -> Part:
    groups = np.unique(ids[chosen], return_inverse=True)[1].astype(np.int64)
    return Part(x[chosen].astype(np.float32), y[chosen], np.flatnonzero(chosen), groups)


def _notes(dropped: tuple[str, ...]) -> tuple[str, ...]:
    if not dropped:
        return ()
    shown = ", ".join(dropped[:N_NAMES_SHOWN]) + (", ..." if len(dropped) > N_NAMES_SHOWN else "")
    return (f"dropped as constant in the training rows: {len(dropped)} features ({shown})",)
