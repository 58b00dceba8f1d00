"""`atomq tenant`, `dataset`, `template`, `standing-approval` and `submit` as their users type them."""

import json
import shutil
from pathlib import Path

import httpx
import pytest

from tests.conftest import Answer, atomq
from tests.documents import PROJECT

OURS, NORTH = "sample-clinic", "north-clinic"
TABLE = PROJECT / "data" / "samples" / "breast_cancer.csv"
SAMPLE = PROJECT / "data" / "manifests" / "breast_cancer.toml"
NIGHTLY = PROJECT / "data" / "manifests" / "nightly.toml"
PASSPHRASE = "correct horse battery staple"


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    """An installation with a second tenant, a dataset of each, and the sample template."""
    folder = tmp_path_factory.mktemp("desk")
    (folder / "north").mkdir()
    shutil.copy(TABLE, folder / "north")
    home = folder / "home"
    add = ("dataset", "add", "--like", SAMPLE)
    for words in (
        ("tenant", "add", NORTH, "--data", folder / "north"),
        (*add, TABLE, "--tenant", OURS, "--name", "breast-cancer"),
        (*add, folder / "north" / TABLE.name, "--tenant", NORTH, "--name", "theirs"),
        ("template", "sign", NIGHTLY, "-o", folder / "nightly.json"),
        ("template", "add", folder / "nightly.json"),
    ):
        answer = atomq(home, *words)
        assert answer.code == 0, answer.err
    return home


def refused(answer: Answer) -> tuple[int, str]:
    return answer.code, answer.json["error"]["code"]


def key_of(home: Path, role: str) -> Path:
    keys = atomq(home, "keys", "list", "--json").json["keys"]
    return home / "keys" / f"{next(key['keyid'] for key in keys if key['role'] == role)}.key"


def test_the_list_of_tenants_says_what_each_has_and_that_they_share_a_user(home):
    tenants = {one["name"]: one for one in atomq(home, "tenant", "list", "--json").json["tenants"]}
    assert (tenants[OURS]["datasets"], tenants[OURS]["templates"]) == (["breast-cancer"], ["nightly"])
    assert (tenants[NORTH]["datasets"], tenants[NORTH]["templates"]) == (["theirs"], [])
    assert tenants[NORTH]["modes"] == ["dry_run"]
    assert "all tenants' workers run as user" in atomq(home, "tenant", "list").out


def test_a_registered_dataset_is_listed_with_its_digest_and_a_tenants_list_holds_its_own(home):
    listed = atomq(home, "dataset", "list", "--tenant", OURS, "--json").json["datasets"]
    assert [(one["name"], one["tenant"], one["n_rows"]) for one in listed] == [("breast-cancer", OURS, 569)]
    assert listed[0]["sha256"].startswith("sha256:")
    assert {"breast-cancer", "theirs"} <= set(atomq(home, "dataset", "list").out.split())


@pytest.mark.parametrize(
    ("options", "code"),
    [
        pytest.param([], "dataset-undeclared", id="neither-like-nor-target"),
        pytest.param(["--like", SAMPLE, "--target", "diagnosis"], "dataset-undeclared", id="both"),
        pytest.param(["--target", "nothing"], "target-absent", id="no-such-target"),
    ],
)
def test_a_dataset_is_declared_in_one_of_two_ways(home, options, code):
    words = ("dataset", "add", TABLE, "--tenant", OURS, "--name", "x", *options, "--json")
    assert refused(atomq(home, *words)) == (2, code)


def test_one_tenants_table_is_not_registered_for_another(home):
    words = ("dataset", "add", TABLE, "--tenant", NORTH, "--name", "x", "--target", "diagnosis", "--json")
    assert refused(atomq(home, *words)) == (2, "dataset-outside-roots")


def test_a_template_of_another_tenants_dataset_is_signed_but_never_registered(home, tmp_path):
    file, envelope = tmp_path / "t.toml", tmp_path / "t.json"
    file.write_text(NIGHTLY.read_text().replace('"breast-cancer"', '"theirs"'))
    assert atomq(home, "template", "sign", file, "-o", envelope).code == 0
    assert refused(atomq(home, "template", "add", envelope, "--json")) == (2, "dataset-unregistered")


def test_a_template_is_listed_with_who_signed_it(home):
    (listed,) = atomq(home, "template", "list", "--json").json["templates"]
    assert (listed["name"], listed["owner"], listed["dataset"]) == ("nightly", "developer", "breast-cancer")
    assert "developer" in atomq(home, "template", "list").out


