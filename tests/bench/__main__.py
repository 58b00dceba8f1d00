"""Print every benchmark's table; name some to run only those: python -m tests.bench training whole."""

import sys
from importlib import import_module

from rich.console import Console
from rich.table import Table

BENCHMARKS = (
    "training", "circuits", "cost_model", "governance", "audit", "queues", "detection", "tables", "claims", "attacks", "quotas",
    "whole",
)  # fmt: skip


def main(names: list[str]) -> None:
    """Run the named benchmarks, or all."""
    console = Console(width=120)
    for name in names or BENCHMARKS:
        table = Table("what", "seen", "beside", "ratio", "asked for", title=name, title_justify="left")
        for row in import_module(f"tests.bench.{name}").measure():
            table.add_row(*row)
        console.print(table)


if __name__ == "__main__":
    main(sys.argv[1:])
