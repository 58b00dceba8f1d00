"""Every text of the author's own that a run publishes."""

from collections.abc import Iterator

from policy_checks.schemas.dataset import ColumnRule, Dataset, Expected
from policy_checks.schemas.manifest import Manifest, OwnCircuit


def published_texts(manifest: Manifest) -> Iterator[tuple[str, str]]:
    """Yield (field, text) for all that reports, packets, schemas or receipts may show of a manifest.

    A document that comes to carry free text joins here: a description, tags, a report's own words.
    """
    yield "claim.text", manifest.claim.text
    if manifest.dataset is not None:
        yield from _dataset(manifest.dataset)
    if isinstance(manifest.circuit, OwnCircuit):
        yield "circuit.openqasm", manifest.circuit.openqasm


def _dataset(dataset: Dataset) -> Iterator[tuple[str, str]]:
    yield "dataset.path", dataset.path
    for name, rule in dataset.columns.items():
        yield f"dataset.columns.{name}", name
        yield from _column(f"dataset.columns.{name}", rule)
    for place, expected in enumerate(dataset.expectations, start=1):
        yield from _expected(f"dataset.expectations[{place}]", expected)


def _column(field: str, rule: ColumnRule) -> Iterator[tuple[str, str]]:
    if rule.reason is not None:
        yield f"{field}.reason", rule.reason
    for entity, reason in (rule.allow or {}).items():
        yield f"{field}.allow.{entity}", reason
    for value in rule.values or ():
        yield f"{field}.values", value


def _expected(field: str, expected: Expected) -> Iterator[tuple[str, str]]:
    for name, given in expected.kwargs.items():
        for each in given if isinstance(given, tuple) else (given,):
            if isinstance(each, str):
                yield f"{field}.kwargs.{name}", each
