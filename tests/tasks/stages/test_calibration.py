"""The fit finds what is there, and what is kept counts only whole and on its own machine."""

import random
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policy_checks.complexity import (
    DEFINED_IN,
    NOISY_DEFINED_IN,
    SHIPPED,
    cost_counts,
    n_simulated,
    predicted,
    predicted_bytes,
)
from policy_checks.schemas.calibration import Calibration, CostModel
from tasks.adapters import calibration_store
from tasks.quantum.circuit import NARROW, NATIVE, template
from tasks.quantum.inspect import profile_of
from tasks.quantum.observables import n_circuits
from tasks.quantum.parsing.gates import FORMS
from tasks.quantum.worker import CircuitWorker
from tasks.stages import calibration
from tests.tasks.quantum.drawing import a_program

CASES = list(calibration.cases(random.Random(calibration.SEED)))
NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
PARTS = [name for name in CostModel.model_fields if name != "spread"]


def counted() -> list[dict[str, float]]:
    return [cost_counts(profile_of(case.program), case.work) for case in CASES]


def a_calibration(**changes) -> Calibration:
    fields = {
        "model": SHIPPED, "measured_at": NOW, "host": calibration_store.host(), "cpu": "any", "versions": {},
        "n_measured": 9,
    }  # fmt: skip
    return Calibration(**{**fields, **changes})


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_the_fit_recovers_the_costs_that_made_the_measurements(seed: int) -> None:
    known = {part: float(cost) for part, cost in zip(PARTS, costs_near_shipped(seed), strict=True)}
    seconds = [sum(known[part] * n for part, n in paid.items()) for paid in counted()]
    found = calibration.fit(list(zip(counted(), seconds, strict=True)))
    for part in PARTS:
        assert getattr(found, part) == pytest.approx(known[part], rel=1e-5), part
    assert found.spread == calibration.SPREAD_MIN


def costs_near_shipped(seed: int) -> np.ndarray:
    factors = np.random.default_rng(seed).uniform(0.3, 3, len(PARTS))
    return factors * [getattr(SHIPPED, part) for part in PARTS]


def test_measurements_that_scatter_widen_the_interval_and_no_cost_is_negative() -> None:
    random_s = np.random.default_rng(1).uniform(1e-3, 1, len(CASES))
    found = calibration.fit(list(zip(counted(), random_s.tolist(), strict=True)))
    assert found.spread > 2
    assert min(getattr(found, part) for part in PARTS) >= 0


def test_what_scatters_a_little_still_lies_within_the_interval() -> None:
    shaken = np.random.default_rng(1).uniform(0.85, 1.15, len(CASES))
    seconds = [predicted(profile_of(c.program), c.work).mid * s for c, s in zip(CASES, shaken, strict=True)]
    found = calibration.fit(list(zip(counted(), seconds, strict=True)))
    for case, measured_s in zip(CASES, seconds, strict=True):
        interval = predicted(profile_of(case.program), case.work, found)
        assert interval.low <= measured_s <= interval.high
        assert interval.high / interval.low <= 2.5


def test_every_part_of_the_model_is_measured() -> None:
    assert {part for paid in counted() for part, n in paid.items() if n} == {*PARTS}


def test_cases_are_what_they_say_they_are() -> None:
    for case in CASES:
        assert (case.work.shots is not None) == (case.mode == "shots")
        assert case.work.n_bases == (0 if case.mode == "exact" else n_circuits(case.observables))
        assert case.work.n_rows == 1 or case.program.inputs


@pytest.mark.parametrize(("native", "noisy"), [(NATIVE, False), (NARROW, True)], ids=["exact", "noisy"])
def test_gates_come_down_to_as_many_as_the_prediction_counts(native: frozenset[str], noisy: bool) -> None:
    assert {*DEFINED_IN} <= {*NOISY_DEFINED_IN} <= {*FORMS}
    for name, (n_params, n_qubits) in FORMS.items():
        program = a_program(n_qubits, (name, tuple(range(n_qubits)), *[0.3] * n_params))
        built = len(template(program, native).circuit.data)
        assert built <= n_simulated(profile_of(program), noisy=noisy) <= max(built, 1.4 * built), name


