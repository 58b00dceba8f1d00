"""Deal attacks to suspended runs, count what became of each try, and judge afterwards by log and files."""

import sys
import threading
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice, pairwise
from random import Random

from tests.redteam.attack import Attack
from tests.redteam.siege import Ended, Siege, Target
from tests.redteam.trail import bypassed


@dataclass
class Score:
    """What became of an attack's tries.

    Attributes:
        reached: tries that a worker met; Prefect itself refused the others.
        logged: those of them that left an entry.
    """

    clause: str
    tries: int = 0
    reached: int = 0
    logged: int = 0
    succeeded: int = 0


class Campaign:
    """Attacks on the runs of one siege.

    Attributes:
        broken: every run that went on though nobody let it, and how.
        ended: runs that attacks used up, and when.
        n_served: how many attacked runs honest people could still approve.
    """

    def __init__(self, siege: Siege, seed: int) -> None:
        self.siege, self.seed = siege, seed
        self.scores: dict[str, Score] = {}
        self.broken: dict[str, str] = {}
        self.ended: dict[str, str] = {}
        self.n_served = 0
        self._lock = threading.Lock()

    def deal(self, attacks: Iterable[Attack], targets: list[Target], at_once: int) -> None:
        """Try every attack on as many runs as it asks for; a run meets one after the other."""
        hands: dict[str, list[Attack]] = defaultdict(list)
        dealt, chosen = 0, list(attacks)
        for attack in chosen:
            self.scores.setdefault(attack.name, Score(attack.clause))
            suited = [
                one for one in targets if attack.name != "two keys of one owner" or one.honest.needed > 1
            ]
            for _ in range(min(attack.n_runs, len(suited))):
                hands[suited[dealt % len(suited)].run].append(attack)
                dealt += 1
        with ThreadPoolExecutor(at_once) as pool:
            for done in [pool.submit(self._attacked, one, hands[one.run]) for one in targets]:
                done.result()

    def attack(self, attack: Attack, target: Target) -> None:
        """Try one attack on one run, and judge at once."""
        begun, score = time.monotonic(), self.scores.setdefault(attack.name, Score(attack.clause))
        rng = Random(f"{self.seed} {attack.name} {self.siege.targets.index(target)}")
        tries = attack.tries(self.siege, target, rng)
        left, n_begun = self._left(target.run), self._begun(target.run)
        for hit in self._tried(attack, target, tries):
            before, n_begun = n_begun, self._begun(target.run)
            # What Prefect took and no worker took from Prefect has reached nobody.
            reached = None if hit == target.run and n_begun == before else hit
            entries = self._left(reached) if reached else 0
            fresh = entries - (left if reached == target.run else 0)
            left = self._left(target.run)
            with self._lock:
                score.tries += 1
                score.reached += reached is not None
                score.logged += reached is not None and fresh > 0
        self._judge(attack)
        print(f"{time.monotonic() - begun:6.1f} s  {attack.name}", file=sys.stderr, flush=True)

    def _tried(self, attack: Attack, target: Target, tries: Iterator[str | None]) -> Iterator[str | None]:
        try:
            yield from islice(tries, attack.n)
        except Ended as ended:
            self.ended[target.run] = f"{ended}, before or during: {attack.name}"
        except AssertionError as fault:
            self._blame(attack, target.run, str(fault))

    def _attacked(self, target: Target, hand: list[Attack]) -> None:
        for attack in hand:
            if target.run not in self.ended:
                self.attack(attack, target)

    def _left(self, run: str) -> int:
        return self.siege.trail.left(run)

    def _begun(self, run: str) -> int:
        """Return how often a worker has begun a run; a state that was forced follows no order of a worker's."""
        states = self.siege.api("GET", f"/flow_run_states/?flow_run_id={run}").json
        kinds = [one["type"] for one in sorted(states, key=lambda one: one["timestamp"])]
        return sum(
            later == "RUNNING" and earlier in {"PENDING", "SCHEDULED"} for earlier, later in pairwise(kinds)
        )

    def _judge(self, attack: Attack) -> None:
        """Blame the attack that was on; runs that attacks made themselves belong to nobody honest."""
        honest = {target.run: target.honest for target in self.siege.targets}
        with self._lock:
            for run, entries in self.siege.trail.runs().items():
                found = bypassed(entries, honest.get(run))
                if found:
                    self._blame(attack, run, found)
            if self.siege.marker.exists():
                self._blame(attack, "marker", "foreign code was executed")

    def _blame(self, attack: Attack, what: str, how: str) -> None:
        if what not in self.broken:
            self.broken[what] = f"{attack.name}: {how}"
            self.scores[attack.name].succeeded += 1
            print(f"GOT THROUGH {what}: {self.broken[what]}", file=sys.stderr, flush=True)

    def told(self, seconds: float) -> int:
        """Print the table; return the exit code."""
        print(f"\n{'attack':42} clause  tries  reached  entries  blocked")
        for name, one in self.scores.items():
            blocked = one.tries - one.succeeded
            print(f"{name:42} {one.clause:6} {one.tries:6,} {one.reached:8,} {one.logged:8,} {blocked:8,}")
        tries, reached, logged = (
            sum(getattr(one, what) for one in self.scores.values()) for what in ("tries", "reached", "logged")
        )
        print(f"{'all':42}        {tries:6,} {reached:8,} {logged:8,} {tries - len(self.broken):8,}")
        n_runs = len(self.siege.targets)
        print(
            f"\nseed {self.seed}: {tries:,} tries on {n_runs} suspended runs, {len(self.broken)} got through."
        )
        print(
            f"{self.n_served} attacked runs were approved by honest people, completed once, and all of it verified."
        )
        print(
            f"{seconds:.0f} s. A try that Prefect refused reaches no worker; one that reaches a worker leaves an entry."
        )
        for run, what in self.ended.items():
            print(f"used up {run}: {what}")
        for run, what in self.broken.items():
            print(f"GOT THROUGH {run}: {what}")
        if logged < reached:
            print(f"NOT IN THE LOG: {reached - logged} tries that reached a worker")
        return 1 if self.broken or logged < reached or not self.n_served else 0
