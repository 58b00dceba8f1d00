"""What people write travels to those who decide and into every record, so nobody's number may stand in it."""

import re

from policy_checks.errors import ManifestError
from policy_checks.schemas.base import Document, Name

NUMBERS = re.compile(r"[0-9]+(?:[-_][0-9]+)*")


def require_impersonal(name: Name) -> None:
    """Return if nothing personal is found in a name of a dataset, template, tenant or owner.

    Raises:
        ManifestError: it holds somebody's number.
    """
    if found := min(_found_in_name(name), default=None):
        raise ManifestError(
            "name-personal",
            f"The name holds what looks like personal data ({found}), and names are shown in Prefect.",
            "Choose a name that says what it is.",
        )


def require_impersonal_content(document: Document) -> None:
    """Return if nothing personal is found in any text of a manifest, a template or a dataset's record.

    Raises:
        ManifestError: a field holds it; its place is told, and a column by its number.
    """
    from tasks.tabular.outgoing import personal_place

    if place := personal_place(document):
        raise ManifestError(
            "manifest-personal-data",
            f"{place} holds what looks like personal data (columns are counted in the order of their names).",
            "Say it without the person: what is written here is shown to others and kept. Rename the column or the file.",
        )


def impersonal(headers: tuple[str, ...]) -> tuple[str, ...]:
    """Return a table's headers; one that holds personal data is named by its number instead."""
    from tasks.tabular.outgoing import found_in

    return tuple(
        f"column {number}, whose header is left out" if found_in(header) else header
        for number, header in enumerate(headers, start=1)
    )


def _found_in_name(name: str) -> frozenset[str]:
    from tasks.tabular.outgoing import found_in

    return frozenset().union(*(found_in(part, name) for part in (name, *NUMBERS.findall(name))))
