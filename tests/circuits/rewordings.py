"""Other writings of the same text, for cases whose point is in the text."""

import re
from collections.abc import Callable
from random import Random

WORDS = ("layer", "block", "stage", "mixing", "part", "feature", "ladder")


def _commented(rng: Random, text: str) -> str:
    """Write remarks and empty lines between the statements."""
    lines = []
    for line in text.splitlines():
        lines += [line, *rng.choice(([], [""], ["// " + rng.choice(WORDS)], ["", "// as agreed"]))]
    return "\n".join(lines) + "\n"


def _renamed(rng: Random, text: str) -> str:
    """Give registers other names."""
    return re.sub(r"\bq\b", rng.choice(("data", "reg", "qubits", "work")), re.sub(r"\bc\b", "readout", text))


def _reflowed(rng: Random, text: str) -> str:
    """Break lines elsewhere."""
    head, *lines = text.splitlines()
    return (
        head + "\n" + "".join(line.strip() + rng.choice((" ", "  ", "\n", "\n\t")) for line in lines) + "\n"
    )


TEXTS: dict[str, Callable[[Random, str], str]] = {
    "commented": _commented,
    "renamed": _renamed,
    "reflowed": _reflowed,
}
