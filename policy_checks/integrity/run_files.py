"""What one run left, and how long a log its receipt and proof claim to know."""

import base64
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from policy_checks.errors import AtomqError
from policy_checks.integrity import strict_json
from policy_checks.integrity.note_evidence import size_of
from policy_checks.integrity.verification import FOREIGN

RECEIPT, PROOF, MANIFEST, DECISION = "receipt.json", "receipt.proof.json", "manifest.json", "admit.json"
TEMPLATE = "template.json"
CIRCUIT = "circuit.qasm"
"""An author's own circuit, as it was judged."""

PRODUCTS = frozenset(
    {"sanitised.parquet", "model.safetensors", "predictions.parquet", "report.html", CIRCUIT}
)
"""What stays with the tenant, and so is absent from an evidence pack."""


@dataclass(frozen=True)
class RunFiles:
    """What one run left.

    Attributes:
        tenant: whose folder it lies in, or None where the place does not tell.
        whole: nothing may be missing; in a pack, products may.
        alone: a receipt by itself, without the files that it names.
        settled: it was published before the log was read, so that the log must know it.
    """

    run: str
    tenant: str | None
    names: frozenset[str]
    read: Callable[[str], bytes]
    whole: bool = True
    settled: bool = True
    alone: bool = False


def sizes_named(files: RunFiles) -> Iterator[int]:
    """Yield the sizes of the log that a run's receipt and proof speak of, unverified."""
    for name in sorted({RECEIPT, PROOF} & files.names):
        try:
            found = strict_json.loads(files.read(name))
            if name == PROOF:
                yield size_of(str(found["checkpoint"]).encode()) or 0
            else:
                receipt = strict_json.loads(base64.b64decode(found["payload"]))
                yield int(receipt["log"]["size"])
        except (AtomqError, *FOREIGN):
            continue  # Whatever is wrong here is found where the file is verified.
