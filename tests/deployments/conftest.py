"""One running `atomq up` for the tests that leave it as they found it."""

from collections.abc import Iterator

import pytest

from tests.stack import Stack


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack of this module's own."""
    with Stack(tmp_path_factory.mktemp("stack") / "home") as running:
        yield running
