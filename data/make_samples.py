"""Write the two sample tables: real measurements beside invented people.

    python data/make_samples.py [FOLDER]

Without FOLDER the committed `data/samples` is written again, byte for byte. Nobody in these tables
exists; `data/README.md` says column by column what is real.
"""

import random
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from faker import Faker
from sklearn.datasets import load_breast_cancer
from statsmodels.datasets import randhie

SEED = 20_260_101
MAIL_DOMAINS = ("example.org", "example.com", "example.net")
NOTES = (
    "Routine visit, nothing to add.",
    "Slides reviewed twice; second reader agrees.",
    "Asked for a copy of the report.",
    "Prefers to be reached by e-mail: {email}.",
    "Call back after five at {phone}.",
    "Spoke with {name} about the next appointment.",
    "New contact {email}, old number {phone} no longer in use.",
)
HEALTH = {"hlthg": "good", "hlthf": "fair", "hlthp": "poor"}
CONSECUTIVE_YEARS = (5, 3)
AREA_CODES = (
    *(201, 202, 203, 205, 206, 207, 208, 209, 210, 212, 213, 214, 215, 216, 217, 218, 219, 224, 225, 228),
    *(229, 231, 234, 239, 240, 248, 251, 252, 253, 254, 256, 260, 262, 267, 269, 270, 276, 281, 301, 302),
    *(303, 304, 305, 307, 308, 309, 310, 312, 313, 314, 315, 316, 317, 318, 319, 320, 321, 323, 325, 330),
    *(334, 336, 337, 347, 352, 360, 361, 386),
)


@dataclass(frozen=True)
class Person:
    """One invented person; every number lies in a range that reaches nobody."""

    id: str
    name: str
    email: str
    phone: str
    ssn: str
    birth_date: str
    address: str
    card: str


def main(folder: Path) -> None:
    """Write both tables into `folder`, each as CSV and as Parquet."""
    folder.mkdir(parents=True, exist_ok=True)
    write(breast_cancer(), folder / "breast_cancer")
    write(rand_health_insurance(), folder / "randhie")


def write(table: pd.DataFrame, stem: Path) -> None:
    """Write one table twice: `stem`.csv (UTF-8, LF) and `stem`.parquet (zstd)."""
    table.to_csv(stem.with_suffix(".csv"), index=False, lineterminator="\n")
    arrow = pa.Table.from_pandas(table, preserve_index=False).replace_schema_metadata(None)
    pq.write_table(arrow, stem.with_suffix(".parquet"), compression="zstd")


def breast_cancer() -> pd.DataFrame:
    """Return (569, 40): one invented patient a row, 30 real measurements and the real diagnosis."""
    bunch = load_breast_cancer(as_frame=True)
    measurements = bunch.data.rename(columns=lambda name: name.replace(" ", "_"))
    patients = list(people(len(measurements), "P", born=(1935, 1975), seed=SEED))
    chance = random.Random(SEED + 1)  # noqa: S311 (repeatable invention, no secret)
    identity = pd.DataFrame(
        {
            "patient_id": [one.id for one in patients],
            "patient_name": [one.name for one in patients],
            "email": [one.email for one in patients],
            "phone": [one.phone for one in patients],
            "ssn": [one.ssn for one in patients],
            "birth_date": [one.birth_date for one in patients],
            "address": [one.address for one in patients],
            "insurance_card": [one.card for one in patients],
            "note": [
                chance.choice(NOTES).format(email=one.email, phone=one.phone, name=one.name)
                for one in patients
            ],
        }
    )
    diagnosis = bunch.target.map(dict(enumerate(bunch.target_names))).rename("diagnosis")
    return pd.concat([identity, measurements, diagnosis], axis=1)


