"""Answers that nobody who may approve has given: the form that Resume carries, filled in by a stranger."""

import base64
import json
import pickle
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from random import Random
from typing import Any

from policy_checks import approvals
from policy_checks.integrity import dsse, strict_json
from tasks.adapters import settings
from tests.redteam.attack import Attack
from tests.redteam.siege import HOUR, Siege, Target, signed

Token = Callable[[Siege, Target, Random], str]
RUN = "01a206cd-ce3b-742c-ac61-11ae724346c4"
LONG = 16_385


def nothing(siege: Siege, target: Target, rng: Random) -> Iterator[str | None]:
    """Resume without an answer, or with what the form holds before anybody types."""
    while True:
        for answer in (None, {}, {"run_input": None}, {"run_input": {}}, {"run_input": {"decision": "approve"}},
                       {"run_input": {"token": ""}}, {"run_input": {"decision": "approve", "token": ""}}):  # fmt: skip
            yield target.run if siege.resume(target.run, answer) else None


def unfit(siege: Siege, target: Target, rng: Random) -> Iterator[str | None]:
    """Answer what the form does not allow: Prefect refuses it, or the flow does."""
    while True:
        token: Any = rng.choice(
            [0, None, True, [], {}, 1.5, "x" * LONG, "x" * rng.randrange(LONG, 1 << 20), ["a"]]
        )
        decision: Any = rng.choice(
            ["APPROVE", "approved", "yes", 1, None, ["approve"], {"approve": True}, "\u0430pprove"]
        )
        answer = rng.choice(
            [
                {"decision": decision, "token": "x"},
                {"decision": "approve", "token": token},
                [decision],
                decision,
            ]
        )
        yield target.run if siege.resume(target.run, {"run_input": answer}) else None


def jinja(siege: Siege, target: Target, rng: Random) -> Iterator[str | None]:
    """Let Prefect's server compute the answer."""
    name = f"answer_{rng.randrange(2**32)}"
    forged = signed(siege.question(target.run), siege.person("stranger"))
    siege.api("POST", "/variables/", {"name": name, "value": forged})
    kinds = [
        {"__prefect_kind": "jinja", "template": "{{ flow_run.id }}{{ 7 * 7 }}"},
        {"__prefect_kind": "jinja", "template": "{{ ''.__class__.__mro__[1].__subclasses__() }}"},
        {"__prefect_kind": "jinja", "template": "{% for a in range(9999999) %}{{ a }}{% endfor %}"},
        {"__prefect_kind": "workspace_variable", "variable_name": name},
        {"__prefect_kind": "json", "value": json.dumps(forged)},
        {"__prefect_kind": "json", "value": {"__prefect_kind": "jinja", "template": "{{ 'x' }}"}},
        {"__prefect_kind": "none", "value": forged},
        {"__prefect_kind": "block_document", "value": name},
    ]
    while True:
        for kind in rng.sample(kinds, len(kinds)):
            yield target.run if siege.answer(target.run, kind) else None


def at_once(siege: Siege, target: Target, rng: Random) -> Iterator[str | None]:
    """Resume several times in the same moment, each with another forged answer."""
    while True:
        forged = signed(siege.question(target.run), siege.person("stranger"))
        with ThreadPoolExecutor(4) as pool:
            through = list(pool.map(partial(siege.answer, target.run), (forged, forged[:-4], "", forged[4:])))
        yield target.run if any(through) else None
        yield from (None for _ in through[1:])


def garbage(siege: Siege, target: Target, rng: Random) -> str:
    """Anything but a token."""
    junk = rng.randbytes(rng.randrange(1, 6000))
    return rng.choice([
        base64.urlsafe_b64encode(junk).decode(), base64.urlsafe_b64encode(pickle.dumps({"approve": junk})).decode(),
        "\0" * rng.randrange(1, 99), "٣" * rng.randrange(1, 99), "approve", "null", "{}", " \t\n", "\u2028" * 9,
        "eyJhbGciOiJub25lIn0.eyJkZWNpc2lvbiI6ImFwcHJvdmUifQ.", "x" * (LONG - 1),
        approvals.encode(b'{"payload":"","payloadType":"","signatures":[]}'), approvals.encode(b"[" * 9000),
    ])  # fmt: skip


def truncated(siege: Siege, target: Target, rng: Random) -> str:
    """A good token that lost its end."""
    token = _good(siege, target)
    return token[: rng.randrange(1, len(token))]


def flipped(siege: Siege, target: Target, rng: Random) -> str:
    """A good token of which one bit is another."""
    envelope = json.loads(approvals.decode(_good(siege, target)))
    place = rng.choice([envelope, envelope["signatures"][0]])
    name = "payload" if place is envelope else rng.choice(["sig", "keyid"])
    raw = bytearray(base64.b64decode(place[name]) if name != "keyid" else bytes.fromhex(place[name]))
    raw[rng.randrange(len(raw))] ^= 1 << rng.randrange(8)
    place[name] = base64.b64encode(raw).decode() if name != "keyid" else raw.hex()
    return approvals.encode(strict_json.dumps(envelope))


def stripped(siege: Siege, target: Target, rng: Random) -> str:
    """A good token with half a signature, none, or two."""
    envelope = json.loads(approvals.decode(_good(siege, target)))
    (signature,) = envelope["signatures"]
    whole = base64.b64decode(signature["sig"])
    halves = [whole[:3309], whole[3309:], whole[:3309] + bytes(64), bytes(3309) + whole[3309:], b""]
    forged = [{**signature, "sig": base64.b64encode(half).decode()} for half in halves]
    envelope["signatures"] = rng.choice([[], [signature, signature], *([one] for one in forged)])
    return approvals.encode(strict_json.dumps(envelope))


