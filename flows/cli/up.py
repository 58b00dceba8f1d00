"""`up`: a server, a worker for each tenant and all deployments, until somebody ends it."""

import signal

from rich.markup import escape

from deployments import prefect_server
from deployments.prefect_server import Running
from deployments.supervisor import Supervisor
from flows.cli.terminal import console, leave, reported
from tasks.adapters import settings


def up_command(*, host: str, port: int, isolate: bool) -> None:
    """Serve until Ctrl-C or SIGTERM, then let runs end and end everything."""
    with reported(as_json=False):
        supervisor = Supervisor(settings.load(), host=host, port=port, tell=_say, isolate=isolate)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: supervisor.stop())
        with supervisor.started() as running:
            _show(running)
            supervisor.watch()
            _say("Ending: no new runs; those at work may end (once more ends them at once) ...")
        _say("Ended.")
        leave(0)


def _say(line: str) -> None:
    console.print(escape(line), soft_wrap=True)


def _show(running: Running) -> None:
    server = running.server
    _say(f"\nPrefect  {server.url.removesuffix('/api')}")
    if running.process is not None:
        kept = prefect_server.login_file(settings.load().home)
        # The one time that the login is shown: whoever has it can submit runs, and can approve nothing with it.
        _say(f"login    {server.auth}" if running.new_login else f"login    in {kept}")
        if running.new_login:
            _say(f"         kept in {kept}; it is not shown again")
    _say("Ctrl-C ends it.\n")
