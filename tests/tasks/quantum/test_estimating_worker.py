"""Any program through the process: what it answers, what it refuses, and what never leaves it."""

import json
import signal
import sys
from collections.abc import Iterator
from typing import Any, ClassVar

import numpy as np
import pytest

from policy_checks.errors import StageError
from tasks.quantum import estimate
from tasks.quantum.frames import REQUEST_HEADER_BYTES_MAX, Frame, FrameDecoder, encode
from tasks.quantum.request import EstimateRequest, Estimates, text_of
from tasks.quantum.worker import CircuitWorker, WorkerLost
from tasks.quantum.worker_program import _answer
from tests.tasks.quantum.drawing import INPUTS, a_program

PROGRAM = a_program(2, ("ry", (0,), "(2*x)"), ("cx", (0, 1)), ("rx", (1,), "sin(y)"), inputs=INPUTS)
OBSERVABLES = ((("ZZ", 1.0), ("XI", 0.5)), (("II", 3.0), ("IZ", -1.0)))
HOW: dict[str, Any] = {
    "mode": "exact",
    "shots": None,
    "noise": None,
    "seed": 5,
    "batch": 1,
    "deadline_s": 10.0,
}
SHOTS = {"mode": "shots", "shots": 100}
NOISE = {"mode": "noise", "noise": "depolarising_readout"}
LONG = a_program(20, *(("h", (qubit,)) for _ in range(200) for qubit in range(20)))


def some_values(rows: int = 6) -> Any:
    return np.random.default_rng(1).normal(size=(rows, 2))


def asked(worker: CircuitWorker, **changes: Any) -> Estimates:
    what = {"program": PROGRAM, "values": some_values(), "observables": OBSERVABLES, **HOW, **changes}
    return worker.estimate(what.pop("program"), what.pop("values"), what.pop("observables"), **what)


@pytest.fixture(autouse=True)
def timer_ends_with_the_test() -> Iterator[None]:
    """What answers here in place of its own process would be ended by its timer, and the tests with it."""
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)


@pytest.mark.parametrize("mode", [{}, SHOTS, NOISE, {**NOISE, "shots": 64}], ids=str)
def test_the_process_answers_what_the_estimation_gives_here(worker: CircuitWorker, mode: dict) -> None:
    found = asked(worker, **mode)
    request = EstimateRequest(program=text_of(PROGRAM), observables=OBSERVABLES, **{**HOW, **mode})
    here = estimate.estimates(request, some_values())
    np.testing.assert_array_equal(found.mean, here.mean)
    np.testing.assert_array_equal(found.error, here.error)
    assert found.mean.shape == found.error.shape == (6, 2)


def test_one_process_answers_for_programs_and_for_the_trained_ansatz(worker: CircuitWorker, ask: Any) -> None:
    pid = worker.pid
    asked(worker)
    ask(worker)
    asked(worker, program=a_program(2), values=np.zeros((1, 0)))
    assert worker.pid == pid


def test_a_large_program_and_a_large_batch_pass_between_the_processes(worker: CircuitWorker) -> None:
    large = a_program(2, *(("ry", (n % 2,), "(x+0.25)") for n in range(19_000)), inputs=("x",))
    many = tuple(((label, 1.0),) for label in ("ZI", "IZ", "ZZ", "XX") * 50)
    found = asked(worker, program=large, values=np.zeros((2, 1)), observables=many, deadline_s=60.0)
    assert found.mean.shape == (2, 200)
    found = asked(worker, values=some_values(256), observables=many)
    assert found.mean.shape == (256, 200)


def test_an_estimation_that_is_too_long_is_killed_at_the_deadline(worker: CircuitWorker) -> None:
    with pytest.raises(WorkerLost) as lost:
        asked(
            worker, program=LONG, values=np.zeros((1, 0)), observables=((("Z" * 20, 1.0),),), deadline_s=0.3
        )
    assert lost.value.code == "quantum-deadline"
    assert worker.pid is None


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"program": a_program(27)}, id="too-wide"),
        pytest.param({"program": a_program(7), **NOISE}, id="too-wide-for-noise"),
        pytest.param({"values": np.zeros((0, 2))}, id="no-rows"),
        pytest.param({"values": np.zeros((257, 2))}, id="too-many-rows"),
        pytest.param({"values": np.zeros((1, 3))}, id="an-input-too-many"),
        pytest.param({"values": np.zeros((1, 2), dtype=np.float32)}, id="float32"),
        pytest.param({"observables": ()}, id="no-observable"),
        pytest.param({"observables": ((),)}, id="no-term"),
        pytest.param({"observables": ((("Z", 1.0),),)}, id="label-too-short"),
        pytest.param({"observables": ((("ZQ", 1.0),),)}, id="no-pauli"),
        pytest.param({"observables": ((("ZZ", float("nan")),),)}, id="coefficient-is-no-number"),
        pytest.param({"observables": OBSERVABLES * 150, "values": some_values(256)}, id="answer-too-large"),
        pytest.param({"mode": "shots"}, id="no-shots"),
        pytest.param({"mode": "shots", "shots": 15}, id="shots-that-would-be-bits"),
    ],
)
def test_a_callers_mistake_is_a_value_error_and_starts_nothing(changes: dict[str, Any]) -> None:
    if "program" in changes:
        n = changes["program"].n_qubits
        changes = {"values": np.zeros((1, 0)), "observables": ((("Z" * n, 1.0),),), **changes}
    worker = CircuitWorker()
    with pytest.raises(ValueError, match=r"."):
        asked(worker, **changes)
    assert worker.pid is None


