"""What a verification found: counts, faults with their place in the log, and notes that are no faults."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from policy_checks.errors import AtomqError

STOP = "Stop, delete nothing, and tell the security team."
FOREIGN = (ValueError, TypeError, KeyError, ArithmeticError, RecursionError)


@dataclass(frozen=True)
class Fault:
    """One thing that does not verify.

    Attributes:
        seq: the first log position that it concerns, or None where it concerns no entry.
    """

    code: str
    message: str
    remedy: str = STOP
    seq: int | None = None


@dataclass
class Verification:
    """What was checked, every fault, and what a reader should know besides."""

    counts: dict[str, int] = field(
        default_factory=lambda: dict.fromkeys(
            ("entries", "rings", "documents", "checkpoints", "receipts", "artifacts"), 0
        )
    )
    faults: list[Fault] = field(default_factory=list)
    notes: dict[str, Any] = field(
        default_factory=lambda: {"remarks": [], "intents_without_end": [], "witnesses": []}
    )

    @property
    def first(self) -> int | None:
        """The first log position that anything is wrong with, or None."""
        return min((fault.seq for fault in self.faults if fault.seq is not None), default=None)

    def fault(self, code: str, message: str, seq: int | None = None) -> None:
        """Add a fault."""
        self.faults.append(Fault(code, message, STOP, seq))

    def remark(self, sentence: str) -> None:
        """Add something that a reader should know, once."""
        if sentence not in self.notes["remarks"]:
            self.notes["remarks"].append(sentence)

    @contextmanager
    def step(self, what: str, seq: int | None = None) -> Iterator[None]:
        """Turn whatever the step raises into a fault about `what`; the verification goes on behind it.

        Raises:
            IntegrityError: two implementations disagree, so that no verdict is worth anything.
        """
        try:
            yield
        except AtomqError as error:
            if error.code == "verdicts-differ":
                raise
            self.faults.append(Fault(error.code, f"{what}: {error.message}", error.remedy, seq))
        except FOREIGN as error:
            # Bytes that fit no schema end here, and numbers or moments beyond what can be computed with.
            self.fault("evidence-invalid", f"{what} does not fit its schema ({type(error).__name__}).", seq)
