"""What a form or a template amounts to: the manifest before it is signed."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from policy_checks.errors import ManifestError
from policy_checks.integrity import strict_json
from policy_checks.integrity.manifest import SAME, UNAUTHENTICATED
from policy_checks.schemas.base import Digest, Name, Pseudonym
from policy_checks.schemas.dataset import Declaration
from policy_checks.schemas.form import RunForm
from policy_checks.schemas.manifest import VALID_FOR_S_MAX, Code, Manifest
from policy_checks.schemas.template import DatasetRecord, Template
from tasks.adapters import dataset_registry, settings

PROBLEMS_SHOWN_MAX = 8
NAME = TypeAdapter(Name)


def request_digest(request: dict[str, Any]) -> Digest:
    """Return the identity of what was asked for.

    Raises:
        ManifestError: it is not strict JSON.
    """
    return strict_json.digest(_canonical(request))


def read_form(form: dict[str, Any]) -> RunForm:
    """Return a form's content.

    Raises:
        ManifestError: unknown or unfit fields; the message names fields and what they allow, never a value.
    """
    try:
        return RunForm.model_validate_json(_canonical(form))
    except ValidationError as error:
        problems = error.errors(include_url=False, include_input=False)
    shown = "; ".join(_told(problem) for problem in problems[:PROBLEMS_SHOWN_MAX])
    raise _unfit(shown)


def require_name(name: str) -> None:
    """Return if this can be a name at all.

    Raises:
        ManifestError: it cannot.
    """
    try:
        NAME.validate_python(name, strict=True)
    except ValidationError:
        raise _unfit("template: lower-case letters, digits, '-' and '_', 63 at most") from None


def dataset_of(home: Path, pseudonym: Pseudonym, name: Name | None) -> DatasetRecord:
    """Return the tenant's registered dataset.

    Raises:
        ManifestError: none is named, or the tenant has registered none of that name.
    """
    if name is None:
        raise _unfit("dataset is missing")
    return dataset_registry.read(home, pseudonym, name)


def require_meant(template: Template, code: Code) -> None:
    """Return if this code may run the template.

    Raises:
        ManifestError: it runs in production, and was signed for other code.
    """
    if template.mode == "production" and template.code != code:
        raise ManifestError(
            "template-code-changed",
            "The template was signed for other code than runs here, and it runs in production.",
            "Sign the template again with this code: atomq template sign.",
        )


def from_form(asked: RunForm, tenant: Name, record: DatasetRecord, code: Code, now: datetime) -> Manifest:
    """Return the manifest of a form that nobody signed."""
    content = asked.model_dump(mode="json", exclude={"dataset", "manifest"})
    execution = content["execution"]
    execution["shots"] = execution["shots"] or None
    execution["noise"] = None if execution["noise"] == "none" else execution["noise"]
    content |= {"tenant": tenant, "kind": "train", "submitter": UNAUTHENTICATED}
    return _completed(content, record, code, now)


def from_template(
    template: Template, digest: Digest, record: DatasetRecord, code: Code, now: datetime
) -> Manifest:
    """Return an instance of a template: its own content, with the dataset as it is registered now."""
    content = template.model_dump(mode="json", include=set(SAME)) | {"parent": digest}
    return _completed(content, record, code, now)


def _completed(content: dict[str, Any], record: DatasetRecord, code: Code, now: datetime) -> Manifest:
    dataset = record.model_dump(mode="json", include={"path", "sha256", *Declaration.model_fields})
    whole = content | {
        "v": 1,
        "id": settings.new_id(),
        "created": now.isoformat(),
        "not_before": now.isoformat(),
        "not_after": (now + timedelta(seconds=VALID_FOR_S_MAX)).isoformat(),
        "code": code.model_dump(mode="json"),
        "dataset": dataset,
    }
    return Manifest.model_validate_json(strict_json.dumps(whole))


def _canonical(request: dict[str, Any]) -> bytes:
    try:
        content = strict_json.dumps(request)
        strict_json.loads(content)
    except (TypeError, ValueError, RecursionError):
        raise _unfit("it is not JSON, or has numbers that JSON does not allow") from None
    return content


def _told(problem: Any) -> str:
    """Say what a field allows; a field that the form does not have may bear anybody's name."""
    if problem["type"] == "extra_forbidden":
        within = ".".join(map(str, problem["loc"][:-1]))
        return f"{within or 'the form'} has a field that is not known"
    return f"{'.'.join(map(str, problem['loc'])) or 'the form'}: {problem['msg']}"


def _unfit(what: str) -> ManifestError:
    return ManifestError(
        "form-invalid",
        f"The form is refused: {what}.",
        "Correct these fields in the form; it shows what each allows.",
    )
