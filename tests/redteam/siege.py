"""A live installation under attack: its suspended runs, and what whoever reaches the API can do to them."""

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from http.client import HTTPException
from pathlib import Path
from random import Random
from typing import Any

from policy_checks import approvals
from policy_checks.integrity import dsse, strict_json
from policy_checks.schemas.approval import Approval, Question
from tasks.adapters import settings
from tasks.adapters.keyring import PrivateKey
from tasks.adapters.ring_store import KeyStore
from tasks.adapters.submission import ManifestStore
from tasks.stages import trust
from tests.redteam.installation import DATASET, OTHER, PASSPHRASE, TENANT, Installation
from tests.redteam.trail import Honest, Trail
from tests.stack import FINAL, Reply, Stack

HOUR = timedelta(hours=1)
SETTLE_S, POLL_S, PATIENCE = 300, 0.3, 20


class Ended(Exception):
    """A run has ended, so that nothing more can be tried on it."""


@dataclass
class Target:
    """A suspended run.

    Attributes:
        owner: who signed its manifest; None for a form.
    """

    run: str
    parameters: dict[str, Any]
    honest: Honest
    owner: str | None


@dataclass
class Siege:
    """Everything that an attack may use.

    Attributes:
        marker: a file that exists if foreign code was executed.
        evil: a module that leaves it.
    """

    installation: Installation
    stack: Stack
    trail: Trail
    marker: Path
    evil: Path
    targets: list[Target] = field(default_factory=list)

    @property
    def home(self) -> Path:
        """The state folder."""
        return self.installation.home

    def api(self, method: str, path: str, body: Any = None) -> Reply:
        """Ask the API; a server that is too busy to answer is asked again."""
        for _ in range(PATIENCE):
            with suppress(OSError, HTTPException):
                return self.stack.api(method, path, body)
            time.sleep(POLL_S)
        raise AssertionError("the server does not answer any more")

    def state(self, run: str) -> dict[str, Any]:
        """Return a flow run as Prefect knows it."""
        found: dict[str, Any] = self.api("GET", f"/flow_runs/{run}").json
        return found

    def person(self, name: str) -> PrivateKey:
        """Return somebody's private key."""
        return self.installation.people[name]

    def pseudonym(self, tenant: str = TENANT) -> str:
        """Return a tenant's name in Prefect."""
        return trust.pseudonyms(KeyStore(self.home), [tenant])[0]

    def deployment(self, flow: str = "hybrid-run", tenant: str = TENANT) -> dict[str, Any]:
        """Return a tenant's deployment."""
        return self.stack.deployment(flow, self.pseudonym(tenant))

    def submit(self, parameters: dict[str, Any], **more: Any) -> str:
        """Ask for a run as the form does; return its id."""
        path = f"/deployments/{self.deployment()['id']}/create_flow_run"
        made = self.api("POST", path, {"parameters": parameters} | more)
        assert made.status == 201, made
        return str(made.json["id"])

    def target(self, kind: str, rng: Random) -> Target:
        """Submit a run that people must allow: "form", "signed" or "dry"."""
        if kind == "form":
            execution = {"seed": rng.randrange(2**31)}
            asked = {
                "dataset": DATASET,
                "mode": "production",
                "execution": execution,
                "training": {"epochs_max": 3},
            }
            return Target(self.submit(asked), asked, Honest(needed=2), None)
        digest, envelope = self.installation.manifest(rng, "dry_run" if kind == "dry" else "production")
        ManifestStore(self.home).put(self.pseudonym(), digest, envelope)
        asked = {"manifest": digest}
        return Target(self.submit(asked), asked, Honest(needed=1), "carol")

    def settled(self, run: str) -> str:
        """Return a run's state when nothing is under way: "PAUSED" or a final one."""
        deadline = time.monotonic() + SETTLE_S
        while True:
            state = str(self.state(run)["state_type"])
            if state == "PAUSED" or state in FINAL:
                return state
            if time.monotonic() > deadline:
                raise Ended(f"{self.state(run)['state_name']} for {SETTLE_S} s")
            time.sleep(POLL_S)

    def resume(self, run: str, answer: Any) -> bool:
        """Resume a run with an answer; return whether Prefect let it through, once the run has settled."""
        given = self.api("POST", f"/flow_runs/{run}/resume", answer)
        accepted = given.status < 300 and given.json["status"] == "ACCEPT"
        if accepted:
            self.settled(run)
        return accepted

    def answer(self, run: str, token: Any, decision: Any = "approve") -> bool:
        """Resume a run with a form's answer, as `resume`."""
        return self.resume(run, {"run_input": {"decision": decision, "token": token}})

    def force(self, run: str, kind: str, **more: Any) -> Reply:
        """Force a run into a state."""
        state = {"type": kind, "name": kind.capitalize()} | more
        return self.api("POST", f"/flow_runs/{run}/set_state", {"state": state, "force": True})

    def revive(self, run: str) -> str:
        """Have a worker take a run up, whatever its state is; return where it settles."""
        self.force(run, "SCHEDULED")
        return self.settled(run)

    def question(self, run: str) -> Question:
        """Return what a run asks now."""
        return self.questions(run)[-1]

    def questions(self, run: str) -> list[Question]:
        """Return everything that a run has asked, in order."""
        found = sorted(
            self.folder(run).glob("question-*.json"), key=lambda path: int(path.stem.split("-")[1])
        )
        payloads = (dsse.open_envelope("question", path.read_bytes(), lambda *_: None)[0] for path in found)
        return [Question.model_validate_json(payload) for payload in payloads]

    def folder(self, run: str) -> Path:
        """Return a suspended run's folder."""
        found = list(self.home.glob(f"tenants/*/runs/.{run}.partial"))
        if not found:
            raise Ended(self.state(run)["state_name"])
        return found[0]

    def other(self, target: Target, rng: Random) -> Target:
        """Return another run that is still suspended."""
        staged = [one for one in self.targets if any(self.home.glob(f"tenants/*/runs/.{one.run}.partial"))]
        return rng.choice([one for one in staged if one is not target])

    def approve(self, target: Target, name: str) -> str:
        """Let an honest person approve; return where the run settles.

        An attack may have spoilt the form that Prefect keeps for this question: then the run is woken to ask anew.
        """
        for _ in range(PATIENCE):
            token = signed(self.question(target.run), self.person(name))
            target.honest.owners[strict_json.digest(approvals.decode(token))] = name
            if self.answer(target.run, token):
                return str(self.state(target.run)["state_name"])
            self.revive(target.run)
        raise Ended("Prefect lets no answer through")

    @contextmanager
    def parameters(self, target: Target, changed: dict[str, Any]) -> Iterator[Reply]:
        """Change a run's parameters for a while."""
        yield self._patch(target, changed)
        self._patch(target, target.parameters)

    def _patch(self, target: Target, parameters: dict[str, Any]) -> Reply:
        kept = self.state(target.run)["empirical_policy"]
        changed = {"parameters": parameters, "empirical_policy": kept}
        return self.api("PATCH", f"/flow_runs/{target.run}", changed)


def signed(question: Question, key: PrivateKey, **changes: Any) -> str:
    """Return the token by which a key approves what is asked, with some fields changed."""
    now = settings.now()
    fields: dict[str, Any] = {
        "v": 1, "gate": "admission", "manifest": question.manifest, "run": question.run,
        "nonce": question.nonce, "decision": "approve", "reviewer": key.keyid, "iat": now, "exp": now + HOUR,
    }  # fmt: skip
    answer = Approval(**(fields | changes))
    return approvals.encode(dsse.seal("approval", answer.to_bytes(), key.signer()))


__all__ = ["HOUR", "OTHER", "PASSPHRASE", "Siege", "Target", "signed"]
