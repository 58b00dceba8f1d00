"""Prefect's API as plain JSON over HTTP: for commands that must answer before Prefect is imported."""

import base64
import json
import time
import urllib.error
import urllib.request
from http.client import HTTPException, HTTPMessage
from typing import IO, Any
from urllib.parse import urlsplit

from policy_checks.errors import UnavailableError
from tasks.adapters.servers import Server

TIMEOUT_S = 10.0
PAUSES_S = (0.1, 0.3, 1.0, 2.0)
ANSWER_BYTES_MAX = 32 << 20
PAGE = 200
BUSY, UNAUTHORISED = 503, 401


class UnexpectedAnswer(UnavailableError):
    """The server answered, but not what was asked for.

    Attributes:
        status: HTTP status of the answer.
    """

    def __init__(self, status: int, what: str) -> None:
        super().__init__(
            "prefect-answer",
            f"The Prefect server {what} (status {status}).",
            "Check that PREFECT_API_URL names a Prefect 3 API; the server's log says more.",
        )
        self.status = status


class PrefectApi:
    """One server; each call returns its answer's JSON, or None where it has no body.

    A busy server (503) and a broken connection are met with a few retries, so a request that creates
    something should carry an idempotency key.

    Raises:
        UnavailableError: no answer, a login that is refused, or an answer that nobody asked for.
    """

    def __init__(self, server: Server) -> None:
        self.server = server
        self._opener = urllib.request.build_opener(_NoRedirect)

    def get(self, path: str) -> Any:
        """Return what lies at this path."""
        return self._call("GET", path, None)

    def post(self, path: str, body: Any) -> Any:
        """Send a question or a change and return the answer."""
        return self._call("POST", path, body)

    def patch(self, path: str, body: Any) -> Any:
        """Change what lies at this path."""
        return self._call("PATCH", path, body)

    def pages(self, path: str, question: dict[str, Any], n_max: int) -> list[dict[str, Any]]:
        """Return up to `n_max` results of a filter, page by page."""
        found: list[dict[str, Any]] = []
        while len(found) < n_max:
            size = min(PAGE, n_max - len(found))
            page = self.post(path, question | {"limit": size, "offset": len(found)})
            if not isinstance(page, list) or not all(isinstance(one, dict) for one in page):
                raise UnexpectedAnswer(200, "answered a filter with something other than a list")
            found += page
            if len(page) < size:
                break
        return found

    def _call(self, method: str, path: str, body: Any) -> Any:
        request = self._request(method, path, body)
        for pause in (*PAUSES_S, None):
            try:
                return self._answer(request)
            except urllib.error.HTTPError as error:
                if error.code != BUSY or pause is None:
                    raise _translated(error) from None
            except (OSError, HTTPException) as error:
                if not isinstance(_cause(error), ConnectionResetError) or pause is None:
                    raise _unreachable() from None
            time.sleep(pause)
        raise _unreachable()

    def _request(self, method: str, path: str, body: Any) -> urllib.request.Request:
        url = self.server.url.rstrip("/")
        if not _is_http(url):
            raise _unreachable()
        headers = {"Content-Type": "application/json"}
        if self.server.auth:
            headers["Authorization"] = "Basic " + base64.b64encode(self.server.auth.encode()).decode("ascii")
        content = None if body is None else json.dumps(body).encode()
        return urllib.request.Request(url + path, content, headers, method=method)  # noqa: S310

    def _answer(self, request: urllib.request.Request) -> Any:
        with self._opener.open(request, timeout=TIMEOUT_S) as answer:
            content = answer.read(ANSWER_BYTES_MAX + 1)
            if len(content) > ANSWER_BYTES_MAX:
                raise UnexpectedAnswer(answer.status, f"answered more than {ANSWER_BYTES_MAX >> 20} MiB")
            try:
                return json.loads(content) if content else None
            except (ValueError, RecursionError):
                raise UnexpectedAnswer(answer.status, "answered something other than JSON") from None


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A login goes to the server that it is meant for, and nowhere else."""

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: HTTPMessage,
        newurl: str,
    ) -> None:
        return None


def _is_http(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname)


def _cause(error: Exception) -> object:
    return error.reason if isinstance(error, urllib.error.URLError) else error


def _translated(error: urllib.error.HTTPError) -> UnavailableError:
    if error.code != UNAUTHORISED:
        return UnexpectedAnswer(error.code, "refused the request")
    return UnavailableError(
        "prefect-refused-login",
        "The Prefect server asks for a login, and refuses the one that it was given, if any.",
        "Set PREFECT_API_AUTH_STRING=USER:PASSWORD, as `atomq up` showed it when it was made.",
    )


def _unreachable() -> UnavailableError:
    return UnavailableError(
        "prefect-unreachable",
        "No Prefect server answers at the address that is known.",
        "Start it with `atomq up`, or set PREFECT_API_URL to the API of the server that knows the run.",
    )
