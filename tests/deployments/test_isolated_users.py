"""With `atomq up --isolate-users` the kernel keeps tenants apart: each worker, with its runs, is a user of its own."""

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from deployments.accounts import Account, account_name
from tasks.adapters.ring_store import KeyStore
from tests.conftest import atomq, clean_environment
from tests.documents import PROJECT
from tests.stack import Stack
from tests.users import ATOMQ, IsolatedStack, account, as_user, made_by, open_folder, reachable, why_not

pytestmark = pytest.mark.skipif(why_not() is not None, reason=str(why_not()))

OURS, THEIRS = "sample-clinic", "quagga-clinic"
TABLE = PROJECT / "data" / "samples" / "breast_cancer.csv"
SAMPLE = PROJECT / "data" / "manifests" / "breast_cancer.toml"
CANARIES = (THEIRS, "zebra_stripes", "quagga-cohort.csv")
PASSPHRASE = "correct horse battery staple"
OVER_S = 60
SEARCH = """
import base64, json, os, re, sys
def plain(content):
    signed = re.findall(rb'"payload":"([A-Za-z0-9+/=]+)"', content)
    return content + b"".join(map(base64.b64decode, signed))
found, opened = [], 0
for folder, _, names in os.walk(sys.argv[1]):
    for path in (os.path.join(folder, name) for name in names):
        try:
            content = plain(open(path, "rb").read())
        except OSError:
            continue
        opened += 1
        found += [os.path.relpath(path, sys.argv[1])] * any(word.encode() in content for word in sys.argv[2:])
print(json.dumps({"found": found, "opened": opened}))
"""
OPENED = """
import json, os, sys
able = []
for path in sys.argv[1:]:
    for how, flags in (("read", os.O_RDONLY), ("write", os.O_WRONLY)):
        try:
            os.close(os.open(path, flags))
            able.append([path, how])
        except OSError:
            pass
print(json.dumps(able))
"""
WRITABLE = """
import json, os, sys
found = [os.path.relpath(folder, sys.argv[1]) for folder, _, _ in os.walk(sys.argv[1]) if os.access(folder, os.W_OK)]
print(json.dumps(sorted(found)))
"""
ATTACK = """
import json, os, sys
able = []
for name, act in (
    ("signal", lambda: os.kill(int(sys.argv[1]), 0)),
    ("environment", lambda: open(f"/proc/{sys.argv[1]}/environ", "rb").read()),
    ("memory", lambda: open(f"/proc/{sys.argv[1]}/mem", "rb")),
    ("descriptors", lambda: os.listdir(f"/proc/{sys.argv[1]}/fd")),
):
    try:
        act()
        able.append(name)
    except OSError:
        pass
print(json.dumps(able))
"""


@dataclass(frozen=True)
class Apart:
    """Two tenants, each with a user; the second one's name, table and columns are nobody else's."""

    stack: Stack
    labels: dict[str, str]
    table: Path
    declared: Path

    @property
    def home(self) -> Path:
        return self.stack.home

    def user(self, tenant: str) -> Account:
        return account(account_name(self.labels[tenant]))

    def worker(self, tenant: str) -> psutil.Process:
        return next(one for one in self.stack.running("deployments.worker") if tenant in one.cmdline())

    def runs_as(self, tenant: str) -> bool:
        """Return whether a run is at work as this tenant's user."""
        with suppress(psutil.NoSuchProcess):
            found = {child.uids() for child in self.stack.running("deployments.child")}
            return (self.user(tenant).uid,) * 3 in found
        return False

    def submit(self, tenant: str, **form: object) -> str:
        deployment = self.stack.deployment("hybrid-run", self.labels[tenant])
        made = self.stack.api(
            "POST", f"/deployments/{deployment['id']}/create_flow_run", {"parameters": form}
        )
        assert made.status == 201, made
        return str(made.json["id"])


@contextmanager
def begun(folder: Path, *root: str | Path, **environment: str) -> Iterator[tuple[dict[str, str], list[str]]]:
    """Add the second tenant; yield pseudonyms, and what an administrator is told to do when there is no user yet."""
    data, home = folder / "data", folder / "home"
    data.mkdir()
    added = atomq(home, "tenant", "add", THEIRS, "--data", data, *root, **environment)
    assert added.code == 0, added.err
    listed = atomq(home, "tenant", "list", "--json", **environment).json
    missing = subprocess.run(
        IsolatedStack.command, capture_output=True, text=True, env=clean_environment(home) | environment
    )
    assert (missing.returncode, "[account-missing]" in missing.stderr) == (5, True), missing.stderr
    told = " ".join(missing.stderr.split()).partition("Make them as root: ")[2]
    yield {one["name"]: one["pseudonym"] for one in listed["tenants"]}, told.split("; ")


