"""Train the two-headed model on the sanitised table."""

from prefect import task
from prefect.cache_policies import NO_CACHE

from policy_checks.schemas.artifacts import TrainedModel
from tasks.stages.workspace import perform


@task(name="train", persist_result=False, cache_policy=NO_CACHE)
def train(run: str, manifest: str) -> TrainedModel:
    """Return a reference to the trained weights."""
    from tasks.stages import training

    return perform(run, manifest, "train", TrainedModel, training.train)
