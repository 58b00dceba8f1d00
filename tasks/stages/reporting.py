"""Tell: one page that opens from disk, and the same as Markdown for Prefect."""

from collections.abc import Callable

from policy_checks.schemas.artifacts import Report
from tasks.reporting import markdown, page, pictures, solution_pictures
from tasks.reporting.summary import REPORT
from tasks.stages.summary import summarise
from tasks.stages.workspace import Workspace
from tasks.tabular.outgoing import require_clean_text


def report(workspace: Workspace, publish: Callable[[str, str], object]) -> Report:
    """Write the run's page and hand each Markdown text to `publish(key, text)`.

    Raises:
        AssertionError: the run has no results; only runs that found something are reported.
    """
    summary = summarise(workspace.folder)
    if summary.solution is not None:
        drawn = solution_pictures.draw(summary.solution)
    elif summary.results is not None and summary.model is not None:
        drawn = pictures.draw(summary.results, summary.model.classes)
    else:
        raise AssertionError("only runs that found something are reported")
    whole = page.render(summary, drawn)
    require_clean_text(whole.decode(), REPORT)
    written = workspace.folder.write(REPORT, whole)
    for key, text in markdown.render(summary, drawn).items():
        publish(key, text)
    return Report(path=REPORT, digest=written)
