"""Cells and sentences that hold nothing personal, and look as if: numbers, codes, times, programs."""

import base64
import hashlib
import json
import string
import uuid
from collections.abc import Callable
from random import Random

from faker import Faker


def _digits(chance: Random, n: int) -> str:
    return str(chance.randrange(10 ** (n - 1), 10**n))


def _date(chance: Random) -> str:
    return f"{chance.randrange(1900, 2030)}-{chance.randrange(1, 13):02d}-{chance.randrange(1, 29):02d}"


def _time(chance: Random) -> str:
    return f"{chance.randrange(24):02d}:{chance.randrange(60):02d}:{chance.randrange(60):02d}"


def _digest(chance: Random) -> str:
    return hashlib.new(chance.choice(["md5", "sha1", "sha256"]), chance.randbytes(8)).hexdigest()


def _book(chance: Random) -> str:
    body = "978" + _digits(chance, 9)
    check = -sum(int(digit) * (1, 3)[place % 2] for place, digit in enumerate(body)) % 10
    return chance.choice(["{}{}", "ISBN {}{}", "ISBN {}-{}"]).format(body, check)


def _metrics(chance: Random) -> str:
    values = {name: round(chance.random(), 12) for name in ("auc", "log_loss", "ece")} | {
        "rows": chance.randrange(10**7),
        "at": chance.randrange(10**12, 10**13),
    }
    return json.dumps(values)


def _program(chance: Random) -> str:
    gates = [
        f"r{chance.choice('xyz')}({chance.uniform(-4, 4)!r}) q[{chance.randrange(9)}];" for _ in range(4)
    ]
    return chance.choice(
        [
            'OPENQASM 2.0;\ninclude "qelib1.inc";\nqreg q[9];\n',
            'OPENQASM 3.0;\ninclude "stdgates.inc";\nqubit[9] q;\n',
        ]
    ) + "\n".join(gates)


def _log_line(chance: Random) -> str:
    return f"{_date(chance)}T{_time(chance)}.{_digits(chance, 6)}Z INFO worker-{chance.randrange(9)} [{_digest(chance)[:12]}] step {_digits(chance, 7)} of {_digits(chance, 8)} took {chance.random():.6f}s pid={_digits(chance, 6)}"


LETTERS = string.ascii_uppercase
CELLS: dict[str, tuple[str, Callable[[Random], str]]] = {
    "uuid": ("run", lambda c: str(uuid.UUID(bytes=c.randbytes(16)))),
    "date": ("visited", _date),
    "moment": ("at", lambda c: f"{_date(c)} {_time(c)}.{_digits(c, 6)}+00:00"),
    "unix-s": ("timestamp", lambda c: _digits(c, 10)),
    "unix-ms": ("timestamp", lambda c: _digits(c, 13)),
    "unix-us": ("created", lambda c: _digits(c, 16)),
    "fraction": ("score", lambda c: repr(c.uniform(-1000, 1000))),
    "scientific": ("score", lambda c: f"{c.gauss(0, 1e9):.9e}"),
    "part": ("part", lambda c: f"{c.choice(LETTERS)}{c.choice(LETTERS)}-{_digits(c, 5)}-{_digits(c, 2)}"),
    "part-of-digits": ("part_number", lambda c: f"{_digits(c, 4)}-{_digits(c, 4)}-{_digits(c, 3)}"),
    "part-mixed": ("sku", lambda c: f"{c.choice(LETTERS)}{_digits(c, 6)}{c.choice(LETTERS)}{c.choice(LETTERS)}"),
    "order": ("order_no", lambda c: f"{c.choice(['ORD-', '#', 'PO ', ''])}{_digits(c, 9)}"),
    "order-in-groups": ("order_no", lambda c: f"{_digits(c, 3)}-{_digits(c, 7)}-{_digits(c, 7)}"),
    "book": ("isbn", _book),
    "ean": ("ean", lambda c: _digits(c, 13)),
    "doi": ("doi", lambda c: f"10.{_digits(c, 4)}/j.{c.choice(string.ascii_lowercase)}x.{_digits(c, 4)}.{_digits(c, 2)}.{_digits(c, 3)}"),
    "commit": ("commit", lambda c: hashlib.sha1(c.randbytes(8)).hexdigest()),
    "short-commit": ("commit", lambda c: hashlib.sha1(c.randbytes(8)).hexdigest()[:10]),
    "digest": ("digest", _digest),
    "digest-base64": ("digest", lambda c: base64.b64encode(c.randbytes(32)).decode()),
    "version": ("version", lambda c: f"v{c.randrange(20)}.{c.randrange(100)}.{c.randrange(1000)}-rc{c.randrange(9)}"),
    "coordinates": ("place", lambda c: f"{c.uniform(-90, 90):.6f}, {c.uniform(-180, 180):.6f}"),
    "coordinates-iso": ("place", lambda c: f"{c.uniform(-90, 90):+09.5f}{c.uniform(-180, 180):+010.5f}/"),
    "money": ("price", lambda c: f"{c.choice(['$', 'EUR ', '', '£'])}{c.randrange(10**9):,}.{c.randrange(100):02d}"),
    "money-blanks": ("price", lambda c: f"{c.randrange(10**9):,}".replace(",", " ") + " kr"),
    "zip": ("zip", lambda c: f"{_digits(c, 5)}-{_digits(c, 4)}"),
    "file": ("file", lambda c: f"IMG_{_date(c).replace('-', '')}_{_time(c).replace(':', '')}.jpg"),
    "log": ("log", _log_line),
    "metrics": ("metrics", _metrics),
    "program": ("circuit", _program),
    "hex": ("mask", lambda c: f"0x{c.getrandbits(64):016x}"),
    "range": ("years", lambda c: f"{c.randrange(1900, 1960)}-{c.randrange(1960, 2030)}"),
    "ratio": ("ratio", lambda c: f"{_digits(c, 4)}/{_digits(c, 4)}"),
    "number": ("reference", lambda c: _digits(c, c.randrange(5, 19))),
    "vector": ("vector", lambda c: str([round(c.gauss(0, 1), 8) for _ in range(6)])),
    "ints": ("vector", lambda c: " ".join(str(c.randrange(100)) for _ in range(12))),
    "duration": ("took", lambda c: f"PT{c.randrange(99)}H{c.randrange(60)}M{c.random() * 60:.3f}S"),
}  # fmt: skip


def cell(fake: Faker, chance: Random) -> tuple[str, str]:
    """Return (column, text) of which nothing is personal."""
    if chance.random() < 0.2:
        return chance.choice(["city", "word", "company", "remark"]), chance.choice(
            [fake.city, fake.word, fake.company, fake.sentence]
        )()
    column, make = CELLS[chance.choice(sorted(CELLS))]
    return column, make(chance)


def sentence(fake: Faker, chance: Random) -> str:
    """Return a sentence with some number of no person, or with none."""
    if chance.random() < 0.4:
        return f"{fake.sentence()} {fake.sentence()}"
    _, make = CELLS[chance.choice(sorted(CELLS))]
    return f"{fake.sentence()} {make(chance)} {fake.sentence()}"
