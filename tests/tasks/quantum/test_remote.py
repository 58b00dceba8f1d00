"""A remote device answers what the simulator would, or is lost with a reason; nothing of it is repeated."""

import inspect
import math
from time import monotonic
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from qiskit.primitives.containers import BitArray
from qiskit.providers.fake_provider import GenericBackendV2
from qiskit_ibm_runtime import RuntimeJobV2
from qiskit_ibm_runtime.fake_provider import FakeManilaV2
from qiskit_ibm_runtime.fake_provider.local_runtime_job import LocalRuntimeJob

from tasks.quantum import remote
from tasks.quantum.observables import each_z
from tasks.quantum.remote import Answer, Job, RemoteLost
from tests.tasks.quantum.drawing import a_program
from tests.tasks.quantum.rings import a_ring, expectations
from tests.tasks.quantum.test_estimate import asked
from tests.tasks.quantum.test_simulate import some_angles

SECRET = "angle 0.123456 of account abcdef"
SHOTS = 4000

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:qiskit_aer")


def perfect(n_qubits: int) -> GenericBackendV2:
    """A device of the local mode without any noise, coupled in a line."""
    line = [pair for q in range(n_qubits - 1) for pair in ([q, q + 1], [q + 1, q])]
    return GenericBackendV2(n_qubits, coupling_map=line, noise_info=False, seed=3)


def ask(backend: Any, weights: Any, angles: Any, **changes: Any) -> Answer:
    options = {"shots": SHOTS, "seed": 7, "wait_s": 60.0, "used_s_max": 60.0, "waiting": lambda: None}
    return remote.expectations(backend, a_ring(weights), angles, **(options | changes))


class Told:
    """A provider's job as a person would describe it; the contract test below holds it to the real ones."""

    def __init__(self, over: bool = True, done: bool = True, used_s: float = 2.5, result: Any = None) -> None:
        self.over, self.is_done, self.used_s, self.answer, self.cancelled = over, done, used_s, result, False

    def job_id(self) -> str:
        return "job-1"

    def in_final_state(self) -> bool:
        return self.over

    def done(self) -> bool:
        return self.is_done

    def cancel(self) -> None:
        self.cancelled = True

    def result(self) -> Any:
        if self.answer is None:
            raise RuntimeError(SECRET)
        return self.answer

    def metrics(self) -> dict[str, Any]:
        return {"usage": {"qpu_charge_time_seconds": self.used_s, "status": "complete"}}


def answered(bits: list[list[int]]) -> Any:
    """A sampler's result of one row; `bits` holds one list of qubits a shot."""
    array = BitArray.from_bool_array(np.array([bits], dtype=bool), order="little")
    return [SimpleNamespace(data=SimpleNamespace(meas=array))]


def lost(job: Job, wait_s: float = 10.0) -> RemoteLost:
    with pytest.raises(RemoteLost) as caught:
        remote.collect(job, (1, 2), monotonic() + wait_s, lambda: None)
    assert SECRET not in str(caught.value)
    assert caught.value.__cause__ is None
    return caught.value


@pytest.mark.parametrize(("qubits", "layers"), [(2, 1), (3, 2), (4, 2), (6, 1)])
def test_a_device_without_noise_agrees_with_exact_simulation_within_its_sampling_error(qubits, layers):
    weights, angles = some_angles(qubits, layers, rows=40, seed=qubits)
    exact = expectations(weights, angles)
    found = ask(perfect(qubits + 1), weights, angles)
    assert found.values.shape == exact.shape
    error = np.sqrt((1 - exact**2) / SHOTS) + 1 / SHOTS
    assert (np.abs(found.values - exact) / error).max() < 6


def test_each_column_is_its_own_qubit_after_a_noisy_device_has_routed_the_circuit():
    angles = np.zeros((1, 4))
    angles[0, 0] = math.pi  # the ring carries it on: qubits 1, 2 and 3 are flipped, qubit 0 is flipped back
    found = ask(FakeManilaV2(), np.zeros((1, 4, 2)), angles)
    np.testing.assert_array_equal(np.sign(found.values), [[1, -1, -1, -1]])
    assert (np.abs(found.values) > 0.6).all()


def test_arithmetic_over_data_and_weights_reaches_a_device_as_it_reaches_the_simulator():
    program = a_program(2, ("crx", (0, 1), "(w*sin(x0))"), ("ry", (0,), "(2*x1)"), ("h", (1,)), ("swap", (1, 0)),
                        ("cu3", (1, 0), 0.3, "x0", "(-x1)"), inputs=("x0", "x1", "w"))  # fmt: skip
    values = np.column_stack([np.random.default_rng(0).normal(size=(20, 2)), np.full(20, 1.7)])
    options = {"shots": SHOTS, "seed": 7, "wait_s": 60.0, "used_s_max": 60.0, "waiting": lambda: None}
    found = remote.expectations(perfect(3), program, values, **options).values
    exact = asked(program, values, each_z(2)).mean
    assert (np.abs(found - exact) / (np.sqrt((1 - exact**2) / SHOTS) + 1 / SHOTS)).max() < 6


