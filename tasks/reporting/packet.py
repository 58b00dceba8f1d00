"""What reviewers read before they answer: one question, and everything that bears on it.

It travels as an artifact of Prefect, so that a reviewer needs no shared disk; what Prefect may not hold
stays out of it. Reviewers sign over its digest: the same values give the same text.
"""

import base64
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from policy_checks.schemas.artifacts import SanitisedTable
from policy_checks.schemas.circuit import CircuitProfile
from policy_checks.schemas.decision import Decision, Finding
from policy_checks.schemas.governing import Policy, Tiers
from policy_checks.schemas.manifest import Kind, Manifest
from policy_checks.schemas.records import ROWS_MIN
from tasks.reporting import outlook, privacy
from tasks.reporting.changes import SAME, changes
from tasks.reporting.markdown import code, facts, prose, table
from tasks.reporting.tables import Fact, Table

RUN_CHARS = 8
UNCOUNTED = "### The last answer did not count"
FIRST = "No manifest of the same template was approved before it."
NO_CLAIM = "None: results are published without a claim of quantum advantage."
NOT_SANITISED = "The table has not been sanitised yet, so there is nothing to tell."
DEEDS: dict[Kind, str] = {
    "train": "train and evaluate",
    "optimise": "search the angles of",
    "simulate": "simulate",
    "variational": "search the angles of",
}
RESUME = (
    "Resuming the run in Prefect's page approves nothing by itself: only a reviewer's signed token counts."
)


@dataclass(frozen=True)
class Packet:
    """What a packet is made of.

    Attributes:
        tenant: its pseudonym.
        tiers: the tenant's, inside the policy's bounds.
        profile: sizes of the manifest's circuit.
        submitter: owner of the submitter's key, or "unauthenticated (triggered from a form)".
        attempt: 1 for the first asking.
        until: when an answer comes too late.
        previous: the approved manifest of the same template before it.
        sanitised: the table behind the privacy gate, where the run got there.
        picture: the circuit's drawing, PNG; None of circuits that are told in words.
        unanswered: why the last answer did not count.
    """

    run: str
    tenant: str
    manifest: Manifest
    decision: Decision
    policy: Policy
    tiers: Tiers
    profile: CircuitProfile
    submitter: str
    n_reviewers: int
    attempt: int
    askings_max: int
    until: datetime
    previous: Manifest | None
    sanitised: SanitisedTable | None
    picture: bytes | None
    unanswered: tuple[Finding, ...] = ()


def render(packet: Packet) -> str:
    """Return the packet as Markdown."""
    return "\n\n".join(_blocks(packet)) + "\n"


def _blocks(packet: Packet) -> Iterator[str]:
    yield f"## {prose(_question(packet))}"
    yield _deadline(packet)
    if packet.unanswered:
        yield UNCOUNTED
        yield table(outlook.findings(packet.unanswered, "Why it asks again"))
    yield "### How to answer"
    yield _commands(packet)
    yield "### Why it asks"
    yield table(outlook.findings(packet.decision.findings))
    yield "### Who and what"
    yield facts((*_people(packet), *_wanted(packet)))
    yield "### What changed"
    yield _changed(packet)
    yield "### Cost and complexity"
    yield table(outlook.needs(packet.manifest, packet.decision, packet.policy, packet.tiers, packet.profile))
    yield "### The circuit"
    yield _picture(packet)
    if packet.manifest.dataset is not None:
        yield "### Privacy"
        yield from _privacy(packet.sanitised)
    yield "### Claim"
    yield _claim(packet.manifest)


def _question(packet: Packet) -> str:
    manifest, cost = packet.manifest, packet.decision.estimate.cost_eur
    target = packet.manifest.execution.target
    where = "simulated here" if target == "aer" else f"on {target}"
    mode = "in production" if packet.manifest.mode == "production" else "as a dry run"
    return (
        f"May run {_short(packet)} {DEEDS[manifest.kind]} a circuit of {manifest.circuit.qubits} qubits and "
        f"{packet.profile.n_gates:,} gates {mode}, {where}, for about {cost:,f} EUR?"
    )


