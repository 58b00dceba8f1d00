"""A run's question to its reviewers as it travels through Prefect, for tests of those who answer it."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

from policy_checks import approvals
from policy_checks.integrity import dsse, strict_json
from policy_checks.integrity.manifest import UNAUTHENTICATED
from policy_checks.schemas.approval import Question
from policy_checks.schemas.decision import Decision, note, review
from policy_checks.schemas.keyring import Key, KeyRing, Profile
from policy_checks.schemas.manifest import Manifest
from tasks.adapters.keyring import PrivateKey
from tests.documents import DIGEST, NOW, a_manifest, an_estimate
from tests.keys import DAY, TENANT, YEAR, Authority, an_authority, an_entry

HOUR = timedelta(hours=1)
PACKET = "## May this run?\n\nIt asks because of 30,000 shots.\n"


@dataclass
class Office:
    """A root with a submitter (carol), a tenant's execution key, and reviewers alice, bob and carol."""

    authority: Authority
    execution: PrivateKey
    alice: PrivateKey
    bob: PrivateKey
    carol: PrivateKey
    at: datetime

    def ring(self, *, profile: Profile = "production", **more: Key) -> KeyRing:
        """The first ring."""
        people = {self.alice: "alice", self.bob: "bob", self.carol: "carol"}
        keys = {key.keyid: an_entry(key, "reviewer", owner=who, at=self.at) for key, who in people.items()}
        submitter, rotator = self.authority.submitter, self.authority.rotator
        keys[submitter.keyid] = an_entry(submitter, "submitter", owner="carol", at=self.at)
        keys[rotator.keyid] = an_entry(rotator, "rotator", at=self.at)
        keys[self.execution.keyid] = an_entry(self.execution, "exec", at=self.at, valid=DAY)
        return KeyRing(
            v=1, version=1, root=self.authority.digest, prev=None, issued=self.at, expires=self.at + YEAR,
            profile=profile, keys=keys | more,
        )  # fmt: skip

    def root(self) -> bytes:
        """The root document's envelope."""
        return dsse.seal("rootkey", self.authority.document.to_bytes(), self.authority.root.signer())

    def manifest(self, **changes: Any) -> Manifest:
        """A manifest that its submitter signs, or the execution key where it names nobody."""
        window = {
            "created": self.at.isoformat(),
            "not_before": self.at.isoformat(),
            "not_after": (self.at + DAY).isoformat(),
        }
        return a_manifest(
            **window | {"submitter": self.authority.submitter.keyid, "execution__shots": 30_000} | changes
        )

    def decision(self, manifest: Manifest, /, cost: str = "0.50", **changes: Any) -> Decision:
        """A decision that sends a manifest to a person."""
        finding = review(
            "circuit_limits", "P3.3", "30,000 shots requested, 20,000 run unasked", "lower shots"
        )
        fields: dict[str, Any] = {
            "manifest": strict_json.digest(manifest.to_bytes()), "mode": manifest.mode, "effect": "review",
            "findings": (note("window", "V.3", "the policy's review is due", "review it"), finding),
            "estimate": an_estimate(cost_eur=Decimal(cost)), "policy": DIGEST, "tenants": DIGEST, "tariff": DIGEST,
            "decided_at": self.at,
        }  # fmt: skip
        return Decision(**(fields | changes))

    def question(self, manifest: Manifest, decision: Decision, packet: str, /, **changes: Any) -> Question:
        """What the run asks."""
        fields = {
            "v": 1, "gate": "admission", "tenant": TENANT,
            "manifest": strict_json.digest(manifest.to_bytes()), "run": str(uuid4()),
            "nonce": uuid4().hex, "attempt": 1, "submitter": manifest.submitter,
            "n_reviewers": approvals.n_reviewers(manifest, decision), "cost_eur": decision.estimate.cost_eur,
            "decision": strict_json.digest(decision.to_bytes()), "packet": strict_json.digest(packet.encode()),
            "asked_at": self.at, "until": self.at + 2 * HOUR,
        }  # fmt: skip
        return Question(**(fields | changes))

    def parts(
        self,
        *,
        manifest: Manifest | None = None,
        decision: Decision | None = None,
        packet: str = PACKET,
        signer: PrivateKey | None = None,
        profile: Profile = "production",
        asked: Mapping[str, Any] | None = None,
        **question: Any,
    ) -> dict[str, Any]:
        """The parts of a bundle that verifies, unless something of it is given that does not fit.

        Args:
            asked: fields of the question, as in `question`.
        """
        manifest = manifest or self.manifest()
        decision = decision or self.decision(manifest)
        fields = {**question, **(asked or {})}
        asks = self.question(manifest, decision, packet, **fields)
        by_form = manifest.submitter == UNAUTHENTICATED
        submitter = self.execution if by_form else self.authority.submitter
        return {
            "v": 1,
            "question": coded(dsse.seal("question", asks.to_bytes(), (signer or self.execution).signer())),
            "manifest": coded(dsse.seal("manifest", manifest.to_bytes(), submitter.signer())),
            "template": None,
            "decision": coded(decision.to_bytes()),
            "packet": packet,
            "root": coded(self.root()),
            "rings": [coded(self.authority.sealed(self.ring(profile=profile)))],
        }

    def bundle(self, **changes: Any) -> bytes:
        """The bundle of `parts`."""
        return strict_json.dumps(self.parts(**changes))


def an_office(folder: Path, *, at: datetime = NOW) -> Office:
    """An office whose keys all lie in one folder."""
    authority = an_authority(folder)
    return Office(authority, authority.key("exec"), *(authority.key("reviewer") for _ in range(3)), at)


def coded(raw: bytes) -> str:
    """Bytes as base64."""
    return base64.b64encode(raw).decode("ascii")


def artifact(bundle: bytes) -> str:
    """The text of the artifact that carries a bundle."""
    return f"```json\n{bundle.decode()}\n```\n"
