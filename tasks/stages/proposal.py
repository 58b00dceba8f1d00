"""Propose how each column of a stranger's table is declared; nothing is kept unless it looks harmless."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from policy_checks.errors import ManifestError
from policy_checks.schemas.dataset import Action, ColumnKind, ColumnRule, Declaration
from policy_checks.schemas.privacy import Entity
from tasks.tabular.evidence import Evidence

CATEGORIES_MAX = 20
ID_SHARE_MIN = 0.95
ROWS_PER_CATEGORY_MIN = 5
CLASSES_MAX = 10
DATE_SHARE_MIN = 0.95
WORDS_MIN = 3
TITLED_SHARE_MIN = 0.5
WORDS = re.compile(r"[A-Z]?[^\W\d_A-Z]+|[A-Z]+(?![a-z])|\d+")

HEADERS: tuple[tuple[ColumnKind, Action, frozenset[str]], ...] = (
    ("email", "drop", frozenset({"email", "mail", "correo", "courriel", "epost"})),
    ("phone", "drop", frozenset({
        "phone", "mobile", "cell", "fax", "telephone", "tel", "telefon", "telefono", "telefoon", "handy", "msisdn",
    })),
    ("national_id", "drop", frozenset({
        "ssn", "nino", "passport", "nhs", "itin", "national", "tax", "dni", "nie", "nif", "cpf", "pesel", "bsn", "nir",
        "fiscale", "personnummer", "aadhaar", "curp", "steuer", "reisepass", "licence", "license",
    })),
    ("card", "drop", frozenset({"card", "iban", "account", "insurance", "konto", "karte", "tarjeta", "carte", "bic"})),
    ("birth_date", "drop", frozenset({
        "birth", "birthday", "dob", "born", "geburt", "geburtsdatum", "geburtstag", "naissance", "nacimiento", "nascita",
        "geboorte", "nascimento",
    })),
    ("address", "drop", frozenset({
        "address", "street", "city", "zip", "postcode", "postal", "plz", "adresse", "strasse", "ort", "direccion",
        "indirizzo", "rue", "ville", "town", "latitude", "longitude", "lat", "lon", "lng",
    })),
    ("free_text", "drop", frozenset({
        "note", "notes", "comment", "comments", "text", "remark", "remarks", "description", "message", "diary", "letter",
        "bemerkung", "kommentar", "nota", "notas", "memo", "anamnesis",
    })),
    ("name", "drop", frozenset({
        "name", "firstname", "lastname", "surname", "forename", "fullname", "username", "vorname", "nachname", "nom",
        "prenom", "nombre", "apellido", "apellidos", "nome", "cognome", "doctor", "physician", "contact",
    })),
    ("id", "pseudonymise", frozenset({"id", "ids", "uuid", "guid", "mrn", "key", "code", "number", "nr", "no"})),
)  # fmt: skip
PERSONS = frozenset({
    "patient", "customer", "client", "person", "employee", "member", "user", "student", "pupil", "guest", "owner",
    "author", "nurse", "teacher", "spouse", "mother", "father", "child", "kunde", "kundin", "mitarbeiter", "patientin",
    "schueler", "paciente", "cliente", "empleado", "paziente", "dipendente", "klant", "medewerker", "salarie",
})  # fmt: skip
HOLDS: dict[Entity, ColumnKind] = {
    "email": "email", "phone": "phone", "card": "card", "iban": "card", "us_ssn": "national_id",
    "us_itin": "national_id", "uk_nino": "national_id", "uk_nhs": "national_id", "national_id": "national_id",
    "passport": "national_id", "name": "name",
}  # fmt: skip


@dataclass(frozen=True)
class Proposal:
    """A column's declaration and the evidence for it, in counts.

    Attributes:
        repeats: some value stands in more than one row.
    """

    column: str
    kind: ColumnKind
    action: Action
    why: str
    impute: bool = False
    repeats: bool = False


def propose(columns: Sequence[Evidence], target: str) -> tuple[Proposal, ...]:
    """Return a declaration for each column, in the table's order.

    Raises:
        ManifestError: there is no such target, or it has too many or too few classes.
    """
    if target not in {column.column for column in columns}:
        raise ManifestError(
            "target-absent",
            "The table has no column of the target's name.",
            "Give --target one of its columns.",
        )
    return tuple(_target(column) if column.column == target else _proposed(column) for column in columns)


def declared(proposals: Sequence[Proposal], target: str) -> Declaration:
    """Return the proposals as a table's declaration, rows of a pseudonym that repeats in one group."""
    return Declaration(
        target=target,
        group=grouping(proposals),
        columns={
            found.column: ColumnRule(
                kind=found.kind, action=found.action, missing="impute" if found.impute else "refuse"
            )
            for found in proposals
        },
    )


