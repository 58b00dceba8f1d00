"""What an attack is: a name, the clause that it tries to break, and its tries."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random

from tests.redteam.siege import Siege, Target

Tries = Callable[[Siege, Target, Random], Iterator[str | None]]


@dataclass(frozen=True)
class Attack:
    """One way to try.

    Attributes:
        clause: what would be broken if a try succeeded.
        tries: does one try after the other; each yields the run that it reached, None where Prefect refused it.
        n: how many tries on each run, in the long form.
        n_runs: on how many runs, in the long form.
        short: how many tries on one run, in the short form.
    """

    name: str
    clause: str
    tries: Tries
    n: int
    n_runs: int
    short: int = 0
