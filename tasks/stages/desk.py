"""Where requests become manifests: a form that somebody filled in, or a template whose hour has come.

Whatever comes from Prefect is a wish. Here it is read strictly, held against what the tenant has registered,
and signed by the tenant's execution key, with an entry in the log under the id of the run. A run that comes
back, after a suspension or a crash, finds that entry and the manifest that it names, and no other is made.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from policy_checks.errors import IntegrityError, ManifestError, UnavailableError
from policy_checks.integrity.manifest import open_manifest
from policy_checks.schemas.artifacts import Submitted
from policy_checks.schemas.base import Digest
from policy_checks.schemas.decision import deny
from policy_checks.schemas.form import RunForm
from policy_checks.schemas.manifest import Manifest
from tasks.adapters import settings, submission, template_store
from tasks.adapters.audit_log import AuditLog, event_of
from tasks.adapters.submission import ManifestStore
from tasks.stages import drafting, templates
from tasks.stages.request import Request

RULE, CLAUSE = "desk", "P2.1"


def from_form(run: str, form: dict[str, Any]) -> Submitted:
    """Return the manifest that a form asks for, or why there is none.

    Args:
        form: the flow run's parameters as Prefect holds them.

    Raises:
        IntegrityError: a key, a record or a stored manifest does not verify.
        UnavailableError: no execution key may sign now.
    """

    def work(asking: Request) -> Digest:
        request = drafting.request_digest(form)
        known = asking.earlier(request)
        if known is not None:
            return known
        asked = drafting.read_form(form)
        if asked.manifest is not None:
            return asking.submit(_signed(asking, asked.manifest), asked.manifest, request, "manifest")
        envelope, digest = asking.seal(_from_fields(asking, asked))
        return asking.submit(envelope, digest, request, "form")

    return _answered(run, work)


def from_template(run: str, name: str, scheduled_at: datetime) -> Submitted:
    """Return the instance of a tenant's template for this moment of its schedule, or why there is none.

    The same template at the same moment gives the same manifest, so that a rerun finds the first receipt.

    Args:
        scheduled_at: aware; when the schedule wanted the run.

    Raises:
        IntegrityError: a signature or a record does not verify.
        UnavailableError: no execution key may sign now.
    """

    def work(asking: Request) -> Digest:
        request = drafting.request_digest({"template": name})
        known = asking.earlier(request)
        if known is not None:
            return known
        drafting.require_name(name)
        digest = template_store.newest(asking.state.home, asking.pseudonym, name)
        event = event_of("instance", digest, scheduled_at.astimezone(UTC).isoformat())
        return asking.submit_once(event, lambda: _instance(asking, digest), request)

    return _answered(run, work)


def _answered(run: str, work: Callable[[Request], Digest]) -> Submitted:
    """Turn a refusal into findings, with an entry; other faults leave an entry too, and go on."""
    state = settings.load()
    asking = Request(state, run, AuditLog(state.home))
    try:
        return Submitted(manifest=work(asking))
    except ManifestError as error:
        asking.refuse(error)
        finding = deny(RULE, CLAUSE, error.message.rstrip("."), error.remedy)
        return Submitted(manifest=None, findings=(finding,))
    except IntegrityError as error:
        asking.refuse(error)
        raise
    finally:
        asking.log.close()


def _signed(asking: Request, digest: Digest) -> bytes:
    """Return the stored envelope of a manifest that a person signed for this very tenant."""
    unknown = ManifestError(
        "manifest-unknown",
        "The tenant has submitted no manifest of that digest.",
        "Submit one with `atomq submit MANIFEST`.",
    )
    try:
        envelope = ManifestStore(asking.state.home).get(digest)
    except UnavailableError:
        raise unknown from None
    tenant, parent = submission.claims_of(envelope)
    if tenant != asking.tenant.name:
        raise unknown
    template = template_store.get(asking.state.home, parent) if parent else None
    keys = asking.keys.trusted().known
    _, found, _ = open_manifest(envelope, keys, tenant=asking.pseudonym, template=template)
    if found != digest:
        raise IntegrityError(
            "manifest-swapped", "The stored manifest is not the one of that digest.", "Submit it again."
        )
    return envelope


def _from_fields(asking: Request, asked: RunForm) -> Manifest:
    record = drafting.dataset_of(asking.state.home, asking.pseudonym, asked.dataset)
    code = settings.running_code(asking.state.project)
    return drafting.from_form(asked, asking.tenant.name, record, code, settings.now())


def _instance(asking: Request, digest: Digest) -> Manifest:
    home, now = asking.state.home, settings.now()
    found = templates.opened(template_store.get(home, digest), home, asking.log, now)
    code = settings.running_code(asking.state.project)
    if found.tenant != asking.pseudonym:
        raise IntegrityError(
            "template-foreign",
            "The registered template is another tenant's.",
            "Stop, and tell the security team.",
        )
    drafting.require_meant(found.template, code)
    record = drafting.dataset_of(home, asking.pseudonym, found.template.dataset)
    return drafting.from_template(found.template, digest, record, code, now)
