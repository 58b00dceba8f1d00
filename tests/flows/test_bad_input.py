"""Whatever is handed in, the answer is an error with a remedy and an exit code, and nothing half-written."""

import base64
import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from policy_checks.integrity import strict_json
from policy_checks.schemas.manifest import Manifest
from tasks.adapters import submission
from tasks.adapters.ring_store import KeyStore
from tests.conftest import ATOMQ, atomq
from tests.documents import PROJECT

SAMPLES = PROJECT / "data" / "samples"
EVIL = PROJECT / "tests" / "evil" / "tables"


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    """A state folder with keys, whose sample tenant may also read a folder of this test's own."""
    made = tmp_path_factory.mktemp("state") / "home"
    tables = made.parent / "tables"
    (made / "documents").mkdir(parents=True)
    shutil.copytree(EVIL, tables)
    for sample in SAMPLES.glob("*.csv"):
        shutil.copy(sample, tables)
    text = (PROJECT / "deployments" / "defaults" / "tenants.toml").read_text()
    assert '["data/samples"]' in text
    (made / "documents" / "tenants.toml").write_text(text.replace('["data/samples"]', f'["{tables}"]'))
    assert atomq(made, "check", PROJECT / "data" / "manifests" / "breast_cancer.toml").code == 0
    return made


def tables(home: Path) -> Path:
    return home.parent / "tables"


def refusal(home: Path, manifest: Path, command: str = "check") -> tuple[int, str, str]:
    answer = atomq(home, command, manifest, "--json")
    error = answer.json["error"]
    assert error["message"]
    assert error["remedy"]
    return answer.code, error["code"], error["message"]


PATH = 'path = "breast_cancer.csv"'


@pytest.mark.parametrize(
    ("change", "code", "says"),
    [
        pytest.param((PATH, 'path = "missing.csv"'), "dataset-unreadable", "no such file", id="missing-table"),
        pytest.param((PATH, 'path = "../outside.csv"'), "dataset-outside-roots", "roots", id="parent-folder"),
        pytest.param((PATH, 'path = "/etc/hostname"'), "dataset-outside-roots", "roots", id="absolute-path"),
        pytest.param((PATH, PATH + '\nsha256 = "sha256:' + "0" * 64 + '"'), "dataset-digest-mismatch",
                     "The table has digest sha256:63acfd", id="digest-prints-the-new-one"),
        pytest.param((PATH, 'path = "empty.csv"'), "table-empty", "", id="empty-csv"),
        pytest.param((PATH, 'path = "header-only.csv"'), "table-no-rows", "", id="header-only"),
        pytest.param((PATH, 'path = "one-column.csv"'), "table-one-column", "", id="one-column"),
        pytest.param((PATH, 'path = "duplicate-headers.csv"'), "table-duplicate-columns", "", id="duplicate-headers"),
        pytest.param((PATH, 'path = "not-utf8.csv"'), "table-not-utf8", "", id="not-utf8"),
        pytest.param((PATH, 'path = "cut-short.parquet"'), "table-truncated", "", id="parquet-cut-short"),
        pytest.param(("qubits = 4 ", "qubits = 0 "), "manifest-invalid", "circuit.qubits", id="zero-qubits"),
        pytest.param(("shots = 1024 ", "shots = 0 "), "manifest-invalid", "execution.shots", id="zero-shots"),
        pytest.param(("qubits = 4 ", 'qubits = "4" '), "manifest-invalid", "circuit.qubits", id="text-for-number"),
        pytest.param(("layers = 2 ", "layers = 2\nlayer = 3 "), "manifest-invalid", "circuit.layer ", id="unknown-key"),
        pytest.param(("layers = 2 ", "layers = 2\nlayers = 3 "), "manifest-invalid", "not TOML", id="duplicate-key"),
        pytest.param(("layers = 2 ", "# "), "manifest-invalid", "circuit.layers is missing", id="missing-key"),
        pytest.param(('tenant = "sample-clinic"', 'tenant = "nobody"'), "tenant-unknown", "not registered", id="tenant"),
        pytest.param(('target = "diagnosis"', 'target = "outcome"'), "manifest-invalid", "target", id="target-undeclared"),
        pytest.param(("learning_rate = 0.01", "learning_rate = inf"), "manifest-invalid", "learning_rate", id="infinite"),
        pytest.param(("[dataset]", "[dataset"), "manifest-invalid", "not TOML", id="broken-toml"),
    ],
)  # fmt: skip
def test_an_unusable_manifest_or_table_is_told_with_a_remedy(home, manifest, change, code, says):
    exit_code, found, message = refusal(home, manifest(change))
    assert (exit_code, found) == (2, code)
    assert says in message


@pytest.mark.parametrize(
    ("change", "says"),
    [
        pytest.param(("qubits = 4 ", "qubits = 40 "), "40 qubits requested, 12 allowed", id="forty-qubits"),
        pytest.param(("shots = 1024 ", "shots = 1000000000 "), "complexity units needed", id="a-billion-shots"),
        pytest.param(('mode = "dry_run"', 'mode = "production"'), "development key ring", id="production"),
        pytest.param(("mean_radius ", "mean_radios "), "absent from the table", id="declared-but-absent"),
        pytest.param(("mean_radius ", "# "), "not declared: 'mean_radius'", id="undeclared"),
        pytest.param(('level = "none"', 'level = "advantage"'), "claim", id="claim"),
        pytest.param(('{ kind = "name", action = "drop" }', '{ kind = "name", action = "keep" }'), "patient_name",
                     id="identity-kept"),
    ],
)  # fmt: skip
def test_what_policy_forbids_is_denied_with_exit_1(home, manifest, change, says):
    answer = atomq(home, "check", manifest(change), "--json")
    assert answer.code == 1
    denials = [f for f in answer.json["findings"] if f["effect"] == "deny"]
    assert any(says in f["message"] for f in denials)
    assert all(f["remedy"] for f in denials)


