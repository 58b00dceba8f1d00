"""Names that people know a gate by, and the standard gate that each of them promises."""

import re

from tasks.quantum.parsing.gates import FORMS, LIBRARIES

ALIASES = {
    "cnot": "cx", "controlledx": "cx", "controllednot": "cx", "controlledz": "cz", "cphase": "cp",
    "controlledphase": "cp", "toffoli": "ccx", "ccnot": "ccx", "fredkin": "cswap", "controlledswap": "cswap",
    "hadamard": "h", "walshhadamard": "h", "not": "x", "paulix": "x", "pauliy": "y", "pauliz": "z",
    "bitflip": "x", "phaseflip": "z", "identity": "id", "phase": "p", "sdagger": "sdg", "tdagger": "tdg",
    "sdag": "sdg", "tdag": "tdg", "sqrtx": "sx", "sqrtnot": "sx", "rotx": "rx", "roty": "ry", "rotz": "rz",
    "rotationx": "rx", "rotationy": "ry", "rotationz": "rz", "chadamard": "ch", "zz": "rzz", "xx": "rxx",
    "imaginaryswap": "iswap", "echoedcrossresonance": "ecr", "rc3x": "rcccx",
}  # fmt: skip
COMMON_LETTERS = frozenset({"u", "r", "p"})
"""Names so short that an author may mean something else by them, if they take other arguments."""


def promised(name: str) -> str | None:
    """Return the standard gate that a name promises, None for a name of the author's own."""
    for library in LIBRARIES.values():
        if name in library:
            return library[name]
    plain = re.sub(r"_|gate|(?<=.)operator", "", name.lower())
    for candidate in (name, ALIASES.get(plain, plain)):
        if candidate in FORMS:
            return candidate
    return None
