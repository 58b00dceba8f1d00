"""Circuits' texts from the grammars of both languages, most of them sane, some with a number or name that is not."""

import random
from collections.abc import Sequence

GATES = {"x": (0, 1), "h": (0, 1), "rx": (1, 1), "u3": (3, 1), "cx": (0, 2), "crz": (1, 2), "ccx": (0, 3), "own": (1, 2), "tower": (0, 1)}  # fmt: skip
ODD = ("-1", "1e999", "99999999999999999999", "pi/0", "nan", "q", "", "((((1))))", "2**-1", "$3")
SIZE_MAX = 8


class Texts(Sequence[bytes]):
    """As many texts as asked for; the same number gives the same text."""

    def __init__(self, n: int) -> None:
        self._n = n

    def __len__(self) -> int:
        return self._n

    def __getitem__(self, number: int) -> bytes:
        if not 0 <= number < self._n:
            raise IndexError(number)
        return _Text(random.Random(number)).whole().encode()


class _Text:
    def __init__(self, rng: random.Random) -> None:
        self._rng, self._is_3 = rng, rng.random() < 0.6
        self._size = rng.randint(3, SIZE_MAX)

    def whole(self) -> str:
        head = (
            'OPENQASM 3.0;\ninclude "stdgates.inc";' if self._is_3 else 'OPENQASM 2.0;\ninclude "qelib1.inc";'
        )
        registers = "qubit[{0}] q;\nbit[{0}] c;" if self._is_3 else "qreg q[{0}];\ncreg c[{0}];"
        return "\n".join(
            [
                head,
                registers.format(self._size),
                "gate own(t) a, b { rx(t/2) a; cx a, b; rz(-t) b; }",
                *self._tower(),
                *(self._statement(0) for _ in range(self._rng.randint(1, 25))),
                "",
            ]
        )

    def _tower(self) -> list[str]:
        height = self._rng.choice((1, 2, 2, 5, 5, 40))
        floors = [
            "gate f0 a { x a; }",
            *(f"gate f{n} a {{ f{n - 1} a; f{n - 1} a; }}" for n in range(1, height)),
        ]
        return [*floors, f"gate tower a {{ f{height - 1} a; }}"]

    def _statement(self, depth: int) -> str:
        kind = self._rng.randrange(12 if depth < 4 else 6)
        if kind < 6:
            return self._call()
        if kind == 6:
            return "c = measure q;" if self._is_3 else "measure q -> c;"
        if kind == 7:
            return self._rng.choice((f"reset {self._qubit()};", "barrier q;", f"barrier {self._qubit()};"))
        if kind == 8:
            condition = self._rng.choice(("c == 1", "c[0]", "!c[0] && c[1]")) if self._is_3 else "c==1"
            return f"if({condition}) {self._call()}"
        if kind < 11 and self._is_3:
            inner = " ".join(self._statement(depth + 1) for _ in range(self._rng.randint(0, 3)))
            return f"for int i{depth} in [{self._bound()}:{self._bound()}] {{ {inner} }}"
        return self._call()

    def _call(self) -> str:
        name = self._rng.choice(list(GATES))
        n_params, n_qubits = GATES[name]
        modifier = self._rng.choice(("", "", "", "inv @ ", "pow(2) @ ")) if self._is_3 else ""
        angles = f"({', '.join(self._arithmetic(0) for _ in range(n_params))})" if n_params else ""
        places = self._rng.sample(range(self._size), n_qubits)
        return f"{modifier}{name}{angles} {', '.join(f'q[{self._odd(str(place))}]' for place in places)};"

    def _qubit(self) -> str:
        return f"q[{self._rng.randrange(self._size)}]"

    def _bound(self) -> str:
        return self._odd(str(self._rng.choice((0, 1, 2, 3, self._size - 1, 1000, 10**9))))

    def _arithmetic(self, depth: int) -> str:
        if depth > 5 or self._rng.random() < 0.5:
            return self._odd(self._rng.choice(("pi", "0.5", "3", ".25", "1e-3")))
        left, right = self._arithmetic(depth + 1), self._arithmetic(depth + 1)
        return self._rng.choice(
            (f"{left}+{right}", f"({left}*{right})", f"-{left}", f"sin({left})", f"{left}/{right}")
        )

    def _odd(self, usual: str) -> str:
        return self._rng.choice(ODD) if self._rng.random() < 0.01 else usual