def test_measuring_tells_processor_seconds_of_the_other_process() -> None:
    (_, seconds), *_ = calibration.measure(CASES[:2])
    assert 0 < seconds < calibration.DEADLINE_S


@pytest.mark.parametrize(
    ("n_qubits", "n_gates", "param", "n_rows", "shots"),
    [
        pytest.param(2, 8_000, "x", 256, None, id="many-gates-and-rows"),
        pytest.param(2, 4_000, 0.3, 1, 1_000, id="many-gates"),
        pytest.param(14, 20, "x", 64, 10**6, id="many-outcomes"),
        pytest.param(20, 10, 0.3, 1, 10**9, id="wide-and-sampled"),
        pytest.param(20, 10, 0.3, 1, None, id="wide"),
    ],
)
def test_the_process_never_grows_by_more_than_was_predicted(
    n_qubits: int, n_gates: int, param: float | str, n_rows: int, shots: int | None
) -> None:
    steps = (("ry", (number % n_qubits,), param) for number in range(n_gates))
    program = a_program(n_qubits, *steps, inputs=("x",))
    letters = tuple((("I" * q + "XYZ"[q % 3] + "I" * (n_qubits - 1 - q), 1.0),) for q in range(n_qubits))
    with CircuitWorker() as worker:
        worker.wait_ready(60)
        before = resident(worker, "VmRSS")
        worker.estimate(
            program, np.linspace(0, 1, n_rows)[:, np.newaxis], letters, "shots" if shots else "exact",
            shots=shots, noise=None, seed=0, batch=0, deadline_s=60,
        )  # fmt: skip
        assert resident(worker, "VmHWM") - before <= predicted_bytes(profile_of(program))


def resident(worker: CircuitWorker, what: str) -> int:
    lines = Path(f"/proc/{worker.pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(what))


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    assert calibration_store.read(tmp_path).model == SHIPPED
    mine = a_calibration(model=SHIPPED.model_copy(update={"gate_s": 1e-6}))
    calibration_store.write(tmp_path, mine)
    found = calibration_store.read(tmp_path)
    assert (found.model, found.calibration, found.note) == (mine.model, mine, "")


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"{", id="torn"),
        pytest.param(a_calibration().to_bytes()[:-9], id="cut"),
        pytest.param(a_calibration().to_bytes().replace(b'"gate_s":', b'"gate_s":-'), id="negative-cost"),
        pytest.param(a_calibration().to_bytes().replace(b'{"cpu"', b'{"cpu":"x","cpu"'), id="key-twice"),
        pytest.param(a_calibration().to_bytes() + b" " * 20_000, id="too-long"),
        pytest.param(b'{"model":{}}', id="half-a-document"),
    ],
)
def test_damaged_costs_are_the_shipped_ones_and_it_is_said(content: bytes, tmp_path: Path) -> None:
    (tmp_path / calibration_store.NAME).write_bytes(content)
    found = calibration_store.read(tmp_path)
    assert (found.model, found.calibration) == (SHIPPED, None)
    assert "damaged" in found.note


def test_another_machines_costs_do_not_count(tmp_path: Path) -> None:
    calibration_store.write(tmp_path, a_calibration(host=f"sha256:{1:064x}"))
    found = calibration_store.read(tmp_path)
    assert found.model == SHIPPED
    assert "another machine" in found.note


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_bytes(a_calibration().to_bytes())
    (tmp_path / calibration_store.NAME).symlink_to(tmp_path / "elsewhere")
    assert calibration_store.read(tmp_path).calibration is None


def test_the_machines_name_stands_nowhere() -> None:
    import platform

    assert platform.node().encode() not in a_calibration(cpu=calibration_store.cpu()).to_bytes()
