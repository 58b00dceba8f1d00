"""A clinic whose table, manifests and mistakes are full of invented people."""

import csv
import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from random import Random

from tests.canaries.identities import DECLARED, Canary
from tests.documents import DEFAULTS

N_ROWS_MIN = 240
MEASURES = ("pressure", "pulse", "weight")
ACTIONS = {
    "email": ("email", ("drop", "pseudonymise", "mask")),
    "phone": ("phone", ("drop", "pseudonymise", "mask")),
    "card": ("card", ("drop", "pseudonymise")),
    "name": ("name", ("drop", "pseudonymise", "mask")),
    "address": ("address", ("drop", "pseudonymise")),
    "birth_date": ("birth_date", ("drop", "pseudonymise", "generalise")),
    "national_id": ("national_id", ("drop", "pseudonymise")),
    "passport": ("national_id", ("drop", "pseudonymise")),
}
OTHERS = ("other", ("drop", "pseudonymise"))
HEAD = """
tenant = "sample-clinic"  # {comment}
kind = "train"
purpose = "qml"
[training]
epochs_max = 2
[circuit]
# {comment}
ansatz = "angle_ring"
qubits = 2  # {comment}
layers = 1
[limits]
quantum_s_max = 60.0
cost_eur_max = "1.00"
[claim]
text = {claim}
[dataset]
path = {path}
target = {target}
"""


def state_of(folder: Path) -> Path:
    """Make a state folder whose tenant reads `tables` beside it; return that."""
    tables = folder / "tables"
    tables.mkdir(parents=True)
    (folder / "home" / "documents").mkdir(parents=True)
    text = (DEFAULTS / "tenants.toml").read_text().replace('"data/samples"', f'"{tables}"')
    (folder / "home" / "documents" / "tenants.toml").write_text(text)
    return tables


def declared(planted: Iterable[Canary]) -> dict[str, str]:
    """Return a rule for each column of the table that `write_table` writes of these."""
    rules = {}
    for number, kind in enumerate(sorted({canary.kind for canary in planted})):
        meant, actions = ACTIONS.get(kind, OTHERS)
        for action in actions:
            to = ', to = "year"' if action == "generalise" else ""
            rules[f"field_{number}_{action}"] = f'{{ kind = "{meant}", action = "{action}"{to} }}'
    kept = dict.fromkeys(MEASURES, '{ kind = "measure", action = "keep" }')
    return rules | kept | {
        "remark": '{ kind = "free_text", action = "drop" }',
        "outcome": '{ kind = "target", action = "keep" }',
    }  # fmt: skip


def write_table(path: Path, planted: Sequence[Canary], kept: Sequence[Canary] = ()) -> None:
    """Write a table in which each canary stands in some cell, and those that are kept in a category."""
    rng, columns = Random(5), {}
    for number, kind in enumerate(sorted({canary.kind for canary in planted})):
        mine = [canary for canary in planted if canary.kind == kind]
        _, actions = ACTIONS.get(kind, OTHERS)
        for at, action in enumerate(actions):
            columns[f"field_{number}_{action}"] = [canary.text for canary in mine[at :: len(actions)]] or [
                mine[0].text
            ]
    columns["remark"] = [canary.sentence for canary in planted]
    n_rows = max(N_ROWS_MIN, *(len(cells) for name, cells in columns.items() if name != "remark"))
    for canary in kept:
        columns[f"kept_{canary.kind}"] = [canary.text]
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow([*columns, *MEASURES, "outcome"])
        for row in range(n_rows):
            sick = row % 2
            cells = [cells[row % len(cells)] for cells in columns.values()]
            writer.writerow(
                [*cells, *(round(rng.gauss(2 * sick, 1), 3) for _ in MEASURES), ("well", "ill")[sick]]
            )


def manifest(
    path: str, columns: dict[str, str], *, comment: str = "", claim: str = "", target: str = "outcome"
) -> str:
    """Return a manifest of a table with these declared columns."""
    text = HEAD.format(
        comment=comment, claim=json.dumps(claim), path=json.dumps(path), target=json.dumps(target)
    )
    rules = "\n".join(f"{json.dumps(name)} = {rule}" for name, rule in columns.items())
    return f"{text}\n[dataset.columns]\n{rules}\n"


def spoilt(canary: Canary) -> Iterator[tuple[str, str, bool]]:
    """Yield manifests with a canary in one field each: the field, the text, and whether it is fit but for that."""
    text = canary.sentence
    measure, kept = (
        '{ kind = "measure", action = "keep" }',
        {"outcome": '{ kind = "target", action = "keep" }'},
    )
    two = {"a": measure} | kept

    def rule(more: str) -> dict[str, str]:
        return {"a": f'{{ kind = "other", action = "keep", {more} }}'} | kept

    quoted = json.dumps(text)
    yield "column", manifest("t.csv", {text: measure} | kept), True
    yield "path", manifest(f"{text.replace('/', '_')}.csv", two), True
    yield "claim", manifest("t.csv", two, claim=text), True
    yield "reason", manifest("t.csv", rule(f"reason = {quoted}")), True
    yield "allow", manifest("t.csv", rule(f'reason = "part numbers", allow = {{ card = {quoted} }}')), True
    yield (
        "values",
        manifest("t.csv", {"a": f'{{ kind = "category", action = "keep", values = [{quoted}] }}'} | kept),
        True,
    )
    expected = f'[[dataset.expectations]]\ntype = "expect_column_values_to_be_in_set"\nkwargs = {{ column = "a", value_set = [{quoted}] }}\n'
    yield "expectation", manifest("t.csv", two) + expected, True
    yield "unknown field", manifest("t.csv", two) + f"[more]\n{quoted} = 1\n", False
    yield "key twice", manifest("t.csv", two) + f"[{quoted}]\n[{quoted}]\n", False
    yield "wrong value", manifest("t.csv", {"a": f'{{ kind = {quoted}, action = "keep" }}'} | kept), False
    yield "number", manifest("t.csv", two).replace("epochs_max = 2", f"epochs_max = {quoted}"), False
    yield "tenant", manifest("t.csv", two).replace('"sample-clinic"', quoted), False
    yield "target", manifest("t.csv", two, target=text), False
    yield "no TOML", f"tenant = {text}\n", False


def searchable(planted: Iterable[Canary]) -> list[Canary]:
    """Return those that a search of text must find; the others go by declaration."""
    return [canary for canary in planted if canary.kind not in DECLARED]
