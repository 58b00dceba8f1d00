"""`atomq quota` shows what is left; a run that does not fit is denied with when to come back."""

import re

import pytest

from tests.conftest import atomq
from tests.documents import DEFAULTS

NAMES = {"ccu", "quantum_s", "neural_s", "runs", "runs_at_once", "storage_bytes"}


def restrict(home, *change: str) -> None:
    text = (DEFAULTS / "tenants.toml").read_text()
    assert change[0] in text
    (home / "documents").mkdir(parents=True, exist_ok=True)
    (home / "documents" / "tenants.toml").write_text(text.replace(*change))


def quotas_of(home) -> dict[str, dict]:
    (tenant,) = atomq(home, "quota", "--json").json["tenants"]
    return {one["quota"]: one for one in tenant["quotas"]}


def test_a_run_that_is_done_counts_and_the_next_one_that_does_not_fit_is_told_when_to_come_back(
    tmp_path, prefect_url, manifest
):
    home = tmp_path / "home"
    done = atomq(home, "run", "--json", PREFECT_API_URL=prefect_url)
    assert done.code == 0, done.err
    found = quotas_of(home)
    assert (found["runs"]["used"], found["runs_at_once"]["reserved"]) == (1.0, 0.0)
    for name in ("ccu", "quantum_s", "neural_s", "storage_bytes"):
        assert found[name]["used"] > 0 == found[name]["reserved"]
        assert found[name]["left"] == pytest.approx(found[name]["limit"] - found[name]["used"])
        assert found[name]["frees_at"].endswith("Z")
    restrict(home, "runs_max = 1000", "runs_max = 1")
    judged = atomq(home, "check", manifest(("layers = 2", "layers = 1")))
    assert judged.code == 1
    said = " ".join(judged.out.split())
    assert re.search(r"1 runs needed, 1 allowed in 24 h, 1 used, 0 reserved", said)
    assert re.search(r"submit it again at \d{4}-\d\d-\d\d \d\d:\d\d UTC", said)
    shown = atomq(home, "quota").out
    assert re.search(r"\nruns +1 +1 +0 +0 +\d{4}-\d\d-\d\d \d\d:\d\d", shown)


def test_a_new_installation_has_everything_left(tmp_path):
    found = quotas_of(tmp_path / "home")
    assert set(found) == NAMES
    assert all(one["left"] == one["limit"] and one["frees_at"] is None for one in found.values())


def test_one_tenant_is_shown_by_its_name_and_an_unknown_one_is_refused(tmp_path):
    shown = atomq(tmp_path / "home", "quota", "--tenant", "sample-clinic")
    assert (shown.code, shown.out.splitlines()[0].split(" (")[0]) == (0, "sample-clinic")
    assert "in any 24 h" in shown.out
    unknown = atomq(tmp_path / "home", "quota", "--tenant", "nobody", "--json")
    assert (unknown.code, unknown.json["error"]["code"]) == (2, "tenant-unknown")


def test_to_check_a_manifest_books_nothing(tmp_path, manifest):
    home = tmp_path / "home"
    assert atomq(home, "check", manifest()).code == 0
    assert all(one["reserved"] == one["used"] == 0 for one in quotas_of(home).values())


def test_a_job_above_its_tier_says_how_many_people_must_agree(tmp_path, manifest):
    home = tmp_path / "home"
    restrict(home, "quantum_s_max = 600.0", "quantum_s_max = 0.1")
    restrict(home, "quantum_s_max = 60.0", "quantum_s_max = 0.01")
    judged = atomq(home, "check", manifest(), "--json")
    assert judged.code == 3
    (asked,) = [one for one in judged.json["findings"] if one["rule"] == "circuit_limits"]
    assert asked["severity"] == "medium"
    assert asked["message"].startswith("tier 1, one reviewer: ")
