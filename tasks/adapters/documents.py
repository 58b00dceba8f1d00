"""Read the governing documents: shipped defaults, or drafts in the state folder."""

import tomllib
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from policy_checks.errors import ManifestError
from policy_checks.facts import GoverningDigests
from policy_checks.integrity import strict_json
from policy_checks.schemas.base import Document
from policy_checks.schemas.governing import Policy, Tariff, Tenant, Tenants
from policy_checks.schemas.reading import explain, from_toml

D = TypeVar("D", bound=Document)


@dataclass(frozen=True)
class Governing:
    """The documents in force and their digests."""

    policy: Policy
    tenants: Tenants
    tariff: Tariff
    digests: GoverningDigests

    def tenant(self, name: str) -> Tenant:
        """Return a registered tenant.

        Raises:
            ManifestError: nobody of that name is registered.
        """
        found = self.tenants.find(name)
        if found is None:
            raise ManifestError(
                "tenant-unknown",
                "The manifest's tenant is not registered.",
                f"Use a registered tenant: {', '.join(t.name for t in self.tenants.tenants)}.",
            )
        return found


def load(home: Path) -> Governing:
    """Return the governing documents; a file in `<home>/documents` stands in as a draft.

    Raises:
        ManifestError: a draft does not fit its schema.
    """
    drafts: list[str] = []
    policy = _read(Policy, "policy", home, drafts)
    tenants = _read(Tenants, "tenants", home, drafts)
    tariff = _read(Tariff, "tariff", home, drafts)
    digests = GoverningDigests(
        policy=strict_json.digest(policy.to_bytes()),
        tenants=strict_json.digest(tenants.to_bytes()),
        tariff=strict_json.digest(tariff.to_bytes()),
        drafts=tuple(drafts),
    )
    return Governing(policy, tenants, tariff, digests)


def _read(schema: type[D], name: str, home: Path, drafts: list[str]) -> D:
    shipped = (files("deployments") / "defaults" / f"{name}.toml").read_text(encoding="utf-8")
    draft = home / "documents" / f"{name}.toml"
    text = draft.read_text(encoding="utf-8") if draft.is_file() else shipped
    try:
        document = from_toml(schema, text)
        if text != shipped and document != from_toml(schema, shipped):
            drafts.append(name)
    except tomllib.TOMLDecodeError as error:
        raise _unfit(name, str(error)) from None
    except ValidationError as error:
        raise _unfit(name, explain(error)) from None
    return document


def _unfit(name: str, what: str) -> ManifestError:
    return ManifestError(
        "document-invalid", f"The draft {name}.toml is refused: {what}.", "Correct it, or remove the draft."
    )
