"""Qubits that only listen are found, however they wait; waiting and resetting as honest circuits do passes."""

import pytest

from tests.tasks.quantum.scanning.writing import found, layered, written

BESIDE = layered(2, 2)
WAITING = {
    "a delay": ["delay[200ns] q[2];"],
    "empty gates": ["id q[2];"] * 5,
    "turns by nothing": ["rz(0) q[2];"] * 6,
    "pulses": ["x q[2];"] * 10,
    "gates and their inverses": ["s q[2];", "sdg q[2];"] * 5,
    "empty gates with others in between": ["id q[2];", "x q[2];", "x q[2];"] * 3,
    "decoupling": ["x q[2];", "y q[2];", "x q[2];", "y q[2];"] * 5,
}


@pytest.mark.parametrize("waiting", WAITING.values(), ids=WAITING)
def test_a_lonely_qubit_that_waits_is_a_probe_and_in_superposition_a_ramsey_probe(waiting):
    assert "idle-probe" in found(written(3, *BESIDE, "x q[2];", *waiting))
    lonely = found(written(3, *BESIDE, "sx q[2];", *waiting, "rz(0.3) q[2];", "sx q[2];"))
    assert "ramsey-probe" in lonely


@pytest.mark.parametrize("waiting", WAITING.values(), ids=WAITING)
def test_a_qubit_that_takes_part_may_wait(waiting):
    assert found(written(3, *BESIDE, "cx q[1], q[2];", *waiting, "ry(0.4) q[2];")) == set()


def test_a_lonely_qubit_that_does_not_wait_or_is_not_read_passes():
    assert found(written(3, *BESIDE, "h q[2];", "x q[2];", "x q[2];", "h q[2];")) == set()
    turns = [f"ry({i}.3) q[2]; rz({i}.7) q[2];" for i in range(20)]
    assert found(written(3, *BESIDE, *turns)) == set()
    unread = ["delay[200ns] q[2];", "c[0] = measure q[0];", "c[1] = measure q[1];"]
    assert found(written(3, *BESIDE, *unread, measured=False)) == set()


def test_reading_a_qubit_on_which_nothing_but_phases_acts_is_found():
    assert found(written(3, *BESIDE)) == {"untouched-readout"}
    assert found(written(3, *BESIDE, "rz(0.3) q[2];", "t q[2];")) == {"untouched-readout"}
    assert found(written(3, *BESIDE, "x q[2];")) == set()


def test_measuring_before_anything_happens_is_found():
    first = ["c[7] = measure q[0];", *BESIDE]
    assert found(written(2, *first)) == {"measure-first"}
    assert "measure-first" in found(written(2, "x q[0]; x q[0];", *first))
    assert found(written(2, "x q[0];", "reset q[0];", *BESIDE)) == set()
    assert found(written(2, "reset q[0];", *first)) == set()
    assert "measure-first" not in found(written(2, "ry(0.4) q[0];", *first))


def test_using_a_measured_qubit_again_is_found_unless_it_was_reset_or_corrected():
    def between(*lines: str) -> set[str]:
        return found(written(2, *BESIDE, "c[5] = measure q[0];", *lines, "cx q[0], q[1];"))

    assert between("ry(0.3) q[0];") == {"reuse-without-reset"}
    assert between("rz(0.3) q[0];", "delay[10ns] q[0];") == {"reuse-without-reset"}
    assert between("reset q[0];", "ry(0.3) q[0];") == set()
    assert between("if (c[5] == 1) { x q[0]; }", "ry(0.3) q[0];") == set()


def test_measuring_twice_in_a_row_or_working_on_without_measuring_passes():
    assert found(written(2, *BESIDE, "c[5] = measure q[0];")) == set()
    read = [*BESIDE, "c[0] = measure q[0];", "ry(0.2) q[0];", "cx q[0], q[1];", "c[1] = measure q[1];"]
    assert found(written(2, *read, measured=False)) == set()
