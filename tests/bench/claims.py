"""The claim linter's quality on labelled sentences, and its speed."""

from collections.abc import Iterator

from policy_checks.claim_language import claims_in
from tests.bench.timing import in_turn, ms
from tests.corpus import claims as corpus

PLAIN = "The circuit has four qubits and two layers, and each feature is an angle. " * 13_800
HOSTILE = "quantum, no better " * 54_000
N_NAMES = 5_000


def measure() -> Iterator[tuple[str, ...]]:
    """Yield F1 of each set of sentences, then the speed."""
    tuned, held_out = corpus.halves()
    rounds = {f"{name} round": corpus.sentences(corpus.FOLDER / name) for name in corpus.ROUNDS}
    for what, labelled in ({"tuned on": tuned, "held out": held_out} | rounds).items():
        score = corpus.scored(labelled)
        wrong = f"{len(score.missed)} missed, {len(score.mistaken)} mistaken"
        yield f"F1, {what}", f"{score.f1:.3f}", f"{len(labelled)} sentences", wrong, "0.95"
    names = [f"column_{place}_mean" for place in range(N_NAMES)]
    plain, hostile, short = in_turn(
        lambda: claims_in(PLAIN),
        lambda: claims_in(HOSTILE),
        lambda: [claims_in(name) for name in names],
        rounds=3,
        warm_up=1,
    )
    yield "plain text", ms(plain), f"{len(PLAIN):,} characters", "", "linear"
    yield "hostile text", ms(hostile), f"{len(HOSTILE):,} characters", "", "linear"
    yield "names of columns", ms(short), f"{N_NAMES:,} names", "", ""
