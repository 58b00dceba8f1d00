"""What each part of the two languages becomes, and that counts come before expansion."""

import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from qiskit import QuantumCircuit
from qiskit.circuit.library import PhaseGate, RXGate, SwapGate, UGate, XGate
from qiskit.quantum_info import Operator

from tasks.quantum.parsing.calls import calls_of
from tasks.quantum.parsing.reading import program_of
from tasks.quantum.parsing.refusal import CircuitRefused
from tasks.quantum.parsing.source import tokens
from tasks.quantum.parsing.statements import statements
from tests.tasks.quantum.parsing.rebuilt import rebuilt

HEADER = 'OPENQASM 3.0;\ninclude "stdgates.inc";\nqubit[4] q;\nbit[4] c;\n'


def steps(body: str, header: str = HEADER):
    return program_of((header + body).encode(), n_qubits_max=8).instructions


def named(body: str) -> list[tuple]:
    return [(step.name, *step.qubits) for step in steps(body)]


def test_a_loop_is_unrolled_with_its_variable_in_indices_and_angles():
    found = steps("const int n = 4;\nfor int i in [1:n - 1] { cp(pi / 2 ** i) q[i], q[0]; }")
    assert [(step.qubits, step.params) for step in found] == [
        ((1, 0), (math.pi / 2,)),
        ((2, 0), (math.pi / 4,)),
        ((3, 0), (math.pi / 8,)),
    ]


def test_a_bound_may_depend_on_the_loop_outside():
    assert named("for int i in [0:3] { for int j in [i + 1:3] { cz q[i], q[j]; } }") == [
        ("cz", i, j) for i in range(4) for j in range(i + 1, 4)
    ]


@pytest.mark.parametrize(
    ("values", "expected"),
    [("[3:-1:0]", [3, 2, 1, 0]), ("[0:2:3]", [0, 2]), ("{1, 3, 0}", [1, 3, 0]), ("[2:1]", [])],
)
def test_ranges_are_inclusive_and_may_step(values, expected):
    assert named(f"for int i in {values} {{ x q[i]; }}") == [("x", number) for number in expected]


@pytest.mark.parametrize(
    ("operand", "expected"),
    [("q", [0, 1, 2, 3]), ("q[1:2]", [1, 2]), ("q[{3, 0}]", [3, 0]), ("q[-1]", [3]), ("q[0:2:3]", [0, 2]), ("q[2:]", [2, 3])],
)  # fmt: skip
def test_a_part_of_a_register_is_each_of_its_qubits(operand, expected):
    assert named(f"x {operand};") == [("x", number) for number in expected]


def test_an_alias_is_the_qubits_that_it_names():
    assert named("let a = q[3] ++ q[0:1];\nx a;") == [("x", 3), ("x", 0), ("x", 1)]


def test_numbered_qubits_of_a_machine_are_read():
    program = program_of(b'OPENQASM 3.0;\ninclude "stdgates.inc";\ncx $2, $0;\n', n_qubits_max=3)
    assert (program.n_qubits, program.instructions[0].qubits) == (3, (2, 0))


def test_a_conditional_operation_says_so_and_names_the_bits_that_it_waits_for():
    found = steps("c[1] = measure q[0];\nif (c[1] == 1) { x q[2]; } else { z q[3]; }")
    assert [(step.name, step.conditional, step.clbits) for step in found] == [
        ("measure", False, (1,)), ("x", True, (1,)), ("z", True, (1,)),
    ]  # fmt: skip
    header = 'OPENQASM 2.0;\ninclude "qelib1.inc";\nqreg q[1];\ncreg c[2];\n'
    assert steps("if(c==3) x q[0];", header)[0].clbits == (0, 1)


def test_free_inputs_stay_expressions_and_everything_else_becomes_a_number():
    text = 'OPENQASM 3.0;\ninclude "stdgates.inc";\ninput float[64] t;\nqubit q;\ngate g(a) b { rz(a / 2) b; }\ng(2 * t) q;\ng(pi) q;\n'
    program = program_of(text.encode(), n_qubits_max=1)
    assert program.inputs == ("t",)
    assert [step.params for step in program.instructions] == [("((2*t)/2)",), (math.pi / 2,)]
    (own,) = program.definitions
    assert (own.name, own.n_params, own.line) == ("g", 1, 5)
    assert own.body[0].params == ("(p0/2)",)


def test_each_instruction_has_the_line_of_its_authors_statement():
    found = steps("h q[0];\n\n// a remark\n/* two\nlines */ x\n q[1];\nfor int i in [0:1] {\n  z q[i];\n}\n")
    assert [(step.name, step.line) for step in found] == [("h", 5), ("x", 9), ("z", 12), ("z", 12)]


