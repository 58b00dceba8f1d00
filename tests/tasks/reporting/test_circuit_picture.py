"""The drawing shows the gates of the circuit that is run, small enough to travel, and no value."""

import io

import pytest
from PIL import Image

from policy_checks.schemas.manifest import CircuitRequest, OwnCircuit
from tasks.quantum.ansatz import program
from tasks.quantum.inspect import profile
from tasks.reporting.circuit_picture import Mark, columns, draw
from tests.documents import DIGEST

SIZES = [(1, 1), (2, 1), (3, 2), (4, 2), (7, 3), (12, 2)]


def request(qubits: int, layers: int) -> CircuitRequest:
    return CircuitRequest(ansatz="angle_ring", qubits=qubits, layers=layers)


def marks(circuit: CircuitRequest) -> tuple[list[Mark], list[Mark]]:
    """What is drawn before the frame, and inside it."""
    encoding, layer = columns(circuit)
    return list(encoding.marks), [mark for part in layer for mark in part.marks]


def run_gates(circuit: CircuitRequest) -> list[Mark]:
    """The gates of the program, its inputs written as they are drawn: x[0] for x0."""
    return [
        Mark(step.name, step.qubits, "".join(f"{name[0]}[{name[1:]}]" for name in step.params))
        for step in program(circuit).instructions
    ]


@pytest.mark.parametrize(("qubits", "layers"), SIZES)
def test_what_is_drawn_is_the_beginning_of_what_is_run(qubits, layers):
    encoding, layer = marks(request(qubits, layers))
    first = run_gates(request(qubits, layers))[: len(encoding) + len(layer)]
    assert sorted(encoding + layer) == sorted(first)
    of_cx = [mark for mark in layer if mark.gate == "cx"]
    assert of_cx == [mark for mark in first if mark.gate == "cx"]


@pytest.mark.parametrize(("qubits", "layers"), SIZES)
def test_the_frame_repeated_has_as_many_gates_as_the_profile_says(qubits, layers):
    encoding, layer = marks(request(qubits, layers))
    whole, sizes = encoding + layers * layer, profile(request(qubits, layers))
    assert len([mark for mark in whole if len(mark.qubits) == 1]) == sizes.n_1q
    assert len([mark for mark in whole if len(mark.qubits) == 2]) == sizes.n_2q


@pytest.mark.parametrize(("qubits", "layers"), [*SIZES, (12, 1000)])
def test_a_drawing_is_a_small_picture_that_fits_a_page(qubits, layers):
    drawn = draw(request(qubits, layers))
    picture = Image.open(io.BytesIO(drawn))
    assert picture.format == "PNG"
    assert picture.width < 1000
    assert len(drawn) < 30_000


@pytest.mark.parametrize(
    "circuit",
    [
        pytest.param(CircuitRequest(ansatz="strongly_entangling", qubits=4, layers=2), id="named"),
        pytest.param(OwnCircuit(openqasm="mine.qasm", qubits=4, sha256=DIGEST), id="own"),
    ],
)
def test_other_circuits_have_no_drawing(circuit):
    assert draw(circuit) is None


def test_the_same_circuit_gives_the_same_bytes():
    assert draw(request(4, 2)) == draw(request(4, 2)) != draw(request(4, 3))


def test_data_and_trained_weights_keep_their_own_colours():
    picture = Image.open(io.BytesIO(draw(request(4, 2)))).convert("RGB")
    seen = {colour for _, colour in picture.getcolors(1000)}
    assert {(0, 114, 178), (213, 94, 0), (255, 255, 255)} <= seen
