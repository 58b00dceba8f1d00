import pytest

from policy_checks.errors import StageError
from tasks.quantum.parsing.reading import program_of
from tasks.quantum.unitary import unitary_part

HEAD = 'OPENQASM 3.0;\ninclude "stdgates.inc";\nqubit[2] q;\nbit[2] c;\n'


def names(body: str) -> list[str]:
    program = program_of((HEAD + body).encode(), n_qubits_max=4)
    return [step.name for step in unitary_part(program)]


@pytest.mark.parametrize(
    ("body", "left"),
    [
        pytest.param("h q[0]; c[0] = measure q[0];", ["h"], id="measured-at-the-end"),
        pytest.param("h q[0]; c[0] = measure q[0]; x q[1];", ["h", "x"], id="another-qubit-goes-on"),
        pytest.param("reset q; h q[0];", ["h"], id="reset-at-the-start"),
        pytest.param("h q[0]; barrier q; delay[10ns] q[0]; x q[0];", ["h", "x"], id="barrier-and-delay"),
        pytest.param("c[0] = measure q[0]; barrier q; c[1] = measure q[0];", [], id="measured-twice"),
    ],
)
def test_gates_alone_are_left(body: str, left: list[str]) -> None:
    assert names(body) == left


@pytest.mark.parametrize(
    ("body", "what"),
    [
        pytest.param("c[0] = measure q[0]; x q[0];", "line 5: an operation acts on", id="gate-after-measure"),
        pytest.param("h q[0];\nreset q[0];", "line 6: an operation resets", id="reset-after-a-gate"),
        pytest.param("c[0] = measure q[0]; reset q[0];", "resets", id="reset-after-measure"),
        pytest.param("c[0] = measure q[0]; if (c[0]) { x q[1]; }", "depends on a", id="conditional"),
    ],
)
def test_what_has_no_one_state_is_refused_with_its_line(body: str, what: str) -> None:
    with pytest.raises(StageError, match=what) as refused:
        names(body)
    assert refused.value.code == "quantum-program-dynamic"
