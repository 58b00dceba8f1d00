"""A whole run with its log in a real Postgres: recorded there, verified from there, exported from there."""

import pytest

from tests.conftest import atomq
from tests.postgres import a_server

postgres = a_server
ROOM = "ATOMQ_DATABASE_URL"


@pytest.fixture
def ran(tmp_path, postgres, prefect_url):
    """State folder, environment and answer of one finished run."""
    home, place = tmp_path / "home", {ROOM: postgres}
    answer = atomq(home, "run", "--json", PREFECT_API_URL=prefect_url, **place)
    assert answer.code == 0, answer.err + answer.out
    return home, place, answer.json["run_id"]


def test_the_log_lies_in_the_database_and_everything_verifies_from_there(ran, tmp_path):
    home, place, run = ran
    assert not (home / "audit" / "log.sqlite").exists()
    verified = atomq(home, "verify", "--json", **place)
    assert verified.code == 0, verified.out
    assert (verified.json["receipts"], verified.json["first"]) == (1, None)
    assert [line["run"] for line in atomq(home, "runs", "--json", **place).json["runs"]] == [run]
    pack = tmp_path / "pack"
    assert atomq(home, "audit", "export", "-o", pack, **place).code == 0
    assert atomq(home, "verify", "--pack", pack).code == 0
    elsewhere = atomq(home, "verify", "--json")
    assert elsewhere.code == 4, "without the database the log is gone, and that is told"
    password = place[ROOM].split(":")[2].split("@")[0]
    for path in [*home.rglob("*"), *pack.rglob("*")]:
        assert not path.is_file() or password.encode() not in path.read_bytes(), path
