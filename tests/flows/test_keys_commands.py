"""`atomq keys` and `atomq documents` as their users type them, a production installation from end to end."""

import json
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest

from tasks.adapters import passphrase, settings
from tasks.stages import key_ceremony
from tests.conftest import ATOMQ, TIMEOUT_S, Answer, atomq, clean_environment
from tests.documents import DEFAULTS, PROJECT

PASSPHRASE = "correct horse battery staple"
SAMPLE = PROJECT / "data" / "manifests" / "breast_cancer.toml"


@pytest.fixture(scope="module")
def installed(tmp_path_factory) -> tuple[Path, Path, Path]:
    """A production installation: state folder, the root's medium, and alice's own folder."""
    folder = tmp_path_factory.mktemp("production")
    medium, own = folder / "medium", folder / "alice"
    medium.mkdir()
    own.mkdir()
    home = folder / "home"
    began = production(home, "keys", "init", "--profile", "production", "--root", medium, "--json")
    assert began.code == 0, began.err + began.out
    for role in ("submitter", "reviewer"):
        key = own / f"{role}.key"
        assert production(home, "keys", "new", "--role", role, "--owner", "alice", "-o", key).code == 0
        card = own / f"{role}.card.json"
        assert production(home, "keys", "enroll", card, "--root", medium).code == 0
    return home, medium, own


def production(home: Path, *words: str | Path, **environment: str) -> Answer:
    return atomq(home, *words, ATOMQ_KEY_PASSPHRASE=PASSPHRASE, **environment)


def test_a_production_ring_holds_no_root_and_no_persons_key(installed):
    home, medium, _ = installed
    listed = production(home, "keys", "list", "--json").json
    assert (listed["profile"], listed["root_here"]) == ("production", False)
    here = {key["role"]: key["here"] for key in listed["keys"]}
    assert here == {"rotator": True, "audit": True, "exec": True, "submitter": False, "reviewer": False}
    assert (medium / "root.key").is_file()


def test_a_development_ring_says_so(tmp_path):
    home = tmp_path / "home"
    assert atomq(home, "keys", "init").code == 0
    shown = atomq(home, "keys", "list")
    assert "one machine holds every key" in shown.out
    assert atomq(home, "keys", "init").code == 4


def test_a_persons_own_key_signs_and_production_is_then_a_question_for_a_reviewer(installed, tmp_path):
    home, _, own = installed
    manifest = tmp_path / "m.toml"
    text = SAMPLE.read_text()
    assert 'mode = "dry_run"' in text
    manifest.write_text(text.replace('mode = "dry_run"', 'mode = "production"'))
    words = ("check", manifest, "--as", own / "submitter.key", "--json")
    decision = production(home, *words).json
    clauses = {(finding["clause"], finding["effect"]) for finding in decision["findings"]}
    assert ("P3.2", "review") in clauses
    assert not any("development" in finding["message"] for finding in decision["findings"])


def test_without_a_submitters_key_here_the_remedy_names_the_way(installed):
    home, _, _ = installed
    answer = production(home, "check", SAMPLE, "--json")
    assert answer.code == 5
    assert answer.json["error"]["code"] in {"key-elsewhere", "key-overdue"}
    assert "--as" in answer.json["error"]["remedy"]


def test_a_reviewers_key_signs_no_manifest(installed):
    home, _, own = installed
    answer = production(home, "check", SAMPLE, "--as", own / "reviewer.key", "--json")
    assert (answer.code, answer.json["error"]["code"]) == (4, "key-misused")


def test_the_wrong_passphrase_and_none_are_told_apart(installed):
    home, _, own = installed
    wrong = atomq(
        home, "check", SAMPLE, "--as", own / "submitter.key", "--json", ATOMQ_KEY_PASSPHRASE="another one"
    )
    assert wrong.json["error"]["code"] == "passphrase-wrong"
    none = atomq(home, "check", SAMPLE, "--as", own / "submitter.key", "--json")
    assert none.json["error"]["code"] == "passphrase-absent"
    assert "ATOMQ_KEY_PASSPHRASE" in none.json["error"]["remedy"]


def test_a_revoked_submitter_is_refused(installed, tmp_path):
    home, medium, _ = installed
    key = tmp_path / "bob.key"
    production(home, "keys", "new", "--role", "submitter", "--owner", "bob", "-o", key)
    assert production(home, "keys", "enroll", tmp_path / "bob.card.json", "--root", medium).code == 0
    envelope = tmp_path / "e.json"
    signed = production(home, "sign", SAMPLE, "-o", envelope, "--as", key)
    assert signed.code == 0, signed.err
    keyid = json.loads((tmp_path / "bob.key").read_text())["keyid"]
    revoked = production(home, "keys", "revoke", keyid[:12], "--reason", "left", "--root", medium)
    assert revoked.code == 0, revoked.err
    answer = production(home, "check", envelope, "--json")
    assert (answer.code, answer.json["error"]["code"]) == (4, "key-revoked")
    shown = production(home, "keys", "show", keyid[:12], "--json").json
    assert shown["state"] == "revoked (left)"


