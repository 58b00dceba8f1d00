"""Oracles of toy ciphers (R2.1): a key searched by Grover, or the period of Even and Mansour found by Simon."""

from math import pi
from random import Random

from qiskit import QuantumCircuit

from tests.circuits.draft import Draft, measured, unrolled

SOURCE = "R2.1"


def cipher_oracle(rng: Random) -> Draft:
    """A keyed permutation that is affine neither in key nor in block, asked in superposition."""
    kind, build = rng.choice((("Grover", _grover), ("Grover", _grover), ("Simon", _simon)))
    return Draft(f"{SOURCE}: {kind} over a toy cipher", unrolled(build(rng)))


def encryption(rng: Random, bits: int) -> QuantumCircuit:
    """Return rounds of key addition, substitution and permutation: the key first, then the block in place."""
    qc = QuantumCircuit(2 * bits)
    key, block = list(range(bits)), list(range(bits, 2 * bits))
    for _ in range(rng.randint(2, 4)):
        for k, b in zip(rng.sample(key, bits), block, strict=True):
            qc.cx(k, b)
        substitution(qc, rng, block)
        rng.shuffle(block)
    for k, b in zip(key, block, strict=True):
        qc.cx(k, b)
    return qc


def substitution(qc: QuantumCircuit, rng: Random, block: list[int]) -> None:
    """Append an S-box: every bit takes up a product of two others, and some are flipped or mixed."""
    order = rng.sample(block, len(block))
    for i, bit in enumerate(order):
        a, b = rng.sample(order[:i] + order[i + 1 :], 2)
        qc.ccx(a, b, bit)
        if rng.random() < 0.4:
            qc.x(bit)
        if rng.random() < 0.4:
            qc.cx(a, bit)


def _grover(rng: Random) -> QuantumCircuit:
    """Search the key under which a known block becomes the ciphertext, for one or two rounds."""
    bits = rng.randint(3, 4)
    cipher = encryption(rng, bits)
    key, block = list(range(bits)), list(range(bits, 2 * bits))
    qc = QuantumCircuit(2 * bits)
    qc.h(key)
    qc.x(rng.sample(block, rng.randint(1, bits)))
    zeros = rng.sample(block, rng.randint(0, bits))
    for _ in range(rng.randint(1, 2)):
        qc.compose(cipher, inplace=True)
        _flipped(qc, zeros, block)
        qc.compose(cipher.inverse(), inplace=True)
        qc.h(key)
        _flipped(qc, key, key)
        qc.h(key)
    return measured(qc, key)


def _flipped(qc: QuantumCircuit, zeros: list[int], word: list[int]) -> None:
    for qubit in zeros:
        qc.x(qubit)
    qc.mcp(pi, word[:-1], word[-1])
    for qubit in zeros:
        qc.x(qubit)


def _simon(rng: Random) -> QuantumCircuit:
    """Ask P(x + k) + P(x) of every x at once; its period is the key."""
    bits = rng.randint(3, 4)
    inner = QuantumCircuit(bits)
    for _ in range(rng.randint(2, 3)):
        substitution(inner, rng, list(range(bits)))
    x, left, right = (list(range(i * bits, (i + 1) * bits)) for i in range(3))
    qc = QuantumCircuit(3 * bits)
    qc.h(x)
    for i in range(bits):
        qc.cx(x[i], left[i])
        qc.cx(x[i], right[i])
    qc.x(rng.sample(left, rng.randint(1, bits)))
    qc.compose(inner, left, inplace=True)
    qc.compose(inner, right, inplace=True)
    for i in range(bits):
        qc.cx(right[i], left[i])
    qc.compose(inner.inverse(), right, inplace=True)
    qc.h(x)
    return measured(qc, x)