def rand_health_insurance() -> pd.DataFrame:
    """Return (20190, 14): person-years of invented people with real covariates and `any_visit`."""
    table = randhie.load_pandas().data
    numbers = person_numbers(table.drop(columns="mdvis"))
    members = list(people(numbers[-1] + 1, "M", born=(1915, 1970), seed=SEED + 2))
    rows = [members[number] for number in numbers]
    health = pd.Series("excellent", index=table.index)
    for dummy, label in HEALTH.items():
        health = health.mask(table[dummy] == 1, label)
    return pd.DataFrame(
        {
            "person_id": [one.id for one in rows],
            "person_name": [one.name for one in rows],
            "email": [one.email for one in rows],
            "phone": [one.phone for one in rows],
            "ssn": [one.ssn for one in rows],
            "birth_date": [one.birth_date for one in rows],
            **{name: table[name] for name in ("lncoins", "idp", "lpi", "fmde", "physlm", "disea")},
            "self_rated_health": health,
            "any_visit": (table["mdvis"] > 0).map({True: "yes", False: "no"}),
        }
    )


def person_numbers(covariates: pd.DataFrame) -> list[int]:
    """Return the person of each row: 0, 0, 0, 1, 1, ...

    The source has no person key, but lists each person's 3 or 5 years one after another, and these
    covariates did not change over the years. So a run of equal rows is one person; a longer run is
    neighbours who look alike, and is cut into fives or threes.
    """
    runs = (covariates != covariates.shift()).any(axis=1).cumsum()
    lengths = [years for size in runs.value_counts(sort=False) for years in cut(size)]
    return [person for person, years in enumerate(lengths) for _ in range(years)]


def cut(size: int) -> Iterator[int]:
    """Yield the years of each person in a run of `size` equal rows.

    >>> list(cut(4)), list(cut(6)), list(cut(10)), list(cut(8))
    ([4], [3, 3], [5, 5], [5, 3])
    """
    for years in CONSECUTIVE_YEARS:
        if size % years == 0:
            yield from [years] * (size // years)
            return
    while size > max(CONSECUTIVE_YEARS):
        yield max(CONSECUTIVE_YEARS)
        size -= max(CONSECUTIVE_YEARS)
    yield size


def people(n: int, prefix: str, *, born: tuple[int, int], seed: int) -> Iterator[Person]:
    """Yield `n` invented people with different ids, e-mails, phones, SSNs and cards.

    Ranges that reach nobody: 555-0100 to 555-0199 is kept for fiction; area numbers from 900 are
    never given out as SSN, nor as tax number with a group of 01-49; cards begin with 4000 00, which
    processors use in tests.
    """
    fake, chance = Faker("en_US"), random.Random(seed)  # noqa: S311 (repeatable invention, no secret)
    fake.seed_instance(seed)
    ids = chance.sample(range(100_000, 1_000_000), n)
    phones = chance.sample([(area, line) for area in AREA_CODES for line in range(100)], n)
    ssns = chance.sample(range(100 * 49 * 9_999), n)
    cards = chance.sample(range(10**9), n)
    first_day = date(born[0], 1, 1)
    n_days = (date(born[1], 12, 31) - first_day).days
    for i in range(n):
        first, last = fake.first_name(), fake.last_name()
        yield Person(
            id=f"{prefix}{ids[i]}",
            name=f"{first} {last}",
            email=f"{first}.{last}{i}@{chance.choice(MAIL_DOMAINS)}".lower().replace(" ", ""),
            phone=f"({phones[i][0]}) 555-01{phones[i][1]:02d}",
            ssn=f"{900 + ssns[i] % 100}-{ssns[i] // 100 % 49 + 1:02d}-{ssns[i] // 4_900 + 1:04d}",
            birth_date=str(first_day + timedelta(days=chance.randint(0, n_days))),
            address=f"{fake.street_address()}, {fake.city()}, {fake.state_abbr()} {fake.zipcode()}",
            card=with_check_digit(f"400000{cards[i]:09d}"),
        )


def with_check_digit(digits: str) -> str:
    """Append the Luhn check digit (ISO/IEC 7812-1, annex B).

    >>> with_check_digit("400000000000000")
    '4000000000000002'
    """
    doubled = [int(digit) * (2 if i % 2 == 0 else 1) for i, digit in enumerate(reversed(digits))]
    return digits + str(-sum(value // 10 + value % 10 for value in doubled) % 10)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "samples")
