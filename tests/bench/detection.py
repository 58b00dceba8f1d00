"""The detector's speed beside Parquet decoding, a loop over `re` and Presidio, and its quality beside Presidio."""

import io
import re
from collections.abc import Iterator
from itertools import chain

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
from faker import Faker
from phonenumbers import PhoneNumberFormat as Format

from tasks.tabular.detect import flags
from tasks.tabular.recognise import recognised
from tests.bench.presidio import Presidio
from tests.bench.timing import in_turn
from tests.corpus import people, published
from tests.corpus.score import Score, scored

N_ROWS, N_PRESIDIO = 100_000, 300
N_CELLS, N_SENTENCES, N_BESIDE = 10_000, 500, 40
PATTERNS = tuple(
    re.compile(pattern)
    for pattern in (
        r"[\w.+-]+@[\w-]+\.[\w.]+", r"\+?\d(?:[ ().\-/]{0,3}\d){6,14}", r"\b(?:\d[ -]?){13,19}\b", r"\b\d{3}-\d\d-\d{4}\b",
        r"\b[A-Z]{2}\d{2}[ A-Z0-9]{11,30}\b", r"\b(?:\d{1,3}\.){3}\d{1,3}\b", r"\b(?:[0-9A-F]{2}:){5}[0-9A-F]{2}\b", r"\b[A-Z]{2}\d{6}[A-D]\b",
        r"AKIA[A-Z0-9]{16}|gh[pousr]_\w{36}", r"eyJ[\w-]+\.eyJ[\w-]+",
    )
)  # fmt: skip


def measure() -> Iterator[tuple[str, ...]]:
    """Yield speed, then recall and precision by entity, then what is missed."""
    presidio = Presidio()
    yield from _speed("clean table, 6 columns", clean_table(), presidio, share_min=0.10, ratios=True)
    yield from _speed("free text", free_text(), presidio, share_min=0.04, ratios=False)
    yield from _published()
    for name, locales in (("seen", people.LOCALES), ("held out", people.HELD_OUT)):
        yield from _quality(name, locales, presidio)


def clean_table() -> pd.DataFrame:
    """Return rows without a person: numbers, dates, codes, a category."""
    chance = np.random.default_rng(1)
    letters, digits = chance.choice(list("ABCDEFG"), N_ROWS), chance.integers(0, 9_999, N_ROWS)
    return pd.DataFrame(
        {
            "age": chance.integers(18, 99, N_ROWS),
            "score": chance.normal(size=N_ROWS),
            "amount": chance.integers(10**6, 10**9, N_ROWS),
            "visited": pd.date_range("2000-01-01", periods=N_ROWS, freq="37min").strftime("%Y-%m-%d"),
            "code": [f"{letter}{number:04d}" for letter, number in zip(letters, digits, strict=True)],
            "ward": chance.choice(["north", "south", "east", "west"], N_ROWS),
        }
    )


def free_text() -> pd.DataFrame:
    """Return a column of sentences, all different; one in fifty holds an address."""
    fake = Faker()
    fake.seed_instance(1)
    said = [fake.sentence() for _ in range(N_ROWS // 5)]
    rows = (f"{said[place % len(said)]} {said[place * 7 % len(said)]} {place}" for place in range(N_ROWS))
    return pd.DataFrame(
        {"note": [f"{row} ann{n}@example.org" if n % 50 == 0 else row for n, row in enumerate(rows)]}
    )


def _speed(
    what: str, table: pd.DataFrame, presidio: Presidio, *, share_min: float, ratios: bool
) -> Iterator[tuple[str, ...]]:
    sink = io.BytesIO()
    table.to_parquet(sink)
    batch = pq.read_table(sink).to_pandas(types_mapper=pd.ArrowDtype)
    ours, decoding, loop = in_turn(
        lambda: [flags(batch[name], name) for name in batch],
        lambda: pq.read_table(sink, use_threads=False),
        lambda: [pattern.search(str(cell)) for name in table for cell in table[name] for pattern in PATTERNS],
        rounds=3,
        warm_up=1,
    )
    sample = table.sample(N_PRESIDIO, random_state=1)
    (theirs,) = in_turn(
        lambda: [presidio.entities(str(cell), name) for name in sample for cell in sample[name]],
        rounds=1,
        warm_up=1,
    )
    rate, their_rate = N_ROWS / ours, N_PRESIDIO / theirs
    yield (
        what,
        f"{rate:,.0f} rows/s",
        f"Parquet decoding {N_ROWS / decoding:,.0f}",
        f"{decoding / ours:.1%}",
        f"at least {share_min:.0%}",
    )
    yield (
        what,
        "",
        f"re loop {N_ROWS / loop:,.0f}",
        f"{loop / ours:.1f} times",
        "at least 8" if ratios else "",
    )
    yield (
        what,
        "",
        f"Presidio {their_rate:,.0f}",
        f"{rate / their_rate:,.0f} times",
        "at least 500" if ratios else "",
    )


def _published() -> Iterator[tuple[str, ...]]:
    sets = {
        "python-stdnum's examples": list(published.identity_examples()),
        "phonenumbers' examples, international": list(published.phone_examples()),
        "phonenumbers' examples, national": list(published.phone_examples(Format.NATIONAL)),
    }
    for name, examples in sets.items():
        missed = [one for one in examples if one.entity not in recognised(one.text, one.column)]
        where = ", ".join(sorted({one.origin for one in missed})) or "-"
        yield (
            f"recall, {name}",
            f"{1 - len(missed) / len(examples):.4f}",
            f"{len(examples)} numbers",
            f"missed: {where}",
            "0.98",
        )


def _quality(name: str, locales: tuple[str, ...], presidio: Presidio) -> Iterator[tuple[str, ...]]:
    for kind, n in ((people.cells, N_CELLS), (people.sentences, N_SENTENCES)):
        cases = list(chain.from_iterable(kind(locale, n, 31) for locale in locales))
        beside = list(chain.from_iterable(kind(locale, N_BESIDE, 31) for locale in locales))
        ours = scored(cases, lambda case: recognised(case.text, case.column))
        theirs = scored(beside, lambda case: presidio.entities(case.text, case.column))
        what = f"{kind.__name__}, {len(locales)} locales {name}"
        yield (
            f"{what}: recall",
            f"{ours.recall():.4f}",
            f"Presidio {theirs.recall():.4f}",
            f"of {len(cases)}",
            "0.98",
        )
        yield (
            f"{what}: precision",
            f"{ours.precision():.4f}",
            f"Presidio {theirs.precision():.4f}",
            "",
            "0.99",
        )
        for entity in sorted(ours.held):
            yield (
                f"  recall, {entity}",
                f"{ours.recall(entity):.4f}",
                f"Presidio {theirs.recall(entity):.4f}",
                _missed(ours, entity),
                "",
            )


def _missed(score: Score, entity: str) -> str:
    return f"{score.held[entity] - score.found[entity]} of {score.held[entity]} missed"
