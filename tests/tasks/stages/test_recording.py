"""Telemetry has scores of at least 20 test rows together, and of fewer none at all."""

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from tasks.stages import evaluation, recording
from tests.documents import DIGEST, a_manifest
from tests.tasks.reporting.results_builders import circuit_results

NOW = datetime(2026, 11, 23, tzinfo=UTC)
RUN = "01a206cd-ce3b-742c-ac61-11ae724346c4"


@pytest.mark.parametrize(("n_test", "scored"), [(1, False), (19, False), (20, True), (21, True)])
def test_scores_of_few_rows_stay_out_of_the_metrics_and_latencies_do_not(n_test, scored):
    workspace = SimpleNamespace(run=RUN, tenant="t-" + "0" * 16, digest=DIGEST, manifest=a_manifest())
    rows = list(recording._rows(workspace, circuit_results(n_test=n_test), NOW))
    metrics = {row.metric for row in rows}
    assert ("accuracy" in metrics) == scored
    assert {"latency_cold_s", "latency_warm_s"} <= metrics
    assert bool(evaluation._told_of_few(n_test)) != scored
