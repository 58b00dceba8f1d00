"""What a scan of a circuit found: places that look like a published attack or a forbidden purpose."""

from typing import Annotated

from pydantic import Field, StringConstraints

from policy_checks.schemas.base import Document

PatternId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{2,40}$")]


class Pattern(Document):
    """One entry of the attack catalogue, found in one circuit.

    Attributes:
        id: of the catalogue's entry.
        line: of the author's text; 0 where it is the whole circuit, or a circuit without a text.
        evidence: figures in words of ours, never a word of the author's.
    """

    id: PatternId
    line: Annotated[int, Field(ge=0)] = 0
    evidence: Annotated[str, Field(min_length=1, max_length=300)]
