"""`submit`: hand a signed manifest to the worker of its tenant."""

from contextlib import suppress
from pathlib import Path

from flows.cli.submit import Submission, read_submission
from flows.cli.terminal import console, reported, show_json
from policy_checks.errors import UnavailableError
from tasks.adapters import servers
from tasks.adapters.prefect_api import PrefectApi
from tasks.adapters.servers import Server
from tasks.adapters.submission import ManifestStore


def submit_command(path: Path, *, key: Path | None, as_json: bool) -> None:
    """Store a manifest, ask for its run, and print where it can be watched."""
    with reported(as_json):
        found = read_submission(path, key)
        server, deployment = _deployment(found)
        # A crash after this leaves a stored manifest that nobody runs.
        ManifestStore(found.state.home).put(found.pseudonym, found.digest, found.envelope)
        run = PrefectApi(server).post(
            f"/deployments/{deployment}/create_flow_run",
            {"parameters": {"manifest": found.digest}, "idempotency_key": found.digest},
        )
        url = f"{server.url.removesuffix('/api')}/v2/runs/flow-run/{run['id']}"
        if as_json:
            show_json({"run_id": run["id"], "manifest": found.digest, "url": url})
            return
        console.print(f"Submitted manifest {found.digest}", soft_wrap=True)
        console.print(f"Run {run['id']}")
        console.print(f"Watch it: {url}", soft_wrap=True)


def _deployment(found: Submission) -> tuple[Server, str]:
    """Return the first known server that serves the manifest's tenant, and the id of the deployment there.

    Servers that are gone, or that some other command brought for itself, are passed over.
    """
    for server in servers.known(found.state.home):
        with suppress(UnavailableError):
            deployment = PrefectApi(server).get(f"/deployments/name/hybrid-run/{found.pseudonym}")
            return server, str(deployment["id"])
    raise UnavailableError(
        "tenant-not-deployed",
        "No Prefect server is known that answers and serves this tenant.",
        "Start one with `atomq up`, or set PREFECT_API_URL (and PREFECT_API_AUTH_STRING) to the one that does.",
    )
