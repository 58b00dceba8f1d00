"""Which columns may be learned from, and the numbers that they become."""

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from policy_checks.errors import ManifestError
from policy_checks.schemas.dataset import ColumnRule

N_CATEGORIES_MAX = 256


def read_features(
    table: pd.DataFrame, columns: Mapping[str, ColumnRule], group: str | None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the measures (float64) and the categories (text) among `columns`, sorted by name.

    Only kept or generalised columns of these two kinds are features; the group column never is.

    Raises:
        ManifestError: no feature is declared, or one holds cells that its rule refuses.
    """
    kinds = {
        name: rule.kind
        for name, rule in sorted(columns.items())
        if rule.kind in ("measure", "category") and rule.action in ("keep", "generalise") and name != group
    }
    if not kinds:
        raise no_features("no kept or generalised column of kind measure or category is declared")
    measures = table[[name for name, kind in kinds.items() if kind == "measure"]]
    measures = measures.apply(pd.to_numeric, errors="coerce").astype(np.float64)
    categories = table[[name for name, kind in kinds.items() if kind == "category"]].astype("string")
    features = [*measures.items(), *categories.items()]
    _refuse_missing(features, columns)
    _refuse_infinite(measures.columns[np.isinf(measures.to_numpy()).any(axis=0)])
    if not any(cells.nunique(dropna=False) > 1 for _, cells in features):
        raise no_features("every declared feature is constant")
    return measures, categories


def encode(
    measures: pd.DataFrame, categories: pd.DataFrame, train: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], tuple[str, ...]]:
    """Standardise measures and one-hot encode categories with what the rows in `train` say.

    Returns:
        x of shape (n, d) and the d feature names: `name` of a measure, `name[i]` of a category's
        i-th training value in sorted order.
    """
    hot, names = _one_hot(categories, train)
    return np.hstack([_scaled(measures, train), hot]), (*measures.columns, *names)


def no_features(found: str) -> ManifestError:
    """Return the fault of a table without anything to learn from."""
    return ManifestError("no-features", f"{found}; at least one is needed", "declare features that vary")


def _scaled(measures: pd.DataFrame, train: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Fill with training medians (0 where there is none), then standardise."""
    filled = measures.fillna(measures[train].median().fillna(0.0))
    with np.errstate(all="ignore"):
        mean, deviation = filled[train].mean(), filled[train].std(ddof=0)
        scaled = (filled - mean) / deviation.replace(0.0, 1.0)
        finite = np.isfinite(scaled.to_numpy(dtype=np.float32)).all(axis=0) & np.isfinite(deviation)
    _refuse_infinite(measures.columns[~finite])
    return np.asarray(scaled, dtype=np.float64)


def _one_hot(categories: pd.DataFrame, train: NDArray[np.bool_]) -> tuple[NDArray[np.float64], list[str]]:
    """Fill with the most frequent training value; a value that training never saw is all zeros."""
    blocks, names = [np.empty((len(train), 0))], list[str]()
    for name, column in categories.items():
        filled = column.fillna(column[train].mode().get(0, ""))
        values = np.array(sorted(filled[train].unique()), dtype=object)
        if len(values) > N_CATEGORIES_MAX:
            raise ManifestError(
                "too-many-categories",
                f"{name} has {len(values):,} training values; {N_CATEGORIES_MAX} are allowed",
                "merge its values or drop the column",
            )
        blocks.append((filled.to_numpy(dtype=object)[:, None] == values).astype(np.float64))
        names += [f"{name}[{index}]" for index in range(len(values))]
    return np.hstack(blocks), names


def _refuse_missing(features: Iterable[tuple[str, pd.Series]], columns: Mapping[str, ColumnRule]) -> None:
    empty = {name: int(cells.isna().sum()) for name, cells in features if columns[name].missing == "refuse"}
    found = [f"{name} ({n_cells:,})" for name, n_cells in empty.items() if n_cells]
    if found:
        raise ManifestError(
            "missing-values",
            f"cells are empty or unreadable in {', '.join(found)}; the columns' rules allow none",
            'fill them in, or declare missing = "impute"',
        )


def _refuse_infinite(names: pd.Index) -> None:
    if len(names):
        raise ManifestError(
            "not-finite",
            f"cells of {', '.join(names)} are infinite or too large to scale; measures must be finite",
            "correct or remove those rows",
        )
