"""Propose how each column of a stranger's table is declared; nothing is kept unless it looks harmless."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pandas as pd

from policy_checks.errors import ManifestError
from policy_checks.schemas.manifest import Action, ColumnKind
from tasks.tabular.convert import measured
from tasks.tabular.detect import detect

CATEGORIES_MAX = 20
ID_SHARE_MIN = 0.95
ROWS_PER_CATEGORY_MIN = 5
CLASSES_MAX = 10
WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")

HEADERS: tuple[tuple[ColumnKind, Action, frozenset[str]], ...] = (
    ("email", "drop", frozenset({"email", "mail"})),
    ("phone", "drop", frozenset({"phone", "mobile", "cell", "fax", "telephone", "tel"})),
    ("national_id", "drop", frozenset({"ssn", "nino", "passport", "nhs", "itin", "national", "tax"})),
    ("card", "drop", frozenset({"card", "iban", "account", "insurance"})),
    ("birth_date", "drop", frozenset({"birth", "birthday", "dob", "born"})),
    ("address", "drop", frozenset({"address", "street", "city", "zip", "postcode", "postal"})),
    ("free_text", "drop", frozenset({"note", "notes", "comment", "comments", "text", "remark", "description"})),
    ("name", "drop", frozenset({"name", "firstname", "lastname", "surname", "forename"})),
    ("id", "pseudonymise", frozenset({"id", "uuid", "guid", "mrn", "key", "code", "number"})),
)  # fmt: skip
DETECTED: dict[str, ColumnKind] = {
    "email": "email", "phone": "phone", "card": "card", "ssn": "national_id", "us_ssn": "national_id",
}  # fmt: skip


SETTINGS = (
    "",
    "[training]",
    "epochs_max = 60       # passes over the training rows at most",
    "patience = 10         # epochs without a better validation loss before it stops",
    "batch_size = 64       # rows a step",
    "learning_rate = 0.01",
    "",
    "[circuit]",
    'ansatz = "angle_ring"',
    "qubits = 4            # 2 to 12",
    "layers = 2",
    "",
    "[execution]",
    'target = "aer"',
    "shots = 1024          # leave out shots and noise for exact expectations only",
    'noise = "depolarising_readout"',
    "seed = 7              # split, initial weights and sampling",
    "",
    "[limits]",
    "quantum_s_max = 60.0  # this run's own limits; the policy's hold besides",
    'cost_eur_max = "1.00"',
)


@dataclass(frozen=True)
class Proposal:
    """A column's declaration and the evidence for it, in counts."""

    column: str
    kind: ColumnKind
    action: Action
    why: str
    impute: bool = False
    repeats: bool = False


def propose(table: pd.DataFrame, target: str) -> tuple[Proposal, ...]:
    """Return a declaration for each column, in the table's order.

    Raises:
        ManifestError: there is no such target, or it has too many or too few classes.
    """
    if target not in table.columns:
        raise ManifestError(
            "target-absent",
            "The table has no column of the target's name.",
            "Give --target one of its columns.",
        )
    _refuse_target(table[target])
    return tuple(
        Proposal(name, "target", "keep", f"{table[name].nunique()} classes")
        if name == target
        else _proposed(table[name])
        for name in table.columns
    )


def _refuse_target(values: pd.Series) -> None:
    n_classes = values.nunique()
    if not 2 <= n_classes <= CLASSES_MAX:
        raise ManifestError(
            "target-classes",
            f"The target has {n_classes} different values; 2 to {CLASSES_MAX} classes are allowed.",
            "Choose another target, or band it into classes first.",
        )


def _proposed(values: pd.Series) -> Proposal:
    name, n_rows = str(values.name), len(values)
    n_distinct, n_missing = values.nunique(), int(values.isna().sum())
    for finding in (_by_header(name), _by_content(values)):
        if finding is not None:
            return replace(finding, repeats=n_distinct < n_rows)
    numbers, problems = measured(values)
    if not problems:
        whole = bool((numbers.dropna() % 1 == 0).all())
        if whole and n_distinct >= max(ROWS_PER_CATEGORY_MIN, ID_SHARE_MIN * n_rows):
            return Proposal(name, "id", "drop", f"whole numbers, {n_distinct} distinct in {n_rows} rows")
        why = f"numbers, {n_distinct} distinct"
        return Proposal(name, "measure", "keep", _with_missing(why, n_missing), impute=n_missing > 0)
    if n_distinct <= CATEGORIES_MAX and n_distinct * ROWS_PER_CATEGORY_MIN <= n_rows:
        why = f"text, {n_distinct} distinct in {n_rows} rows"
        return Proposal(name, "category", "keep", _with_missing(why, n_missing), impute=n_missing > 0)
    return Proposal(name, "other", "drop", f"text, {n_distinct} distinct in {n_rows} rows: not understood")


def _by_header(name: str) -> Proposal | None:
    words = {word.lower() for word in WORDS.findall(name)}
    for kind, action, cues in HEADERS:
        if found := words & cues:
            return Proposal(name, kind, action, f"its header says {min(found)!r}")
    return None


def _by_content(values: pd.Series) -> Proposal | None:
    found = detect(values, str(values.name))
    if not found:
        return None
    entity, n_cells = max(found.items(), key=lambda item: item[1])
    why = f"{n_cells} of {len(values)} cells look like {entity}"
    return Proposal(str(values.name), DETECTED.get(entity, "other"), "drop", why)


def _with_missing(why: str, n_missing: int) -> str:
    return f"{why}, {n_missing} empty" if n_missing else why


def as_toml(
    proposals: tuple[Proposal, ...], *, tenant: str, path: str, digest: str, target: str
) -> Iterator[str]:
    """Yield the lines of a commented manifest for these declarations."""
    yield from (
        "# A proposal: read every column before you run it. `atomq check` says what policy makes of it.",
        "# data/manifests/breast_cancer.toml explains every field and its allowed values.",
        "",
        f"tenant = {quoted(tenant)}     # whose data, quota and bill",
        'kind = "train"             # fit a two-headed model and evaluate its circuits',
        'purpose = "qml"            # why: decides which clause allows it',
        'mode = "dry_run"           # simulate on this machine; "production" needs approval',
        "",
        "[dataset]",
        f"path = {quoted(path)}",
        f"sha256 = {quoted(digest)}  # only these very bytes are read",
        f"target = {quoted(target)}",
        _group_line(proposals),
        "",
        "# kind: what it holds. action: drop, pseudonymise, mask, generalise or keep.",
        "# Only kept measures and categories become features. What was not understood is dropped.",
        "[dataset.columns]",
    )
    width = max(len(quoted(proposal.column)) for proposal in proposals)
    for proposal in proposals:
        impute = ', missing = "impute"' if proposal.impute else ""
        rule = f'{{ kind = "{proposal.kind}", action = "{proposal.action}"{impute} }}'
        yield f"{quoted(proposal.column):<{width}} = {rule}  # {proposal.why}"
    yield from SETTINGS


def _group_line(proposals: tuple[Proposal, ...]) -> str:
    for proposal in proposals:
        if proposal.action == "pseudonymise" and proposal.repeats:
            return f"group = {quoted(proposal.column)}  # it repeats: its rows stay together when the table is split"
    return (
        '# group = "person_id"      # a pseudonymised column whose rows stay together when the table is split'
    )


def quoted(text: str) -> str:
    """Return a TOML basic string.

    >>> quoted('a "b"')
    '"a \\\\"b\\\\""'
    """
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in escaped) + '"'
