"""Replace values by keyed hashes: stable inside one dataset group of a tenant, unlinkable outside."""

import hmac
from hashlib import sha256

import pandas as pd
import pyarrow as pa

from tasks.tabular.cells import as_arrow, as_text, text_series
from tasks.tabular.pseudonym_keys import keyed_hexdigest

N_HEX = 32


def pseudonyms(values: pd.Series, key: bytes, kind: str) -> pd.Series:
    """Return `<kind>-<32 hex>` for each value, (rows,) of text with the same index; nulls stay null.

    Each distinct value is hashed once, after NFKC, so that a full-width spelling is the same person.
    """
    encoded = as_text(as_arrow(values)).dictionary_encode()
    keyed = hmac.new(key, digestmod=sha256)
    hashed = [f"{kind}-{keyed_hexdigest(keyed, value)[:N_HEX]}" for value in encoded.dictionary.to_pylist()]
    return text_series(pa.array(hashed, pa.large_string()).take(encoded.indices), values)
