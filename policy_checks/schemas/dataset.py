"""What a table holds, as its owner declares it: nothing of a table is used that is not declared here."""

from typing import Annotated, Literal

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer, model_validator

from policy_checks.schemas.base import ColumnName, Digest, Document
from policy_checks.schemas.privacy import Anonymity, Entity, Reason

ColumnKind = Literal[
    "id", "email", "phone", "name", "birth_date", "address", "free_text", "category",
    "measure", "target", "card", "national_id", "other",
]  # fmt: skip
Action = Literal["drop", "pseudonymise", "mask", "generalise", "keep"]
Scalar = Annotated[str, Field(max_length=1000)] | float | int | bool
ExpectationType = Literal[
    "expect_column_values_to_be_between", "expect_column_values_to_be_in_set",
    "expect_column_values_to_not_be_in_set", "expect_column_values_to_not_be_null",
    "expect_column_values_to_be_unique", "expect_column_values_to_match_regex",
    "expect_column_value_lengths_to_be_between", "expect_table_row_count_to_be_between",
]  # fmt: skip


class ColumnRule(Document):
    """What one column holds and what happens to it before anything else sees it.

    Attributes:
        to: what a birth date is generalised to.
        prefix: how many leading characters of an address (a postcode) are left when it is generalised.
        bin_width: width of the bins that a measure is generalised to, in its own unit; bins begin at multiples.
        missing: whether empty cells of a measure or category are filled with a value fitted on training rows.
        minimum: of a kept measure, in its own unit.
        maximum: of a kept measure, in its own unit.
        values: everything that a kept category or target may be.
        reason: explains a `keep` that policy would not expect.
        allow: what looks like personal data here and is none, and what it is instead.
    """

    kind: ColumnKind
    action: Action
    to: Literal["year", "5_years"] | None = None
    prefix: Annotated[int, Field(ge=1, le=8)] | None = None
    bin_width: Annotated[float, Field(gt=0)] | None = None
    missing: Literal["refuse", "impute"] = "refuse"
    minimum: float | None = None
    maximum: float | None = None
    values: (
        Annotated[tuple[Annotated[str, Field(max_length=200)], ...], Field(min_length=1, max_length=1000)]
        | None
    ) = None
    reason: Reason | None = None
    allow: Annotated[dict[Entity, Reason], Field(min_length=1, max_length=8)] | None = None

    @model_serializer(mode="wrap")
    def _without_blanks(self, dump: SerializerFunctionWrapHandler) -> dict[str, object]:
        """Leave out what is not declared: a signed manifest of many columns stays short and readable."""
        return {name: value for name, value in dump(self).items() if value is not None}


class Expected(Document):
    """One expectation of the owner's own, as Great Expectations writes it in a suite."""

    type: ExpectationType
    kwargs: Annotated[
        dict[Annotated[str, Field(max_length=64)], Scalar | tuple[Scalar, ...]], Field(max_length=16)
    ]


class Declaration(Document):
    """Everything that is declared of a table, wherever it lies.

    Attributes:
        group: a column whose rows stay together when the table is split.
        rows_min: rows that must be there, before any is suppressed.
        expectations: checked beside those that follow from `columns`, over what sanitising leaves.
    """

    target: ColumnName
    columns: Annotated[dict[ColumnName, ColumnRule], Field(min_length=1, max_length=5000)]
    group: ColumnName | None = None
    rows_min: Annotated[int, Field(ge=1)] = 1
    rows_max: Annotated[int, Field(ge=1)] | None = None
    anonymity: Anonymity | None = None
    expectations: Annotated[tuple[Expected, ...], Field(max_length=200)] = ()

    @model_validator(mode="after")
    def _columns_are_declared(self) -> "Declaration":
        targets = sorted(name for name, rule in self.columns.items() if rule.kind == "target")
        if targets != [self.target]:
            raise ValueError("exactly one column must have kind 'target', the one that target names")
        if self.group is not None and self.group not in self.kept():
            raise ValueError("group must name a declared column that is not dropped")
        if self.rows_max is not None and self.rows_max < self.rows_min:
            raise ValueError("rows_max must not be below rows_min")
        if self.anonymity is not None:
            named = {*self.anonymity.quasi_identifiers, self.anonymity.sensitive or self.target}
            if named - self.kept() or self.target in self.anonymity.quasi_identifiers:
                raise ValueError(
                    "anonymity must name declared columns that are not dropped, and not the target"
                )
        return self

    def kept(self) -> frozenset[ColumnName]:
        """Return the columns of which something is left."""
        return frozenset(name for name, rule in self.columns.items() if rule.action != "drop")


class DatasetRequest(Declaration):
    """A table under one of the tenant's registered roots; `path` is relative to a root or absolute."""

    path: Annotated[str, Field(min_length=1, max_length=1024)]
    sha256: Digest | None = None


class Dataset(DatasetRequest):
    """The same with its digest: what was signed is what will be read."""

    sha256: Digest
