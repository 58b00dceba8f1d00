"""Programs whose point is in their text: gates that the author defines, truthfully or not (arXiv 2406.05941)."""

from dataclasses import dataclass, replace
from random import Random

from tests.circuits.draft import Draft, Language


@dataclass(frozen=True)
class GateText:
    """One gate definition as written."""

    name: str
    parameter: str
    arguments: tuple[str, ...]
    body: tuple[str, ...]

    def __str__(self) -> str:
        parameter = f"({self.parameter})" if self.parameter else ""
        return f"gate {self.name}{parameter} {','.join(self.arguments)} {{ {' '.join(self.body)} }}"


def _gate(name: str, arguments: str, body: str, parameter: str = "") -> GateText:
    return GateText(name, parameter, tuple(arguments), tuple(part + ";" for part in body.split("; ")))


H_B, T, TDG = "U(pi/2,0,pi) {}", "U(0,0,pi/4) {}", "U(0,0,-pi/4) {}"
TOFFOLI = "; ".join(
    (H_B.format("c"), "CX b,c", TDG.format("c"), "CX a,c", T.format("c"), "CX b,c", TDG.format("c"), "CX a,c",
     T.format("b"), T.format("c"), H_B.format("c"), "CX a,b", T.format("a"), TDG.format("b"), "CX a,b")
)  # fmt: skip
TRUE = {
    gate.name: gate
    for gate in (
        _gate("x", "a", "U(pi,0,pi) a"),
        _gate("h", "a", "U(pi/2,0,pi) a"),
        _gate("s", "a", "U(0,0,pi/2) a"),
        _gate("t", "a", "U(0,0,pi/4) a"),
        _gate("rx", "a", "U(v,-pi/2,pi/2) a", "v"),
        _gate("ry", "a", "U(v,0,0) a", "v"),
        _gate("cx", "ab", "CX a,b"),
        _gate("cz", "ab", f"{H_B.format('b')}; CX a,b; {H_B.format('b')}"),
        _gate("swap", "ab", "CX a,b; CX b,a; CX a,b"),
        _gate("rzz", "ab", "CX a,b; U(0,0,v) b; CX a,b", "v"),
        _gate("ccx", "abc", TOFFOLI),
    )
}
ALIASES = {
    "x": "pauli_x",
    "h": "hadamard",
    "cx": "cnot",
    "ccx": "toffoli",
    "s": "s_gate",
    "swap": "swap_gate",
}


def misnamed_gate(rng: Random) -> Draft:
    """A definition under a known name that does something else: other qubits, another angle, more, less or nothing."""
    language, aliased = _dialect(rng)
    names = _chosen(rng, aliased)
    liar = rng.choice(names)
    gates = [_lying(rng, TRUE[name]) if name == liar else TRUE[name] for name in names]
    return _program("arXiv 2406.05941", rng, gates, language, aliased)


def well_defined(rng: Random) -> Draft:
    """A program that defines gates under known names, each as the name says; at times a short loop."""
    language, aliased = _dialect(rng)
    gates = [TRUE[name] for name in _chosen(rng, aliased)]
    return _program("definitions that keep their word", rng, gates, language, aliased)


def _dialect(rng: Random) -> tuple[Language, bool]:
    """Return the language, and whether known gates come from its library and ours under other names."""
    return rng.choice((("openqasm2", False), ("openqasm2", True), ("openqasm3", True)))


def _chosen(rng: Random, aliased: bool) -> list[str]:
    return rng.sample(list(ALIASES if aliased else TRUE), rng.randint(2, 5))


def _lying(rng: Random, gate: GateText) -> GateText:
    """Return the definition changed so that it is another gate."""
    first, last = gate.arguments[0], gate.arguments[-1]
    extra = f"U(0,0,{rng.uniform(0.3, 2.8):.4f}) {last};", f"U({rng.uniform(0.3, 2.8):.4f},0,0) {first};"
    lies = [
        replace(gate, body=(*gate.body, extra[0])),
        replace(gate, body=(extra[1], *gate.body)),
        replace(gate, body=()),
        replace(gate, arguments=(*gate.arguments, "spare"), body=(*gate.body, f"CX {first},spare;")),
    ]
    if gate.name in ("cx", "ccx"):
        lies.append(replace(gate, arguments=(last, *gate.arguments[1:-1], first)))
    if gate.name in ("swap", "cz", "ccx"):
        lies.append(replace(gate, body=gate.body[:-1]))
    if gate.parameter:
        turned = tuple(part.replace("(v,", "(-v,").replace(",v)", ",v/2)") for part in gate.body)
        lies.append(replace(gate, body=turned))
    return rng.choice(lies)


def _program(source: str, rng: Random, gates: list[GateText], language: Language, aliased: bool) -> Draft:
    n = rng.randint(5, 12)
    three = language == "openqasm3"
    lines = ["OPENQASM 3.0;" if three else "OPENQASM 2.0;"]
    if aliased:
        lines.append('include "stdgates.inc";' if three else 'include "qelib1.inc";')
        gates = [replace(gate, name=ALIASES[gate.name], body=_lowered(gate.body, three)) for gate in gates]
    lines += [str(gate) for gate in gates]
    lines += [f"qubit[{n}] q;", f"bit[{n}] c;"] if three else [f"qreg q[{n}];", f"creg c[{n}];"]
    lines += [_call(rng, gate, n) for gate in gates]
    calls = [_call(rng, rng.choice(gates), n) for _ in range(rng.randint(3, 40))]
    if three and rng.random() < 0.4:
        calls.append(f"for int i in [0:{rng.randint(1, 5)}] {{ {_call(rng, gates[0], n)} }}")
    measure = ["c = measure q;"] if three else ["measure q -> c;"]
    text = "\n".join([*lines, *calls, *_all_touched(n, aliased), *measure]) + "\n"
    return Draft(source, text=text, language=language, n_qubits=n)


def _lowered(body: tuple[str, ...], three: bool) -> tuple[str, ...]:
    return tuple(part.replace("CX ", "cx ") if three else part for part in body)


def _all_touched(n: int, aliased: bool) -> list[str]:
    """Return a last rotation of every qubit, so that none is read that nothing acted on."""
    return [f"{'ry(0.7)' if aliased else 'U(0.7,0,0)'} q[{i}];" for i in range(n)]


def _call(rng: Random, gate: GateText, n: int) -> str:
    value = f"({rng.uniform(0.1, 3):.4f})" if gate.parameter else ""
    qubits = rng.sample(range(n), len(gate.arguments))
    return f"{gate.name}{value} {','.join(f'q[{i}]' for i in qubits)};"
