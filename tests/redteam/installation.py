"""A production installation with people of every kind: those who may approve, and those who may not."""

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from random import Random

from policy_checks.schemas.governing import Policy, Tenants
from policy_checks.schemas.keyring import ALGORITHM_OF, Key, Revocation, Role
from tasks.adapters import keyring as private
from tasks.adapters import passphrase, settings, submission
from tasks.adapters.audit_log import AuditLog
from tasks.adapters.documents import Shelf
from tasks.adapters.files import locked
from tasks.adapters.keyring import PrivateKey
from tasks.adapters.ring_store import KeyStore
from tasks.adapters.settings import Settings
from tasks.stages import key_ceremony, registration, tenancy, trust
from tests.documents import PROJECT

PASSPHRASE = "correct horse battery staple"
TENANT, OTHER = "sample-clinic", "north-clinic"
SAMPLE = PROJECT / "data" / "manifests" / "breast_cancer.toml"
TABLE = PROJECT / "data" / "samples" / "breast_cancer.csv"
DATASET, THEIRS = "breast-cancer", "their-own"
ASKINGS_MAX, RUNS_MAX = 1000, 4
YEAR, HOUR = timedelta(days=365), timedelta(hours=1)


@dataclass(frozen=True)
class Installation:
    """A state folder without its root, and each person's private key.

    Attributes:
        medium: where the root's key lies; nobody who attacks has it.
        data: the attacked tenant's tables.
        people: by name: "alice" and "bob" may review, whatever the others' keys once were.
    """

    state: Settings
    medium: Path
    data: Path
    people: dict[str, PrivateKey]

    @property
    def home(self) -> Path:
        """The state folder."""
        return self.state.home

    def manifest(self, rng: Random, mode: str = "production") -> tuple[str, bytes]:
        """Return digest and envelope of a manifest that carol signs; each is another one."""
        source, key = SAMPLE.read_text(), self.people["carol-submitter"]
        changed = source.replace('mode = "dry_run"', f'mode = "{mode}"')
        changed = changed.replace("seed = 7", f"seed = {rng.randrange(2**31)}").replace(
            "epochs_max = 60", "epochs_max = 3"
        )
        if mode == "dry_run":
            changed = changed.replace("shots = 1024", "shots = 30000")
        now = settings.now()
        envelope = submission.seal(submission.complete(changed.encode(), key.keyid, self.state, now), key)
        keys, size = KeyStore(self.home).ring().keys, 0
        return submission.verify(envelope, keys, now, size)[1], envelope

    def machine_key(self, role: Role) -> PrivateKey:
        """Return a key that lies in the state folder, as the worker could use it."""
        store = KeyStore(self.home)
        tenant = trust.pseudonyms(store, [TENANT])[0] if role == "exec" else None
        return store.private(store.signing_key(role, tenant, settings.now()))


def install(folder: Path) -> Installation:
    """Make one under `folder`, with two tenants, a dataset of each, and room for many runs and answers."""
    os.environ[passphrase.VARIABLE] = PASSPHRASE
    passphrase.take()
    state, medium = Settings(PROJECT, folder / "home"), folder / "medium"
    for place in (medium, folder / "ours", folder / "north"):
        place.mkdir(parents=True)
    shutil.copy(TABLE, folder / "ours")
    shutil.copy(TABLE, folder / "north")
    key_ceremony.begin(state, "production", settings.now(), root_folder=medium)
    found = Installation(state, medium, folder / "ours", _people(state, folder / "people", medium))
    _adopt(found, _patient, "policy")
    _adopt(found, lambda tenants: _roomy(tenants, found.data), "tenants")
    other = tenancy.new_tenant(OTHER, folder / "north", state, production=True, runs_max=1)
    tenancy.add(state, other, settings.now(), medium)
    declared = registration.like(SAMPLE.read_bytes())
    for tenant, name, place in ((TENANT, DATASET, "ours"), (OTHER, THEIRS, "north")):
        registration.register(state, tenant, name, folder / place / TABLE.name, declared, settings.now())
    return found


def _people(state: Settings, folder: Path, medium: Path) -> dict[str, PrivateKey]:
    folder.mkdir()
    now, until = settings.now(), settings.now() + YEAR
    kinds: dict[str, tuple[Role, str, dict[str, object]]] = {
        "alice": ("reviewer", "alice", {}),
        "alice-again": ("reviewer", "alice", {}),
        "bob": ("reviewer", "bob", {}),
        "carol-submitter": ("submitter", "carol", {}),
        "carol": ("reviewer", "carol", {}),
        "early": ("reviewer", "erin", {"not_before": now + timedelta(days=1)}),
        "ended": ("reviewer", "frank", {"not_before": now - YEAR, "sign_until": now - HOUR}),
        "revoked": ("reviewer", "dave", {"revoked": Revocation(at=now, reason="compromised", untrusted_after_seq=0)}),
    }  # fmt: skip
    people, entries = dict[str, PrivateKey](), dict[str, Key]()
    for name, (role, owner, changes) in kinds.items():
        key = people[name] = private.make(ALGORITHM_OF[role], folder, PASSPHRASE.encode, name)
        fields = {"role": role, "owner": owner, "not_before": now, "sign_until": until} | changes
        entries[key.keyid] = Key(alg=key.public.alg, public=key.public.public, **fields)  # type: ignore[arg-type]
    _publish(state, entries, medium)
    people["stranger"] = private.make(ALGORITHM_OF["reviewer"], folder, PASSPHRASE.encode, "stranger")
    return people


def _publish(state: Settings, entries: dict[str, Key], medium: Path) -> None:
    store, log, now = KeyStore(state.home), AuditLog(state.home), settings.now()
    with trust.held(state.home), locked(store.folder / ".lock"):
        chain = store.trusted()
        store.publish(chain, dict(chain.ring.keys) | entries, store.root_keys(medium), now)
        trust.record_ring(store, log)
    log.close()


def _adopt(found: Installation, change: Callable[..., Policy | Tenants], name: str) -> None:
    home, now, log = found.home, settings.now(), AuditLog(found.home)
    shelf = Shelf(home, name)  # type: ignore[arg-type]
    signers = KeyStore(home).root_keys(found.medium)
    with trust.held(home):
        trust.adopt(home, shelf.name, shelf.sign(change(shelf.adopted()), signers, now), log, now)
    log.close()


def _patient(policy: Policy) -> Policy:
    approvals = policy.approvals.model_copy(update={"askings_max": ASKINGS_MAX})
    return policy.model_copy(update={"approvals": approvals})


def _roomy(tenants: Tenants, data: Path) -> Tenants:
    first = tenants.tenants[0].model_copy(update={"dataset_roots": (str(data),), "runs_max": RUNS_MAX})
    return tenants.model_copy(update={"tenants": (first, *tenants.tenants[1:])})
