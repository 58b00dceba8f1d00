"""The whole of it: an installation, its runs, the attacks, and whether honest people are still served."""

import sys
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path
from random import Random

import pyarrow.parquet as pq

from tests.conftest import atomq
from tests.redteam import answers, deployed, files, orders
from tests.redteam.attack import Attack
from tests.redteam.campaign import Campaign
from tests.redteam.installation import PASSPHRASE, RUNS_MAX, install
from tests.redteam.siege import Siege, Target
from tests.redteam.trail import Trail
from tests.stack import Stack

KINDS = ("form", "signed", "dry")
N_TARGETS, N_TARGETS_SHORT = 24, 3
LEAVING_S = 30
EVIL = "from pathlib import Path\n\nPath({marker!r}).touch()\nfrom prefect import flow\n\n\n@flow(name='hybrid-run')\ndef evil(**_): pass\n"


def fought(folder: Path, seed: int, *, short: bool) -> Campaign:
    """Return the campaign after all of its attacks."""
    installation, marker, evil = install(folder), folder / "executed", folder / "evil" / "evil.py"
    evil.parent.mkdir()
    evil.write_text(EVIL.format(marker=str(marker)))
    with Stack(installation.home, ATOMQ_KEY_PASSPHRASE=PASSPHRASE) as stack:
        siege = Siege(installation, stack, Trail(installation.home), marker, evil)
        campaign = Campaign(siege, seed)
        _say(f"seed {seed}; the runs are being submitted")
        siege.targets += _suspended(siege, N_TARGETS_SHORT if short else N_TARGETS, Random(seed))
        _require_no_process(stack)
        _say(f"{len(siege.targets)} runs are suspended, and hold no process")
        attacks = [*answers.ATTACKS, *orders.ATTACKS, *deployed.ATTACKS]
        try:
            if short:
                _briefly(campaign, [*attacks, *files.HARMLESS])
            else:
                _thoroughly(campaign, attacks)
        except BaseException:
            campaign.told(0.0)  # What it came to so far, before the fault.
            raise
    return campaign


def _briefly(campaign: Campaign, attacks: list[Attack]) -> None:
    siege = campaign.siege
    chosen = [replace(attack, n=attack.short, n_runs=1) for attack in attacks if attack.short]
    campaign.deal(chosen, siege.targets, RUNS_MAX)
    _honest(campaign, siege.targets[1])


def _thoroughly(campaign: Campaign, attacks: list[Attack]) -> None:
    siege = campaign.siege
    campaign.deal(attacks, siege.targets, RUNS_MAX)
    spent = [target for target in siege.targets if target.run not in campaign.ended]
    for target in (spent.pop(0), spent.pop(0)):
        _honest(campaign, target)
    _say("two attacked runs were approved by honest people, completed and billed once; now the state folder")
    for attack in (*orders.FINAL, *files.HARMLESS):
        for _ in range(attack.n_runs):
            campaign.attack(attack, spent.pop())
    _honest(campaign, spent.pop(0))
    for attack in files.HARMFUL:
        campaign.attack(attack, spent.pop())


def _suspended(siege: Siege, n: int, rng: Random) -> list[Target]:
    targets = [siege.target(KINDS[number % len(KINDS)], rng) for number in range(n)]
    for target in targets:
        state = siege.settled(target.run)
        assert state == "PAUSED", (siege.state(target.run)["state"], siege.stack.logs()[-3000:])
    return targets


def _require_no_process(stack: Stack) -> None:
    deadline = time.monotonic() + LEAVING_S
    while stack.running("deployments.child"):
        assert time.monotonic() < deadline, "a suspended run holds a process"
        time.sleep(1)


def _honest(campaign: Campaign, target: Target) -> None:
    """Approve an attacked run as those do who may: it completes once, is billed once, and all verifies."""
    siege, owners = campaign.siege, set(target.honest.owners.values())
    for name in ("alice", "bob")[: target.honest.needed]:
        if name not in owners:
            state = siege.approve(target, name)
    assert state == "Completed", (state, siege.state(target.run)["state"], siege.stack.logs()[-3000:])
    for _ in range(2):
        assert siege.revive(target.run) == "COMPLETED"
    kinds = Counter(entry["type"] for entry in siege.trail.of(target.run))
    assert kinds["run.completed"] == kinds["run.cleared"] == 1, kinds
    billing = next(siege.home.glob(f"tenants/*/runs/{target.run}/billing.parquet"))
    services = Counter(pq.read_table(billing)["SkuId"].to_pylist())
    assert set(services.values()) == {1}, services
    verified = atomq(siege.home, "verify", "--json", ATOMQ_KEY_PASSPHRASE=PASSPHRASE)
    assert verified.code == 0, verified.out
    campaign.n_served += 1


def _say(what: str) -> None:
    print(what, flush=True, file=sys.stderr)
