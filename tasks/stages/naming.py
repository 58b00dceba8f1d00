"""Names of datasets and templates travel through Prefect, so nobody's number may be one."""

import re

from policy_checks.errors import ManifestError
from policy_checks.schemas.base import Name

NUMBERS = re.compile(r"[0-9]+(?:[-_][0-9]+)*")


def require_impersonal(name: Name) -> None:
    """Return if nothing personal is found in a name.

    Raises:
        ManifestError: it holds somebody's number.
    """
    from tasks.tabular.detect import detect

    if found := detect([name, *NUMBERS.findall(name)], name):
        raise ManifestError(
            "name-personal",
            f"The name holds what looks like a {min(found)} number, and names are shown in Prefect.",
            "Choose a name that says what it is.",
        )
