"""Why a table cannot be sanitised, added up over its batches and told at once: counts, never a cell."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from policy_checks.errors import ManifestError
from policy_checks.schemas.dataset import ColumnRule

SEVERAL = "several-problems"
N_SHOWN = 5
FITTING = {"birth_date": "to", "address": "prefix", "measure": "bin_width"}


@dataclass(frozen=True)
class Problem:
    """A code, what was found where, and what to do.

    Attributes:
        about: a column, or the whole sentence where no cells are counted.
        n_cells: how many cells of the column have the problem.
        cells: what these cells are.
    """

    code: str
    about: str
    remedy: str
    n_cells: int = 0
    cells: str = ""

    @property
    def found(self) -> str:
        """What was found, without a full stop."""
        return f"{self.about} has {self.n_cells:,} {self.cells}" if self.n_cells else self.about


class Problems:
    """All problems of a table: the same one of a later batch only adds its cells."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str], Problem] = {}

    def __bool__(self) -> bool:
        return bool(self._found)

    def add(self, problems: Iterable[Problem]) -> None:
        """Count problems of one more batch."""
        for problem in problems:
            key = (problem.code, problem.about)
            before = self._found.get(key)
            n_cells = problem.n_cells + (before.n_cells if before else 0)
            self._found[key] = replace(problem, n_cells=n_cells)

    def refuse(self) -> None:
        """Do nothing if there is no problem.

        Raises:
            ManifestError: one kind of problem gives its own `code`, more give "several-problems".
        """
        if not self._found:
            return
        problems = tuple(self._found.values())
        codes = {problem.code for problem in problems}
        raise ManifestError(
            codes.pop() if len(codes) == 1 else SEVERAL,
            "; ".join(f"{problem.found} ({problem.code})" for problem in problems) + ".",
            "To do: " + "; ".join(dict.fromkeys(problem.remedy for problem in problems)) + ".",
        )


def mismatches(found: Sequence[str], columns: Mapping[str, ColumnRule]) -> Iterator[Problem]:
    """Yield undeclared columns by number, because a header can be a person's row, and absent ones by name."""
    undeclared = [str(number) for number, name in enumerate(found, 1) if name not in columns]
    if undeclared:
        yield Problem(
            "undeclared-columns",
            f"{len(undeclared)} columns of the table are not declared, counted from 1: {_few(undeclared)}",
            "declare every column under dataset.columns, or leave it out of the table",
        )
    absent = sorted(columns.keys() - set(found))
    if absent:
        yield Problem(
            "absent-columns",
            f"{len(absent)} declared columns are not in the table: {_few([repr(name) for name in absent])}",
            "correct the names under dataset.columns",
        )


def unfit(name: str, rule: ColumnRule) -> Iterator[Problem]:
    """Yield what keeps a rule from being applied to any column."""
    if rule.kind == "target" and rule.action != "keep":
        yield Problem("target-not-kept", f"target {name!r} is to be {rule.action!r}", 'set action = "keep"')
    if rule.action == "generalise" and not _says_how(rule):
        yield Problem(
            "cannot-generalise",
            f"{name!r} of kind {rule.kind!r} cannot be generalised as declared",
            'generalise birth dates by to = "year" or "5_years", addresses by prefix, measures by bin_width',
        )


def unfilled(name: str, rule: ColumnRule, n_missing: int) -> Iterator[Problem]:
    """Yield the empty cells of a column that must be filled."""
    if not n_missing or not must_be_filled(rule):
        return
    if rule.kind == "target":
        code, about, remedy = "target-missing-values", f"target {name!r}", "remove rows without a target"
    else:
        code, about, remedy = "missing-values", repr(name), 'fill them, or set missing = "impute"'
    yield Problem(code, about, remedy, n_missing, "empty cells")


def unreadable(name: str, rule: ColumnRule) -> Problem:
    """Return that a column has a type that its action cannot read."""
    return Problem(
        "unreadable-type",
        f"{name!r} of kind {rule.kind!r} has a type that cannot be read",
        "write the column as text or as numbers",
    )


def is_number(rule: ColumnRule) -> bool:
    """Return whether the sanitised column is float64; every other one is text."""
    return rule.kind == "measure" and rule.action in ("keep", "generalise")


def must_be_filled(rule: ColumnRule) -> bool:
    """Return whether an empty cell refuses the table: a target, or a feature that is not imputed."""
    is_feature = rule.kind in ("measure", "category") and rule.action in ("keep", "generalise")
    return rule.kind == "target" or (is_feature and rule.missing == "refuse")


def _few(names: list[str]) -> str:
    return ", ".join(names[:N_SHOWN]) + (", ..." if len(names) > N_SHOWN else "")


def _says_how(rule: ColumnRule) -> bool:
    return getattr(rule, FITTING.get(rule.kind, ""), None) is not None
