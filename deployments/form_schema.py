"""The form that Prefect shows for a custom run: `RunForm`, in the words that its page understands.

It helps people to fill in what fits. Nothing relies on it: the flow judges whatever arrives.
"""

from pathlib import Path
from typing import Any

from policy_checks.schemas.form import RunForm
from tasks.adapters import dataset_registry

Schema = dict[str, Any]
FIRST = ("dataset", "purpose", "mode", "circuit", "execution", "limits", "training", "manifest")


def form_schema(home: Path, pseudonym: str) -> Schema:
    """Return the parameter schema of a tenant's `hybrid-run`, with its registered datasets as choices."""
    whole = RunForm.model_json_schema(ref_template="#/definitions/{model}")
    definitions = {name: _group(found) for name, found in whole.get("$defs", {}).items()}
    fields = {name: _field(whole["properties"][name]) | {"position": at} for at, name in enumerate(FIRST)}
    names = list(dataset_registry.names(home, pseudonym))
    if names:
        fields["dataset"] |= {"enum": names, "default": names[0]}
    return {"title": "Parameters", "type": "object", "properties": fields, "definitions": definitions}


def _group(found: Schema) -> Schema:
    kept = {name: value for name, value in found.items() if name != "additionalProperties"}
    return kept | {"properties": {name: _field(value) for name, value in found["properties"].items()}}


def _field(found: Schema) -> Schema:
    """Return one field without unions: an absent value stands for null, and money is typed as text."""
    kept = {name: value for name, value in found.items() if name not in {"anyOf", "const"}}
    texts = [choice for choice in found.get("anyOf", ()) if choice.get("type") == "string"]
    if texts:
        kept |= texts[0]
    if "const" in found:
        kept["enum"] = [found["const"]]
    if kept.get("default", ...) is None:
        del kept["default"]
    return kept
