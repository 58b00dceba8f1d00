"""Everything on one machine: the server, a worker for each pool, and what has to happen from time to time.

Each process ends with this one, however this one ends; what they left unfinished is settled at the next start.
"""

import os
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from functools import partial

from deployments import prefect_server, secret, staffing
from deployments.apply import apply
from deployments.kept import Kept
from deployments.lifeline import DRAIN_S, KILL_S
from deployments.prefect_server import Running
from deployments.reconcile import end_dead_runs, wake_expired, wake_unanswerable
from deployments.rhythm import Checkpoints, Every
from deployments.separation import Separation
from deployments.site import Site, sites
from policy_checks.errors import UnavailableError
from tasks.adapters import settings
from tasks.adapters.faults import translated
from tasks.adapters.files import Busy, locked
from tasks.adapters.prefect_api import PrefectApi
from tasks.adapters.ring_store import KeyStore
from tasks.adapters.servers import Server
from tasks.adapters.settings import Settings
from tasks.stages import lifecycle, rotation

TICK_S = 0.2
RECONCILE_S = 5
APPLY_S = 60
ONLINE_S = 150  # SQLite lets a heartbeat wait for up to 60 s behind other writers.
WORKER_END_S = DRAIN_S + 3 * KILL_S
Tell = Callable[[str], None]


