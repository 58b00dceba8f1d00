"""A column as Arrow, and its cells as text: one spelling of each value for hashing and searching."""

from collections.abc import Iterable

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

EXACT_MAX = 2**53


def as_arrow(values: "Iterable[object] | pd.Series | pa.Array | pa.ChunkedArray") -> pa.Array:
    """Return one array, (rows,); NaN is null, dictionaries are decoded.

    Raises:
        pyarrow.ArrowInvalid: the values have no type in common.
    """
    if isinstance(values, pd.Series):
        array = pa.Array.from_pandas(values)
    elif isinstance(values, pa.Array | pa.ChunkedArray):
        array = values
    else:
        array = pa.array(list(values), from_pandas=True)
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks()
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    if pa.types.is_floating(array.type):
        array = pc.if_else(pc.is_nan(array), pa.scalar(None, array.type), array)
    return array


def as_text(array: pa.Array) -> pa.Array:
    """Return the cells as text, nulls kept; whole numbers lose the `.0` that floating point gave them.

    Each cell is spelled by itself, whatever stands beside it: the same value is the same text in every
    batch of a table.

    >>> as_text(pa.array([4000.0, None, 0.5, -0.0])).to_pylist()
    ['4000', None, '0.5', '0']
    """
    text = pc.cast(array, pa.large_string())
    if not pa.types.is_floating(array.type):
        return text
    whole = _whole(array)
    if not pc.any(whole).as_py():
        return text
    numbers = pc.cast(pc.if_else(whole, array, pa.scalar(None, array.type)), pa.int64())
    return pc.if_else(whole, pc.cast(numbers, pa.large_string()), text)


def is_whole(array: pa.Array) -> bool:
    """Return whether a floating column holds only whole numbers that floating point holds exactly."""
    if not pa.types.is_floating(array.type) or array.null_count == len(array):
        return False
    return bool(pc.all(_whole(array)).as_py())


def is_text(array: pa.Array) -> bool:
    """Return whether a column holds text of any Arrow layout."""
    kind = array.type
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def text_series(text: pa.Array, like: pd.Series) -> pd.Series:
    """Return text as a pandas column with the index and name of `like`."""
    return pd.Series(text.to_pandas().array, index=like.index, name=like.name, dtype="str")


def _whole(array: pa.Array) -> pa.Array:
    array = pc.cast(array, pa.float64())
    return pc.and_(pc.less_equal(pc.abs(array), EXACT_MAX), pc.equal(pc.trunc(array), array))
