"""What every document has in common: frozen, strict, nothing unknown."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from policy_checks.integrity import strict_json


class Document(BaseModel):
    """A frozen, strict document: unknown fields, coercions and non-finite numbers are refused."""

    model_config = ConfigDict(
        frozen=True, strict=True, extra="forbid", allow_inf_nan=False, ser_json_inf_nan="constants"
    )

    def to_bytes(self) -> bytes:
        """Return the canonical bytes: sorted ASCII JSON without spaces."""
        return strict_json.dumps(self.model_dump(mode="json"))


Digest = Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")]
KeyId = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")]
ColumnName = Annotated[str, Field(min_length=1, max_length=128)]
Pseudonym = Annotated[str, Field(pattern=r"^t-[0-9a-f]{16}$")]
RunId = Annotated[str, Field(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
