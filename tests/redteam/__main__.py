"""Attack a live installation in every way that we know, and end non-zero if one way got through.

python -m tests.redteam [--seed N] [--short]
"""

import argparse
import random
import sys
import tempfile
import time
from pathlib import Path

from tests.redteam import snapshot


def main() -> None:
    """Run the attacks on a commit of this tree, and print what became of them."""
    words = argparse.ArgumentParser(prog="python -m tests.redteam")
    words.add_argument("--seed", type=int, default=random.SystemRandom().randrange(2**32))
    words.add_argument("--short", action="store_true", help="some of each kind that is fast")
    words.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    asked = words.parse_args()
    with tempfile.TemporaryDirectory(prefix="atomq-redteam-") as folder:
        if not asked.here:
            again = ["--seed", str(asked.seed), *(["--short"] if asked.short else [])]
            sys.exit(snapshot.rerun(snapshot.taken(Path(folder)), again))
        from tests.redteam.battle import fought

        begun = time.monotonic()
        campaign = fought(Path(folder), asked.seed, short=asked.short)
    sys.exit(campaign.told(time.monotonic() - begun))


if __name__ == "__main__":
    main()
