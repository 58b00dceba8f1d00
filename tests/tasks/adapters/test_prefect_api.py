"""Prefect's API is spoken to patiently, in JSON, under a login that goes to one server only."""

import base64
import json
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from policy_checks.errors import UnavailableError
from tasks.adapters import prefect_api
from tasks.adapters.prefect_api import PrefectApi, UnexpectedAnswer
from tasks.adapters.servers import Server


@dataclass
class Stub:
    """A server on loopback that gives these answers in turn, the last one for ever; None breaks the connection."""

    answers: list[tuple[int, bytes] | None]
    asked: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)
    url: str = ""
    location: str = ""


@contextmanager
def serving(*answers: tuple[int, bytes] | None) -> Iterator[Stub]:
    stub = Stub(list(answers))

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            stub.asked.append((self.command, self.path, dict(self.headers), content))
            given = stub.answers.pop(0) if len(stub.answers) > 1 else stub.answers[0]
            if given is None:
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self.connection.close()
                return
            self.send_response(given[0])
            if stub.location:
                self.send_header("Location", stub.location)
            self.end_headers()
            self.wfile.write(given[1])

        do_GET = do_POST = do_PATCH = answer

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        stub.url = f"http://127.0.0.1:{server.server_port}/api"
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield stub
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch):
    monkeypatch.setattr(prefect_api, "PAUSES_S", (0.0, 0.0, 0.0))


def refused(url: str, auth: str | None = None) -> UnavailableError:
    with pytest.raises(UnavailableError) as caught:
        PrefectApi(Server(url, auth)).post("/flow_runs/filter", {})
    assert caught.value.remedy
    return caught.value


def test_each_method_sends_json_and_returns_what_the_answer_holds():
    with serving((200, b'{"a": [1]}'), (204, b"")) as stub:
        api = PrefectApi(Server(stub.url + "/"))
        assert api.post("/flow_runs/filter", {"limit": 1}) == {"a": [1]}
        assert api.patch("/work_pools/x", {"is_paused": True}) is None
        assert api.get("/health") is None
    assert [(method, path) for method, path, _, _ in stub.asked] == [
        ("POST", "/api/flow_runs/filter"),
        ("PATCH", "/api/work_pools/x"),
        ("GET", "/api/health"),
    ]
    assert [json.loads(content) if content else None for *_, content in stub.asked] == [
        {"limit": 1},
        {"is_paused": True},
        None,
    ]


def test_a_login_is_sent_where_there_is_one():
    with serving((200, b"[]")) as stub:
        PrefectApi(Server(stub.url)).get("/health")
        PrefectApi(Server(stub.url, "ann:a pass:word")).get("/health")
    logins = [headers.get("Authorization") for _, _, headers, _ in stub.asked]
    assert logins == [None, "Basic " + base64.b64encode(b"ann:a pass:word").decode()]


def test_a_login_is_not_carried_to_where_a_redirect_leads():
    with serving((200, b"[]")) as other, serving((307, b"")) as stub:
        stub.location = other.url
        assert refused(stub.url, "ann:secret").code == "prefect-answer"
    assert other.asked == []


def test_a_busy_server_and_a_broken_connection_are_asked_again():
    with serving((503, b""), None, (200, b"[1]")) as stub:
        assert PrefectApi(Server(stub.url)).get("/x") == [1]
    assert len(stub.asked) == 3


@pytest.mark.parametrize(
    ("answer", "code"),
    [((503, b""), "prefect-answer"), (None, "prefect-unreachable")],
    ids=["always-busy", "always-broken"],
)
def test_patience_ends(answer, code):
    with serving(answer) as stub:
        assert refused(stub.url).code == code
    assert len(stub.asked) == 4


@pytest.mark.parametrize("status", [400, 404, 409, 422, 500])
def test_another_status_is_told_and_not_asked_again(status):
    with serving((status, b'{"detail": "private"}')) as stub:
        error = refused(stub.url)
    assert isinstance(error, UnexpectedAnswer)
    assert (error.code, error.status, len(stub.asked)) == ("prefect-answer", status, 1)
    assert str(status) in error.message
    assert "private" not in error.message


def test_a_refused_login_is_told_apart():
    with serving((401, b"")) as stub:
        assert refused(stub.url, "ann:wrong").code == "prefect-refused-login"


@pytest.mark.parametrize("content", [b"<html>", b"[" * 100_000, b"\xff"], ids=["html", "deep", "no-text"])
def test_what_is_not_json_is_no_answer(content):
    with serving((200, content)) as stub:
        assert refused(stub.url).code == "prefect-answer"


def test_an_answer_has_a_largest_size(monkeypatch):
    monkeypatch.setattr(prefect_api, "ANSWER_BYTES_MAX", 10)
    with serving((200, b'"2345678"  ')) as stub:
        assert refused(stub.url).code == "prefect-answer"
    with serving((200, b'"23456789"')) as stub:
        assert PrefectApi(Server(stub.url)).get("/x") == "23456789"


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1:9/api", "file:///etc/passwd", "ftp://127.0.0.1/", "http://", "", "http://[::1"],
    ids=lambda url: url or "empty",
)
def test_where_nobody_answers_there_is_a_way_on(url):
    error = refused(url)
    assert error.code == "prefect-unreachable"
    assert "atomq up" in error.remedy


def test_pages_are_asked_for_until_there_are_no_more(monkeypatch):
    monkeypatch.setattr(prefect_api, "PAGE", 2)
    with serving((200, b'[{"n":1},{"n":2}]'), (200, b'[{"n":3}]')) as stub:
        assert [one["n"] for one in PrefectApi(Server(stub.url)).pages("/x", {"sort": "A"}, 10)] == [1, 2, 3]
    asked = [json.loads(content) for *_, content in stub.asked]
    assert asked == [{"sort": "A", "limit": 2, "offset": 0}, {"sort": "A", "limit": 2, "offset": 2}]


@pytest.mark.parametrize("content", [b"{}", b"[1]", b'"x"'])
def test_a_page_that_is_no_list_of_objects_is_no_answer(content):
    with serving((200, content)) as stub, pytest.raises(UnavailableError, match="prefect-answer"):
        PrefectApi(Server(stub.url)).pages("/x", {}, 10)
