"""Each allowed purpose runs end to end: answered, held against classical methods, recorded, billed, verified."""

import hashlib
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from qiskit import QuantumCircuit
from qiskit.quantum_info import SparsePauliOp, Statevector

from tests.conftest import atomq
from tests.documents import PROJECT

EXAMPLES = PROJECT / "data" / "manifests"


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("kinds") / "home"


@pytest.fixture(scope="module")
def told(home, prefect_url):
    """Run an example once, and return what it printed."""
    answers = {}

    def run(name: str) -> dict:
        if name not in answers:
            done = atomq(home, "run", EXAMPLES / f"{name}.toml", "--json", PREFECT_API_URL=prefect_url)
            assert done.code == 0, done.err
            answers[name] = done.json
        return answers[name]

    return run


def inside(found: dict, value: float) -> bool:
    return found["low"] <= value <= found["high"]


def test_a_graph_is_cut_as_well_as_it_can_be(told):
    """The largest cut of the Petersen graph has 12 of its 15 edges."""
    solution = told("maxcut")["solution"]
    assert solution["references"]["exact"] == 12.0
    assert solution["quantities"]["best_value"]["value"] == 12.0
    assert solution["quantities"]["approximation_ratio"]["value"] == 1.0
    edges = [(0, 1), (1, 2), (2, 3), (3, 4), (0, 4), (0, 5), (1, 6), (2, 7), (3, 8), (4, 9), (5, 7), (7, 9), (6, 9),
             (6, 8), (5, 8)]  # fmt: skip
    assert sum(solution["bits"][a] != solution["bits"][b] for a, b in edges) == 12
    expected = solution["quantities"]["expected_value"]
    assert solution["references"]["random_guess"] < expected["low"] < expected["high"] < 12.0


def test_a_chain_of_spins_follows_its_exact_evolution(told):
    solution = told("ising_chain")["solution"]
    curves = {each["name"]: each for each in solution["series"]}
    measured, exact = curves["magnetisation"], curves["exact"]
    assert measured["x"] == exact["x"] and len(exact["x"]) == 16  # noqa: PT018 (one fact)
    covered = [
        low <= y <= high for low, y, high in zip(measured["low"], exact["y"], measured["high"], strict=True)
    ]
    assert sum(covered) >= 12
    assert solution["quantities"]["largest_error"]["value"] < 0.05


def test_a_molecule_s_energy_is_found_within_its_error(told):
    """Exact diagonalisation of this Hamiltonian gives -1.857275 hartree, as is published for it."""
    solution = told("hydrogen")["solution"]
    assert solution["references"]["exact"] == pytest.approx(-1.857275, abs=1e-6)
    above = solution["quantities"]["above_exact"]
    assert above["low"] < 0.005
    assert solution["quantities"]["energy"]["value"] < solution["references"]["best_basis_state"]


def test_a_circuit_of_ones_own_is_run_as_it_was_signed(told):
    solution = told("own_circuit")["solution"]
    digest = hashlib.sha256((PROJECT / "data" / "samples" / "quench.qasm").read_bytes()).hexdigest()
    assert digest[:12] in solution["circuit"]
    energy = solution["quantities"]["energy"]
    margin = energy["high"] - energy["low"]
    assert energy["value"] == pytest.approx(_energy_after_the_quench(), abs=margin)


def _energy_after_the_quench() -> float:
    """Return by Qiskit what the sample's own comment says that it does."""
    circuit, step, field = QuantumCircuit(4), 0.125, 0.8
    for _ in range(8):
        for bond in ((0, 1), (2, 3), (1, 2)):
            circuit.rzz(-2 * step, *bond)
        circuit.rx(-2 * step * field, range(4))
    bonds = [("ZZ", [q, q + 1], -1.0) for q in range(3)]
    system = SparsePauliOp.from_sparse_list([*bonds, *(("X", [q], -field) for q in range(4))], num_qubits=4)
    return float(Statevector(circuit).expectation_value(system).real)


@pytest.mark.parametrize("name", ["maxcut", "ising_chain", "hydrogen", "own_circuit"])
def test_the_answer_stands_in_metrics_bill_and_report(told, name):
    answer = told(name)
    folder = Path(answer["receipt"]).parent
    metrics = pq.read_table(folder / "metrics.parquet").to_pylist()
    of = {(row["model"], row["metric"]): row["value"] for row in metrics}
    for quantity, found in answer["solution"]["quantities"].items():
        assert of["quantum", quantity] == found["value"]
    assert [charge["service"] for charge in answer["billing"]] == ["quantum_simulation"]
    assert float(answer["billing"][0]["quantity"]) > 0
    text = (folder / "report.html").read_text()
    assert "no advantage follows" in text
    assert answer["degraded"] is None


def test_what_they_left_verifies(home, told):
    for name in ("maxcut", "ising_chain", "hydrogen", "own_circuit"):
        run = told(name)["run_id"]
        assert atomq(home, "report", run, "--json").code == 0
    assert atomq(home, "verify").code == 0


def test_another_text_than_was_signed_is_not_run(tmp_path, home, manifest):
    wrong = manifest(("qubits = 4 ", f'sha256 = "sha256:{"0" * 64}"\nqubits = 4 '), name="own_circuit")
    answer = atomq(home, "check", wrong, "--json")
    assert (answer.code, answer.json["error"]["code"]) == (2, "circuit-digest-mismatch")
