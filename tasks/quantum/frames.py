"""Frames between the two processes: a JSON header, then arrays as npy bytes. No pickle, ever.

A frame is a 4-byte big-endian header length, the header `{"body": {...}, "array_bytes": [...]}`
and that many npy parts. Every length is checked before memory is reserved for it.

Source: NumPy Enhancement Proposal 1, the npy format, version 1.0.
"""

import io
import math
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from policy_checks.errors import ManifestError
from policy_checks.integrity import strict_json

HEADER_BYTES_MAX = 4096
REQUEST_HEADER_BYTES_MAX = 1 << 24
"""A request holds a whole circuit; an answer never does."""

PAYLOAD_BYTES_MAX = 1 << 20
ARRAYS_MAX = 2
CHUNK_BYTES = 1 << 16
_LENGTH = struct.Struct(">I")


class FrameError(ValueError):
    """The bytes are not a frame of ours; nothing after them can be believed."""


@dataclass(frozen=True)
class Frame:
    """A message and its float64 arrays, in the order in which they were sent."""

    body: dict[str, Any]
    arrays: tuple[NDArray[np.float64], ...]


def encode(body: dict[str, Any], arrays: Sequence[NDArray[np.float64]] = ()) -> bytes:
    """Return one frame; `body` holds JSON values only."""
    parts = [_npy_bytes(array) for array in arrays]
    header = strict_json.dumps({"body": body, "array_bytes": [len(part) for part in parts]})
    return b"".join([_LENGTH.pack(len(header)), header, *parts])


class FrameDecoder:
    """Collects the bytes of exactly one frame, in pieces of any size."""

    def __init__(self, header_bytes_max: int = HEADER_BYTES_MAX) -> None:
        self._header_bytes_max = header_bytes_max
        self._received = bytearray()
        self._body: dict[str, Any] | None = None
        self._array_bytes: list[int] = []

    def feed(self, chunk: bytes) -> Frame | None:
        """Take more bytes; return the frame once it is complete, None before.

        Raises:
            FrameError: too large, not strict JSON, unknown header fields, bytes after the end,
                or an array that is not float64 of the stated length.
        """
        self._received += chunk
        if self._body is None and not self._take_header():
            return None
        missing = sum(self._array_bytes) - len(self._received)
        if missing < 0:
            raise FrameError(f"{-missing} bytes follow the end of the frame")
        return None if missing else self._frame()

    def _take_header(self) -> bool:
        if len(self._received) < _LENGTH.size:
            return False
        (length,) = _LENGTH.unpack_from(self._received)
        if not 0 < length <= self._header_bytes_max:
            raise FrameError(f"a header of {length} bytes announced, 1 to {self._header_bytes_max} allowed")
        end = _LENGTH.size + length
        if len(self._received) < end:
            return False
        self._body, self._array_bytes = _header(
            bytes(self._received[_LENGTH.size : end]), self._header_bytes_max
        )
        del self._received[:end]
        return True

    def _frame(self) -> Frame:
        stream = io.BytesIO(self._received)
        return Frame(self._body or {}, tuple(_array(stream.read(length)) for length in self._array_bytes))


def _header(payload: bytes, size_bytes_max: int) -> tuple[dict[str, Any], list[int]]:
    try:
        header = strict_json.loads(payload, size_bytes_max=size_bytes_max)
    except ManifestError as error:
        raise FrameError(error.message) from None
    if not isinstance(header, dict) or set(header) != {"body", "array_bytes"}:
        raise FrameError("the header must hold body and array_bytes, nothing else")
    body, lengths = header["body"], header["array_bytes"]
    if not isinstance(body, dict) or not isinstance(lengths, list) or len(lengths) > ARRAYS_MAX:
        raise FrameError(f"the header needs an object and at most {ARRAYS_MAX} lengths")
    if not all(type(length) is int and length > 0 for length in lengths):
        raise FrameError("a length must be a positive integer")
    if sum(lengths) > PAYLOAD_BYTES_MAX:
        raise FrameError(f"{sum(lengths)} bytes of arrays announced, {PAYLOAD_BYTES_MAX} allowed")
    return body, lengths


def _npy_bytes(array: NDArray[np.float64]) -> bytes:
    stream = io.BytesIO()
    plain = np.ascontiguousarray(array, dtype="<f8")
    npy.write_array(stream, plain, version=(1, 0), allow_pickle=False)
    return stream.getvalue()


def _array(part: bytes) -> NDArray[np.float64]:
    stream = io.BytesIO(part)
    try:
        version = npy.read_magic(stream)
        shape, fortran_order, dtype = npy.read_array_header_1_0(stream)
    except Exception:  # numpy's header parser lets the errors of tokenize and ast through
        raise FrameError("an array part has no npy header") from None
    data = stream.read()
    if version != (1, 0) or fortran_order or dtype != np.dtype("<f8") or min(shape, default=0) < 0:
        raise FrameError("an array must be npy 1.0, float64, in C order")
    if math.prod(shape) * dtype.itemsize != len(data):
        raise FrameError("an array's shape does not fit its bytes")
    return np.frombuffer(data, dtype="<f8").reshape(shape)
