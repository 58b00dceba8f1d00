"""Circuits for the scan's tests, written as text and read as a user's would be."""

from random import Random

from tasks.quantum.parsing.reading import program_of
from tasks.quantum.program import Program
from tasks.quantum.scanning import scan


def written(n: int, *lines: str, measured: bool = True) -> Program:
    """Return the program of these lines on n qubits q and 4n bits c, all measured at the end."""
    head = ["OPENQASM 3.0;", 'include "stdgates.inc";', f"qubit[{n}] q;", f"bit[{4 * n}] c;"]
    last = [f"c[{i}] = measure q[{i}];" for i in range(n)] if measured else []
    return program_of("\n".join([*head, *lines, *last]).encode(), n_qubits_max=30)


def found(program: Program) -> set[str]:
    """Return the ids of what the scan finds."""
    return {pattern.id for pattern in scan(program)}


def layered(n: int, layers: int, seed: int = 1) -> list[str]:
    """Return an honest ansatz: two rotations a qubit, then a chain of entanglers."""
    random = Random(seed)
    lines = []
    for _ in range(layers):
        for i in range(n):
            lines += [f"ry({random.uniform(-3, 3)}) q[{i}];", f"rz({random.uniform(-3, 3)}) q[{i}];"]
        lines += [f"cx q[{i}], q[{i + 1}];" for i in range(n - 1)]
    return lines