@pytest.fixture(scope="module")
def apart() -> Iterator[Apart]:
    with ExitStack() as stack:
        folder = stack.enter_context(open_folder())
        labels, commands = stack.enter_context(begun(folder))
        stack.enter_context(made_by(commands))
        table, declared = folder / "data" / CANARIES[2], folder / "herd.toml"
        table.write_text(TABLE.read_text().replace("mean_radius", CANARIES[1], 1))
        text = SAMPLE.read_text().replace("mean_radius ", CANARIES[1], 1).replace(OURS, THEIRS, 1)
        declared.write_text(text.replace("breast_cancer.csv", CANARIES[2], 1))
        shutil.chown(folder / "data", group=account_name(labels[THEIRS]))
        (folder / "data").chmod(0o750)
        running = stack.enter_context(IsolatedStack(folder / "home"))
        yield Apart(running, labels, table, declared)


@pytest.fixture(scope="module")
def ran(apart: Apart) -> dict[str, str]:
    """A run of each tenant, over tables that are registered while all is running."""
    for words in (
        (TABLE, "--tenant", OURS, "--name", "breast-cancer", "--like", SAMPLE),
        (apart.table, "--tenant", THEIRS, "--name", "herd", "--like", apart.declared),
    ):
        added = atomq(apart.home, "dataset", "add", *words)
        assert added.code == 0, added.err
    runs = {}
    for tenant, dataset in ((OURS, "breast-cancer"), (THEIRS, "herd")):
        runs[tenant], deadline = apart.submit(tenant, dataset=dataset), time.monotonic() + OVER_S
        while not apart.runs_as(tenant):
            assert time.monotonic() < deadline, "no process of this tenant's user runs it"
            time.sleep(0.1)
        assert apart.stack.wait(runs[tenant])["state_type"] == "COMPLETED", apart.stack.logs()
    return runs


def test_each_worker_is_a_user_of_its_own_and_none_is_root(apart):
    users = {tenant: apart.worker(tenant).uids() for tenant in (OURS, THEIRS)}
    assert users == {tenant: (apart.user(tenant).uid,) * 3 for tenant in users}
    assert len({user.real for user in users.values()} | {0}) == 3
    for tenant in users:
        status = Path(f"/proc/{apart.worker(tenant).pid}/status").read_text()
        (groups,) = (line.split()[1:] for line in status.splitlines() if line.startswith("Groups:"))
        assert groups == [str(apart.user(tenant).shared_gid)]


def test_a_run_of_each_completes_and_everything_verifies(apart, ran):
    for tenant, run in ran.items():
        folder = apart.home / "tenants" / apart.labels[tenant] / "runs" / run
        assert (folder / "receipt.json").stat().st_uid == apart.user(tenant).uid
    verified = atomq(apart.home, "verify", "--json")
    assert verified.code == 0, verified.out
    assert "all of it verifies" in atomq(apart.home, "verify").out


def test_a_manifest_that_root_hands_in_runs_at_once(apart, ran):
    submitted = atomq(apart.home, "submit", apart.declared, "--json", PREFECT_API_URL="")
    assert submitted.code == 0, submitted.err
    assert apart.stack.wait(submitted.json["run_id"])["state_type"] == "COMPLETED", apart.stack.logs()


def test_nothing_of_another_tenant_can_be_read(apart, ran):
    program = [sys.executable, "-c", SEARCH, str(apart.home), *CANARIES]
    everywhere = json.loads(subprocess.run(program, capture_output=True, check=True).stdout)["found"]
    theirs = as_user(apart.user(THEIRS), SEARCH, apart.home, *CANARIES)["found"]
    ours = as_user(apart.user(OURS), SEARCH, apart.home, *CANARIES)
    rooms = {path.partition("/")[0] for path in everywhere}
    assert {"tenants", "manifests"} <= rooms, "the canaries sing"
    assert {"tenants", "manifests"} <= {path.partition("/")[0] for path in theirs}
    assert [path for path in ours["found"] if not path.startswith(("documents/", "templates/"))] == []
    assert ours["opened"] > 20


def test_another_tenants_files_open_for_nobody_but_their_own(apart, ran):
    label, home = apart.labels[THEIRS], apart.home
    keys = KeyStore(home).ring().keys
    (keyid,) = (keyid for keyid, key in keys.items() if key.role == "exec" and key.tenant == label)
    private = [
        next((home / "tenants" / label / "runs").iterdir()) / "receipt.json",
        next((home / "tenants" / label / "datasets").glob("*.json")),
        next((home / "manifests" / label).glob("*.json")),
        home / "tenants" / label / "ledger" / "quotas.sqlite",
        home / "keys" / f"{keyid}.key",
        home / "workers" / label / "own",
        apart.table,
    ]
    assert as_user(apart.user(OURS), OPENED, *private) == []
    assert {path for path, how in as_user(apart.user(THEIRS), OPENED, *private) if how == "read"} == set(
        map(str, private)
    )


