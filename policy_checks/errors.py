"""Every fault that atomq raises, branched by what to do next.

A refusal is a value (`schemas.decision.Decision`); what stands here is a fault. Each error has a
stable `code` for programs, a message that says what was found and what is allowed, and a
`remedy`. No message ever contains a cell of tenant data.
"""

from typing import ClassVar


class AtomqError(Exception):
    """A fault with a stable code and a remedy.

    Args:
        code: kebab-case identifier that programs may rely on.
        message: what was found and what is allowed; never a cell of tenant data.
        remedy: what the reader should do next.
    """

    exit_code: ClassVar[int] = 5

    def __init__(self, code: str, message: str, remedy: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.message} [{self.code}] {self.remedy}"


class ManifestError(AtomqError):
    """The submitter changes something: the manifest, its window or the table that it names."""

    exit_code = 2


class IntegrityError(AtomqError):
    """A signature, digest or chain does not verify. Stop; never retry."""

    exit_code = 4


class StageError(AtomqError):
    """A stage ended without a usable result."""

    exit_code = 5


class UnavailableError(AtomqError):
    """Something that the run needs is not there now. The only branch worth a retry."""

    exit_code = 5