class Supervisor:
    """Runs until it is told to stop.

    Args:
        tell: takes one line for whoever watches.
        isolate: run each tenant's worker as a user of its own.
    """

    def __init__(self, state: Settings, *, host: str, port: int, tell: Tell, isolate: bool) -> None:
        self._state, self._host, self._port, self._tell = state, host, port, tell
        self._separation = Separation(state, isolate=isolate)
        self._stop = threading.Event()
        self._faults: set[str] = set()
        self._sites: tuple[Site, ...] = ()
        self._workers: dict[Site, Kept] = {}
        self._leaving: list[Kept] = []
        self._secret: int | None = None

    def stop(self) -> None:
        """Begin to end; called again, have runs end at once. Safe in a signal handler."""
        if self._stop.is_set():
            for worker in self._workers.values():
                worker.ask_to_end()
        self._stop.set()

    @contextmanager
    def started(self) -> Iterator[Running]:
        """Start everything, and yield when runs can be submitted; end everything afterwards.

        Raises:
            UnavailableError: it runs already, or something does not start.
            IntegrityError: keys, documents and log do not belong together.
        """
        with ExitStack() as stack:
            self._separation.require_possible()
            stack.enter_context(_alone(self._state))
            self._tell("Preparing keys, documents and log ...")
            self._secret = _sealed_passphrase(lifecycle.prepare_state(self._state))
            rotation.rotate_due()
            self._sites = sites(self._state)
            self._separation.begin(self._sites)
            self._tell("Starting the Prefect server ...")
            running = stack.enter_context(_server(self._state, self._host, self._port))
            self._api = PrefectApi(running.server)
            self._running = running
            self._tell("Applying pools, queues and deployments ...")
            self._insist(lambda: apply(self._api, self._state, self._sites))
            self._insist(lambda: self._reconcile(starting=True))
            stack.callback(self._end)
            self._tell("Starting the workers ...")
            begun = settings.now()
            self._staff()
            self._await_workers(begun)
            yield running

    def watch(self) -> None:
        """Keep everything going until told to stop."""
        rounds = (
            Every(RECONCILE_S, self._separation.settle),
            Every(RECONCILE_S, lambda: self._reconcile(starting=False)),
            Every(APPLY_S, self._restore),
            Checkpoints(self._state.home),
        )
        while not self._stop.wait(TICK_S):
            self._tend()
            for due in rounds:
                self._told(due.tick)

    def _tend(self) -> None:
        mine = [*self._workers.values(), *([self._running.process] if self._running.process else [])]
        for happened in filter(None, (kept.tend() for kept in mine)):
            self._tell(happened)
        self._leaving = [kept for kept in self._leaving if kept.process.poll() is None]

    def _told(self, act: Callable[[], None]) -> None:
        """Do what is due; a fault is told once, and met again in the next round."""
        try:
            act()
        except Exception as error:
            fault = str(translated(error, "`atomq up`"))
            if fault not in self._faults:
                self._tell(fault)
            self._faults.add(fault)

    def _insist(self, act: Callable[[], object]) -> None:
        """Do it, again if need be: a server that has just started may be too busy to answer in time."""
        deadline = time.monotonic() + ONLINE_S
        while True:
            try:
                act()
                return
            except UnavailableError as error:
                if error.code != "prefect-unreachable" or time.monotonic() > deadline:
                    raise
            time.sleep(TICK_S)

    def _restore(self) -> None:
        """Undo what somebody changed in Prefect; take in new tenants, and let go of those that left."""
        found = sites(self._state)
        self._told(lambda: self._separation.require_all(found))
        self._sites = self._separation.served(found)
        changed = apply(self._api, self._state, self._sites)
        if changed:
            self._tell(f"Applied: {', '.join(changed)}.")
        self._staff()

    def _staff(self) -> None:
        """Have one worker for each site; a site with another limit is another site."""
        for site in [site for site in self._workers if site not in self._sites]:
            self._workers[site].ask_to_end()
            self._leaving.append(self._workers.pop(site))
        for site in self._sites:
            if site not in self._workers:
                name = "The system's worker" if site.tenant is None else f"The worker of {site.label}"
                self._workers[site] = Kept(name, partial(self._spawned, site))

    def _spawned(self, site: Site) -> "subprocess.Popen[bytes]":
        account = self._separation.account(site)
        return staffing.started(self._state, site, self._running.server, self._secret, account)

    def _reconcile(self, *, starting: bool) -> None:
        home, now = self._state.home, settings.now()
        pools = tuple(site.pool for site in self._sites)
        ended = end_dead_runs(self._api, home, pools, now, starting=starting)
        if ended:
            self._tell(f"{len(ended)} runs had no living process.")
            lifecycle.prepare_state(self._state)
        wake_unanswerable(self._api, home, pools, now, starting=starting)
        wake_expired(self._api, home, now)

    def _await_workers(self, begun: datetime) -> None:
        deadline = time.monotonic() + ONLINE_S
        waited_for = {site.pool for site in self._workers}
        while time.monotonic() < deadline and not self._stop.wait(TICK_S):
            waited_for = {pool for pool in waited_for if not self._is_online(pool, begun)}
            if not waited_for:
                return
            self._tend()
        if not self._stop.is_set():
            raise UnavailableError(
                "worker-absent",
                f"No worker came online for {', '.join(sorted(waited_for))}.",
                f"See worker.log in the folders under {self._state.home / 'workers'}.",
            )

    def _is_online(self, pool: str, begun: datetime) -> bool:
        try:
            found = self._api.post(f"/work_pools/{pool}/workers/filter", {})
        except UnavailableError:
            return False
        return any(datetime.fromisoformat(worker["last_heartbeat_time"]) >= begun for worker in found)

    def _end(self) -> None:
        """Let the workers drain, then say the truth about whatever they could not end."""
        mine = [*self._workers.values(), *self._leaving]
        for worker in mine:
            worker.ask_to_end()
        deadline = time.monotonic() + WORKER_END_S
        for worker in mine:
            worker.end(max(0.0, deadline - time.monotonic()))
        self._told(lambda: self._reconcile(starting=True))


@contextmanager
def _alone(state: Settings) -> Iterator[None]:
    state.prepare_home()
    try:
        with locked(state.home / ".up.lock", wait=False):
            yield
    except Busy:
        raise UnavailableError(
            "up-running", "`atomq up` runs already for this state folder.", "End that one first."
        ) from None


@contextmanager
def _server(state: Settings, host: str, port: int) -> Iterator[Running]:
    url = os.environ.get("PREFECT_API_URL")
    if url:
        yield prefect_server.foreign(Server(url, os.environ.get("PREFECT_API_AUTH_STRING") or None))
        return
    with prefect_server.own(state.home, host, port) as running:
        yield running


def _sealed_passphrase(keys: KeyStore) -> int | None:
    """Return a descriptor that holds the keys' passphrase, unless it lies beside them (a development ring)."""
    if (keys.folder / "passphrase").is_file():
        return None
    return secret.sealed(keys.passphrase())
