"""What a stranger's column looks like, in counts: gathered over all batches, without a cell."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from stdnum import luhn

from policy_checks.schemas.privacy import Entity
from tasks.tabular.cells import as_arrow, as_text, is_text, is_whole
from tasks.tabular.convert import NUMBER
from tasks.tabular.detect import detect

DISTINCT_MAX = 20_000
DATE = r"^(?:\d{4}-\d\d-\d\d|\d{1,2}[./-]\d{1,2}[./-]\d{4})(?:[T ].*)?$"
TITLED = r"^\p{Lu}[\p{L}\p{M}'\x{2019}.-]*(?:[ ,]+\p{Lu}[\p{L}\p{M}'\x{2019}.-]*)+$"


@dataclass
class Evidence:
    """Counts of one column.

    Attributes:
        n_texts: filled cells that are text and no number.
        n_words: blanks in those, so that sentences show.
        n_titled: those of several words, each with a capital.
        n_dates: filled cells in the shape of a day.
        n_digits: distinct cells of 9 to 19 digits.
        n_luhn: those of them with a Luhn check digit; by chance it is a tenth.
        found: cells of each personal entity.
        is_whole: every number so far is whole.
    """

    column: str
    n_rows: int = 0
    n_missing: int = 0
    n_numbers: int = 0
    n_texts: int = 0
    n_words: int = 0
    n_titled: int = 0
    n_dates: int = 0
    n_digits: int = 0
    n_luhn: int = 0
    is_whole: bool = True
    found: dict[Entity, int] = field(default_factory=dict)
    _distinct: set[str] = field(default_factory=set, repr=False)

    @property
    def n_filled(self) -> int:
        """How many cells hold something."""
        return self.n_rows - self.n_missing

    @property
    def n_distinct(self) -> int:
        """How many different values were seen; once `has_many`, there are more."""
        return len(self._distinct)

    @property
    def has_many(self) -> bool:
        """Whether counting stopped because there are too many different values."""
        return len(self._distinct) > DISTINCT_MAX

    def add(self, values: pd.Series) -> None:
        """Count one more batch of the column."""
        array = as_arrow(values)
        self.n_rows += len(array)
        self.n_missing += array.null_count
        text = pc.utf8_trim_whitespace(as_text(array.drop_null()))
        self._number(array, text)
        self.n_dates += _count(text, DATE) if is_text(array) else len(text) * pa.types.is_temporal(array.type)
        for entity, n_cells in detect(array, self.column).items():
            self.found[entity] = self.found.get(entity, 0) + n_cells
        if not self.has_many:
            fresh = set(pc.unique(text).to_pylist()) - self._distinct
            self._distinct |= fresh
            digits = [
                value for value in fresh if value.isascii() and value.isdigit() and 9 <= len(value) <= 19
            ]
            self.n_digits += len(digits)
            self.n_luhn += sum(map(luhn.is_valid, digits))

    def _number(self, array: pa.Array, text: pa.Array) -> None:
        if is_text(array):
            numbers = text.filter(pc.match_substring_regex(text, pattern=NUMBER))
            self.is_whole &= is_whole(pc.cast(numbers, pa.float64())) if len(numbers) else True
            self.n_numbers += len(numbers)
            self.n_texts += len(text) - len(numbers)
            self.n_titled += _count(text, TITLED)
            self.n_words += pc.sum(pc.count_substring(text, " ")).as_py() or 0
        elif not pa.types.is_temporal(array.type):
            self.n_numbers += len(text)
            self.is_whole &= not pa.types.is_floating(array.type) or is_whole(array.drop_null())


def gather(batches: Iterable[pd.DataFrame]) -> tuple[Evidence, ...]:
    """Return what each column looks like, in the table's order."""
    columns: dict[str, Evidence] = {}
    for batch in batches:
        for name in batch.columns:
            columns.setdefault(name, Evidence(name)).add(batch[name])
    return tuple(columns.values())


def _count(text: pa.Array, pattern: str) -> int:
    return pc.sum(pc.match_substring_regex(text, pattern=pattern)).as_py() or 0
