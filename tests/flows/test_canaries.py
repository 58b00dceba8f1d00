"""Invented people stand wherever data enters; nothing that is written says who they are.

Looked at are the state folder with Prefect's database, the temporary folder and what was printed. Left out is
what came from outside as it came: the table, the manifests, and the parameters of a form, which Prefect keeps
before anything of ours has seen them.
"""

import base64
import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tasks.adapters.audit_log import AuditLog
from tasks.tabular.recognise import recognised
from tests.canaries.clinic import searchable
from tests.canaries.identities import canaries
from tests.canaries.people import STAGES
from tests.canaries.scan import Leak, Scanner, forms, written
from tests.conftest import clean_environment
from tests.documents import PROJECT

N, SEED = (10_000 if os.environ.get("ATOMQ_LONG") else 600), 20261123
FROM_OUTSIDE = {"flow_run": ("parameters",)}
WITHOUT_A_RUN = {"admit", "form"}


@pytest.fixture(scope="module")
def clinic(tmp_path_factory) -> Path:
    """What is left of a clinic's day."""
    folder = tmp_path_factory.mktemp("clinic")
    (folder / "tmp").mkdir()
    (folder / "printed").mkdir()
    with (folder / "printed" / "out").open("wb") as out, (folder / "printed" / "err").open("wb") as err:
        subprocess.run(
            [sys.executable, "-m", "tests.canaries.people", str(folder / "day"), str(N), str(SEED)],
            stdout=out,
            stderr=err,
            check=False,
            cwd=PROJECT,
            env=clean_environment(folder / "day" / "home") | {"TMPDIR": str(folder / "tmp")},
        )
    assert (folder / "day" / "outcomes.json").is_file(), (folder / "printed" / "err").read_text()[-2000:]
    return folder


def outcomes(clinic: Path) -> list[tuple[str, int | str]]:
    return [(what, how) for what, how in json.loads((clinic / "day" / "outcomes.json").read_text())]


def leaks(clinic: Path) -> Iterator[Leak]:
    scanner = Scanner(core for canary in canaries(N, SEED) for core in canary.cores)
    for part in (clinic / "day" / "home", clinic / "tmp", clinic / "printed"):
        for where, content in written(part, FROM_OUTSIDE):
            yield from scanner.search(content, where)


def test_the_canaries_are_of_many_kinds_and_a_search_finds_those_that_are_not_declared():
    planted = canaries(N, SEED)
    assert len({canary.kind for canary in planted}) >= 12
    assert len({core for canary in planted for core in canary.cores}) >= N
    assert [canary for canary in searchable(planted[:600]) if not recognised(canary.sentence)] == []


def test_nobody_is_found_in_anything_that_was_written(clinic):
    assert list(leaks(clinic)) == []


def test_the_table_runs_and_what_is_kept_in_it_is_refused(clinic):
    told = dict(outcomes(clinic))
    assert told["run"] == "Completed"
    assert told["kept"] == "Denied"


def test_a_manifest_that_names_somebody_is_refused_whatever_the_field(clinic):
    tried = {(what.split()[1], how) for what, how in outcomes(clinic) if what.startswith("fit ")}
    assert len(tried) == 7
    assert {how for _, how in tried} == {2}
    told = (clinic / "printed" / "err").read_text()
    assert told.count("manifest-personal-data") >= len(tried)


def test_a_form_that_names_somebody_is_denied(clinic):
    filled = [how for what, how in outcomes(clinic) if what == "form"]
    assert len(filled) >= 20
    assert set(filled) == {"Denied"}


@pytest.mark.parametrize("stage", sorted(STAGES))
def test_a_fault_that_quotes_people_ends_the_run_by_a_code(clinic, stage):
    assert dict(outcomes(clinic))[f"fault in {stage}"] in {"Failed", "Denied"}


def test_faults_are_logged_and_told_by_class_and_place_only(clinic):
    log = AuditLog(clinic / "day" / "home")
    codes = [entry.data["code"] for entry in log.entries() if entry.type == "run.failed"]
    log.close()
    assert set(codes) <= {"internal-fault", "privacy-gate-failed"}
    assert len(codes) >= len(STAGES) - len(WITHOUT_A_RUN) - 1
    told = (clinic / "printed" / "err").read_text()
    assert "ended with KeyError at tasks/stages/" in " ".join(told.split())


def test_prefect_keeps_what_a_form_said_only_where_it_came_in(clinic):
    held = [where for where, content in written(clinic / "day" / "home") if b"seen before:" in content]
    assert {where.split("-")[0] for where in held} <= {"prefect/prefect.db", "prefect/prefect.db: flow_run"}


FORMS = sorted({form for form, _ in forms("Øssian.4711")})


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("kind", ["email", "card", "name", "jwt"])
def test_the_search_finds_a_planted_leak_in_each_form(form, kind):
    canary = next(canary for canary in canaries(40, 3) if canary.kind == kind)
    scanner = Scanner(core for one in canaries(400, 3) for core in one.cores)
    for core in canary.cores:
        for needle in (needle for name, needle in forms(core) if name == form):
            for before in range(9):
                text = b"x" * before + b'"' + needle + b'", and so on'
                assert core in {leak.core for leak in scanner.search(text, "here")}


@pytest.mark.parametrize("before", range(6))
def test_the_search_finds_a_value_inside_a_longer_base64_text(before):
    (canary,) = canaries(1, 9)
    text = base64.b64encode(b"." * before + canary.text.encode() + b" and more of it")
    assert {leak.core for leak in Scanner(canary.cores).search(text, "here")} == set(canary.cores)


def test_the_search_opens_parquet_databases_and_names_of_files(tmp_path):
    first, second, third = canaries(3, 11)
    pq.write_table(pa.table({"a": [first.text] * 50}), tmp_path / "a.parquet", compression="zstd")
    with sqlite3.connect(tmp_path / "a.db") as database:
        database.execute("CREATE TABLE t (a TEXT)")
        database.execute("INSERT INTO t VALUES (?)", ("." * 9000 + second.text,))
    database.close()
    (tmp_path / third.text).touch()
    scanner = Scanner(core for one in (first, second, third) for core in one.cores)
    found = {leak.core for where, content in written(tmp_path) for leak in scanner.search(content, where)}
    assert found >= {first.cores[0], second.text, third.text}


def test_a_long_number_by_chance_is_no_leak():
    scanner = Scanner(["289721484"])
    assert not list(scanner.search(b"0.1289721484921", "here"))
    assert list(scanner.search(b"SSN 289721484, she said", "here"))