def _deadline(packet: Packet) -> str:
    n, owners = packet.n_reviewers, "reviewer" if packet.n_reviewers == 1 else "different reviewers"
    until = f"{packet.until.astimezone(UTC):%d %B %Y, %H:%M:%S} UTC"
    asked = f"Question {packet.attempt}; after {packet.askings_max} answers that do not count it gives up."
    return f"**{n} {owners} must approve before {until}.** After that the run ends as Expired. {asked}"


def _commands(packet: Packet) -> str:
    run = _short(packet)
    return "\n".join(
        (
            "```sh",
            "# this packet, every signature checked on your machine",
            f"atomq show {run}",
            "# sign, and hand the answer to the run",
            f"atomq approve {run} --as KEYFILE",
            "# reasons: cost, data, purpose, circuit, claim, other",
            f"atomq reject {run} --as KEYFILE --reason cost",
            "# or print a token, and paste it into the form of Resume",
            f"atomq approve {run} --as KEYFILE --print",
            "```",
            "",
            RESUME,
        )
    )


def _people(packet: Packet) -> tuple[Fact, ...]:
    template = packet.manifest.parent
    return (
        Fact("Run", packet.run, "code"),
        Fact("Submitted by", packet.submitter),
        *((Fact("Template", template, "code"),) if template else ()),
    )


def _wanted(packet: Packet) -> tuple[Fact, ...]:
    return outlook.facts(packet.manifest, packet.decision, packet.profile, packet.tenant)


def _changed(packet: Packet) -> str:
    if packet.previous is None:
        return FIRST
    found = changes(packet.previous, packet.manifest)
    return SAME if found is None else table(found)


def _picture(packet: Packet) -> str:
    if packet.picture is None:
        return facts(outlook.circuit_facts(packet.manifest, packet.profile))
    circuit = packet.manifest.ansatz
    alt = (
        f"Template circuit {circuit.ansatz}: on each of {circuit.qubits} qubits RY turned by a feature, then "
        f"{circuit.layers} times RY and RZ turned by trained weights and a ring of CX; Z is measured on each."
    )
    return f"![{prose(alt)}](data:image/png;base64,{base64.b64encode(packet.picture).decode()})"


def _privacy(sanitised: SanitisedTable | None) -> Iterator[str]:
    """Yield the gate's verdict: how many columns met which fate, how many checks passed, no names."""
    if sanitised is None:
        yield NOT_SANITISED
        return
    failed = sum(not each.success for each in sanitised.gate)
    verdict = (
        f"{failed} of {len(sanitised.gate)} checks failed"
        if failed
        else f"All {len(sanitised.gate)} checks passed"
    )
    n_rows = f"fewer than {ROWS_MIN}" if sanitised.n_rows < ROWS_MIN else f"{sanitised.n_rows:,}"
    yield f"{verdict} over {n_rows} rows; {len(sanitised.features)} columns became features."
    yield table(_fates(sanitised))
    if sanitised.n_rows >= ROWS_MIN:
        yield table(privacy.gate(sanitised.gate))
    yield "\n".join(f"- {prose(text)}" for text in privacy.reached(sanitised, telemetry=True))


def _fates(sanitised: SanitisedTable) -> Table:
    fates = Counter((each.kind, each.action) for each in sanitised.columns)
    rows = tuple(
        (kind.replace("_", " "), privacy.ACTIONS.get(action, action), f"{n}")
        for (kind, action), n in sorted(fates.items())
    )
    return Table(
        "What happened to the declared columns",
        {"Declared as": "text", "What happened": "text", "Columns": "number"},
        rows,
    )


def _claim(manifest: Manifest) -> str:
    claim = manifest.claim
    return NO_CLAIM if claim.level == "none" else f"Level {code(claim.level)}: {prose(claim.text)}"


def _short(packet: Packet) -> str:
    return packet.run[:RUN_CHARS]
