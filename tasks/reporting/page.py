"""One page that opens from disk, without network or scripts, for whoever wants to know what a run did."""

import base64
from collections.abc import Mapping
from typing import NamedTuple

from jinja2 import Environment, PackageLoader, StrictUndefined

from policy_checks.schemas.solution import Solution
from tasks.reporting import governance_tables, privacy, solutions, tables
from tasks.reporting.pictures import Picture
from tasks.reporting.summary import RunSummary, what_quantum_brought
from tasks.reporting.tables import Evaluated

REASONS = {
    "budget": "The circuits did not end within the time that is allowed them (clause P6), so they were stopped.",
    "simulator": "The quantum simulator failed or was lost (clause P7.1).",
    "remote": "The remote device gave no usable answer (clause P7.1); the notes say why.",
    "referee": "Aer and the trained layer disagree about the same circuits, so neither was believed.",
}
TEMPLATES = Environment(
    loader=PackageLoader("tasks.reporting", ""),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    keep_trailing_newline=True,
)


class Shown(NamedTuple):
    """A picture inside the page; width and height in CSS pixels keep its place before it is decoded."""

    title: str
    alt: str
    source: str
    width: int
    height: int


def render(summary: RunSummary, pictures: Mapping[str, Picture]) -> bytes:
    """Return the page of an evaluated run as UTF-8 HTML: the same bytes for the same input.

    Every value is escaped; the page's own policy forbids scripts and every request.

    Args:
        pictures: as `pictures.draw` returns them; absent ones are left out.

    Raises:
        StageError: the run has no results to show.
    """
    if summary.solution is not None:
        return _of_solution(summary, summary.solution, pictures)
    parts, decision = tables.evaluated(summary), summary.decision
    shown = {name: _shown(picture) for name, picture in pictures.items()}
    text = TEMPLATES.get_template("page.html").render(
        what="hybrid run",
        run_id=summary.run_id,
        mode=summary.mode,
        judged_at=tables.judged_at(decision),
        headline=what_quantum_brought(parts.results),
        degraded=parts.results.degraded,
        reason=REASONS.get(parts.results.degraded or ""),
        n_test=parts.results.n_test,
        facts=tables.facts(summary, ", ".join(parts.model.classes)),
        results=[tables.scores(parts.results)],
        notes=(*parts.results.notes, tables.sizes(parts.results)),
        latencies=tables.latencies(parts.results),
        latency_picture=shown.pop("latency", None),
        pictures=list(shown.values()),
        findings=governance_tables.findings(decision),
        bill=governance_tables.bill(parts.records),
        estimates=governance_tables.estimates(
            decision.estimate, governance_tables.metered(parts.results), parts.records
        ),
        origins=governance_tables.origins(summary),
        governing=governance_tables.governing(decision),
        **_privacy(parts),
    )
    return text.encode()


def _of_solution(summary: RunSummary, solution: Solution, pictures: Mapping[str, Picture]) -> bytes:
    decision, records = summary.decision, tables.recorded(summary)
    text = TEMPLATES.get_template("solution.html").render(
        what=solutions.WHAT[solution.kind],
        run_id=summary.run_id,
        mode=summary.mode,
        judged_at=tables.judged_at(decision),
        headline=solutions.headline(solution),
        degraded=solution.degraded,
        reason=REASONS.get(solution.degraded or ""),
        answered=f"{solutions.answered(solution)}.",
        facts=solutions.facts(summary, solution),
        results=[solutions.quantities(solution), solutions.references(solution)],
        notes=solution.notes,
        pictures=[_shown(picture) for picture in pictures.values()],
        findings=governance_tables.findings(decision),
        bill=governance_tables.bill(records),
        estimates=governance_tables.estimates(decision.estimate, {"quantum_s": solution.quantum_s}, records),
        origins=solutions.origins(summary, solution),
        governing=governance_tables.governing(decision),
    )
    return text.encode()


def _privacy(parts: Evaluated) -> dict[str, object]:
    kept = [column for column in parts.table.columns if column.action == "keep"]
    treated = [column for column in parts.table.columns if column.action != "keep"]
    return {
        "reached": privacy.reached(parts.table),
        "n_columns": len(parts.table.columns),
        "n_kept": len(kept),
        "n_treated": len(treated),
        "treated": privacy.columns(treated, "Columns that were changed or dropped"),
        "kept": privacy.columns(kept, "Columns that were kept"),
        "gate": privacy.gate(parts.table.gate),
    }


def _shown(picture: Picture) -> Shown:
    svg = picture.svg()
    width, height = picture.figure.get_size_inches() * 96
    source = f"data:image/svg+xml;base64,{base64.b64encode(svg).decode()}"
    return Shown(picture.title, picture.alt, source, round(width), round(height))
