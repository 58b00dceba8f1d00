"""Programs of a few lines that would fill a machine for hours (resource exhaustion, arXiv 2305.02505)."""

from random import Random

from tests.circuits.draft import Draft, Language

SOURCE = "arXiv 2305.02505"


def resource_exhaustion(rng: Random) -> Draft:
    """A short text that stands for a million gates or more, for a thousand qubits or more, or for no end at all."""
    return rng.choice((_nested, _nested, _loops, _endless, _wide))(rng)


def _head(language: Language, n: int | str) -> list[str]:
    if language == "openqasm3":
        return ["OPENQASM 3.0;", 'include "stdgates.inc";', f"qubit[{n}] q;", "bit[2] c;"]
    return ["OPENQASM 2.0;", 'include "qelib1.inc";', f"qreg q[{n}];", "creg c[2];"]


def _done(lines: list[str], language: Language, n: int) -> Draft:
    last = "c[0] = measure q[0];" if language == "openqasm3" else "measure q[0] -> c[0];"
    return Draft(SOURCE, text="\n".join([*lines, last]) + "\n", language=language, n_qubits=n)


def _nested(rng: Random) -> Draft:
    """Definitions each of which calls the one before several times."""
    language: Language = rng.choice(("openqasm2", "openqasm3"))
    fan, n = rng.randint(2, 9), rng.randint(2, 8)
    depth = {2: 21, 3: 14, 4: 11, 5: 10, 6: 9, 7: 9, 8: 8, 9: 8}[fan] + rng.randint(0, 24)
    head = _head(language, n)
    name = rng.choice(("layer", "mix", "g", "sub"))
    gates = [f"gate {name}0 a,b {{ cx a,b; {rng.choice(('h', 't', 'sx'))} b; }}"]
    for level in range(1, depth):
        calls = " ".join(f"{name}{level - 1} {'a,b' if i % 2 else 'b,a'};" for i in range(fan))
        gates.append(f"gate {name}{level} a,b {{ {calls} }}")
    return _done([*head[:2], *gates, *head[2:], f"{name}{depth - 1} q[0],q[1];"], language, n)


def _loops(rng: Random) -> Draft:
    """Loops with constant bounds, one in the other."""
    depth, n = rng.randint(1, 4), rng.randint(2, 10)
    each = int(rng.randint(2_000_000, 90_000_000) ** (1 / depth)) + 1
    opening = [f"for int i{k} in [0:{each}] {{" for k in range(depth)]
    body = f"cx q[0],q[1]; rz({rng.uniform(0.1, 3):.3f}) q[1];"
    return _done([*_head("openqasm3", n), *opening, body, *["}"] * depth], "openqasm3", n)


def _endless(rng: Random) -> Draft:
    """A loop that ends when a measurement says so, which it never does."""
    n = rng.randint(2, 10)
    body = [
        "reset q[0];",
        "c[0] = measure q[0];",
        *(f"h q[{rng.randrange(1, n)}];" for _ in range(rng.randint(1, 6))),
    ]
    loop = rng.choice(("while (c[0] == 0) {", "while (!c[0]) {"))
    return _done([*_head("openqasm3", n), "c[0] = measure q[0];", loop, *body, "}"], "openqasm3", n)


def _wide(rng: Random) -> Draft:
    """A register as wide as no machine has it."""
    language: Language = rng.choice(("openqasm2", "openqasm3"))
    n = rng.randint(1_000, 9_999) * 10 ** rng.randint(0, 5)
    return _done([*_head(language, n), "h q;", "cx q[0],q[1];"], language, n)
