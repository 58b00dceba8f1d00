import io
import json
import struct
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from tasks.quantum.frames import (
    HEADER_BYTES_MAX,
    PAYLOAD_BYTES_MAX,
    Frame,
    FrameDecoder,
    FrameError,
    encode,
)


def raw(header: bytes, rest: bytes = b"") -> bytes:
    return struct.pack(">I", len(header)) + header + rest


def with_part(part: bytes) -> bytes:
    return raw(json.dumps({"body": {}, "array_bytes": [len(part)]}).encode(), part)


def npy(array: Any, version: tuple[int, int] = (1, 0), allow_pickle: bool = False) -> bytes:
    stream = io.BytesIO()
    np.lib.format.write_array(stream, array, version=version, allow_pickle=allow_pickle)
    return stream.getvalue()


def decoded(frame: bytes) -> Frame | None:
    return FrameDecoder().feed(frame)


@given(
    body=st.dictionaries(st.text(max_size=8), st.integers() | st.text(max_size=8) | st.none(), max_size=4),
    sent=st.lists(arrays(np.float64, array_shapes(max_dims=3, max_side=4)), max_size=2),
    piece=st.integers(1, 64),
)
def test_a_frame_arrives_unchanged_in_pieces_of_any_size(body: Any, sent: list[Any], piece: int) -> None:
    frame, decoder = encode(body, sent), FrameDecoder()
    found = [decoder.feed(frame[start : start + piece]) for start in range(0, len(frame), piece)]
    assert found[:-1] == [None] * (len(found) - 1)
    assert found[-1] is not None
    assert found[-1].body == body
    for before, after in zip(sent, found[-1].arrays, strict=True):
        np.testing.assert_array_equal(before, after)
        assert after.dtype == np.float64


@pytest.mark.parametrize(
    "frame",
    [
        pytest.param(b"Traceback (most recent call last):", id="text"),
        pytest.param(struct.pack(">I", 0), id="empty-header"),
        pytest.param(struct.pack(">I", HEADER_BYTES_MAX + 1), id="header-one-byte-too-long"),
        pytest.param(struct.pack(">I", 2**32 - 1), id="header-of-4-gib"),
        pytest.param(raw(b"not json"), id="no-json"),
        pytest.param(raw(b"[]"), id="no-object"),
        pytest.param(raw(b'{"body":{}}'), id="field-missing"),
        pytest.param(raw(b'{"body":{},"array_bytes":[],"x":1}'), id="unknown-field"),
        pytest.param(raw(b'{"body":{},"body":{},"array_bytes":[]}'), id="duplicate-key"),
        pytest.param(raw(b'{"body":{"x":NaN},"array_bytes":[]}'), id="nan"),
        pytest.param(raw(b'{"body":[],"array_bytes":[]}'), id="body-no-object"),
        pytest.param(raw(b'{"body":{},"array_bytes":[1,1,1]}'), id="one-array-too-many"),
        pytest.param(raw(b'{"body":{},"array_bytes":[true]}'), id="length-no-integer"),
        pytest.param(raw(b'{"body":{},"array_bytes":[-1]}'), id="length-negative"),
        pytest.param(raw(b'{"body":{},"array_bytes":[1048577]}'), id="arrays-one-byte-too-large"),
        pytest.param(encode({}) + b"x", id="trailing-byte"),
        pytest.param(encode({}) + encode({}), id="two-frames"),
        pytest.param(with_part(b"garbage"), id="no-npy"),
        pytest.param(with_part(npy(np.zeros(2))[:-1]), id="array-one-byte-short"),
        pytest.param(with_part(npy(np.zeros(2)) + b"x"), id="array-one-byte-long"),
        pytest.param(with_part(npy(np.zeros(2), version=(2, 0))), id="npy-2.0"),
        pytest.param(with_part(npy(np.zeros(2, dtype=np.float32))), id="float32"),
        pytest.param(with_part(npy(np.zeros(2, dtype=">f8"))), id="big-endian"),
        pytest.param(with_part(npy(np.array([{}], dtype=object), allow_pickle=True)), id="pickled-objects"),
        pytest.param(with_part(npy(np.asfortranarray(np.ones((2, 3))))), id="fortran-order"),
        pytest.param(with_part(npy(np.zeros(2)).replace(b"(2,)", b"(9,)")), id="shape-larger-than-the-bytes"),
        pytest.param(with_part(npy(np.zeros((1, 2))).replace(b"(1, 2)", b"(-1,-2)")), id="negative-shape"),
        pytest.param(with_part(npy(np.zeros(2)).replace(b"{", b"(")), id="npy-header-broken"),
    ],
)
def test_what_is_no_frame_of_ours_is_refused(frame: bytes) -> None:
    with pytest.raises(FrameError):
        decoded(frame)


def test_nothing_is_reserved_for_an_announced_size() -> None:
    decoder = FrameDecoder()
    header = json.dumps({"body": {}, "array_bytes": [PAYLOAD_BYTES_MAX]}).encode()
    assert decoder.feed(raw(header)) is None
    assert len(decoder._received) == 0
