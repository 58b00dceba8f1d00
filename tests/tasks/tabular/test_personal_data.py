"""Great Expectations asks the detector; what is declared to be something else is allowed, nothing more."""

import great_expectations as gx
import pandas as pd
import pytest

from tasks.tabular.personal_data import ExpectColumnValuesToBeFreeOfPersonalData


@pytest.mark.parametrize(
    ("allowed", "success"),
    [([], False), (["ip_address"], True), (["email"], False)],
    ids=["none", "this", "another"],
)
def test_only_what_is_allowed_passes(allowed: list[str], success: bool) -> None:
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    table = pd.DataFrame({"firmware": ["10.1.2.3", "10.1.2.4", None]})
    definition = (
        context.data_sources.add_pandas("p")
        .add_dataframe_asset("a")
        .add_batch_definition_whole_dataframe("b")
    )
    batch = definition.get_batch({"dataframe": table})
    expectation = ExpectColumnValuesToBeFreeOfPersonalData(column="firmware", allowed=allowed)
    assert batch.validate(expectation).success is success
