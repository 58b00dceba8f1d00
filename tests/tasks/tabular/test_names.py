"""A model of the user's own finds names; without spaCy, or without a model, that is said clearly."""

import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
import spacy

from policy_checks.errors import UnavailableError
from policy_checks.schemas.dataset import ColumnRule
from tasks.tabular.expectations import Gate
from tasks.tabular.names import NameModel
from tests.documents import PROJECT


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A model that knows one person."""
    model = spacy.blank("en")
    model.add_pipe("entity_ruler").add_patterns([{"label": "PERSON", "pattern": "Ann Lee"}])
    model.to_disk(tmp_path / "model")
    return tmp_path / "model"


def test_a_model_of_the_users_own_finds_names(folder: Path) -> None:
    found = NameModel(folder).flags(["Ann Lee called", None, "nobody", "x " * 60_000 + "Ann Lee"])
    assert found.tolist() == [True, False, False, True]


def test_the_gate_looks_for_names_in_kept_text_and_nowhere_else(folder: Path) -> None:
    kept = ColumnRule(kind="free_text", action="keep", reason="needed for the demonstration")
    columns = {"note": kept, "ward": ColumnRule(kind="category", action="keep")}
    batch = pd.DataFrame({"note": ["Ann Lee called", "nobody"], "ward": ["Ann Lee", "b"]}, dtype="str")
    for names, failed in ((None, []), (folder, [("note", 1)])):
        gate = Gate(columns, names=names)
        gate.check(batch)
        outcomes = gate.outcomes(n_read=2, n_suppressed=0, n_left=2)
        assert [(one.column, one.n_unexpected) for one in outcomes if not one.success] == failed


def test_a_gate_without_its_model_does_not_open(tmp_path: Path) -> None:
    with pytest.raises(UnavailableError, match="names-model-unusable"):
        Gate({}, names=tmp_path)


def test_a_folder_without_a_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnavailableError, match="names-model-unusable"):
        NameModel(tmp_path)


def test_a_missing_spacy_is_told() -> None:
    program = (
        "import sys; sys.modules['spacy'] = None\n"
        "from pathlib import Path\nfrom tasks.tabular.names import NameModel\nNameModel(Path('x'))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=PROJECT)
    assert "names-spacy-absent" in done.stderr
