"""Names, options and help of every command; the work is in the rooms beside this one."""

from pathlib import Path
from typing import Annotated

import typer

from flows.cli.audit_app import audit
from flows.cli.dataset_app import dataset
from flows.cli.documents_app import documents
from flows.cli.keys_app import keys
from flows.cli.review_app import review
from flows.cli.template_app import standing, template
from flows.cli.tenant_app import tenant

app = typer.Typer(
    name="atomq",
    help="Governed hybrid quantum-AI runs: nothing runs unsigned, unjudged or unrecorded.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

app.add_typer(review)
app.add_typer(tenant, name="tenant")
app.add_typer(dataset, name="dataset")
app.add_typer(template, name="template")
app.add_typer(standing, name="standing-approval")
app.add_typer(keys, name="keys")
app.add_typer(documents, name="documents")
app.add_typer(audit, name="audit")

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]
SignAs = Annotated[
    Path | None, typer.Option("--as", help="The submitter's key file. Default: the one in the state folder.")
]
ManifestPath = Annotated[Path, typer.Argument(help="A manifest (TOML) or a signed envelope (JSON).")]


@app.command(epilog="Example: atomq run data/manifests/breast_cancer.toml")
def run(
    manifest: Annotated[
        Path | None, typer.Argument(help="A manifest (TOML) or a signed envelope. Default: the sample.")
    ] = None,
    key: SignAs = None,
    as_json: Json = False,
    wait: Annotated[
        bool,
        typer.Option(
            "--wait", help="Wait while this very manifest is running elsewhere, and for a reviewer."
        ),
    ] = False,
) -> None:
    """Sign, judge, run and record one manifest.

    Exit codes: 0 done (also when degraded), 1 denied, 2 unusable input, 3 needs approval,
    4 a signature does not verify, 5 unavailable, 130 interrupted.
    """
    from flows.cli.run import run_command

    run_command(manifest, key=key, as_json=as_json, wait=wait)


@app.command(epilog="Example: atomq check my_table.toml --json")
def check(manifest: ManifestPath, key: SignAs = None, as_json: Json = False) -> None:
    """Say what policy would decide, without running anything.

    Exit codes: 0 allowed, 1 denied, 2 unusable input, 3 needs approval, 4 a signature does not verify.
    """
    from flows.cli.submit import check_command

    check_command(manifest, key=key, as_json=as_json)


