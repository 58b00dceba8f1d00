"""Apply the declared rules: what leaves this module is all that anything later can see of the table.

Every problem of the table is collected and told at once, by column and count, never by value.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd
import pyarrow as pa

from policy_checks.schemas.artifacts import ColumnOutcome
from policy_checks.schemas.dataset import ColumnRule
from tasks.tabular.batching import CELLS_MAX
from tasks.tabular.cells import as_arrow, as_text, text_series
from tasks.tabular.convert import banded_dates, binned, masked, measured, shortened
from tasks.tabular.distinct import N_COUNTED_MAX, DistinctCount
from tasks.tabular.problems import Problem, Problems, is_number, mismatches, unfilled, unfit, unreadable
from tasks.tabular.pseudonym_keys import derive_key, key_id
from tasks.tabular.pseudonymise import pseudonyms


@dataclass
class _Counts:
    distinct: DistinctCount
    n_cells: int = 0
    n_changed: int = 0
    n_missing: int = 0


@dataclass
class Sanitiser:
    """Sanitises one table batch by batch, and adds up what happened to each column.

    Attributes:
        columns: a rule for every column of the table.
        dataset_group: datasets of one group share pseudonyms.
        pepper: at least 32 secret bytes.
        problems: of all batches so far; with any, the table must be refused.
    """

    columns: Mapping[str, ColumnRule]
    tenant: str
    dataset_group: str
    pepper: bytes
    problems: Problems = field(default_factory=Problems)
    _counts: dict[str, _Counts] = field(default_factory=dict)
    _keys: dict[str, bytes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        n_counted = min(N_COUNTED_MAX, CELLS_MAX // max(1, len(self.columns)))
        for name, rule in sorted(self.columns.items()):
            self._counts[name] = _Counts(DistinctCount(n_counted))
            if rule.action == "pseudonymise":
                self._keys[name] = derive_key(self.pepper, self.tenant, self.dataset_group, rule.kind)

    def sanitised(self, batch: pd.DataFrame) -> pd.DataFrame:
        """Return (rows, kept columns) in the batch's row order, columns sorted by name.

        Measures are float64, everything else is text. Cells that cannot be read are empty, columns that
        cannot be changed as declared are absent: then there are problems.

        Args:
            batch: (rows, columns) as `read_batches` gives it.
        """
        self.problems.add(mismatches(list(batch.columns), self.columns))
        clean: dict[str, pd.Series] = {}
        for name in sorted(self.columns.keys() & set(batch.columns)):
            after = self._treated(name, batch[name])
            if after is not None:
                clean[name] = after
        return pd.DataFrame(clean, index=batch.index)

    def outcomes(self) -> tuple[ColumnOutcome, ...]:
        """Return what happened to each declared column so far, sorted by name.

        Raises:
            ManifestError: a column is undeclared or absent, a rule does not fit its column, or cells are
                no number, no date, infinite or missing.
        """
        self.problems.refuse()
        return tuple(self._outcome(name, counts) for name, counts in self._counts.items())

    def _treated(self, name: str, before: pd.Series) -> pd.Series | None:
        rule, counts = self.columns[name], self._counts[name]
        wrong, n_missing = list(unfit(name, rule)), int(as_arrow(before).null_count)
        counts.n_cells, counts.n_missing = counts.n_cells + len(before), counts.n_missing + n_missing
        self.problems.add([*wrong, *unfilled(name, rule, n_missing)])
        if rule.action == "drop":
            counts.n_changed += len(before)
        if wrong or rule.action == "drop":
            return None
        counts.n_changed += 0 if rule.action == "keep" else len(before) - n_missing
        try:
            after, unread = self._changed(name, before, rule)
        except pa.ArrowException:
            # Its message quotes cells.
            after, unread = None, [unreadable(name, rule)]
        self.problems.add(unread)
        if after is None:
            return None
        counts.distinct.add(as_arrow(after))
        return after

    def _changed(
        self, name: str, before: pd.Series, rule: ColumnRule
    ) -> tuple[pd.Series | None, list[Problem]]:
        """Return the column after its action, and the cells that the action could not read."""
        match rule.action, rule.kind:
            case "pseudonymise", kind:
                return pseudonyms(before, self._keys[name], kind), []
            case "mask", _:
                return masked(before), []
            case "generalise", "birth_date":
                return banded_dates(before, 1 if rule.to == "year" else 5)
            case "generalise", "address":
                return shortened(before, rule.prefix or 1), []
            case "generalise", _:
                return binned(before, rule.bin_width or 1.0)
        if is_number(rule):
            return measured(before)
        return text_series(as_text(as_arrow(before)), before), []

    def _outcome(self, name: str, counts: _Counts) -> ColumnOutcome:
        rule = self.columns[name]
        return ColumnOutcome(
            column=name,
            kind=rule.kind,
            action=rule.action,
            n_cells=counts.n_cells,
            n_changed=counts.n_changed,
            n_missing=counts.n_missing,
            n_distinct_after=None if rule.action == "drop" else counts.distinct.n,
            key=key_id(self._keys[name]) if name in self._keys else None,
        )


def apply(
    table: pd.DataFrame,
    columns: Mapping[str, ColumnRule],
    *,
    tenant: str,
    dataset_group: str,
    pepper: bytes,
) -> tuple[pd.DataFrame, tuple[ColumnOutcome, ...]]:
    """Return a table that is one batch, sanitised, and what happened to each declared column.

    Raises:
        ManifestError: as `Sanitiser.outcomes` raises it.
    """
    sanitiser = Sanitiser(columns, tenant, dataset_group, pepper)
    clean = sanitiser.sanitised(table)
    return clean, sanitiser.outcomes()
