"""Checkpoints are read back from a server that answers as Prefect's does; whatever else it answers is no witness."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from tasks.adapters import prefect_witness

NOTES = ["atomq/0123456789abcdef\n1\nroot\n\n— x y\n", "atomq/0123456789abcdef\n2\nroot\n\n— x y\n"]


@contextmanager
def answering(answer: bytes, status: int = 200) -> Iterator[tuple[str, list[tuple[str, bytes]]]]:
    """A server on loopback that gives this answer; yields its address and what it was asked."""
    asked: list[tuple[str, bytes]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked.append((self.path, self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(status)
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/api", asked
        finally:
            server.shutdown()
            thread.join()


def artifacts(*texts: str) -> bytes:
    return json.dumps([{"key": "audit-checkpoint", "data": text} for text in texts]).encode()


def test_the_notes_of_fenced_blocks_come_back_byte_for_byte():
    with answering(artifacts(*(f"```text\n{note}```\n" for note in NOTES))) as (url, asked):
        found = prefect_witness.published(url)
    assert found is not None
    assert found.notes == tuple(note.encode() for note in NOTES)
    assert found.leaves is None
    assert not found.independent
    ((path, body),) = asked
    assert path == "/api/artifacts/filter"
    assert json.loads(body)["artifacts"] == {"key": {"any_": ["audit-checkpoint"]}}


def test_the_same_note_twice_counts_once_and_text_without_a_block_not_at_all():
    fenced = f"```\n{NOTES[0]}```"
    with answering(artifacts(fenced, fenced, "no block here")) as (url, _):
        found = prefect_witness.published(url)
    assert found is not None
    assert found.notes == (NOTES[0].encode(),)


@pytest.mark.parametrize(
    ("answer", "status"),
    [(b"{}", 500), (b"not json", 200), (b'{"detail": 1}', 200), (b"[1, 2]", 200), (b"[{}]", 200)],
    ids=["error", "no-json", "an-object", "numbers", "no-data"],
)
def test_an_answer_of_another_form_is_no_witness(answer, status):
    with answering(answer, status) as (url, _):
        assert prefect_witness.published(url) is None


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1:9/api", "file:///etc", "http://", "", "http://[::1"],
    ids=lambda url: url or "empty",
)
def test_a_server_that_is_not_there_is_no_witness_and_no_fault(url):
    assert prefect_witness.published(url) is None
