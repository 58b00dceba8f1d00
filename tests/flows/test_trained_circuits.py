"""Whatever circuit takes in data is trained end to end: evaluated, refereed, recorded and verified."""

from pathlib import Path

import pytest

from tests.conftest import atomq
from tests.documents import DEFAULTS

FEW = (("epochs_max = 60", "epochs_max = 15"),)
RING = (
    'ansatz = "angle_ring"  # RY encoding, then per layer RY and RZ on each qubit and a ring of CX\nqubits = 4 ',
    "layers = 2 ",
)
OWN = """OPENQASM 3.0;
include "stdgates.inc";

input float x0;
input float x1;
input float x2;
input float theta;
input float phi;
input float omega;

gate meet(angle) a, b {
  cx a, b;
  rz(angle) b;
  cx a, b;
}

qubit[3] q;
ry(x0) q[0];
ry(x1) q[1];
ry(2 * x2) q[2];
meet(theta * x0) q[0], q[1];
ctrl @ ry(phi) q[1], q[2];
rx(omega + pi / 2) q[0];
ry(sin(theta) + 1.2) q[1];
cry(omega) q[2], q[0];
u3(phi, theta / 2, 0.3) q[2];
bit[3] seen;
seen = measure q;
"""


@pytest.fixture
def home(tmp_path) -> Path:
    """A state folder whose tenant may also read circuits beside it."""
    text = (DEFAULTS / "tenants.toml").read_text()
    found = 'dataset_roots = ["data/samples"'
    assert found in text
    (tmp_path / "home" / "documents").mkdir(parents=True)
    (tmp_path / "circuits").mkdir()
    changed = text.replace(found, f'{found}, "{tmp_path / "circuits"}"')
    (tmp_path / "home" / "documents" / "tenants.toml").write_text(changed)
    (tmp_path / "circuits" / "mine.qasm").write_text(OWN)
    return tmp_path / "home"


@pytest.mark.parametrize(
    ("circuit", "shots"),
    [
        pytest.param(('ansatz = "zz_two_local"\nqubits = 4 ', "layers = 2 "), 15, id="named"),
        pytest.param(('openqasm = "mine.qasm"\nqubits = 3 ', "# "), 16, id="own"),
    ],
)
def test_it_is_trained_evaluated_recorded_and_verified(home, manifest, prefect_url, circuit, shots):
    """A mean of fewer than 16 shots would tell single outcomes, so none is sampled then."""
    written = manifest(*zip(RING, circuit, strict=True), *FEW, ("shots = 1024", f"shots = {shots}"))
    answer = atomq(home, "run", written, "--json", PREFECT_API_URL=prefect_url)
    assert answer.code == 0, answer.err
    told = answer.json
    sampled = {"shots"} if shots > 15 else set()
    assert (told["degraded"], set(told["circuit_modes"])) == (None, {"exact", "noise"} | sampled)
    text = (Path(told["receipt"]).parent / "report.html").read_text()
    assert ("fewer than 16 shots" in text) == (not sampled)
    assert told["hybrid"]["auc"]["value"] > 0.9
    assert told["hybrid"] == told["circuit_modes"]["exact"]
    assert Path(told["receipt"]).is_file()
    assert atomq(home, "verify").code == 0


def small(*lines: str, inputs: str) -> str:
    declared = [f"input float {name};" for name in inputs.split()]
    return "\n".join(["OPENQASM 3.0;", 'include "stdgates.inc";', *declared, "qubit[3] q;", *lines, ""])


@pytest.mark.parametrize(
    ("text", "code"),
    [
        pytest.param(small("ry(w0) q[0];", inputs="x0 w0"), "circuit-without-data", id="data-in-no-gate"),
        pytest.param(
            small("ry(x0) q[0];", inputs="x0 w0"), "circuit-without-weights", id="weight-in-no-gate"
        ),
        pytest.param(
            small("ry(x3 + x0 + w) q[0];", inputs="x0 x3 w"), "circuit-data-input", id="data-for-no-qubit"
        ),
    ],
)
def test_a_circuit_that_cannot_be_trained_is_refused_before_anything_runs(home, manifest, text, code):
    (home.parent / "circuits" / "mine.qasm").write_text(text)
    written = manifest(*zip(RING, ('openqasm = "mine.qasm"\nqubits = 3 ', "# "), strict=True))
    answer = atomq(home, "check", written, "--json")
    assert (answer.code, answer.json["error"]["code"]) == (2, code), answer.err
