"""What a job without a table found: figures with intervals, beside what classical methods say."""

from typing import Annotated, Literal

from pydantic import Field

from policy_checks.schemas.artifacts import Measured
from policy_checks.schemas.base import Digest, Document
from policy_checks.schemas.manifest import Kind
from policy_checks.schemas.records import DegradedReason

Count = Annotated[int, Field(ge=0)]
Seconds = Annotated[float, Field(ge=0)]
Word = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,40}$")]
AnsweredBy = Literal["quantum", "classical", "nobody"]


class Series(Document):
    """A curve with its intervals; `low` and `high` are empty where values are exact."""

    name: Word
    x: tuple[float, ...]
    y: tuple[float, ...]
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()


class Solution(Document):
    """The answer of a job of kind "optimise", "simulate" or "variational".

    Attributes:
        problem, circuit: what was asked, in words of ours.
        answered_by: "classical" where a fallback answered, "nobody" where none can at this size.
        answer: name of the quantity that is the answer; None where nobody answered.
        quantities: what was found, each with its 95 % interval; without sampling the interval is the value.
        references: what classical methods say of the same problem, "exact" where it can be had.
        series: curves for pictures; the x axis is time, or the number of evaluations.
        bits: the best assignment of an optimisation, variable 0 first.
        classical_s: seconds of optimisers and references on this machine.
    """

    kind: Kind
    problem: Annotated[str, Field(max_length=200)]
    circuit: Annotated[str, Field(max_length=200)]
    template: Digest
    degraded: DegradedReason | None
    answered_by: AnsweredBy
    answer: Word | None
    quantities: dict[Word, Measured]
    references: dict[Word, float]
    series: tuple[Series, ...] = ()
    bits: Annotated[str, Field(pattern=r"^[01]+$")] | None = None
    quantum_s: Seconds
    classical_s: Seconds
    n_circuits: Count
    notes: tuple[str, ...]
