"""A circuit of the author's own: read under its signed digest, scanned, refused or denied with its reason."""

import pytest

from policy_checks.errors import ManifestError
from policy_checks.integrity import strict_json
from policy_checks.rules.attack_patterns import attack_patterns
from tasks.adapters import documents, settings
from tasks.stages import submitted_circuit
from tests.documents import PROJECT, the_facts
from tests.jobs import CHAIN, a_job

HEAD = 'OPENQASM 2.0;\ninclude "qelib1.inc";\nqreg q[4];\ncreg c[4];\n'
TURNS = "ry(0.7) q[0];\nry(1.1) q[1];\nry(0.3) q[2];\nry(-0.8) q[3];\n"
HONEST = HEAD + TURNS + "cx q[0],q[1];\ncx q[2],q[3];\nry(0.4) q[1];\nry(0.9) q[3];\nmeasure q -> c;\n"
EVIL = PROJECT / "tests" / "evil" / "circuits"


@pytest.fixture
def submit(tmp_path, monkeypatch):
    """Submit a text as a circuit of four qubits; return what is known of it."""
    monkeypatch.setenv("ATOMQ_HOME", str(tmp_path / "home"))
    state = settings.load()
    tenant = documents.load(state.home).tenant("sample-clinic")
    tenant = tenant.model_copy(update={"dataset_roots": (str(tmp_path / "root"),)})
    (tmp_path / "root").mkdir()

    def submitted(text: str | bytes, *, signed: str | bytes | None = None):
        raw, meant = (each.encode() if isinstance(each, str) else each for each in (text, signed or text))
        (tmp_path / "root" / "mine.qasm").write_bytes(raw)
        circuit = {"openqasm": "mine.qasm", "qubits": 4, "sha256": strict_json.digest(meant[: 64 * 1024 + 1])}
        manifest = a_job("variational", circuit=circuit)
        known = submitted_circuit.text_of(manifest, tenant, state)
        return manifest, submitted_circuit.submitted(manifest, known)

    return submitted


def refused(submit, text, **how):
    with pytest.raises(ManifestError) as caught:
        submit(text, **how)
    return caught.value


def test_an_honest_text_is_counted_and_nothing_is_found(submit):
    _, known = submit(HONEST)
    assert (known.profile.n_qubits, known.profile.n_2q, known.profile.n_measure) == (4, 2, 4)
    assert known.patterns == ()


def test_a_circuit_that_nobody_could_train_is_no_search_for_a_state(submit):
    manifest, known = submit(
        HEAD + "".join(f"t q[{n}];\nh q[{n}];\n" for n in range(4)) + "cx q[0],q[1];\nmeasure q -> c;\n"
    )
    findings = list(attack_patterns(manifest, the_facts(manifest_without_circuit(), patterns=known.patterns)))
    assert ("review", "R1.1-R1.4") in {(each.effect, each.clause) for each in findings}


def test_even_coins_are_no_search_for_a_state(submit):
    _, known = submit(HEAD + "".join(f"h q[{n}];\n" for n in range(4)) + "measure q -> c;\n")
    assert {"random-numbers", "purpose-mismatch"} <= {each.id for each in known.patterns}


def test_another_text_than_was_signed_is_refused_with_its_digest(submit):
    error = refused(submit, HONEST, signed=HONEST + "\n")
    assert error.code == "circuit-digest-mismatch"
    assert strict_json.digest(HONEST.encode()) in error.message


def test_a_hammered_pair_goes_to_two_people(submit):
    manifest, known = submit(HEAD + "h q[0];\n" + "cx q[0],q[1];\n" * 40 + "ry(0.4) q[2];\nmeasure q -> c;\n")
    findings = list(attack_patterns(manifest, the_facts(manifest_without_circuit(), patterns=known.patterns)))
    assert ("review", "high") in {(each.effect, each.severity) for each in findings}
    assert any("2504.07048" in each.message for each in findings)


def test_a_bomb_is_denied_and_its_line_is_told(submit):
    manifest, known = submit((EVIL / "gate-bomb-2.qasm").read_bytes())
    (finding,) = attack_patterns(manifest, the_facts(manifest_without_circuit(), patterns=known.patterns))
    assert (finding.effect, finding.severity, finding.clause) == ("deny", "critical", "R2.4")
    assert "line" in finding.message


@pytest.mark.parametrize(
    ("text", "code"),
    [
        pytest.param("OPENQASM 2.0;\nqreg q[5];\n", "circuit-register-too-wide", id="wider-than-declared"),
        pytest.param("OPENQASM 2.0;\nqreg q[3];\n", "circuit-width-differs", id="narrower-than-declared"),
        pytest.param(HEAD + "h q[0];\nmeasure q[0] -> c[0];\nx q[0];\n", "circuit-dynamic", id="gate-after-measurement"),
        pytest.param(b"QISKIT\x0d\x00\x00", "circuit-binary", id="qpy"),
        pytest.param("x" * 70_000, "circuit-too-long", id="too-long"),
        pytest.param('OPENQASM 2.0;\ninclude "/etc/passwd";\nqreg q[4];\n', "circuit-foreign-include", id="password-file"),
    ],
)  # fmt: skip
def test_what_is_no_circuit_of_this_manifest_is_refused_with_its_reason(submit, text, code):
    error = refused(submit, text)
    assert error.code == code
    assert error.remedy
    assert "root:" not in error.message


@pytest.mark.parametrize("path", ["../outside.qasm", "/etc/hostname", "absent.qasm", "."])
def test_no_file_outside_the_tenants_roots_is_opened(tmp_path, monkeypatch, path):
    monkeypatch.setenv("ATOMQ_HOME", str(tmp_path / "home"))
    state = settings.load()
    tenant = documents.load(state.home).tenant("sample-clinic")
    (tmp_path / "root").mkdir()
    (tmp_path / "outside.qasm").write_text(HONEST)
    tenant = tenant.model_copy(update={"dataset_roots": (str(tmp_path / "root"),)})
    circuit = {"openqasm": path, "qubits": 4, "sha256": strict_json.digest(HONEST.encode())}
    with pytest.raises(ManifestError) as caught:
        submitted_circuit.text_of(a_job("variational", circuit=circuit), tenant, state)
    assert caught.value.code in {"dataset-outside-roots", "dataset-unreadable"}
    assert "circuit.openqasm" in caught.value.message


def manifest_without_circuit():
    return a_job("variational")


@pytest.mark.parametrize(("layers", "fits"), [(666, True), (667, False)])
def test_a_named_circuit_has_as_many_gates_as_can_be_asked_for(layers, fits):
    """Ten qubits begin with ten turns, and each layer has thirty gates."""
    circuit = {"ansatz": "angle_ring", "qubits": 10, "layers": layers}
    manifest = a_job("variational", circuit=circuit, problem={**CHAIN, "sites": 10})
    if fits:
        assert submitted_circuit.submitted(manifest, None).profile.n_gates == 10 + 30 * layers
    else:
        with pytest.raises(ManifestError, match="circuit-too-many-gates"):
            submitted_circuit.submitted(manifest, None)
