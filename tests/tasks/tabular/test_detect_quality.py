"""How much is found of what others publish and of invented people, and how often that is right."""

from itertools import chain

import pandas as pd
import pytest
from faker import Faker
from phonenumbers import PhoneNumberFormat as Format

from tasks.tabular.detect import detect
from tasks.tabular.recognise import recognised
from tests.corpus import people, published
from tests.corpus.score import scored

RECALL_MIN, PRECISION_MIN = 0.98, 0.99


@pytest.mark.parametrize("form", [Format.INTERNATIONAL, Format.E164, Format.NATIONAL])
def test_example_numbers_of_every_region_are_telephones(form: int) -> None:
    examples = list(published.phone_examples(form))
    found = ["phone" in recognised(example.text, example.column) for example in examples]
    assert len(examples) > 1_000
    assert sum(found) / len(found) >= RECALL_MIN


@pytest.mark.parametrize("announced", ["column", "text"])
def test_example_numbers_of_persons_are_found_where_they_are_announced(announced: str) -> None:
    examples = list(published.identity_examples())
    found = [
        example.entity
        in (
            recognised(example.text, example.column)
            if announced == "column"
            else recognised(f"Her {example.column.replace('_', ' ')} is {example.text}, she says.")
        )
        for example in examples
    ]
    assert len(examples) > 100
    assert sum(found) / len(found) >= RECALL_MIN


@pytest.mark.parametrize("kind", [people.cells, people.sentences])
@pytest.mark.parametrize("locales", [people.LOCALES, people.HELD_OUT], ids=["seen", "held-out"])
def test_invented_people_are_found_and_innocent_cells_are_not(kind, locales) -> None:
    cases = chain.from_iterable(kind(locale, 150, 21) for locale in locales)
    score = scored(cases, lambda case: recognised(case.text, case.column))
    assert (score.recall() >= RECALL_MIN, score.precision() >= PRECISION_MIN) == (True, True)


@pytest.mark.parametrize(
    "module", ["pl.pesel", "nl.bsn", "br.cpf", "fr.nir", "tr.tckimlik", "ro.cnp", "es.dni"]
)
def test_a_column_of_numbers_that_all_pass_is_found_without_a_name(module: str) -> None:
    method, locale = {"pl.pesel": ("ssn", "pl_PL"), "nl.bsn": ("ssn", "nl_NL"), "br.cpf": ("cpf", "pt_BR"), "fr.nir": ("ssn", "fr_FR"),
                      "tr.tckimlik": ("ssn", "tr_TR"), "ro.cnp": ("ssn", "ro_RO"), "es.dni": ("nif", "es_ES")}[module]  # fmt: skip
    fake = Faker(locale)
    fake.seed_instance(4)
    numbers = [getattr(fake, method)() for _ in range(60)]
    assert detect(pd.Series(numbers), "x")["national_id"] >= 54


@pytest.mark.parametrize(
    ("n_wrong", "found"), [(0, True), (30, False), (54, False)], ids=["none", "half", "most"]
)
def test_a_column_that_passes_no_oftener_than_chance_may_is_left_alone(n_wrong: int, found: bool) -> None:
    fake = Faker("pl_PL")
    fake.seed_instance(6)
    numbers = [fake.ssn() for _ in range(60)]
    spoiled = [one[:-1] + str((int(one[-1]) + 1) % 10) for one in numbers[:n_wrong]]
    assert ("national_id" in detect(pd.Series([*spoiled, *numbers[n_wrong:]]), "x")) is found