def test_more_shots_than_automatic_need_a_person_and_nothing_runs(home, manifest):
    answer = atomq(home, "check", manifest(("shots = 1024 ", "shots = 30000 ")), "--json")
    assert (answer.code, answer.json["effect"]) == (3, "review")


@pytest.mark.parametrize("link", ["link-out.csv", "link-home.csv"])
def test_a_symlink_out_of_the_root_or_into_the_state_folder_is_refused(home, manifest, link):
    target = home / "keys" / "pepper.key" if "home" in link else home.parent / "elsewhere.csv"
    if not target.exists():
        target.write_text("a,b\n1,2\n")
    path = tables(home) / link
    if not path.is_symlink():
        path.symlink_to(target)
    assert refusal(home, manifest((PATH, f'path = "{link}"')))[:2] == (2, "dataset-outside-roots")


def test_a_missing_or_huge_manifest_is_told(home, tmp_path):
    assert refusal(home, tmp_path / "absent.toml")[:2] == (2, "manifest-unreadable")
    (tmp_path / "huge.toml").write_bytes(b"#" * (3 << 20))
    assert refusal(home, tmp_path / "huge.toml")[:2] == (2, "manifest-too-large")


def resigned(home: Path, envelope: bytes, **times: timedelta) -> bytes:
    """Sign the same manifest anew with other times, with the submitter's real key."""
    now = datetime.now(UTC)
    content = json.loads(base64.b64decode(json.loads(envelope)["payload"]))
    content |= {name: (now + shift).isoformat() for name, shift in times.items()}
    manifest = Manifest.model_validate_json(strict_json.dumps(content))
    return submission.seal(manifest, submission.submitter_key(KeyStore(home), now))


@pytest.fixture(scope="module")
def envelope(home) -> bytes:
    path = home.parent / "signed.json"
    signed = atomq(home, "sign", PROJECT / "data" / "manifests" / "breast_cancer.toml", "-o", path)
    assert signed.code == 0, signed.err
    return path.read_bytes()


def test_a_signed_envelope_is_accepted(home, envelope, tmp_path):
    (tmp_path / "e.json").write_bytes(envelope)
    assert atomq(home, "check", tmp_path / "e.json").code == 0


@pytest.mark.parametrize("where", [0.1, 0.3, 0.5, 0.9])
def test_an_envelope_with_one_byte_changed_does_not_verify(home, envelope, tmp_path, where):
    spoilt = bytearray(envelope)
    position = int(len(spoilt) * where)
    spoilt[position] = ord("A") if spoilt[position] != ord("A") else ord("B")
    (tmp_path / "e.json").write_bytes(bytes(spoilt))
    assert refusal(home, tmp_path / "e.json")[0] == 4


@pytest.mark.parametrize(
    ("times", "code"),
    [
        pytest.param({"not_before": -timedelta(hours=2), "not_after": -timedelta(hours=1)}, "manifest-expired",
                     id="expired"),
        pytest.param({"not_before": timedelta(hours=1), "not_after": timedelta(hours=2)}, "manifest-not-yet-valid",
                     id="not-yet-valid"),
    ],
)  # fmt: skip
def test_an_envelope_outside_its_window_is_told(home, envelope, tmp_path, times, code):
    (tmp_path / "e.json").write_bytes(resigned(home, envelope, **times))
    assert refusal(home, tmp_path / "e.json")[:2] == (2, code)


def test_an_envelope_signed_by_an_unknown_key_does_not_verify(home, envelope, tmp_path):
    stranger = tmp_path / "stranger"
    assert atomq(stranger, "check", PROJECT / "data" / "manifests" / "breast_cancer.toml").code == 0
    (tmp_path / "e.json").write_bytes(envelope)
    assert refusal(stranger, tmp_path / "e.json")[:2] == (4, "key-unknown")


def test_a_state_folder_that_cannot_be_written_is_told(tmp_path, manifest):
    (tmp_path / "file").write_text("")
    code, found, _ = refusal(tmp_path / "file" / "home", manifest())
    assert (code, found) == (5, "state-folder-unwritable")


def test_keys_that_vanished_beside_a_log_are_an_integrity_fault(home, tmp_path, manifest):
    copy = tmp_path / "copy"
    shutil.copytree(home, copy)
    shutil.rmtree(copy / "keys")
    assert refusal(copy, manifest())[:2] == (4, "ring-absent")


def test_errors_for_people_go_to_standard_error_with_the_remedy(home, tmp_path):
    answer = atomq(home, "check", tmp_path / "absent.toml")
    assert answer.out == ""
    assert "what to do" in answer.err


def test_every_command_has_help_with_an_example():
    import subprocess

    groups = {
        "": ("run", "check", "sign", "verify", "report", "runs", "policy", "new", "doctor"),
        "keys": ("init", "new", "enroll", "rotate", "revoke", "list", "show", "export-public"),
        "documents": ("show", "diff", "sign", "adopt"),
        "audit": ("tail", "export", "prove", "witness"),
    }
    for group, commands in groups.items():
        for command in commands:
            words = [group, command] if group else [command]
            done = subprocess.run([str(ATOMQ), *words, "--help"], capture_output=True, text=True)
            assert f"Example: atomq {' '.join(words)}" in " ".join(done.stdout.split())
