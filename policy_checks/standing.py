"""Does a reviewer's standing approval cover this scheduled run?

It was given beforehand, over a template. So it binds all that a reviewer saw then: the template, the declared
columns and the code; and it ends by itself, after so many runs, so much money or so many days.
"""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

from pydantic import ValidationError

from policy_checks.errors import IntegrityError
from policy_checks.integrity import keyring, signature, strict_json
from policy_checks.integrity.keyring import SKEW, Keys
from policy_checks.integrity.signature import Lattice
from policy_checks.schemas.base import Digest
from policy_checks.schemas.dataset import Declaration
from policy_checks.schemas.decision import Finding, deny
from policy_checks.schemas.manifest import Manifest
from policy_checks.schemas.template import StandingApproval

RULE, CLAUSE = "standing", "P3.2"
SIMULATOR = "aer"
ANEW = "grant a new one: atomq standing-approval grant"


def declaration_digest(declared: Declaration) -> Digest:
    """Return the identity of what is declared of a table, wherever it lies."""
    return strict_json.digest(
        strict_json.dumps(declared.model_dump(mode="json", include=set(Declaration.model_fields)))
    )


def open_standing(
    envelope: bytes, keys: Keys, lattice: Lattice = signature.openssl
) -> tuple[StandingApproval, Digest]:
    """Return a standing approval that its reviewer signed, and its digest.

    Raises:
        IntegrityError: the signature does not verify, or it names another reviewer.
    """
    payload, keyid = keyring.open_signed(
        "standing-approval", envelope, keys, role="reviewer", lattice=lattice
    )
    try:
        strict_json.loads(payload)
        standing = StandingApproval.model_validate_json(payload)
    except ValidationError:
        raise _refused("its content does not fit the schema") from None
    if standing.reviewer != keyid:
        raise _refused("it names another reviewer than its signer")
    return standing, strict_json.digest(payload)


def covers(
    standing: StandingApproval,
    instance: Manifest,
    *,
    cost_eur: Decimal,
    n_used: int,
    keys: Keys,
    now: datetime,
    seq: int,
) -> Iterator[Finding]:
    """Yield why a standing approval does not cover an instance of a template; nothing if it does.

    Args:
        cost_eur: what the instance is predicted to cost.
        n_used: how many instances it has covered before.
        seq: the log position that its use would have.
    """
    yield from _binds(standing, instance)
    if cost_eur > standing.max_cost_eur:
        told = f"{cost_eur} EUR are predicted, {standing.max_cost_eur} EUR are approved for a run"
        yield _deny(told, "make the job smaller, or " + ANEW)
    if n_used >= standing.max_runs:
        yield _deny(f"all of its {standing.max_runs} runs are used", ANEW)
    if not standing.iat - SKEW <= now <= standing.exp:
        yield _deny(f"it counts from {standing.iat:%Y-%m-%d} to {standing.exp:%Y-%m-%d}", ANEW)
    yield from may_grant(standing.reviewer, instance.submitter, keys, now=now, seq=seq)


def may_grant(reviewer: str, submitter: str, keys: Keys, *, now: datetime, seq: int) -> Iterator[Finding]:
    """Yield why a reviewer's key may not approve what this submitter's key asks for."""
    if submitter not in keys:
        yield _deny("its submitter is not in the key ring", "let an enrolled submitter sign the template")
    elif keys[submitter].owner == keys[reviewer].owner:
        yield _deny("nobody approves a template of their own", "ask another reviewer")
    try:
        keyring.require_counts(keys, reviewer, seq=seq, at=now)
    except IntegrityError as error:
        yield _deny(error.message, ANEW)


def _binds(standing: StandingApproval, instance: Manifest) -> Iterator[Finding]:
    if instance.parent != standing.template:
        yield _deny("it was given for another template", ANEW)
    if declaration_digest(instance.table) != standing.columns:
        yield _deny("the declared columns have changed since", ANEW)
    if instance.code.lock != standing.code:
        yield _deny("the installed distributions have changed since", ANEW)
    if instance.execution.target != SIMULATOR:
        yield _deny("a remote target is approved run by run", f'set execution.target = "{SIMULATOR}"')


def _deny(what: str, remedy: str) -> Finding:
    return deny(RULE, CLAUSE, f"no standing approval covers it: {what}", remedy)


def _refused(what: str) -> IntegrityError:
    return IntegrityError(
        "standing-invalid", f"The standing approval is refused: {what}.", "Let a reviewer grant another one."
    )