@app.command(epilog="Example: atomq sign my_table.toml -o my_table.json")
def sign(
    manifest: Annotated[Path, typer.Argument(help="A manifest (TOML).")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Where to write the envelope.")],
    key: SignAs = None,
    as_json: Json = False,
) -> None:
    """Complete a manifest with digest, window and code, and sign it."""
    from flows.cli.submit import sign_command

    sign_command(manifest, output, key=key, as_json=as_json)


@app.command(epilog="Example: atomq submit my_table.toml")
def submit(manifest: ManifestPath, key: SignAs = None, as_json: Json = False) -> None:
    """Sign a manifest and hand it to its tenant's worker, which `atomq up` serves."""
    from flows.cli.deployed import submit_command

    submit_command(manifest, key=key, as_json=as_json)


@app.command(epilog="Example: atomq new data/samples/my_table.csv --target outcome -o my_table.toml")
def new(
    file: Annotated[Path, typer.Argument(help="A table, CSV, JSON Lines or Parquet, or a folder of them.")],
    target: Annotated[str, typer.Option("--target", help="The column to predict.")],
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", help="The manifest, or the folder for them. Default: TABLE.toml here."
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Write a commented manifest for a table of your own, with cautious column declarations."""
    from flows.cli.new import new_command

    new_command(file, target, output, as_json=as_json)


@app.command(epilog="Example: atomq scan data/samples --json")
def scan(
    path: Annotated[Path, typer.Argument(help="A table, CSV, JSON Lines or Parquet, or a folder of them.")],
    as_json: Json = False,
) -> None:
    """Look for personal data in tables: what, in which column, in how many cells; never a value.

    A column or table whose name itself is personal is told by its number. Exit codes: 0 nothing found,
    1 something found, 2 unreadable.
    """
    from flows.cli.scan import scan_command

    scan_command(path, as_json=as_json)


@app.command(epilog="Example: atomq inspect my_circuit.qasm --shots 4096 --json")
def inspect(
    file: Annotated[Path, typer.Argument(help="A circuit as text, OpenQASM 2 or 3.")],
    shots: Annotated[int, typer.Option("--shots", min=1, help="How often it would be measured.")] = 1024,
    tenant: Annotated[
        str | None, typer.Option("--tenant", help="Whose tiers count. Default: the first tenant's.")
    ] = None,
    approved: Annotated[
        Path | None,
        typer.Option("--approved", help="A circuit that was approved, and that this one must equal."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Say what a circuit is, what it would need, and what stands against it, without running it.

    Gates, depth, complexity units, predicted seconds and bytes, tier, purposes that its structure serves, and
    what a scan for attacks found, each with its line. Exit codes as check: 0 nothing stands against it,
    1 it would be denied, 2 refused with the line and what to do, 3 needs approval.
    """
    from flows.cli.inspect import inspect_command

    inspect_command(file, shots=shots, tenant=tenant, approved=approved, as_json=as_json)


@app.command(epilog="Example: atomq calibrate --json")
def calibrate(as_json: Json = False) -> None:
    """Measure what simulations cost on this machine, for every later prediction; it takes about half a minute.

    Exit codes: 0 measured and kept, 5 a circuit was not simulated or nothing could be kept.
    """
    from flows.cli.calibrate import calibrate_command

    calibrate_command(as_json=as_json)


@app.command(epilog="Example: atomq verify --json")
def verify(
    run: Annotated[str | None, typer.Option("--run", help="Only this run's files, and the log.")] = None,
    receipt: Annotated[
        Path | None,
        typer.Option("--receipt", help="Only this receipt, with its proof beside it, and the log."),
    ] = None,
    pack: Annotated[
        Path | None, typer.Option("--pack", help="An exported evidence pack instead of the state folder.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Verify keys, documents, log, checkpoints, witnesses, receipts, artifacts and records; locate what does not hold.

    Every post-quantum signature is judged by two implementations. Exit codes: 0 all verifies, 4 something does not.
    """
    from flows.cli.records import verify_command

    verify_command(run=run, receipt=receipt, pack=pack, as_json=as_json)


@app.command(epilog="Example: atomq report 0193a7")
def report(
    run: Annotated[str, typer.Argument(help="A run's id, or the beginning of it.")], as_json: Json = False
) -> None:
    """Show a run's summary and where its report, receipt and predictions lie."""
    from flows.cli.records import report_command

    report_command(run, as_json=as_json)


@app.command(epilog="Example: atomq runs")
def runs(as_json: Json = False) -> None:
    """List every run that the audit log knows, newest first."""
    from flows.cli.records import runs_command

    runs_command(as_json=as_json)


@app.command(epilog="Example: atomq quota --tenant sample-clinic")
def quota(
    tenant: Annotated[str | None, typer.Option("--tenant", help="Only this tenant. Default: all.")] = None,
    as_json: Json = False,
) -> None:
    """Show what each tenant may use in its window: limit, used, reserved, left, and when it frees.

    Exit codes: 0 shown, 2 no such tenant, 4 a file does not verify, 5 unavailable.
    """
    from flows.cli.quota import quota_command

    quota_command(tenant, as_json=as_json)


@app.command(epilog="Example: atomq policy --json")
def policy(as_json: Json = False) -> None:
    """List every clause of the policy with what enforces it, its evidence and its tests."""
    from flows.cli.policy import policy_command

    policy_command(as_json=as_json)


@app.command(epilog="Example: atomq up --port 4200")
def up(
    host: Annotated[
        str, typer.Option("--host", help="Address to listen at; others than this one leave the machine.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", help="Port to listen at; 0 takes any free one.")] = 4200,
    isolate: Annotated[
        bool,
        typer.Option(
            "--isolate-users",
            help="As root: run each tenant's worker and runs as a user of its own, so that the kernel keeps "
            "tenants' keys, manifests and results apart. The log, its signing key, the pseudonyms' pepper, the "
            "tenants document, templates and Prefect's login stay common to all.",
        ),
    ] = False,
) -> None:
    """Serve: a Prefect server with its page, a worker for each tenant, all deployments, the hourly rotation.

    Ctrl-C or SIGTERM ends it: runs at work may end, the rest is marked as crashed. Uses the server at
    PREFECT_API_URL where that is set.
    """
    from flows.cli.up import up_command

    up_command(host=host, port=port, isolate=isolate)


@app.command(epilog="Example: atomq doctor")
def doctor(as_json: Json = False) -> None:
    """Check that everything a run needs is there, and say how to mend what is not."""
    from flows.cli.doctor import doctor_command

    doctor_command(as_json=as_json)
