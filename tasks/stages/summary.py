"""Read from a run's folder what a person or a program wants to know of it."""

from typing import TypeVar

from policy_checks.integrity import strict_json
from policy_checks.schemas.artifacts import CircuitResults, Records, SanitisedTable, TrainedModel
from policy_checks.schemas.base import Document
from policy_checks.schemas.decision import Decision
from policy_checks.schemas.solution import Solution
from tasks.adapters.run_folder import RunFolder
from tasks.reporting.summary import RunSummary

D = TypeVar("D", bound=Document)
STAGES = ("admit", "sanitise", "train", "evaluate", "solve", "record", "report", "complete")


def summarise(folder: RunFolder) -> RunSummary:
    """Return the summary of a run from what its stages left.

    Raises:
        UnavailableError: the run was never judged.
    """
    decision = Decision.model_validate_json(folder.read("admit.json"))
    table = _left(folder, "sanitise", SanitisedTable)
    return RunSummary(
        run_id=folder.run,
        mode=decision.mode,
        decision=decision,
        refused=table.findings if table else (),
        stages=_seconds(folder),
        table=table,
        model=_left(folder, "train", TrainedModel),
        results=_left(folder, "evaluate", CircuitResults),
        solution=_left(folder, "solve", Solution),
        records=_left(folder, "record", Records),
        folder=str(folder.path),
    )


def _left(folder: RunFolder, stage: str, schema: type[D]) -> D | None:
    if not (folder.path / f"{stage}.json").is_file():
        return None
    return schema.model_validate_json(folder.read(f"{stage}.json"))


def _seconds(folder: RunFolder) -> dict[str, float]:
    found = {}
    for stage in STAGES:
        if (folder.path / f"{stage}.seconds.json").is_file():
            found[stage] = strict_json.loads(folder.read(f"{stage}.seconds.json"))["seconds"]
    return found
