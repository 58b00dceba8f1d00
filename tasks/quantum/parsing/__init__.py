"""Hostile OpenQASM in, plain values out: `read` is the only way in."""

from tasks.quantum.parsing.reader import read
from tasks.quantum.parsing.refusal import CircuitRefused

__all__ = ["CircuitRefused", "read"]