@pytest.mark.parametrize("rows", [1, 3])
def test_rows_that_are_all_alike_are_all_answered(rows):
    found = ask(perfect(2), np.zeros((1, 2, 2)), np.full((rows, 2), math.pi)).values
    np.testing.assert_array_equal(found, [[-1, 1]] * rows)


def test_rows_keep_their_order():
    angles = np.zeros((3, 2))
    angles[1, 0] = angles[2, 1] = math.pi
    found = ask(perfect(2), np.zeros((1, 2, 2)), angles).values
    np.testing.assert_array_equal(found, [[1, 1], [1, -1], [-1, -1]])


def test_bits_become_the_mean_of_each_qubits_z():
    job = Told(result=answered([[1, 0], [1, 0], [0, 0], [1, 0]]))
    found = remote.collect(job, (1, 2), monotonic() + 10, lambda: None)
    np.testing.assert_array_equal(found.values, [[-0.5, 1.0]])
    assert (found.job, found.used_s, found.is_settled, job.cancelled) == ("job-1", 2.5, True, False)


@pytest.mark.parametrize("real", [LocalRuntimeJob, RuntimeJobV2])
def test_the_jobs_of_the_provider_have_what_is_asked_of_a_job(real):
    asked = [name for name in vars(Job) if not name.startswith("_")]
    assert {"cancel", "done", "in_final_state", "job_id", "metrics", "result"} == set(asked)
    for name in asked:
        needed = [
            p for p in inspect.signature(getattr(real, name)).parameters.values() if p.default is p.empty
        ]
        assert [p.name for p in needed] == ["self"]


def test_a_late_job_is_cancelled_and_what_it_used_is_known():
    job = Told(over=False)
    fault = lost(job, wait_s=0.0)
    assert (fault.code, fault.job, fault.used_s, job.cancelled) == ("remote-deadline", "job-1", 2.5, True)


def test_an_interrupted_wait_cancels_the_job():
    job = Told(over=False)

    def interrupted() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        remote.collect(job, (1, 2), monotonic() + 10, interrupted)
    assert job.cancelled


@pytest.mark.parametrize(
    "job",
    [
        pytest.param(Told(done=False, result=answered([[1, 0]])), id="failed"),
        pytest.param(Told(result=None), id="result-unreadable"),
        pytest.param(Told(result=[]), id="no-result"),
        pytest.param(Told(result=answered([[1, 0, 1]])), id="another-width"),
        pytest.param(Told(result=[SimpleNamespace(data=SimpleNamespace(meas="01"))]), id="no-bits"),
    ],
)
def test_a_job_without_a_usable_answer_is_lost(job):
    assert lost(job).code == "remote-failed"


def test_a_real_job_that_fails_in_the_local_mode_is_lost():
    def fails() -> None:
        raise RuntimeError(SECRET)

    job = LocalRuntimeJob(function=fails, backend=FakeManilaV2(), primitive="sampler", inputs={})
    job._submit()
    assert lost(job).code == "remote-failed"


def test_a_device_with_too_few_qubits_is_sent_nothing():
    weights, angles = some_angles(6, 1)
    with pytest.raises(RemoteLost, match="5 qubits, 6 are needed") as caught:
        ask(FakeManilaV2(), weights, angles)
    assert (caught.value.code, caught.value.job) == ("remote-device", None)


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_angles_that_are_not_finite_are_not_sent(value):
    weights, angles = some_angles(2, 1)
    angles[0, 0] = value
    with pytest.raises(RemoteLost, match="nothing was sent"):
        ask(SimpleNamespace(num_qubits=2), weights, angles)


def test_a_job_that_is_not_taken_is_lost_without_repeating_why():
    weights, angles = some_angles(2, 1)
    with pytest.raises(RemoteLost) as caught:
        ask(SimpleNamespace(num_qubits=5), weights, angles)
    assert caught.value.code == "remote-unreachable"
    assert "SimpleNamespace" not in str(caught.value)


def nobody(tmp_path: Any, monkeypatch: pytest.MonkeyPatch, **environment: str) -> None:
    """A user who has saved no account."""
    accounts = "qiskit_ibm_runtime.accounts.management._DEFAULT_ACCOUNT_CONFIG_JSON_FILE"
    monkeypatch.setattr(accounts, str(tmp_path / "none.json"))
    for name in ("QISKIT_IBM_TOKEN", "QISKIT_IBM_URL", "QISKIT_IBM_INSTANCE", "QISKIT_IBM_CHANNEL"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)


def test_without_an_account_there_is_no_device(tmp_path, monkeypatch):
    nobody(tmp_path, monkeypatch)
    with pytest.raises(RemoteLost) as caught:
        remote.from_account("brisbane")
    assert caught.value.code == "remote-account"
    assert "QISKIT_IBM_TOKEN" in caught.value.remedy


def test_an_account_whose_provider_cannot_be_reached_has_no_device_and_tells_no_token(tmp_path, monkeypatch):
    nobody(tmp_path, monkeypatch, QISKIT_IBM_TOKEN="s" * 44, QISKIT_IBM_URL="http://127.0.0.1:1")
    with pytest.raises(RemoteLost) as caught:
        remote.from_account("brisbane")
    assert caught.value.code == "remote-unreachable"
    assert "ssss" not in str(caught.value)
