"""`atomq inspect`: what a circuit is and would need, or why it is refused and where."""

import subprocess
import sys
from pathlib import Path

import pytest

from policy_checks import complexity
from tasks.quantum.inspect import profile_of
from tasks.quantum.parsing.reading import program_of
from tests.conftest import atomq

TEXT = (
    'OPENQASM 3.0;\ninclude "stdgates.inc";\nqubit[4] q;\nbit[4] c;\nh q[0];\n'
    "for int i in [0:2] { cx q[i], q[i + 1]; }\nc[3] = measure q[3];\nrz(pi / 8) q[3];\n"
)


@pytest.fixture
def circuit(tmp_path: Path) -> Path:
    path = tmp_path / "mine.qasm"
    path.write_text(TEXT)
    return path


def test_a_circuit_is_told_in_figures_that_the_judge_would_use(circuit: Path, tmp_path: Path) -> None:
    answer = atomq(tmp_path / "home", "inspect", circuit, "--json")
    assert answer.code == 0
    profile = profile_of(program_of(TEXT.encode(), n_qubits_max=4))
    assert answer.json["language"] == "openqasm3"
    assert answer.json["profile"]["gates"] == {"cx": 3, "h": 1, "measure": 1, "rz": 1}
    assert (answer.json["profile"]["depth"], answer.json["profile"]["depth_2q"]) == (6, 3)
    assert answer.json["complexity"]["ccu"] == pytest.approx(
        complexity.ccu(profile, n_circuits=1, shots=1024), abs=1e-3
    )
    assert answer.json["complexity"]["predicted_bytes"] == complexity.predicted_bytes(profile)


def test_a_finding_names_the_line_that_it_speaks_of(circuit: Path, tmp_path: Path) -> None:
    answer = atomq(tmp_path / "home", "inspect", circuit, "--json")
    (found,) = answer.json["findings"]
    assert (found["line"], found["effect"]) == (8, "note")
    assert "line 8: " in atomq(tmp_path / "home", "inspect", circuit).out


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


def test_inspecting_loads_no_heavy_library(circuit: Path) -> None:
    program = (
        "import sys\nfrom pathlib import Path\nfrom flows.cli.inspect import inspect_command\n"
        f"inspect_command(Path({str(circuit)!r}), shots=1, as_json=True)\n"
        "print(*{name.split('.')[0] for name in sys.modules}, file=sys.stderr)"
    )
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert not {"qiskit", "qiskit_aer", "prefect", "torch", "numpy"} & set(loaded.stderr.split())