def test_a_program_without_one_state_is_refused_before_anything_starts() -> None:
    worker = CircuitWorker()
    with pytest.raises(StageError, match="quantum-program-dynamic"):
        asked(worker, program=a_program(2, ("measure", (0,)), ("x", (0,)), inputs=INPUTS))
    assert worker.pid is None


def test_inputs_that_are_not_finite_never_reach_the_process() -> None:
    worker = CircuitWorker()
    with pytest.raises(WorkerLost, match="inputs are not all finite"):
        asked(worker, values=np.array([[np.nan, 1.0]]))
    assert worker.pid is None


def body(**changes: Any) -> dict[str, Any]:
    return {"program": text_of(PROGRAM), "observables": OBSERVABLES, **HOW, **changes}


def altered(**changes: Any) -> str:
    return json.dumps({**json.loads(text_of(PROGRAM)), **changes})


@pytest.mark.parametrize(
    "request_body",
    [
        pytest.param(body(program=""), id="no-program"),
        pytest.param(
            body(program='{"code":"circuit-empty","line":0,"found":"","allowed":0}'), id="a-refusal"
        ),
        pytest.param(body(program="[" * 50_000), id="a-deep-one"),
        pytest.param(body(program=altered(n_qubits=1 << 40)), id="a-wide-one"),
        pytest.param(body(program=altered(secret=1)), id="unknown-field"),
        pytest.param(
            body(program=altered(instructions=[["ry", [0], [], ["__import__('os')"], False, 1]])), id="code"
        ),
        pytest.param(
            body(program=altered(instructions=[["ry", [0], [], ["z"], False, 1]])), id="unknown-input"
        ),
        pytest.param(
            body(program=altered(instructions=[["unitary", [0], [], [], False, 1]])), id="unknown-gate"
        ),
        pytest.param(
            body(program=altered(instructions=[["cx", [0, 0], [], [], False, 1]])), id="qubit-twice"
        ),
        pytest.param(body(observables=[[["ZZ", "1"]]]), id="text-for-a-number"),
        pytest.param(body(observables=[[["ZZ", 1.0, 2.0]]]), id="three-in-a-term"),
        pytest.param(body(observables=[["ZZ"]]), id="a-label-for-a-term"),
        pytest.param(body(observables={}), id="an-object"),
        pytest.param(body(mode="shots", shots=1), id="one-shot"),
        pytest.param(body(circuit={"ansatz": "angle_ring", "qubits": 2, "layers": 1}), id="two-circuits"),
    ],
)
def test_a_hostile_request_is_refused_in_one_code(request_body: dict[str, Any]) -> None:
    assert decoded(_answer(Frame(request_body, (some_values(),)))) == Frame({"error": "request-refused"}, ())


def test_a_conditional_program_gives_the_process_no_result_and_no_text() -> None:
    instructions = [["x", [0], [0], [], True, 1]]
    found = decoded(_answer(Frame(body(program=altered(instructions=instructions)), (some_values(),))))
    assert found == Frame({"error": "simulation-failed"}, ())


def decoded(frame: bytes) -> Frame | None:
    return FrameDecoder().feed(frame)


def test_an_answer_holds_sums_over_all_shots_and_nothing_else() -> None:
    """Bits of 100 shots are 200 numbers at least; means and errors of six rows and two sums are 24."""
    found = decoded(_answer(Frame(body(**SHOTS), (some_values(),))))
    assert found is not None
    assert found.body == {"done": True}
    assert [array.shape for array in found.arrays] == [(6, 2), (6, 2)]


def test_a_request_longer_than_any_circuit_is_no_frame() -> None:
    frame = encode({"program": "x" * REQUEST_HEADER_BYTES_MAX})
    with pytest.raises(ValueError, match="allowed"):
        FrameDecoder(REQUEST_HEADER_BYTES_MAX).feed(frame)


class Impostor(CircuitWorker):
    command: ClassVar[tuple[str, ...]]


@pytest.mark.parametrize(
    ("mean", "error"),
    [
        pytest.param(np.full((1, 1), 1.6), np.zeros((1, 1)), id="mean-too-large"),
        pytest.param(np.zeros((1, 1)), np.full((1, 1), -0.1), id="negative-error"),
        pytest.param(np.zeros((1, 1)), np.full((1, 1), 1.6), id="error-too-large"),
        pytest.param(np.zeros((1, 1)), np.full((1, 1), np.nan), id="nan"),
        pytest.param(np.zeros((1, 2)), np.zeros((1, 2)), id="another-shape"),
    ],
)
def test_an_answer_that_no_observable_has_costs_the_process(mean: Any, error: Any) -> None:
    sends = f"import os, time; os.write(1, {encode({'ready': True})!r}); os.read(0, 1 << 20); "
    sends += f"os.write(1, {encode({'done': True}, [mean, error])!r}); time.sleep(60)"
    Impostor.command = (sys.executable, "-c", sends)
    with Impostor() as worker:
        with pytest.raises(WorkerLost, match="quantum-simulation-failed"):
            asked(worker, values=some_values(1), observables=((("ZZ", 1.0), ("XI", 0.5)),))
        assert worker.pid is None