def forged(siege: Siege, target: Target, rng: Random) -> str:
    """A token that a stranger signed, in their own name or in somebody's."""
    key, alice = siege.person("stranger"), siege.person("alice")
    token = signed(siege.question(target.run), key, reviewer=rng.choice([key.keyid, alice.keyid]))
    envelope = json.loads(approvals.decode(token))
    envelope["signatures"][0]["keyid"] = rng.choice([key.keyid, alice.keyid, "", "A" * 64])
    return approvals.encode(strict_json.dumps(envelope))


def foreign(siege: Siege, target: Target, rng: Random) -> str:
    """A good token for another run, or for another manifest, nonce or person."""
    other = siege.question(siege.other(target, rng).run)
    alice, now = siege.person("alice"), siege.question(target.run)
    return rng.choice([
        lambda: signed(other, alice), lambda: signed(now, alice, run=other.run),
        lambda: signed(now, alice, manifest=other.manifest), lambda: signed(now, alice, nonce=rng.randbytes(16).hex()),
        lambda: signed(now, alice, reviewer=siege.person("bob").keyid), lambda: signed(other, alice, run=now.run),
    ])()  # fmt: skip


def late(siege: Siege, target: Target, rng: Random) -> str:
    """A good token that is over, or not yet."""
    at = settings.now() + rng.choice([-1, 1]) * timedelta(hours=rng.randrange(2, 2000))
    return signed(siege.question(target.run), siege.person("alice"), iat=at, exp=at + HOUR)


def unentitled(siege: Siege, target: Target, rng: Random) -> str:
    """A token by a key that may not answer: revoked, early, ended, the submitter's, or a machine's."""
    names = ["early", "ended", "revoked", "carol-submitter"] + ["carol"] * (target.owner == "carol")
    roles: list[Any] = ["exec", "rotator", "audit"]
    which = rng.choice([*names, *roles])
    key = siege.person(which) if which in names else siege.installation.machine_key(which)
    return signed(siege.question(target.run), key)


def reject_as_approve(siege: Siege, target: Target, rng: Random) -> str:
    """A rejection under the form's word "approve", or an approval under another name of payload."""
    question, alice = siege.question(target.run), siege.person("alice")
    payload = approvals.decode(signed(question, alice))
    inner = base64.b64decode(json.loads(payload)["payload"])
    twice = inner.replace(b'"decision":"approve"', b'"decision":"reject","decision":"approve"')
    return rng.choice([
        signed(question, alice, decision="reject"),
        approvals.encode(dsse.seal("manifest", inner, alice.signer())),
        approvals.encode(dsse.seal("question", inner, alice.signer())),
        approvals.encode(dsse.seal("approval", twice, alice.signer())),
        approvals.encode(dsse.seal("approval", inner + b" ", siege.person("stranger").signer())),
    ])  # fmt: skip


def replayed(siege: Siege, target: Target, rng: Random) -> Iterator[str | None]:
    """Answer a question with a good token for an earlier one of the same run."""
    while True:
        earlier, before = _good(siege, target), siege.question(target.run).nonce
        while siege.question(target.run).nonce == before:  # Only an answer to another question is a replay.
            if not siege.answer(target.run, ""):
                siege.revive(target.run)
        yield target.run if siege.answer(target.run, earlier) else None


def one_owner(siege: Siege, target: Target, rng: Random) -> Iterator[str | None]:
    """Approve twice as one person: with the same token, with a new one, with another key."""
    if target.honest.needed < 2:
        return
    if not target.honest.owners:
        siege.approve(target, "alice")
    given = [path.read_bytes() for path in siege.folder(target.run).glob("approval-*.json")]
    while True:
        question = siege.question(target.run)
        again = signed(question, siege.person(rng.choice(["alice", "alice-again"])))
        token = rng.choice([again, approvals.encode(rng.choice(given))])
        yield target.run if siege.answer(target.run, token) else None


def _good(siege: Siege, target: Target) -> str:
    return signed(siege.question(target.run), siege.person("alice"))


def _each(make: Token) -> Callable[[Siege, Target, Random], Iterator[str | None]]:
    def tries(siege: Siege, target: Target, rng: Random) -> Iterator[str | None]:
        while True:
            yield target.run if siege.answer(target.run, make(siege, target, rng)) else None

    return tries


ATTACKS = (
    Attack("resume with nothing or defaults", "P3.2", nothing, 2, 8, short=1),
    Attack("answers that do not fit the form", "P3.2", unfit, 20, 20, short=20),
    Attack("Jinja, variables, kinds in the answer", "P3.2", jinja, 8, 6, short=2),
    Attack("several resumes at once", "P3.2", at_once, 4, 5),
    Attack("garbage as token", "P3.2", _each(garbage), 2, 6),
    Attack("truncated token", "P3.2", _each(truncated), 2, 6, short=1),
    Attack("token with one bit flipped", "P3.2", _each(flipped), 2, 6),
    Attack("token with stripped signatures", "P2.1", _each(stripped), 2, 6),
    Attack("token that a stranger signed", "P3.2", _each(forged), 2, 6, short=1),
    Attack("token for another run or question", "P3.2", _each(foreign), 2, 6, short=1),
    Attack("token that is over, or not yet", "P3.2", _each(late), 2, 6),
    Attack("revoked, early, own, machine's key", "P3.2", _each(unentitled), 2, 8, short=1),
    Attack("token that says something else", "P3.2", _each(reject_as_approve), 2, 6),
    Attack("replayed token", "P3.2", replayed, 2, 5, short=2),
    Attack("two keys of one owner", "P3.2", one_owner, 2, 4, short=1),
)
