"""The one simulator process of this process: asked for early, so that it is warm when it is needed."""

from tasks.quantum.worker import CircuitWorker

WORKER = CircuitWorker()