MODIFIED = {
    "inv @ s q[0];": lambda made: made.sdg(0),
    "inv @ u3(0.1, 0.2, 0.3) q[0];": lambda made: made.append(UGate(0.1, 0.2, 0.3).inverse(), [0]),
    "inv @ u2(0.1, 0.2) q[0];": lambda made: made.append(UGate(math.pi / 2, 0.1, 0.2).inverse(), [0]),
    "pow(3) @ rx(0.2) q[0];": lambda made: made.rx(0.6, 0),
    "pow(-2) @ t q[1];": lambda made: made.sdg(1),
    "pow(0) @ x q[0];": lambda made: None,
    "ctrl @ x q[2], q[0];": lambda made: made.cx(2, 0),
    "negctrl @ x q[2], q[0];": lambda made: made.append(XGate().control(1, ctrl_state=0), [2, 0]),
    "ctrl @ negctrl @ x q[0], q[1], q[2];": lambda made: made.append(XGate().control(2, ctrl_state="01"), [0, 1, 2]),
    "ctrl(3) @ x q[0], q[1], q[2], q[3];": lambda made: made.mcx([0, 1, 2], 3),
    "ctrl(2) @ p(0.7) q[0], q[1], q[2];": lambda made: made.append(PhaseGate(0.7).control(2), [0, 1, 2]),
    "ctrl @ swap q[0], q[1], q[2];": lambda made: made.append(SwapGate().control(1), [0, 1, 2]),
    "ctrl @ rx(0.4) q[0], q[1];": lambda made: made.append(RXGate(0.4).control(1), [0, 1]),
    "ctrl @ gphase(0.4) q[0];": lambda made: made.p(0.4, 0),
    "gate g(t) a, b { h a; rz(t) b; cx a, b; s a; } inv @ g(0.3) q[0], q[1];": lambda made: (
        made.sdg(0), made.cx(0, 1), made.rz(-0.3, 1), made.h(0)
    ),
    "gate g a { x a; gphase(pi / 2); } ctrl @ g q[0], q[1];": lambda made: (made.cx(0, 1), made.s(0)),
    "pow(2) @ inv @ t q[0];": lambda made: made.sdg(0),
}  # fmt: skip


@pytest.mark.parametrize("text", MODIFIED)
def test_modifiers_do_what_qiskit_makes_of_them(text):
    expected = QuantumCircuit(4)
    MODIFIED[text](expected)
    made = rebuilt(program_of((HEADER + text).encode(), n_qubits_max=4))
    assert Operator(made).equiv(Operator(expected))


EXPRESSIONS = st.recursive(
    st.sampled_from(["1", "2.5", "pi", "0.25", "3"]),
    lambda inner: st.one_of(
        st.builds("({}{}{})".format, inner, st.sampled_from("+-*"), inner),
        st.builds("{}{}{}".format, inner, st.sampled_from("+-*"), inner),
        st.builds("-{}".format, inner),
        st.builds("sin({})".format, inner),
    ),
    max_leaves=12,
)


@given(text=EXPRESSIONS)
def test_arithmetic_is_that_of_mathematics(text):
    expected = eval(text, {"pi": math.pi, "sin": math.sin})
    assert steps(f"rx({text}) q[0];")[0].params[0] == pytest.approx(expected, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("-2 ** 2", -4),
        ("2 ** -1", 0.5),
        ("2 ** 3 ** 2", 512),
        ("(-2) ** 2", 4),
        ("8 / 2 / 2", 2),
        ("7 % 4", 3),
    ],
)
def test_powers_bind_closer_and_from_the_right(text, expected):
    assert steps(f"rx({text}) q[0];")[0].params == (expected,)


def a_tower(seed: int) -> str:
    """Gates upon gates, with powers, called in loops and over registers."""
    rng = random.Random(seed)
    lines = ["gate g0 a { x a; }"]
    for number in range(1, rng.randint(1, 6)):
        calls = [
            f"{rng.choice(['', 'inv @ ', 'pow(2) @ ', 'pow(3) @ '])}g{rng.randrange(number)} a;"
            for _ in range(rng.randint(1, 3))
        ]
        lines.append(f"gate g{number} a {{ {' '.join(calls)} }}")
    last = len(lines) - 1
    lines += [
        f"for int i in [0:{rng.randint(0, 3)}] {{ g{last} q; }}",
        f"negctrl @ g{rng.randint(0, last)} q[0], q[1];",
    ]
    return HEADER + "\n".join(lines)


@settings(max_examples=100, deadline=None)
@given(seed=st.integers(0, 2**31))
def test_what_is_counted_before_is_what_expansion_gives(seed):
    text = a_tower(seed)
    language, found = statements(tokens(text))
    counted = calls_of(language, found, 4).n_operations
    assert counted == len(program_of(text.encode(), n_qubits_max=4).instructions)


@pytest.mark.parametrize(("n", "fits"), [(19_999, True), (20_000, True), (20_001, False)])
def test_the_limit_of_operations_is_sharp(n, fits):
    body = f"gate a1 a {{ pow({n - 1}) @ x a; }}\na1 q[0];\nx q[0];"
    if fits:
        assert len(steps(body)) == n
    else:
        with pytest.raises(CircuitRefused, match="circuit-expands-too-far"):
            steps(body)


def test_a_definition_that_hides_a_standard_gate_is_what_runs_and_stays_to_be_seen():
    program = program_of((HEADER + "gate h a { x a; }\ngate g a { h a; }\ng q[0];").encode(), n_qubits_max=4)
    assert [step.name for step in program.instructions] == ["x"]
    assert [(own.name, own.body[0].name) for own in program.definitions] == [("h", "x"), ("g", "x")]
