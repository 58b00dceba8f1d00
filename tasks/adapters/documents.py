"""The governing documents: signed by the root and adopted, or drafts that only development accepts.

`<home>/documents` holds policy-000001.json and on (envelopes, the newest in force) and, where somebody
edits one, policy.toml: the draft. What ships with the package is where every installation starts.
"""

import tomllib
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from typing import cast

from pydantic import ValidationError

from policy_checks.errors import IntegrityError, ManifestError, UnavailableError
from policy_checks.facts import GoverningDigests
from policy_checks.integrity import dsse
from policy_checks.integrity.governing_documents import (
    NAMES,
    SCHEMAS,
    Name,
    identity,
    lapsed,
    open_document,
    same_content,
)
from policy_checks.schemas.governing import Governed, Policy, Tariff, Tenant, Tenants
from policy_checks.schemas.reading import explain, from_toml
from tasks.adapters import settings
from tasks.adapters.files import write_whole
from tasks.adapters.keyring import PrivateKey
from tasks.adapters.ring_store import KeyStore

VALID = timedelta(days=365)


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


@dataclass(frozen=True)
class Shelf:
    """Every version of one governing document in a state folder."""

    home: Path
    name: Name

    @property
    def draft(self) -> Path:
        """Where an edited copy belongs."""
        return self.home / "documents" / f"{self.name}.toml"

    @cached_property
    def shipped(self) -> Governed:
        """The document that came with the package."""
        text = (files("deployments") / "defaults" / f"{self.name}.toml").read_text(encoding="utf-8")
        return _from_toml(self.name, text)

    def envelopes(self) -> dict[int, bytes]:
        """Return every adopted envelope by its version, unverified."""
        found = sorted((self.home / "documents").glob(f"{self.name}-[0-9]*.json"))
        return {int(path.stem.rpartition("-")[2]): path.read_bytes() for path in found}

    def adopted(self) -> Governed | None:
        """Return the newest adopted document, verified under the root, or None.

        Raises:
            IntegrityError: the root did not sign it, or its file bears another version.
        """
        envelopes = self.envelopes()
        if not envelopes:
            return None
        version = max(envelopes)
        document = open_document(self.name, envelopes[version], KeyStore(self.home).root()[0])
        if document.version != version:
            raise IntegrityError(
                "document-misnamed",
                f"{self.name} version {document.version} lies where version {version} belongs.",
                "Restore the documents folder from its backup.",
            )
        return document

    def edited(self, path: Path | None = None) -> Governed | None:
        """Return the draft, if there is one that says something else than what is in force."""
        path = path or self.draft
        if not path.is_file():
            return None
        draft = _from_toml(self.name, path.read_text(encoding="utf-8"))
        return None if same_content(draft, self.adopted() or self.shipped) else draft

    def sign(self, draft: Governed, signers: list[PrivateKey], now: datetime) -> bytes:
        """Return the envelope of the next version, valid for a year from now."""
        adopted = self.adopted()
        version = adopted.version + 1 if adopted else draft.version
        whole = draft.model_copy(update={"version": version, "valid_from": now, "valid_until": now + VALID})
        return dsse.seal(self.name, whole.to_bytes(), *(signer.signer() for signer in signers))

    def adopt(self, envelope: bytes, now: datetime) -> Governed:
        """Put a signed document in force; durable when this returns.

        Raises:
            IntegrityError: not signed by the root, not newer than what is in force, or not valid now.
        """
        document = open_document(self.name, envelope, KeyStore(self.home).root()[0])
        adopted = self.adopted()
        if adopted is not None and document.version <= adopted.version:
            raise IntegrityError(
                "document-rollback",
                f"{self.name} version {document.version} offered, version {adopted.version} is in force.",
                "Sign a newer version: atomq documents sign.",
            )
        if lapsed(document, now):
            raise IntegrityError(
                "document-lapsed", f"This {self.name} is not valid now.", "Sign it again under the root."
            )
        (self.home / "documents").mkdir(mode=0o700, exist_ok=True)
        write_whole(self.home / "documents" / f"{self.name}-{document.version:06d}.json", envelope)
        return document


def load(home: Path) -> Governing:
    """Return the governing documents; drafts stand in for what is in force, and are named.

    Raises:
        ManifestError: a draft does not fit its schema.
        IntegrityError: an adopted document does not verify.
    """
    found: dict[str, Governed] = {}
    drafts: list[str] = []
    late: list[str] = []
    now = settings.now()
    for name in NAMES:
        shelf = Shelf(home, name)
        draft, adopted = shelf.edited(), shelf.adopted()
        found[name] = draft or adopted or shelf.shipped
        if draft is not None or (adopted is None and KeyStore(home).exists()):
            drafts.append(name)
        elif adopted is not None and lapsed(adopted, now):
            late.append(name)
    digests = GoverningDigests(
        **{name: identity(document) for name, document in found.items()},
        drafts=tuple(drafts),
        lapsed=tuple(late),
    )
    return Governing(
        cast(Policy, found["policy"]), cast(Tenants, found["tenants"]), cast(Tariff, found["tariff"]), digests
    )


def read_draft(name: Name, path: Path) -> Governed:
    """Return the document that a TOML file describes.

    Raises:
        ManifestError: it does not fit.
        UnavailableError: it cannot be read.
    """
    try:
        return _from_toml(name, path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        raise UnavailableError("document-unreadable", f"{path} cannot be read.", "Check the path.") from None


def _from_toml(name: Name, text: str) -> Governed:
    try:
        return from_toml(SCHEMAS[name], text)
    except tomllib.TOMLDecodeError as error:
        raise _unfit(name, str(error)) from None
    except ValidationError as error:
        raise _unfit(name, explain(error)) from None


def _unfit(name: str, what: str) -> ManifestError:
    return ManifestError(
        "document-invalid", f"The draft {name}.toml is refused: {what}.", "Correct it, or remove the draft."
    )
