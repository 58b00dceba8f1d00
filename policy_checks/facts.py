"""Everything that a judgement may depend on, gathered before it and given as values."""

from dataclasses import dataclass
from datetime import datetime

from policy_checks.schemas.base import Digest
from policy_checks.schemas.circuit import CircuitProfile
from policy_checks.schemas.decision import Estimate
from policy_checks.schemas.governing import Policy, Tenant
from policy_checks.schemas.keyring import Profile
from policy_checks.schemas.manifest import Code
from policy_checks.schemas.pattern import Pattern
from policy_checks.schemas.quota import Shortfall


@dataclass(frozen=True)
class GoverningDigests:
    """Which governing documents were in force, which are unsigned drafts, and whose validity is over."""

    policy: Digest
    tenants: Digest
    tariff: Digest
    drafts: tuple[str, ...] = ()
    lapsed: tuple[str, ...] = ()


@dataclass(frozen=True)
class Facts:
    """What is known at admission.

    Attributes:
        n_test: how many rows circuits will be evaluated on, predicted; 0 without a table.
        columns: the table's header as read, in file order; empty without a table.
        warnings: what its owner should know of how it was written.
        shortfalls: the tenant's quotas that the run does not fit into now.
        code: the code that would run now (the manifest says which code was meant).
        key_profile: whether the key ring is a development or a production one.
        patterns: what a scan of the author's own circuit found.
        exec_sign_until: when the tenant's newest execution key ends; None if it has none.
    """

    now: datetime
    tenant: Tenant
    policy: Policy
    profile: CircuitProfile
    estimate: Estimate
    n_test: int
    columns: tuple[str, ...]
    code: Code
    key_profile: Profile
    exec_sign_until: datetime | None
    governing: GoverningDigests
    warnings: tuple[str, ...] = ()
    patterns: tuple[Pattern, ...] = ()
    shortfalls: tuple[Shortfall, ...] = ()
