"""What the simulating process answered, taken only where it can be true; its own text is never repeated."""

from typing import get_args

import numpy as np
from numpy.typing import NDArray

from tasks.quantum.frames import Frame
from tasks.quantum.observables import PauliSum
from tasks.quantum.request import ErrorCode, Estimates, bounds

EXPECTATION_TOLERANCE = 1e-9


class UnusableAnswer(ValueError):
    """The answer is none to what was asked."""


def word_of(answer: Frame, n_qubits: int, observable: PauliSum) -> tuple[float, str]:
    """Return a value that the sum can have, and the word that has it, qubit 0 first.

    Raises:
        UnusableAnswer: anything else.
    """
    (value,), bits = _arrays(answer, [(1,), (n_qubits,)])
    if not np.isin(bits, (0.0, 1.0)).all():
        raise UnusableAnswer("it answered a word that is not made of bits")
    word = "".join(str(int(bit)) for bit in bits)
    signs = [
        (-1) ** sum(a == "Z" and b == "1" for a, b in zip(label[::-1], word, strict=True))
        for label, _ in observable
    ]
    expected = sum(sign * weight for sign, (_, weight) in zip(signs, observable, strict=True))
    if abs(value - expected) > EXPECTATION_TOLERANCE * (1 + float(bounds((observable,))[0])):
        raise UnusableAnswer("it answered a word that has another value")
    return float(expected), word


def estimates_of(answer: Frame, n_rows: int, observables: tuple[PauliSum, ...]) -> Estimates:
    """Return means and errors, none larger than the observable that it belongs to.

    Raises:
        UnusableAnswer: anything else.
    """
    mean, error = _arrays(answer, [(n_rows, len(observables))] * 2)
    most = bounds(observables) * (1 + EXPECTATION_TOLERANCE)
    if (np.abs(mean) > most).any() or (error < 0).any() or (error > most).any():
        raise UnusableAnswer("it answered means or errors that no observable asked for can have")
    return Estimates(mean, error)


def _arrays(answer: Frame, shapes: list[tuple[int, ...]]) -> tuple[NDArray[np.float64], ...]:
    for code in get_args(ErrorCode):
        if answer.body == {"error": code}:
            raise UnusableAnswer(f"it answered {code}")
    if answer.body != {"done": True} or [array.shape for array in answer.arrays] != shapes:
        raise UnusableAnswer("its answer has another form than was asked for")
    if not all(np.isfinite(array).all() for array in answer.arrays):
        raise UnusableAnswer("it answered numbers that are not finite")
    return answer.arrays
