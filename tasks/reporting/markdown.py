"""The same account as Markdown for Prefect's artifacts, which everybody with access to Prefect may read.

What Prefect stores is telemetry (clause P1.1): counts of fewer than 20 rows are written vaguely,
pictures of them are left out, class labels (they are cells of the table) are not named, and names
of columns cannot become markup or links.
"""

import base64
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from policy_checks.schemas.artifacts import CircuitResults, Records
from policy_checks.schemas.decision import Decision
from policy_checks.schemas.records import ROWS_MIN
from policy_checks.schemas.solution import Solution
from tasks.reporting import governance_tables, privacy, solutions, tables
from tasks.reporting.summary import RunSummary, what_quantum_brought
from tasks.reporting.tables import Evaluated, Kind, Table

if TYPE_CHECKING:  # Drawing needs matplotlib; whoever renders a plan waits for it otherwise.
    from tasks.reporting.pictures import Picture

PICTURES = ("comparison", "difference", "roc", "calibration", "latency", "magnetisation", "search", "methods")
TOO_FEW = f"The scores of fewer than {ROWS_MIN} test rows stand in the run's own report only."
ELSEWHERE = (
    f"Pictures that name classes or show groups of fewer than {ROWS_MIN} rows stand in the run's own "
    "report.html only."
)
SIGNED = (
    "The file receipt.json in the run's folder is signed and names the digest of every file of the run; "
    "`atomq verify` checks it."
)
INSIDE_A_LINK = re.compile(r"(?<=:)(?=//)|(?<=www)(?=\.)|(?<=@)", re.IGNORECASE)
WORD_JOINER = "\u2060"
OUTSIDE_A_CELL = str.maketrans("`|", "'¦")
HARMLESS = frozenset(" .,;:()/+%=-'█░" + WORD_JOINER)


def render(summary: RunSummary, pictures: "Mapping[str, Picture]") -> dict[str, str]:
    """Return Markdown by artifact key: summary, pictures, privacy and decision of an evaluated run.

    Args:
        pictures: as `pictures.draw` returns them.

    Raises:
        StageError: the run has no results to show.
    """
    written = _solved(summary, pictures) if summary.solution else _evaluated(summary, pictures)
    return {key: "\n\n".join(blocks) + "\n" for key, blocks in written.items()}


def _evaluated(summary: RunSummary, pictures: "Mapping[str, Picture]") -> dict[str, Iterator[str]]:
    parts = tables.evaluated(summary)
    seconds = governance_tables.metered(parts.results)
    return {
        "hybrid-run-summary": _summary(summary, parts),
        "hybrid-run-pictures": _pictures(pictures),
        "hybrid-run-privacy": _privacy(parts),
        "hybrid-run-decision": _decision(
            summary.decision, parts.records, seconds, governance_tables.origins(summary)
        ),
    }


def _solved(summary: RunSummary, pictures: "Mapping[str, Picture]") -> dict[str, Iterator[str]]:
    solution = solutions.solved(summary)
    seconds = {"quantum_s": solution.quantum_s}
    return {
        "hybrid-run-summary": _solution(summary, solution),
        "hybrid-run-pictures": _pictures(pictures),
        "hybrid-run-decision": _decision(
            summary.decision, tables.recorded(summary), seconds, solutions.origins(summary, solution)
        ),
    }


def _solution(summary: RunSummary, solution: Solution) -> Iterator[str]:
    yield f"## {prose(solutions.headline(solution))}"
    yield facts(solutions.facts(summary, solution))
    yield "### Results"
    yield table(solutions.quantities(solution))
    yield table(solutions.references(solution))
    yield "\n".join(f"- {prose(text)}" for text in solution.notes)


def _summary(summary: RunSummary, parts: Evaluated) -> Iterator[str]:
    results = parts.results
    yield f"## {prose(_headline(results))}"
    yield facts(tables.facts(summary, classes=f"{len(parts.model.classes)}"))
    yield "### Results"
    yield table(tables.scores(results)) if results.n_test >= ROWS_MIN else TOO_FEW
    yield "\n".join(f"- {prose(text)}" for text in (*results.notes, tables.sizes(results)))
    yield "### Latency against the budgets"
    yield table(tables.latencies(results))


def _pictures(pictures: "Mapping[str, Picture]") -> Iterator[str]:
    for name in PICTURES:
        picture = pictures.get(name)
        if picture is not None and (picture.n_rows_min is None or picture.n_rows_min >= ROWS_MIN):
            yield f"### {prose(picture.title)}"
            yield f"![{prose(picture.alt)}](data:image/png;base64,{base64.b64encode(picture.png()).decode()})"
    if any(picture.n_rows_min is not None for picture in pictures.values()):
        yield ELSEWHERE


def _privacy(parts: Evaluated) -> Iterator[str]:
    yield "\n".join(f"- {prose(text)}" for text in privacy.reached(parts.table, telemetry=True))
    yield table(privacy.columns(parts.table.columns, "Every declared column", privacy.vague))
    yield table(privacy.gate(parts.table.gate))


def _decision(
    decision: Decision, records: Records, seconds: Mapping[str, float], origins: Table
) -> Iterator[str]:
    yield f"Judged on {tables.judged_at(decision)}."
    if decision.findings:
        yield table(governance_tables.findings(decision))
    else:
        yield "Policy found nothing to remark."
    yield table(governance_tables.bill(records))
    yield table(governance_tables.estimates(decision.estimate, seconds, records))
    yield table(origins)
    yield table(governance_tables.governing(decision))
    yield SIGNED


def _headline(results: CircuitResults) -> str:
    enough = results.degraded or results.n_test >= ROWS_MIN
    return what_quantum_brought(results) if enough else TOO_FEW


def facts(shown: Iterable[tables.Fact]) -> str:
    """Return labelled values as a table."""
    rows = ((fact.label, _cell(fact.value, fact.kind)) for fact in shown)
    return _lines(("Fact", "Value"), ("text", "text"), rows)


def table(shown: Table) -> str:
    """Return a table with its caption above it."""
    kinds = tuple(shown.columns.values())
    rows = (tuple(map(_cell, row, kinds)) for row in shown.rows)
    return f"**{prose(shown.caption)}**\n\n" + _lines(tuple(shown.columns), kinds, rows)


def _lines(titles: Iterable[str], kinds: Iterable[Kind], rows: Iterable[Iterable[str]]) -> str:
    marks = ["--:" if kind in ("number", "measured") else ":--" for kind in kinds]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (titles, marks, *rows))


def _cell(text: str, kind: Kind) -> str:
    return code(text) if kind == "code" else prose(text)


def prose(text: str) -> str:
    """Return text that Markdown shows as it stands, on one line, never as markup or a link.

    >>> prose("<b>_x_|http://a</b>").replace(WORD_JOINER, "^")
    '&#60;b&#62;&#95;x&#95;&#124;http:^//a&#60;/b&#62;'
    """
    broken = INSIDE_A_LINK.sub(WORD_JOINER, flat(text))
    return "".join(c if c.isalnum() or c in HARMLESS else f"&#{ord(c)};" for c in broken)


def code(text: str) -> str:
    """Return text as a code span that fits a table cell.

    >>> code("a`b|c")
    "`a'b¦c`"
    """
    return f"`{flat(text).translate(OUTSIDE_A_CELL) or '?'}`"


def flat(text: str) -> str:
    """Return text without control and direction characters, runs of space made one."""
    printable = "".join(" " if unicodedata.category(c)[0] in "CZ" else c for c in text)
    return " ".join(printable.split())
