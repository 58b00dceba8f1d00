"""Solve: the answer of a job without a table, from its circuits or, labelled, from a classical method."""

import time

from policy_checks.schemas.manifest import Kind
from policy_checks.schemas.records import DegradedReason
from policy_checks.schemas.solution import AnsweredBy, Solution
from tasks.quantum.worker import WorkerLost
from tasks.reporting import outlook
from tasks.stages import evolution, ground_state, optimisation, progress
from tasks.stages.estimation import estimator
from tasks.stages.job import Answer, Job, Method
from tasks.stages.simulator import WORKER
from tasks.stages.submitted_circuit import submitted
from tasks.stages.workspace import Workspace

METHODS: dict[Kind, Method] = {
    "optimise": optimisation,
    "simulate": evolution,
    "variational": ground_state,
}
NOBODY = "Neither the circuits nor a classical method that is exact at this size gave an answer."
SIMULATED = "Simulated on this machine: such a run shows what a circuit does, and no advantage over classical methods."


def solve(workspace: Workspace) -> Solution:
    """Return the answer of the circuits, or a classical one where they are lost or late, labelled."""
    method = METHODS[workspace.manifest.kind]
    job = Job(workspace, estimator(workspace, WORKER))
    started = time.monotonic()
    progress.advance(0, 1, "classical references")
    known = method.refer(job)
    degraded: DegradedReason | None = None
    answered: AnsweredBy = "quantum"
    found: Answer | None
    notes = [SIMULATED]
    try:
        found = method.solve(job, known)
    except WorkerLost as lost:
        degraded = "budget" if lost.code == "quantum-deadline" else "simulator"
        workspace.record("run.degraded", reason=degraded)
        found = method.fall_back(job, known)
        answered = "classical" if found else "nobody"
        notes += [lost.message, *(() if found else (NOBODY,))]
    classical_s = time.monotonic() - started - job.estimator.quantum_s
    found = found or Answer({})
    return Solution(
        kind=workspace.manifest.kind,
        problem=outlook.problem_in_words(workspace.manifest.hamiltonian),
        circuit=outlook.circuit_in_words(workspace.manifest.circuit),
        template=submitted(workspace.manifest, workspace.circuit_text).profile.template,
        degraded=degraded,
        answered_by=answered,
        answer=next(iter(found.quantities), None),
        quantities=found.quantities,
        references=known.values,
        series=found.series,
        bits=found.bits,
        quantum_s=job.estimator.quantum_s,
        classical_s=max(0.0, classical_s),
        n_circuits=job.estimator.n_circuits,
        notes=(*notes, *found.notes),
    )
