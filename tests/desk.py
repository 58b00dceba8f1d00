"""A state folder with two tenants, a registered dataset of each, and what their people sign."""

import atexit
import shutil
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import pytest

from policy_checks.schemas.audit import AuditEntry
from policy_checks.schemas.template import DatasetRecord
from tasks.adapters import documents, settings, submission
from tasks.adapters.audit_log import AuditLog
from tasks.adapters.keyring import PrivateKey
from tasks.adapters.ring_store import KeyStore
from tasks.adapters.settings import Settings
from tasks.stages import key_ceremony, lifecycle, registration, standing, templates, tenancy, trust
from tasks.stages.standing import Bounds, Granted
from tasks.stages.templates import Registered
from tests.documents import PROJECT

OURS, THEIRS = "sample-clinic", "north-clinic"
TABLE = PROJECT / "data" / "samples" / "breast_cancer.csv"
SAMPLE = PROJECT / "data" / "manifests" / "breast_cancer.toml"
NIGHTLY = PROJECT / "data" / "manifests" / "nightly.toml"
RUN, OTHER_RUN = (f"01a206cd-ce3b-742c-ac61-11ae724346c{n}" for n in (4, 5))


@dataclass(frozen=True)
class Clinics:
    """Two tenants of one installation; what this process does, it does for one of them at a time."""

    state: Settings
    monkeypatch: pytest.MonkeyPatch

    @property
    def home(self) -> Path:
        return self.state.home

    def serve(self, tenant: str | None) -> None:
        """Work for this tenant from now on."""
        if tenant is None:
            self.monkeypatch.delenv("ATOMQ_TENANT", raising=False)
        else:
            self.monkeypatch.setenv("ATOMQ_TENANT", tenant)

    def pseudonym(self, tenant: str = OURS) -> str:
        return trust.pseudonyms(KeyStore(self.home), [tenant])[0]

    def register(self, name: str, tenant: str = OURS) -> DatasetRecord:
        """Register the sample table under the tenant's root."""
        file = PROJECT / documents.load(self.home).tenant(tenant).dataset_roots[0] / TABLE.name
        declared = registration.like(SAMPLE.read_bytes())
        return registration.register(self.state, tenant, name, file, declared, settings.now())

    def key(self, role: str) -> PrivateKey:
        """The key of this role that lies in the state folder."""
        store = KeyStore(self.home)
        return store.private(store.signing_key(role, None, settings.now()))

    def template(self, *changes: tuple[str, str], at: datetime | None = None) -> bytes:
        """The sample template, with some of its lines replaced, signed."""
        text = NIGHTLY.read_text()
        for old, new in changes:
            assert old in text, f"the sample template has no {old!r}"
            text = text.replace(old, new)
        return templates.sign(text.encode(), self.key("submitter"), self.state, at or settings.now())

    def add_template(self, *changes: tuple[str, str]) -> Registered:
        return templates.add(self.template(*changes), self.state, settings.now())

    def grant(self, found: Registered, *, max_cost="1.00", max_runs=31, days=31) -> Granted:
        """Let the reviewer approve this template's runs beforehand."""
        bounds = Bounds(Decimal(max_cost), max_runs, days)
        return standing.grant(self.home, found, bounds, self.key("reviewer"), settings.now())

    def signed_manifest(self) -> bytes:
        """The sample manifest, signed by the submitter."""
        key, now = self.key("submitter"), settings.now()
        return submission.seal(submission.complete(SAMPLE.read_bytes(), key.keyid, self.state, now), key)

    def entries(self, *kinds: str) -> list[AuditEntry]:
        """The log's entries of these types, in order."""
        log = AuditLog(self.home)
        found = [entry for entry in log.entries() if entry.type in kinds]
        log.close()
        return found


def begin(folder: Path) -> Settings:
    """Put an installation with two tenants, and a registered dataset of each, into this folder."""
    shutil.copytree(_begun(), folder / "home")
    return Settings(PROJECT, folder / "home")


@cache
def _begun() -> Path:
    """Make it once for all tests of this process; the other tenant's tables stay there."""
    folder = Path(mkdtemp(prefix="atomq-desk-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    state, now = Settings(PROJECT, folder / "home"), settings.now()
    key_ceremony.begin(state, "development", now - timedelta(seconds=1))
    lifecycle.prepare_state(state)
    (folder / "north").mkdir()
    shutil.copy(TABLE, folder / "north")
    north = tenancy.new_tenant(THEIRS, folder / "north", state, production=False, runs_max=1)
    tenancy.add(state, north, now, None)
    with pytest.MonkeyPatch.context() as patch:
        clinics = Clinics(state, patch)
        clinics.register("breast-cancer")
        clinics.register("their-own", THEIRS)
    return state.home
