"""To which part does a row belong? A keyed hash decides, not its position."""

import hashlib
import hmac
from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from policy_checks.errors import ManifestError

TRAIN_BELOW, VALIDATION_BELOW = 3 * 2**64 // 5, 4 * 2**64 // 5


def row_keys(measures: pd.DataFrame, categories: pd.DataFrame) -> list[bytes]:
    """Return each row's features as bytes; equal rows have equal bytes, also where they are empty.

    Measures are big-endian float64 with one zero and one NaN; texts are prefixed by their length.
    """
    numbers = measures.to_numpy(dtype=np.float64) + 0.0
    numbers[np.isnan(numbers)] = np.nan
    texts = categories.to_numpy(dtype=object, na_value=None)
    return [
        row.tobytes() + b"".join(map(_cell_bytes, cells))
        for row, cells in zip(numbers.astype(">f8"), texts, strict=True)
    ]


def bound_keys(rows: Sequence[bytes], groups: pd.Series) -> list[bytes]:
    """Return for each row the key of everything that must stay together with it.

    Rows of one group stay together, and so do identical rows, whichever groups they are in. The
    key is the least row key among them, not the group's value: that is a pseudonym, which differs
    from one installation to the next, and a split must not.

    Raises:
        ManifestError: a row has no group value.
    """
    n_missing = int(groups.isna().sum())
    if n_missing:
        raise ManifestError(
            "group-missing-values",
            f"{n_missing:,} of {len(groups):,} rows have no group value; every row needs one",
            "fill them in, or declare another dataset.group",
        )
    keys = np.fromiter(rows, dtype=object, count=len(rows))
    row_codes, unique = pd.factorize(keys)
    group_codes, _ = pd.factorize(groups.astype(str))
    n_groups = int(group_codes.max()) + 1
    size = n_groups + len(unique)
    links = coo_matrix((np.ones(len(rows)), (group_codes, n_groups + row_codes)), shape=(size, size))
    _, component = connected_components(links, directed=False)
    least: dict[int, bytes] = {}
    for key, number in zip(unique, component[n_groups:], strict=True):
        least[number] = min(key, least.get(number, key))
    return [least[number] for number in component[group_codes]]


def assign(keys: Sequence[bytes], seed: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return each row's part (0 train, 1 validation, 2 test) and an id that rows of equal key share.

    Ids are ranks of the digests, so that they do not depend on the order of the rows.
    """
    codes, unique = pd.factorize(np.fromiter(keys, dtype=object, count=len(keys)))
    secret = seed.to_bytes(8, "big")
    digests = [hmac.digest(secret, key, hashlib.sha256) for key in unique]
    heads = [int.from_bytes(digest[:8], "big") for digest in digests]
    parts = np.array([(head >= TRAIN_BELOW) + (head >= VALIDATION_BELOW) for head in heads], dtype=np.int64)
    ranks = np.empty(len(digests), dtype=np.int64)
    ranks[sorted(range(len(digests)), key=digests.__getitem__)] = np.arange(len(digests))
    return parts[codes], ranks[codes]


def _cell_bytes(cell: str | None) -> bytes:
    if cell is None:
        return b"\0"
    text = cell.encode()
    return b"\1" + len(text).to_bytes(8, "big") + text