def test_an_edited_document_is_refused_in_production_until_the_root_signs_it(installed, tmp_path):
    home, medium, own = installed
    draft = home / "documents" / "tariff.toml"
    draft.write_text((DEFAULTS / "tariff.toml").read_text().replace("0.000900", "0.000800"))
    words = ("check", SAMPLE, "--as", own / "submitter.key", "--json")
    denied = production(home, *words)
    assert denied.code == 1
    assert ("V.1", "deny") in {(f["clause"], f["effect"]) for f in denied.json["findings"]}
    assert "0.000800" in production(home, "documents", "diff", "tariff").out
    envelope = tmp_path / "tariff.json"
    assert production(home, "documents", "sign", "tariff", "-o", envelope).code == 5
    signed = production(home, "documents", "sign", "tariff", "-o", envelope, "--root", medium, "--json")
    assert signed.json["version"] == 3
    adopted = production(home, "documents", "adopt", envelope, "--json").json
    assert (adopted["version"], adopted["state"]) == (3, "in force")
    allowed = production(home, *words).json
    assert allowed["tariff"] == signed.json["digest"]
    assert "V.1" not in {finding["clause"] for finding in allowed["findings"]}
    assert production(home, "documents", "adopt", envelope).code == 4


def test_production_keys_are_not_rotated_on_the_way_and_an_overdue_one_denies(
    installed, tmp_path, monkeypatch
):
    home, medium, own = tmp_path / "home", tmp_path / "medium", installed[2]
    medium.mkdir()
    monkeypatch.setattr(passphrase, "_known", {None: PASSPHRASE.encode()})
    began = settings.now() - timedelta(days=2)
    key_ceremony.begin(settings.Settings(PROJECT, home), "production", began, root_folder=medium)
    production(home, "keys", "enroll", own / "submitter.card.json", "--root", medium)
    words = ("check", SAMPLE, "--as", own / "submitter.key", "--json")
    denied = production(home, *words)
    assert denied.code == 1, denied.out
    (finding,) = [finding for finding in denied.json["findings"] if finding["clause"] == "P2.2"]
    assert finding["effect"] == "deny"
    assert "atomq keys rotate" in finding["remedy"]
    assert production(home, "keys", "rotate").code == 0
    assert production(home, *words).code == 0


def test_export_public_holds_what_a_verifier_needs_and_nothing_secret(installed, tmp_path):
    home, _, _ = installed
    output = tmp_path / "public"
    assert production(home, "keys", "export-public", "-o", output).code == 0
    names = {str(path.relative_to(output)) for path in output.rglob("*") if path.is_file()}
    assert "root.json" in names
    assert {name for name in names if not name.startswith("rings/")} == {"root.json"}
    assert len(names) >= 4


def test_the_pinned_root_is_the_only_one_that_counts(installed):
    home, _, _ = installed
    root = production(home, "keys", "list", "--json").json["root"]
    assert production(home, "keys", "list", ATOMQ_ROOT=root).code == 0
    foreign = production(home, "keys", "list", "--json", ATOMQ_ROOT="sha256:" + "0" * 64)
    assert (foreign.code, foreign.json["error"]["code"]) == (4, "root-foreign")


def test_the_passphrase_is_in_no_child_process_and_no_file(installed, tmp_path):
    home, _, own = installed
    environment = clean_environment(home) | {"ATOMQ_KEY_PASSPHRASE": PASSPHRASE}
    spy = tmp_path / "git"
    spy.write_text(f'#!/bin/sh\nenv >> {tmp_path}/children\nexec /usr/bin/git "$@"\n')
    spy.chmod(0o755)
    environment["PATH"] = f"{tmp_path}:{environment['PATH']}"
    subprocess.run(
        [str(ATOMQ), "check", str(SAMPLE), "--as", str(own / "submitter.key")],
        env=environment, capture_output=True, timeout=TIMEOUT_S, cwd=PROJECT,
    )  # fmt: skip
    children = (tmp_path / "children").read_text()
    assert "PATH=" in children
    assert PASSPHRASE not in children
    for path in [*home.rglob("*"), *own.rglob("*")]:
        if path.is_file():
            assert PASSPHRASE.encode() not in path.read_bytes(), path


def test_many_first_commands_at_once_make_one_ring_and_all_end_well(tmp_path):
    home = tmp_path / "home"
    words = [str(ATOMQ), "check", str(SAMPLE), "--json"]
    started = [
        subprocess.Popen(words, env=clean_environment(home), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for _ in range(6)
    ]
    ended = [(process.communicate(timeout=TIMEOUT_S), process.returncode) for process in started]
    assert [code for _, code in ended] == [0] * 6, ended
    assert atomq(home, "keys", "list", "--json").json["version"] == 1
    adopted = atomq(home, "audit", "tail", "-n", "100", "--json").json["entries"]
    assert [entry["type"] for entry in adopted] == ["keyring.created"] + ["document.adopted"] * 3
    assert atomq(home, "verify").code == 0