def test_only_what_runs_sign_with_is_theirs_to_read(apart, ran):
    keys = {path.name: path for path in (apart.home / "keys").glob("*.key")}
    roles = {f"{keyid}.key": key for keyid, key in KeyStore(apart.home).ring().keys.items()}
    label = apart.labels[OURS]
    expected = {
        name
        for name in keys
        if name == "pepper.key"
        or (name in roles and roles[name].role in {"audit", "witness"})
        or (name in roles and roles[name].tenant == label)
    }
    able = as_user(apart.user(OURS), OPENED, *keys.values())
    assert {(Path(path).name, how) for path, how in able} == {(name, "read") for name in expected}
    assert len(expected) >= 4


def test_a_worker_writes_in_its_own_folders_and_in_the_common_log(apart, ran):
    label = apart.labels[OURS]
    own = (
        f"manifests/{label}",
        *(f"tenants/{label}/{name}" for name in ("ledger", "runs")),
        f"workers/{label}/own",
    )
    writable = as_user(apart.user(OURS), WRITABLE, apart.home)
    assert {path for path in writable if not path.startswith(tuple(f"{folder}/" for folder in own))} == {
        *own, "audit", "witness", "witness/checkpoints",
    }  # fmt: skip
    assert as_user(apart.user(OURS), OPENED, apart.home / "servers", apart.home / "prefect-server") == []


def test_a_worker_cannot_signal_or_look_into_anothers(apart):
    for victim in (apart.worker(THEIRS), *apart.stack.running("flows.server")):
        assert as_user(apart.user(OURS), ATTACK, str(victim.pid)) == []
    assert set(as_user(apart.user(THEIRS), ATTACK, str(apart.worker(THEIRS).pid))) >= {"signal"}


def test_a_new_execution_key_reaches_its_tenants_user_and_signs(apart, ran):
    label, store = apart.labels[THEIRS], KeyStore(apart.home)
    (old,) = (k for k, key in store.ring().keys.items() if key.tenant == label and key.revoked is None)
    revoked = atomq(apart.home, "keys", "revoke", old, "--reason", "superseded")
    assert revoked.code == 0, revoked.err
    assert apart.stack.wait(apart.stack.submit("rotate-keys"))["state_type"] == "COMPLETED"
    keys = store.ring().keys
    (new,) = (k for k, key in keys.items() if key.tenant == label and key.revoked is None)
    path, deadline = apart.home / "keys" / f"{new}.key", time.monotonic() + OVER_S
    while path.stat().st_gid != apart.user(THEIRS).gid:
        assert time.monotonic() < deadline, apart.stack.output()
        time.sleep(0.2)
    assert as_user(apart.user(OURS), OPENED, path) == []
    run = apart.stack.wait(apart.submit(THEIRS, dataset="herd"))
    assert run["state_type"] == "COMPLETED", apart.stack.logs()


def test_people_are_told(apart):
    own = "each tenant's worker runs as its own user"
    assert own in atomq(apart.home, "tenant", "list").out
    assert atomq(apart.home, "status", "--json").json["shared_user"] is None
    assert own in atomq(apart.home, "status").out
    checks = {check["name"]: check["found"] for check in atomq(apart.home, "doctor", "--json").json["checks"]}
    assert checks["isolation"] == own


def test_under_a_production_ring_the_passphrase_reaches_each():
    with ExitStack() as stack:
        folder = stack.enter_context(open_folder())
        home, medium = folder / "home", folder / "medium"
        medium.mkdir()
        given = {"ATOMQ_KEY_PASSPHRASE": PASSPHRASE}
        began = atomq(home, "keys", "init", "--profile", "production", "--root", medium, **given)
        assert began.code == 0, began.err
        labels, commands = stack.enter_context(begun(folder, "--root", medium, **given))
        stack.enter_context(made_by(commands))
        running = stack.enter_context(IsolatedStack(home, **given))
        apart = Apart(running, labels, folder, folder)
        for tenant in labels:
            run = running.wait(apart.submit(tenant, dataset="nobodys"))
            assert run["state_name"] == "Denied", ("its process needs the pepper", running.logs())


def test_without_root_it_says_so(tmp_path):
    with open_folder() as folder:
        command = reachable("setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups")
        folder.chmod(0o777)
        answer = subprocess.run(
            [*command, str(ATOMQ), "up", "--port", "0", "--isolate-users"],
            capture_output=True,
            text=True,
            env=clean_environment(folder / "home"),
            check=False,
        )
    assert (answer.returncode, "[isolation-needs-root]" in answer.stderr) == (5, True), answer.stderr