def test_a_standing_approval_is_granted_listed_and_revoked(home):
    words = ("standing-approval", "grant", "nightly", "--tenant", OURS, "--max-runs", "3", "--days", "7")
    reviewer = key_of(home, "reviewer")
    granted = atomq(home, *words, "--max-cost", "1.00", "--as", reviewer, "--json").json
    assert (granted["state"], granted["used"], granted["max_cost_eur"]) == ("counts", 0, "1.00")
    listing = ("standing-approval", "list", "--json")
    assert [one["standing"] for one in atomq(home, *listing).json["standing_approvals"]] == [
        granted["standing"]
    ]
    assert atomq(home, "standing-approval", "revoke", granted["standing"][7:19]).code == 0
    assert [one["state"] for one in atomq(home, *listing).json["standing_approvals"]] == ["revoked"]
    submitter = key_of(home, "submitter")
    assert refused(atomq(home, *words, "--max-cost", "1", "--as", submitter, "--json")) == (4, "key-misused")
    for cost in ("-1", "NaN", "1e99", "0.0000001", "much"):
        assert refused(atomq(home, *words, f"--max-cost={cost}", "--as", reviewer, "--json")) == (
            2, "cost-invalid",
        )  # fmt: skip


def test_a_production_tenant_needs_the_roots_own_folder(tmp_path):
    home, medium, data = tmp_path / "home", tmp_path / "medium", tmp_path / "data"
    medium.mkdir()
    data.mkdir()

    def production(*words: str | Path) -> Answer:
        return atomq(home, *words, "--json", ATOMQ_KEY_PASSPHRASE=PASSPHRASE)

    assert production("keys", "init", "--profile", "production", "--root", medium).code == 0
    add = ("tenant", "add", NORTH, "--data", data, "--production", "--runs-max", "2")
    assert refused(production(*add)) == (5, "root-absent")
    pseudonym = production(*add, "--root", medium).json["pseudonym"]
    north = production("tenant", "list").json["tenants"][-1]
    assert (north["name"], north["pseudonym"], north["runs_max"]) == (NORTH, pseudonym, 2)
    assert north["modes"] == ["dry_run", "production"]
    keys = production("keys", "list").json["keys"]
    assert pseudonym in {key["tenant"] for key in keys if key["role"] == "exec"}


@pytest.fixture
def deployment(home, prefect_url) -> str:
    """The tenant's deployment, with nobody to serve it."""
    pseudonym = atomq(home, "tenant", "list", "--json").json["tenants"][0]["pseudonym"]
    flow = httpx.post(f"{prefect_url}/flows/", json={"name": "hybrid-run"}).json()["id"]
    made = httpx.post(f"{prefect_url}/deployments/", json={"name": pseudonym, "flow_id": flow})
    return made.json()["id"]


def test_a_submitted_manifest_becomes_one_run_of_its_tenants_deployment(
    home, deployment, prefect_url, tmp_path
):
    envelope = tmp_path / "e.json"
    assert atomq(home, "sign", SAMPLE, "-o", envelope).code == 0
    first, again = (
        atomq(home, "submit", envelope, "--json", PREFECT_API_URL=prefect_url).json for _ in range(2)
    )
    assert first == again
    run = httpx.get(f"{prefect_url}/flow_runs/{first['run_id']}").json()
    assert (run["deployment_id"], run["parameters"]) == (deployment, {"manifest": first["manifest"]})
    assert first["url"] == f"{prefect_url.removesuffix('/api')}/v2/runs/flow-run/{first['run_id']}"
    assert OURS not in str(run)
    assert list(home.glob(f"manifests/*/{first['manifest'][7:]}.json"))


@pytest.mark.parametrize("url", ["", "http://127.0.0.1:9/api"], ids=["none", "one-that-is-gone"])
def test_without_a_server_that_serves_the_tenant_the_remedy_names_one(home, url):
    answer = atomq(home, "submit", SAMPLE, "--json", **({"PREFECT_API_URL": url} if url else {}))
    assert refused(answer) == (5, "tenant-not-deployed")
    assert "atomq up" in answer.json["error"]["remedy"]


def test_a_server_that_is_gone_is_passed_over(home, deployment, prefect_url):
    (home / "servers").mkdir(exist_ok=True)
    told = home / "servers" / "up.json"
    told.write_text(json.dumps({"url": prefect_url, "auth": None}))
    try:
        answer = atomq(home, "submit", SAMPLE, "--json", PREFECT_API_URL="http://127.0.0.1:9/api")
    finally:
        told.unlink()
    assert answer.json["url"].startswith(prefect_url.removesuffix("/api"))
