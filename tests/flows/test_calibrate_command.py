"""`atomq calibrate`: measures this machine once, and keeps what it found."""

import stat
from pathlib import Path

from policy_checks.schemas.calibration import Calibration
from tests.conftest import atomq


def test_a_machine_is_measured_and_the_figures_are_kept(tmp_path: Path) -> None:
    home = tmp_path / "home"
    answer = atomq(home, "calibrate", "--json")
    assert answer.code == 0, answer.err
    kept = home / "calibration.json"
    found = Calibration.model_validate_json(kept.read_bytes())
    assert answer.json == found.model_dump(mode="json")
    assert found.n_measured >= 60
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
