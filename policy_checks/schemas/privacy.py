"""What counts as personal in text, and what a table must look like before its rows may be told apart no more."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from policy_checks.schemas.base import ColumnName, Document

Entity = Literal[
    "email", "phone", "card", "iban", "ip_address", "mac_address", "us_ssn", "us_itin", "uk_nino", "uk_nhs",
    "national_id", "passport", "url_credentials", "api_key", "private_key", "jwt", "name",
]  # fmt: skip
Reason = Annotated[str, StringConstraints(min_length=8, max_length=200)]


class Anonymity(Document):
    """How far rows must hide among others: k-anonymity, and l-diversity of one column.

    Attributes:
        quasi_identifiers: kept columns by which somebody who knows a person could find their row.
        k: rows of each combination of quasi-identifiers, at least.
        l: different values of `sensitive` in each combination, at least.
        sensitive: what nobody shall learn of a person; the target unless another is named.
        when_below: refuse the table, or leave out the rows of combinations that are too small.

    Source: Sweeney (2002), k-anonymity; Machanavajjhala et al. (2007), l-diversity, section 4 (distinct).
    """

    quasi_identifiers: Annotated[tuple[ColumnName, ...], Field(min_length=1, max_length=20)]
    k: Annotated[int, Field(ge=2, le=1000)] = 5
    l: Annotated[int, Field(ge=2, le=100)] | None = None  # noqa: E741
    sensitive: ColumnName | None = None
    when_below: Literal["refuse", "suppress"] = "refuse"

    @model_validator(mode="after")
    def _fields_fit(self) -> "Anonymity":
        if len(set(self.quasi_identifiers)) < len(self.quasi_identifiers):
            raise ValueError("quasi_identifiers names a column twice")
        if self.sensitive is not None and self.l is None:
            raise ValueError("sensitive belongs to l, which is missing")
        if self.sensitive in self.quasi_identifiers:
            raise ValueError("sensitive must not be one of quasi_identifiers")
        return self
