"""Train the two-headed model on the sanitised table."""

from prefect import task
from prefect.cache_policies import NO_CACHE

from policy_checks.schemas.artifacts import TrainedModel
from tasks.stages.own_words import own_words
from tasks.stages.workspace import Workspace, perform


@task(name="train", persist_result=False, cache_policy=NO_CACHE)
@own_words("train")
def train(run: str, manifest: str) -> TrainedModel:
    """Return a reference to the trained weights."""

    def work(workspace: Workspace) -> TrainedModel:
        # Slow to import, and a run that comes back has done this stage already.
        from tasks.stages import training

        return training.train(workspace)

    return perform(run, manifest, "train", TrainedModel, work)
