"""`atomq audit` and `atomq verify` as a person and a program see them, over a trail that nothing trained."""

import json
from pathlib import Path

import pytest
import typer

from flows.cli import audit, records
from policy_checks.integrity import checkpoint, merkle
from policy_checks.schemas.receipt import InclusionProof
from tests.trail import Trail, a_trail

N_ENTRIES = 400


@pytest.fixture(scope="module")
def recorded(tmp_path_factory) -> Trail:
    return a_trail(tmp_path_factory.mktemp("recorded"), N_ENTRIES)


@pytest.fixture
def trail(recorded, tmp_path, monkeypatch):
    copied = recorded.copied(tmp_path)
    with copied.witnessed():
        monkeypatch.setenv("ATOMQ_HOME", str(copied.home))
        yield copied


def left(command, *words, **options) -> int:
    """The exit code of a command."""
    try:
        command(*words, **options)
    except typer.Exit as end:
        return end.exit_code
    return 0


def test_tail_shows_the_newest_entries_the_newest_last(trail, capsys):
    audit.tail_command(3, as_json=True)
    told = json.loads(capsys.readouterr().out)
    assert [entry["seq"] for entry in told["entries"]] == [N_ENTRIES - 3, N_ENTRIES - 2, N_ENTRIES - 1]
    audit.tail_command(3, as_json=False)
    assert str(N_ENTRIES - 1) in capsys.readouterr().out


@pytest.mark.parametrize("n", [1, N_ENTRIES, N_ENTRIES + 1])
def test_tail_never_shows_more_than_there_is(trail, capsys, n):
    audit.tail_command(n, as_json=True)
    assert len(json.loads(capsys.readouterr().out)["entries"]) == min(n, N_ENTRIES)


def test_a_proof_leads_from_its_entry_to_a_signed_root(trail, capsys):
    audit.prove_command(77, as_json=True)
    proof = InclusionProof.model_validate_json(capsys.readouterr().out)
    head, _ = checkpoint.parse(proof.checkpoint.encode())
    leaf, path = merkle.leaf_hash(proof.body.encode()), [bytes.fromhex(sibling) for sibling in proof.path]
    merkle.verify_inclusion(77, head.size, leaf, path, head.root)
    assert json.loads(proof.body)["seq"] == 77


def test_an_entry_beyond_the_log_has_no_proof_and_the_command_says_so(trail, capsys):
    assert left(audit.prove_command, N_ENTRIES, as_json=True) == 5
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "checkpoint-absent"


def test_an_exported_pack_verifies_through_the_command(trail, tmp_path, capsys):
    assert left(audit.export_command, tmp_path / "pack", as_json=True) == 0
    assert json.loads(capsys.readouterr().out)["entries"] == N_ENTRIES
    assert left(records.verify_command, as_json=True, pack=tmp_path / "pack") == 0
    assert json.loads(capsys.readouterr().out)["verified"] is True


def test_a_folder_that_is_no_pack_is_unavailable(trail, tmp_path, capsys):
    assert left(records.verify_command, as_json=True, pack=tmp_path) == 5
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "pack-absent"


def test_a_witness_takes_the_newest_checkpoint_once(trail, tmp_path, capsys):
    (tmp_path / "mine").mkdir()
    for new in (True, False):
        audit.witness_command(tmp_path / "mine", None, as_json=True)
        told = json.loads(capsys.readouterr().out)
        assert (told["size"], told["new"], told["cosigned"]) == (N_ENTRIES, new, False)
    assert (tmp_path / "mine" / "leaves").stat().st_size == 32 * N_ENTRIES


def test_a_witness_cosigns_with_an_enrolled_key_and_no_other(trail, tmp_path, capsys):
    folders = [tmp_path / "mine", tmp_path / "yours"]
    for folder in folders:
        folder.mkdir()
    ring = _keys(trail)
    assert left(audit.witness_command, folders[0], ring["witness"], as_json=True) == 0
    assert json.loads(capsys.readouterr().out)["cosigned"] is True
    _, lines = checkpoint.parse((folders[0] / "checkpoints" / f"{N_ENTRIES:012d}.txt").read_bytes())
    assert [line.name.count("/") for line in lines] == [1, 2]
    assert left(audit.witness_command, folders[1], ring["submitter"], as_json=True) == 5
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "key-unknown"
    assert not list(folders[1].rglob("*.txt"))


def test_a_witness_that_is_not_mounted_is_unavailable(trail, tmp_path, capsys):
    assert left(audit.witness_command, tmp_path / "unmounted", None, as_json=True) == 5
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "witness-absent"


def test_a_person_sees_marks_besides_colours_and_where_the_fault_is(trail, capsys, monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    assert left(records.verify_command, as_json=False) == 0
    assert "+ all of it verifies" in capsys.readouterr().out
    receipt = trail.run(trail.finished[0]) / "billing.parquet"
    receipt.write_bytes(receipt.read_bytes() + b"x")
    assert left(records.verify_command, as_json=False) == 4
    told = capsys.readouterr()
    assert "artifact-edited" in told.err
    assert "delete nothing" in told.err
    assert "x it does not verify" in told.err
    assert "\x1b" not in told.out + told.err


def _keys(trail: Trail) -> dict[str, Path]:
    from tasks.adapters.ring_store import KeyStore

    store = KeyStore(trail.home)
    return {
        key.role: trail.home / "keys" / f"{keyid}.key"
        for keyid, key in store.ring().keys.items()
        if store.holds(keyid)
    }
