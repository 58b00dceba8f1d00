"""What one worker serves, and what is declared to run there: `prefect.yaml` is the only place that says so."""

from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.resources import files
from typing import TYPE_CHECKING, Annotated, Any

import yaml
from pydantic import Field

from policy_checks.errors import UnavailableError
from policy_checks.schemas.base import Document
from tasks.adapters import documents
from tasks.adapters.ring_store import KeyStore
from tasks.adapters.settings import Settings
from tasks.tabular.pseudonym_keys import tenant_pseudonym

if TYPE_CHECKING:
    from prefect import Flow

SYSTEM = "system"
POOL_TYPE = "atomq"
NO_VARIABLES: dict[str, Any] = {
    "job_configuration": {"name": "atomq"},
    "variables": {"type": "object", "properties": {}, "additionalProperties": False},
}
PLACEHOLDER = "{tenant}"


class Schedule(Document):
    """When a deployment runs by itself."""

    cron: str
    timezone: str


class Place(Document):
    """Where a deployment's runs wait."""

    name: str
    work_queue_name: str


class Declaration(Document):
    """One deployment of `prefect.yaml`.

    Attributes:
        entrypoint: "module:function" of the installed flow.
    """

    flow_name: str
    name: str
    entrypoint: Annotated[str, Field(pattern=r"^flows\.[a-z_]+:[a-z_]+$")]
    description: str
    work_pool: Place
    parameters: Annotated[dict[str, str], Field(default_factory=dict)]
    schedules: tuple[Schedule, ...] = ()

    def flow(self) -> "Flow[..., Any]":
        """Return the installed flow."""
        module, _, name = self.entrypoint.partition(":")
        found: Flow[..., Any] = getattr(import_module(module), name)
        return found


class Declared(Document):
    """All of `prefect.yaml`: queues by priority, and deployments."""

    queues: dict[str, int]
    deployments: tuple[Declaration, ...]


@dataclass(frozen=True)
class Site:
    """A tenant's work pool, or the system's.

    Attributes:
        tenant: the tenant's name, which Prefect never learns; None for the system.
        label: the tenant's pseudonym, or "system": the name of every deployment here.
        runs_max: how many of its runs execute at the same time.
    """

    tenant: str | None
    label: str
    runs_max: int

    @property
    def pool(self) -> str:
        """Name of the work pool."""
        return f"atomq-{self.label}"

    @property
    def flows(self) -> dict[str, Declaration]:
        """What may run here, by flow name."""
        return {found.flow_name: found for found in declared().deployments if self._holds(found)}

    def _holds(self, declaration: Declaration) -> bool:
        return declaration.name == (PLACEHOLDER if self.tenant else self.label)


@cache
def declared() -> Declared:
    """Return what `prefect.yaml` declares."""
    whole = yaml.safe_load((files("deployments") / "prefect.yaml").read_text(encoding="utf-8"))
    wanted = {"queues": whole["definitions"]["queues"], "deployments": whole["deployments"]}
    return Declared.model_validate(wanted, strict=False)


def sites(state: Settings) -> tuple[Site, ...]:
    """Return the system's site and one for each registered tenant."""
    pepper = KeyStore(state.home).pepper()
    tenants = documents.load(state.home).tenants.tenants
    of_tenants = (Site(found.name, tenant_pseudonym(pepper, found.name), found.runs_max) for found in tenants)
    return (Site(None, SYSTEM, 1), *of_tenants)


def site(state: Settings, tenant: str | None) -> Site:
    """Return one tenant's site, or with None the system's.

    Raises:
        UnavailableError: no tenant of that name is registered.
    """
    found = next((made for made in sites(state) if made.tenant == tenant), None)
    if found is None:
        raise UnavailableError(
            "tenant-unknown", "No tenant of that name is registered.", "See `atomq tenant list`."
        )
    return found
