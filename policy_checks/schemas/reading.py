"""From text to documents: TOML through JSON, so that strict schemas see JSON's types only."""

import re
import tomllib
from datetime import date, datetime
from typing import Any, TypeVar

from pydantic import ValidationError

from policy_checks.integrity import strict_json
from policy_checks.schemas.base import Document

D = TypeVar("D", bound=Document)
PROBLEMS_SHOWN_MAX = 8
NUMBER_SHOWN_MAX = 10**6
KINDS_OF_CIRCUIT = {"a named circuit", "an own circuit"}
QUOTED = re.compile(r"\(?(['\"]).*\1,?\)?")


def from_toml(schema: type[D], text: str) -> D:
    """Return the document that a TOML text describes.

    Raises:
        tomllib.TOMLDecodeError: not TOML, or a key that stands twice.
        ValidationError: unknown, missing or wrongly typed fields.
    """
    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise tomllib.TOMLDecodeError(QUOTED.sub("...", str(error))) from None
    return schema.model_validate_json(strict_json.dumps(_plain(found)))


def explain(error: ValidationError) -> str:
    """Return every problem in one line: field, what was found, what is allowed."""
    problems = [_explain_one(problem) for problem in error.errors(include_url=False)]
    shown = "; ".join(problems[:PROBLEMS_SHOWN_MAX])
    more = len(problems) - PROBLEMS_SHOWN_MAX
    return shown if more <= 0 else f"{shown}; and {more} more"


def _explain_one(problem: Any) -> str:
    where = ".".join(str(part) for part in problem["loc"] if part not in KINDS_OF_CIRCUIT) or "the document"
    match problem["type"]:
        case "missing":
            return f"{where} is missing"
        case "extra_forbidden":
            return f"{where} is not a known field"
        case "value_error":
            return str(problem["ctx"]["error"])
    return f"{where}: {_found(problem['input'])}{problem['msg'][:1].lower()}{problem['msg'][1:]}"


def _found(value: Any) -> str:
    """Show small numbers; a word may be somebody's name, and many digits somebody's number."""
    if isinstance(value, bool | int | float) and abs(value) <= NUMBER_SHOWN_MAX:
        return f"found {value!r}, "
    return ""


def _plain(value: Any) -> Any:
    match value:
        case dict():
            return {key: _plain(item) for key, item in value.items()}
        case list():
            return [_plain(item) for item in value]
        case date() | datetime():
            return value.isoformat()
        case float() if value != value or value in (float("inf"), float("-inf")):
            return repr(value)
    return value
