"""A gate that the author defined is what its name says, under any spelling of the name, or it is found."""

import pytest

from tasks.quantum.parsing.reading import program_of
from tasks.quantum.scanning.known_names import promised
from tasks.quantum.scanning.misnamed_gate import find

CZ = "h b; cx a,b; h b;"
TRUE = {
    "cnot a,b": "cx a,b;",
    "CZ_gate a,b": CZ,
    "Swap a,b": "cx a,b; cx b,a; cx a,b;",
    "rzz(t) a,b": "cx a,b; rz(t) b; cx a,b;",
    "rotation_y(t) a": "rx(pi/2) a; rz(t) a; rx(-pi/2) a;",
    "toffoli a,b,c": "h c; cx b,c; tdg c; cx a,c; t c; cx b,c; tdg c; cx a,c; t b; t c; h c; cx a,b; t a; tdg b; cx a,b;",
    "iswap a,b": "s a; s b; h a; cx a,b; cx b,a; h b;",
    "layer a,b": "h a; cx a,b;",
    "u(t) a,b": "rz(t) a; cx a,b;",
}
FALSE = {
    "another gate": ("cnot a,b", "cz a,b;"),
    "the other way round": ("cnot a,b", "cx b,a;"),
    "nothing": ("hadamard a", ""),
    "one more": ("CZ_gate a,b", CZ + " rz(0.3) b;"),
    "one less": ("swap_gate a,b", "cx a,b; cx b,a;"),
    "another angle": ("rzz(t) a,b", "cx a,b; rz(t/2) b; cx a,b;"),
    "a small turn more": ("rx_gate(t) a", "rx(t+0.01) a;"),
    "a qubit more": ("cnot a,b,c", "cx a,b; cx a,c;"),
    "an angle more": ("swap_gate(t) a,b", "cx a,b; cx b,a; cx a,b; rz(t) a;"),
    "relative phases": ("toffoli a,b,c", "h c; t c; cx b,c; tdg c; cx a,c; t c; cx b,c; tdg c; h c;"),
}


def the_program(head: str, body: str, *before: str):
    lines = [
        "OPENQASM 3.0;",
        'include "stdgates.inc";',
        *before,
        f"gate {head} {{ {body} }}",
        "qubit[3] q;",
        "h q[0];",
    ]
    return program_of("\n".join(lines).encode(), n_qubits_max=3)


@pytest.mark.parametrize("head", TRUE)
def test_a_definition_that_keeps_its_word_passes(head):
    assert list(find(the_program(head, TRUE[head]))) == []


@pytest.mark.parametrize(("head", "body"), FALSE.values(), ids=FALSE)
def test_a_definition_that_lies_is_found_with_its_line(head, body):
    (pattern,) = find(the_program(head, body))
    assert (pattern.id, pattern.line) == ("misnamed-gate", 3)


def test_a_lie_inside_the_author_s_other_gates_is_found():
    before = "gate inner(t) a,b { cx a,b; rz(t) a; }"
    (pattern,) = find(the_program("cnot a,b", "inner(0.4) a,b;", before))
    assert pattern.line == 4
    assert list(find(the_program("cnot a,b", "inner(0) a,b;", before))) == []


def test_a_standard_gate_that_the_author_redefines_is_compared_too():
    lines = [
        "OPENQASM 2.0;",
        "gate h a { U(pi/2,0,pi) a; }",
        "gate x a { U(pi/2,0,pi) a; }",
        "qreg q[1];",
        "x q[0];",
    ]
    (pattern,) = find(program_of("\n".join(lines).encode(), n_qubits_max=3))
    assert (pattern.line, pattern.evidence) == (3, "a definition promises x and is another unitary")


def test_a_tower_of_definitions_ends_the_check_and_says_so():
    levels = [f"gate g{i}(t) a,b {{ g{i - 1}(1.1*t) a,b; g{i - 1}(t+0.7) b,a; }}" for i in range(1, 13)]
    tower = ["gate g0(t) a,b { cx a,b; rz(t) b; }", *levels]
    patterns = list(find(the_program("cnot a,b", "cx a,b; g12(0.1) a,b;", *tower)))
    assert [pattern.id for pattern in patterns] == ["scan-unfinished"]


@pytest.mark.parametrize(
    ("name", "standard"),
    [
        ("CNOT", "cx"),
        ("my_cnot", None),
        ("ladder", None),
        ("Pauli_X", "x"),
        ("rc3x", "rcccx"),
        ("operator", None),
    ],
)
def test_names_promise_what_people_know_them_for(name, standard):
    assert promised(name) == standard