def grouping(proposals: Sequence[Proposal]) -> str | None:
    """Return the first pseudonymised column whose values repeat: its rows belong together."""
    groups = (found.column for found in proposals if found.action == "pseudonymise" and found.repeats)
    return next(groups, None)


def _target(column: Evidence) -> Proposal:
    if not 2 <= column.n_distinct <= CLASSES_MAX:
        found = f"more than {column.n_distinct}" if column.has_many else str(column.n_distinct)
        raise ManifestError(
            "target-classes",
            f"The target has {found} different values; 2 to {CLASSES_MAX} classes are allowed.",
            "Choose another target, or band it into classes first.",
        )
    return Proposal(column.column, "target", "keep", f"{column.n_distinct} classes")


def _proposed(column: Evidence) -> Proposal:
    kind, action, reasons = _by_evidence(column)
    impute = action == "keep" and column.n_missing > 0
    told = [*reasons, *_counts(column)]
    return Proposal(
        column.column, kind, action, "; ".join(told), impute, repeats=column.n_distinct < column.n_filled
    )


def _by_evidence(column: Evidence) -> tuple[ColumnKind, Action, list[str]]:
    words = {word.lower() for word in WORDS.findall(column.column)}
    for kind, action, cues in HEADERS:
        if found := words & cues:
            return kind, action, [f"its header says {min(found)!r}"]
    if column.found:
        entity, n_cells = max(column.found.items(), key=lambda item: item[1])
        return HOLDS.get(entity, "other"), "drop", [f"{_share(n_cells, column)} look like {entity}"]
    if not column.n_filled:
        return "other", "drop", ["nothing in it"]
    if column.n_dates >= DATE_SHARE_MIN * column.n_filled:
        return "other", "drop", [f"{_share(column.n_dates, column)} are days: of somebody's birth?"]
    unique = column.has_many or column.n_distinct >= max(
        ROWS_PER_CATEGORY_MIN, ID_SHARE_MIN * column.n_filled
    )
    if column.n_filled == column.n_numbers:
        if column.is_whole and unique:
            return "id", "drop", ["whole numbers, nearly all different"]
        return "measure", "keep", ["numbers"]
    if words and words <= PERSONS:
        return "name", "drop", [f"its header says {min(words)!r}"]
    if column.n_titled >= TITLED_SHARE_MIN * column.n_texts:
        return (
            "name",
            "drop",
            [f"{_share(column.n_titled, column)} are words with capitals: somebody's names?"],
        )
    if column.n_words >= WORDS_MIN * max(1, column.n_texts):
        return "free_text", "drop", ["sentences"]
    if not column.has_many and column.n_distinct <= min(
        CATEGORIES_MAX, column.n_filled // ROWS_PER_CATEGORY_MIN
    ):
        return "category", "keep", ["few different texts"]
    return "other", "drop", ["text that is not understood"]


def _counts(column: Evidence) -> Iterator[str]:
    """Yield how different the cells are, what is empty, and what chance says of digits."""
    yield f"{'over ' if column.has_many else ''}{column.n_distinct:,} distinct in {column.n_rows:,} rows"
    if column.n_missing:
        yield f"{column.n_missing:,} empty"
    if column.n_digits:
        rate = 100 * column.n_luhn / column.n_digits
        yield f"{rate:.0f} % of {column.n_digits:,} digit runs pass Luhn's check (chance: 10 %, cards: 100 %)"


def _share(n_cells: int, column: Evidence) -> str:
    return f"{100 * n_cells / column.n_filled:.0f} % of {column.n_filled:,} filled cells"
