"""A data owner reads how well people are hidden, and what that does not cover."""

from policy_checks.schemas.artifacts import AnonymityOutcome
from tasks.reporting import privacy
from tests.tasks.reporting.builders import a_column, a_sanitised_table


def hidden(**changes) -> AnonymityOutcome:
    fields = {
        "quasi_identifiers": ("birth_date", "ward"), "k": 5, "n_combinations": 40, "smallest_before": 2,
        "smallest_after": 6, "n_rows_below": 7, "n_suppressed": 7, "n_classes_lost": 0, "l": None,
        "least_diverse_before": None, "least_diverse_after": None, "risk_max": 1 / 6, "risk_mean": 0.0712,
    }  # fmt: skip
    return AnonymityOutcome(**fields | changes)


def told(telemetry=False, **changes) -> str:
    return " ".join(privacy.reached(a_sanitised_table(**changes), telemetry=telemetry))


def test_without_quasi_identifiers_nothing_is_claimed():
    text = told()
    assert "pseudonymous, not anonymous" in text
    assert "nothing is known" in text
    assert "-anonymous for" not in text


def test_what_was_reached_is_said_with_its_columns_its_risk_and_what_was_left_out():
    text = told(anonymity=hidden())
    for part in (
        "5-anonymous",
        "birth_date, ward",
        "at least 5 rows",
        "once in 5",
        "7.1 %",
        "7 rows were left out",
    ):
        assert part in text
    assert "nothing is known" not in text


def test_an_answer_that_a_whole_group_shares_is_warned_of_unless_groups_are_diverse():
    assert "no l was asked for" in told(anonymity=hidden())
    diverse = told(anonymity=hidden(l=2, least_diverse_before=2, least_diverse_after=3))
    assert "at least 3 different sensitive values" in diverse
    assert "no l was asked for" not in diverse


def test_kept_text_is_not_proven_free_of_names():
    columns = (a_column("note", "free_text"), a_column("code", "other"), a_column("x"))
    assert "2 columns of text are kept" in told(columns=columns)
    assert "of text are kept" not in told()


def test_telemetry_names_no_column_and_writes_small_numbers_of_rows_vaguely():
    text = told(telemetry=True, anonymity=hidden())
    assert "the 2 declared quasi-identifiers" in text
    assert "ward" not in text
    assert "under 20 rows were left out" in text
    assert " 7 rows" not in text


def test_the_key_of_a_pseudonym_is_named_by_its_id():
    (row,) = privacy.columns([a_column("person", "id", "pseudonymise", key="1a2b3c4d")], "columns").rows
    assert "key 1a2b3c4d" in row[2]
