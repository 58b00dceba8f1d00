"""Every published attack and forbidden purpose that a scan of circuits or of the log can find, and what each means.

Severities: critical where the finding is certain and no honest author would have it; high where it harms
others and an honest circuit may look alike; medium where a careful author could have written it.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from policy_checks.schemas.pattern import Pattern, PatternId

Gravity = Literal["critical", "high", "medium", "low"]
PREVENTIVE = "preventive, unverified on hardware"
"""What a person reads of an entry whose physics a simulator does not have."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One attack or forbidden purpose.

    Attributes:
        citation: where it was published, or the policy's own words.
        clause: of the organisation policy.
        remedy: what would make it go away, or show that it is honest.
        verified: False where a simulator cannot show the harm: crosstalk, a neighbour's or predecessor's state.
    """

    title: str
    citation: str
    clause: str
    severity: Gravity
    remedy: str
    verified: bool = True


CROSSTALK = "arXiv 2504.07048, 2409.14598"
SENSING = "arXiv 2412.10507, 2405.08962"
LEFTOVER = "arXiv 2401.15529"

_NEIGHBOURS = {
    "repeated-run": Entry(
        "one two-qubit interaction again and again on one pair",
        CROSSTALK,
        "C.4",
        "high",
        "write the run as the three or fewer two-qubit gates that it equals",
        verified=False,
    ),
    "cancelled-run": Entry(
        "two-qubit gates that the next ones undo, again and again on one pair",
        CROSSTALK,
        "C.4",
        "high",
        "remove the gates that undo each other; fold no gate more than nine times",
        verified=False,
    ),
    "dead-gates": Entry(
        "two-qubit gates whose outcome nobody reads",
        CROSSTALK,
        "C.4",
        "high",
        "remove the gates, or measure the qubits that they act on",
        verified=False,
    ),
    "malicious-subgraph": Entry(
        "a short word of two-qubit gates that comes back to nothing again and again",
        "doi 10.1109/HOST55118.2023.10133711",
        "C.4",
        "high",
        "remove the repetitions that come back to nothing",
        verified=False,
    ),
    "idle-probe": Entry(
        "a qubit that meets no other, waits and is read",
        SENSING,
        "C.4",
        "high",
        "remove the qubit, or let it take part in the computation",
        verified=False,
    ),
    "ramsey-probe": Entry(
        "a qubit that meets no other, waits in superposition and is read",
        SENSING,
        "C.4",
        "high",
        "remove the qubit, or let it take part in the computation",
        verified=False,
    ),
    "untouched-readout": Entry(
        "readout of a qubit on which nothing ever acts",
        SENSING,
        "C.4",
        "medium",
        "measure only qubits that the circuit uses",
        verified=False,
    ),
    "measure-first": Entry(
        "a qubit that is measured before anything acts on it, and used only then",
        LEFTOVER,
        "C.4",
        "medium",
        "reset the qubit instead of measuring it first",
        verified=False,
    ),
    "reuse-without-reset": Entry(
        "a qubit that is used again after its measurement, without a reset",
        LEFTOVER,
        "C.4",
        "medium",
        "reset the qubit between its measurement and the next gate",
        verified=False,
    ),
}
_LIES = {
    "misnamed-gate": Entry(
        "a gate definition that is not what its name says",
        "arXiv 2406.05941",
        "C.4",
        "critical",
        "give the gate a name of its own, or the body that its name stands for",
    ),
    "trojan": Entry(
        "a circuit that is not the one that was approved",
        "arXiv 2306.16701, 2402.01552",
        "C.4",
        "critical",
        "submit the approved circuit, or ask for approval of this one",
    ),
    "scan-unfinished": Entry(
        "a check that was cut short because the circuit is too large for it",
        "the scan's own bounds",
        "C.4",
        "medium",
        "submit a smaller circuit, or let a person read this one",
    ),
}
_FORBIDDEN = {
    "random-numbers": Entry(
        "outcomes that are as good as random whatever goes in: random numbers, thus keys",
        "policy R2.1",
        "R2.1",
        "high",
        "let the data reach the measured qubits; keys come from the operating system",
    ),
    "bb84": Entry(
        "bits sent and read in one of two bases: the distribution of a quantum key",
        "policy R2.1; Bennett and Brassard 1984",
        "R2.1",
        "critical",
        "remove it; keys are not made on this platform's circuits",
    ),
    "modular-exponentiation": Entry(
        "order finding: modular multiplication under control, then an inverse Fourier transform",
        "policy R2.1; arXiv quant-ph/9508027",
        "R2.1",
        "high",
        "show a reviewer that no order is found; keys of others are not computed here",
    ),
    "cipher-oracle": Entry(
        "a keyed permutation as of a block cipher, asked in superposition",
        "policy R2.1; arXiv 1512.04965",
        "R2.1",
        "high",
        "show a reviewer that the function is no cipher",
    ),
    "purpose-mismatch": Entry(
        "a structure that does not serve the declared purpose",
        "policy R1.1-R1.4",
        "R1.1-R1.4",
        "medium",
        "declare the purpose that the circuit serves",
    ),
    "resource-exhaustion": Entry(
        "a short text that stands for more work than any tenant may ask for",
        "arXiv 2305.02505; CVE-2025-2000",
        "R2.4",
        "critical",
        "write the circuit out within the limits that the refusal names",
    ),
}
_RECORDED = {
    "manifest-replay": Entry(
        "one signed manifest that more than one run completed",
        "RFC 4949, replay attack",
        "C.4",
        "critical",
        "compare the runs' receipts and bills, and revoke the submitter's key if nobody can explain them",
    ),
    "downgrade": Entry(
        "a run that was admitted under a policy, tenants or tariff document that a newer one had replaced",
        "doi 10.1145/1866307.1866315",
        "C.4",
        "critical",
        "restore the newest documents, and judge the run's manifest anew under them",
    ),
    "billing-evasion": Entry(
        "answers that were computed or shown, again and again, by runs that never completed and so were not billed",
        "arXiv 1103.0759",
        "C.4",
        "high",
        "find out who or what ended the runs, and bill what they used",
    ),
}
CATALOGUE: Mapping[PatternId, Entry] = {**_NEIGHBOURS, **_LIES, **_FORBIDDEN, **_RECORDED}
"""Pattern id -> entry.

Of the purposes of R2.1 only BB84 is critical: no allowed purpose sends and reads each qubit alone in two
bases. The others are high, so that two people look: a weak honest circuit may be near uniform, the phase of
a walk is estimated as an order is found, and reversible arithmetic may look like a cipher.
"""


def first_lines(patterns: Iterable[Pattern], severities: Collection[Gravity]) -> dict[PatternId, int]:
    """Return each pattern of these severities with the first line that it was found on."""
    lines: dict[PatternId, int] = {}
    for pattern in patterns:
        if CATALOGUE[pattern.id].severity in severities:
            lines[pattern.id] = min(pattern.line, lines.get(pattern.id, pattern.line))
    return lines
