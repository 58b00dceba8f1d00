"""How a run looks in a terminal: progress while it runs, the summary when it is done."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.markup import escape
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

from flows.cli.terminal import console, errors, from_here, show_decision, show_findings, table
from policy_checks.schemas.artifacts import CircuitResults, Latency, Scores
from policy_checks.schemas.solution import Solution
from tasks.reporting import solutions
from tasks.reporting.models import answer_mode
from tasks.reporting.summary import RunSummary, measured, what_quantum_brought

METRICS = {"accuracy": "accuracy", "auc": "AUC", "log_loss": "log-loss"}


class Watcher:
    """Draws one line for each stage on standard error; draws nothing when quiet."""

    def __init__(self, bars: Progress | None) -> None:
        self._bars = bars
        self._task: TaskID | None = None

    def say(self, text: str) -> None:
        """Print a line, above the bars where there are any."""
        errors.print(text, style="dim")

    def stage(self, name: str) -> None:
        """Finish the stage before and begin a line for this one."""
        if self._bars:
            self.finish()
            self._task = self._bars.add_task(name, total=None, what="")

    def advance(self, done: int, total: int, what: str) -> None:
        """Move the present stage's bar."""
        if self._bars and self._task is not None:
            self._bars.update(self._task, completed=done, total=total, what=what)

    def finish(self) -> None:
        """Fill the present stage's bar."""
        if self._bars and self._task is not None:
            self._bars.update(self._task, completed=1, total=1, what="")
            self._bars.stop_task(self._task)
            self._task = None

    def fail(self) -> None:
        """Leave the present stage's bar unfinished, and say so in words."""
        if self._bars and self._task is not None:
            self._bars.update(self._task, total=1, completed=0, what="[red]stopped here[/]")
            self._bars.stop_task(self._task)
            self._task = None


@contextmanager
def watched(*, quiet: bool) -> Iterator[Watcher]:
    """Give a watcher that draws while the block runs."""
    if quiet:
        yield Watcher(None)
        return
    with Progress(
        SpinnerColumn(finished_text="[green]+[/]"),
        TextColumn("{task.description:<9}"),
        BarColumn(bar_width=24),
        TimeElapsedColumn(),
        TextColumn("[dim]{task.fields[what]}"),
        console=errors,
    ) as bars:
        watcher = Watcher(bars)
        watcher.stage("prefect")
        yield watcher
        watcher.finish()


def show(summary: RunSummary) -> None:
    """Print what a person wants to know first: what quantum brought, then numbers, cost and places."""
    if summary.refused:
        console.print("Decision: [bold][red]denied[/][/] by the privacy gate")
        show_findings(summary.refused)
    else:
        show_decision(summary.decision, finished=bool(summary.results or summary.solution))
    if summary.solution:
        _show_solution(summary.solution)
        _show_billing(summary)
        _show_places(summary)
    elif summary.results and summary.model:
        _show_results(summary.results, summary.model.n_test)
        _show_billing(summary)
        _show_places(summary)
    console.print(f"\nRun {summary.run_id}")
    if summary.results or summary.solution:
        console.print(f"Next: [bold]atomq report {summary.run_id[:8]}[/] or [bold]atomq verify[/]")


def _show_results(results: CircuitResults, n_test: int) -> None:
    console.print(f"\n[bold]{escape(what_quantum_brought(results))}[/]")
    shown = table("model", *(f"{title}>" for title in METRICS.values()))
    rows: dict[str, Scores] = {} if results.degraded else {"hybrid": results.hybrid}
    rows["neural-only"] = results.neural
    rows |= {
        f"hybrid, {mode}": scores for mode, scores in results.modes.items() if mode != answer_mode(results)
    }
    rows |= results.baselines
    for name, scores in rows.items():
        shown.add_row(name.replace("_", " "), *(measured(getattr(scores, metric)) for metric in METRICS))
    console.print(shown)
    console.print(f"[dim]{n_test:,} test rows. {escape(' '.join(results.notes))}[/]\n")
    timings = table("operation", "cold>", "warm median>", "budget>")
    for latency in results.latencies:
        timings.add_row(*_latency_row(latency))
    console.print(timings)


def _show_solution(solution: Solution) -> None:
    console.print(f"\n[bold]{escape(solutions.headline(solution))}[/]")
    if solution.bits:
        console.print(f"Best word, variable 0 first: [bold]{solution.bits}[/]")
    for shown in (solutions.quantities(solution), solutions.references(solution)):
        first, *others = shown.columns
        listed = table(first, *others)
        for row in shown.rows:
            listed.add_row(*row)
        console.print(listed)
    console.print(f"[dim]{escape(' '.join(solution.notes))}[/]\n")


def _latency_row(latency: Latency) -> tuple[str, ...]:
    warm = sorted(latency.warm_s)
    median = f"{warm[len(warm) // 2]:.3f} s" if warm else "-"
    name = latency.operation if latency.operation == "neural" else f"{latency.operation}, {latency.mode}"
    return name, f"{latency.cold_s:.3f} s", median, f"{latency.budget_s:g} s"


def _show_billing(summary: RunSummary) -> None:
    bill = table("\nservice", "\nquantity>", "\ncost>")
    for charge in summary.records.charges if summary.records else ():
        bill.add_row(charge.service, f"{charge.quantity} {charge.unit}", f"{charge.cost_eur:f} EUR")
    console.print(bill)


def _show_places(summary: RunSummary) -> None:
    console.print()
    for name, file in {
        "report": "report.html",
        "predictions": "predictions.parquet",
        "model": "model.safetensors",
        "receipt": "receipt.json",
    }.items():
        if path := summary.path(file):
            console.print(f"{name:<12} {from_here(path)}", soft_wrap=True)
    stages = ", ".join(f"{name} {seconds:.1f}" for name, seconds in summary.stages.items())
    console.print(f"{'seconds':<12} {stages}", soft_wrap=True)
