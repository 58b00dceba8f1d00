"""`atomq inspect`: what a circuit is and would need, or why it is refused and where."""

import subprocess
import sys
from pathlib import Path

import pytest

from policy_checks import complexity
from tasks.quantum.inspect import profile_of
from tasks.quantum.parsing.reading import program_of
from tests.conftest import atomq, clean_environment
from tests.documents import PROJECT

TEXT = (
    'OPENQASM 3.0;\ninclude "stdgates.inc";\nqubit[4] q;\nbit[4] c;\nh q[0];\n'
    "for int i in [0:2] { cx q[i], q[i + 1]; }\n"
    "for int i in [0:2] { ry(0.3 * (i + 1)) q[i]; rx(0.7 * (i + 1)) q[i]; }\nc = measure q;\n"
)
REUSED = TEXT + "rx(0.3) q[3];\nc[3] = measure q[3];\n"


@pytest.fixture
def circuit(tmp_path: Path) -> Path:
    path = tmp_path / "mine.qasm"
    path.write_text(TEXT)
    return path


def test_a_circuit_is_told_in_figures_that_the_judge_would_use(circuit: Path, tmp_path: Path) -> None:
    answer = atomq(tmp_path / "home", "inspect", circuit, "--json")
    assert answer.code == 0
    known = [answer.json[name] for name in ("effect", "tier", "tenant", "findings")]
    assert known == ["allow", 0, "sample-clinic", []]
    profile = profile_of(program_of(TEXT.encode(), n_qubits_max=4))
    assert answer.json["language"] == "openqasm3"
    assert answer.json["profile"]["gates"] == {"cx": 3, "h": 1, "measure": 4, "rx": 3, "ry": 3}
    assert (answer.json["profile"]["depth"], answer.json["profile"]["depth_2q"]) == (profile.depth, 3)
    needs = answer.json["complexity"]
    assert needs["ccu"] == pytest.approx(complexity.ccu(profile, n_circuits=1, shots=1024), abs=1e-3)
    assert needs["predicted_bytes"] == complexity.predicted_bytes(profile)
    assert 0 < needs["predicted_s_low"] < needs["predicted_s"] < needs["predicted_s_high"]


def test_a_finding_names_the_line_that_it_speaks_of(circuit: Path, tmp_path: Path) -> None:
    circuit.write_text(REUSED)
    answer = atomq(tmp_path / "home", "inspect", circuit, "--json")
    assert answer.code == 3
    assert {(found["line"], found["effect"]) for found in answer.json["findings"]} == {(9, "review")}
    assert "line 9" in atomq(tmp_path / "home", "inspect", circuit).out


def test_what_an_author_may_not_have_meant_is_a_note(circuit: Path, tmp_path: Path) -> None:
    circuit.write_text(TEXT + "rz(pi / 8) q[3];\n")
    answer = atomq(tmp_path / "home", "inspect", circuit, "--json")
    assert answer.code == 0
    assert [(found["line"], found["effect"]) for found in answer.json["findings"]] == [(9, "note")]


def test_what_would_be_denied_ends_with_one(circuit: Path, tmp_path: Path) -> None:
    circuit.write_text(
        "OPENQASM 2.0;\nqreg q[2];\ngate cx a, b { U(0.4, 0, 0) b; CX a, b; }\ncx q[0], q[1];\n"
    )
    answer = atomq(tmp_path / "home", "inspect", circuit, "--json")
    assert (answer.code, answer.json["effect"]) == (1, "deny")
    assert {"line": 3, "clause": "C.4"}.items() <= answer.json["findings"][0].items()


def test_a_wide_circuit_is_told_who_is_asked(circuit: Path, tmp_path: Path) -> None:
    circuit.write_text("OPENQASM 2.0;\nqreg q[22];\nU(0.3, 0, 0) q[21];\nCX q[21], q[0];\n")
    answer = atomq(tmp_path / "home", "inspect", circuit, "--json")
    assert (answer.code, answer.json["tier"]) == (3, 2)
    assert "two reviewers are asked" in atomq(tmp_path / "home", "inspect", circuit).out


def test_a_compiled_circuit_is_held_against_the_approved_one(circuit: Path, tmp_path: Path) -> None:
    same, other = tmp_path / "same.qasm", tmp_path / "other.qasm"
    same.write_text(TEXT.replace("h q[0];", "U(pi / 2, 0, pi) q[0];"))
    other.write_text(TEXT.replace("h q[0];", "ry(1.5) q[0];"))
    assert atomq(tmp_path / "home", "inspect", same, "--approved", circuit).code == 0
    answer = atomq(tmp_path / "home", "inspect", other, "--approved", circuit, "--json")
    assert answer.code == 1
    assert any("2306.16701" in found["message"] for found in answer.json["findings"])


def test_purposes_that_a_structure_serves_are_named(tmp_path: Path) -> None:
    answer = atomq(tmp_path / "home", "inspect", PROJECT / "data" / "samples" / "quench.qasm", "--json")
    assert answer.json["purposes"] == ["simulation"]


def test_an_unknown_tenant_is_refused(circuit: Path, tmp_path: Path) -> None:
    answer = atomq(tmp_path / "home", "inspect", circuit, "--tenant", "nobody", "--json")
    assert (answer.code, answer.json["error"]["code"]) == (2, "tenant-unknown")


def test_more_shots_cost_more(circuit: Path, tmp_path: Path) -> None:
    few, many = (
        atomq(tmp_path / "home", "inspect", circuit, "--shots", shots, "--json").json["complexity"]["ccu"]
        for shots in ("100", "100000")
    )
    assert many > few


def test_a_refused_circuit_ends_with_two_its_line_and_a_remedy(circuit: Path, tmp_path: Path) -> None:
    circuit.write_text(TEXT + 'include "/etc/passwd";\n')
    answer = atomq(tmp_path / "home", "inspect", circuit, "--json")
    assert answer.code == 2
    assert answer.json["error"]["code"] == "circuit-foreign-include"
    assert answer.json["error"]["message"].startswith("Line 9: ")
    assert answer.json["error"]["remedy"]
    assert "root:" not in answer.out + answer.err


@pytest.mark.parametrize("name", ["nothing-there.qasm", "."], ids=["no-file", "a-folder"])
def test_what_is_no_file_is_said_to_be_none(name: str, tmp_path: Path) -> None:
    answer = atomq(tmp_path / "home", "inspect", tmp_path / name, "--json")
    assert (answer.code, answer.json["error"]["code"]) == (2, "circuit-unavailable")


def test_inspecting_loads_no_heavy_library(circuit: Path, tmp_path: Path) -> None:
    program = (
        "import sys\nfrom pathlib import Path\nfrom flows.cli.inspect import inspect_command\n"
        f"inspect_command(Path({str(circuit)!r}), shots=1, tenant=None, approved=None, as_json=True)\n"
        "print(*{name.split('.')[0] for name in sys.modules}, file=sys.stderr)"
    )
    own = clean_environment(tmp_path / "home")
    loaded = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, env=own
    )
    assert not {"qiskit", "qiskit_aer", "prefect", "torch", "scipy"} & set(loaded.stderr.split())
