"""A pack holds what an auditor needs, verifies without the state folder, and holds nothing secret."""

import json
import shutil
from pathlib import Path

import pytest

from policy_checks.errors import IntegrityError, UnavailableError
from policy_checks.integrity import checkpoint
from policy_checks.integrity.run_files import PRODUCTS
from tasks.adapters.audit_log import AuditLog
from tasks.stages import export, history, witnessing
from tests.trail import Trail, a_trail

N_ENTRIES = 400


@pytest.fixture(scope="module")
def recorded(tmp_path_factory) -> Trail:
    return a_trail(tmp_path_factory.mktemp("recorded"), N_ENTRIES)


@pytest.fixture
def trail(recorded, tmp_path):
    copied = recorded.copied(tmp_path)
    with copied.witnessed():
        yield copied


@pytest.fixture
def pack(trail, tmp_path) -> Path:
    assert export.export(trail.home, tmp_path / "pack") == N_ENTRIES
    return tmp_path / "pack"


def names(pack: Path) -> set[str]:
    return {str(path.relative_to(pack)) for path in pack.rglob("*") if path.is_file()}


def test_a_pack_verifies_far_from_the_state_folder(trail, pack):
    shutil.rmtree(trail.home)
    shutil.rmtree(trail.witness)
    found = history.verify_pack(pack)
    assert found.faults == []
    assert found.counts["entries"] == N_ENTRIES
    assert found.counts["receipts"] == len(trail.finished)


def test_a_pack_counts_what_the_state_folder_counts_but_for_the_products(trail, pack):
    home, packed = history.verify(trail.home).counts, history.verify_pack(pack).counts
    assert home.pop("artifacts") - packed.pop("artifacts") == len(PRODUCTS) * len(trail.finished)
    assert home == packed


def test_a_pack_has_the_parts_that_its_readme_names(pack):
    held = names(pack)
    for part in ("README.txt", "second_opinion.py", "root.json", "rings/ring-000001.json",
                 "documents/policy-000003.json", "documents/policy-000004.json", "log/000000000000.jsonl",
                 f"checkpoints/{N_ENTRIES:012d}.txt", f"witnesses/1-copy/{N_ENTRIES:012d}.txt", "witnesses/1-copy/leaves"):  # fmt: skip
        assert part in held
    assert len((pack / "log" / "000000000000.jsonl").read_bytes().splitlines()) == N_ENTRIES


def test_no_private_key_passphrase_or_product_leaves_the_house(trail, pack):
    assert {Path(name).name for name in names(pack)}.isdisjoint(PRODUCTS)
    exported = b"".join(path.read_bytes() for path in pack.rglob("*") if path.is_file())
    for path in trail.home.glob("keys/*.key"):
        sealed = json.loads(path.read_bytes())["sealed"].encode()
        assert sealed not in exported, f"{path.name} is in the pack"
    for path in trail.home.glob("tenants/*/runs/*/*"):
        if path.name in PRODUCTS:
            assert path.read_bytes() not in exported
    assert str(trail.home).encode() not in exported
    assert str(trail.witness).encode() not in exported


def test_an_existing_folder_with_content_is_refused_and_left_alone(trail, tmp_path):
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "mine.txt").write_text("mine")
    with pytest.raises(UnavailableError) as error:
        export.export(trail.home, tmp_path / "taken")
    assert error.value.code == "output-exists"
    assert names(tmp_path / "taken") == {"mine.txt"}
    assert not list(tmp_path.glob(".taken*"))


def test_an_empty_folder_is_filled(trail, tmp_path):
    (tmp_path / "empty").mkdir()
    assert export.export(trail.home, tmp_path / "empty") == N_ENTRIES


def test_what_was_logged_since_the_newest_checkpoint_gets_one_first(trail, tmp_path):
    AuditLog(trail.home).append("intent", {"effect": "probe"})
    assert export.export(trail.home, tmp_path / "pack") == N_ENTRIES + 1
    assert history.verify_pack(tmp_path / "pack").faults == []


def test_without_the_audit_key_the_pack_ends_at_the_newest_checkpoint(trail, tmp_path):
    AuditLog(trail.home).append("intent", {"effect": "probe"})
    for path in trail.home.glob("keys/*.key"):
        path.unlink()
    assert export.export(trail.home, tmp_path / "pack") == N_ENTRIES
    assert history.verify_pack(tmp_path / "pack").faults == []


def test_a_folder_that_the_log_does_not_know_is_no_evidence(trail, tmp_path):
    genuine = trail.run(trail.finished[0])
    shutil.copytree(genuine, genuine.with_name("11111111-1111-1111-1111-111111111111"))
    export.export(trail.home, tmp_path / "pack")
    assert {path.name for path in (tmp_path / "pack" / "runs").iterdir()} == {*trail.finished, trail.denied}


def test_a_log_that_a_witness_refuses_is_not_exported(trail, tmp_path):
    notes = sorted((trail.witness / "checkpoints").glob("*.txt"))
    notes[-1].unlink()
    held, _ = checkpoint.parse(notes[-2].read_bytes())
    another = checkpoint.Checkpoint(held.origin, held.size, b"f" * 32)
    notes[-2].write_bytes(notes[-2].read_bytes().replace(held.body(), another.body()))
    with pytest.raises(IntegrityError) as error:
        export.export(trail.home, tmp_path / "pack")
    assert error.value.code == "witness-refused"
    assert not (tmp_path / "pack").exists()
    assert not list(tmp_path.glob(".pack*"))


@pytest.mark.parametrize("seq", [0, 1, 255, 256, 257, N_ENTRIES - 1])
def test_any_entry_is_proved(trail, seq):
    proof = witnessing.proof(trail.home, seq)
    assert proof.seq == seq
    assert json.loads(proof.body)["seq"] == seq


@pytest.mark.parametrize("seq", [-1, N_ENTRIES, N_ENTRIES + 1])
def test_an_entry_that_no_checkpoint_covers_has_no_proof(trail, seq):
    with pytest.raises(UnavailableError) as error:
        witnessing.proof(trail.home, seq)
    assert error.value.code == "checkpoint-absent"


def test_a_missing_witness_is_warned_of_and_stops_nothing(trail, caplog):
    shutil.rmtree(trail.witness)
    note = witnessing.checkpoint(trail.home)
    assert checkpoint.parse(note)[0].size == N_ENTRIES
    assert "witness-absent" in caplog.text


def test_a_witness_that_is_gone_is_told_of_by_verify(trail):
    shutil.rmtree(trail.witness)
    found = history.verify(trail.home)
    assert found.faults == []
    assert f"The witness at {trail.witness} is not there." in found.notes["remarks"]


def test_the_same_state_gives_the_same_checkpoint(trail):
    assert witnessing.checkpoint(trail.home) == witnessing.checkpoint(trail.home)
