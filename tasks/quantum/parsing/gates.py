"""The standard gates: which are allowed, what they take, and what each is called in either language.

Source: OpenQASM 2 (arXiv 1707.03429) with Qiskit's qelib1.inc; OpenQASM 3 (arXiv 2104.14722), stdgates.inc.
"""

_FORMS = {
    (0, 1): "id x y z h s sdg t tdg sx sxdg",
    (1, 1): "rx ry rz p u1",
    (2, 1): "u2 r",
    (3, 1): "u u3",
    (0, 2): "cx cy cz ch csx swap iswap ecr dcx",
    (1, 2): "cp crx cry crz cu1 rxx ryy rzz rzx",
    (2, 2): "xx_plus_yy xx_minus_yy",
    (3, 2): "cu3",
    (4, 2): "cu",
    (0, 3): "ccx ccz cswap rccx",
    (0, 4): "rcccx c3x c3sqrtx",
    (0, 5): "c4x",
}
FORMS: dict[str, tuple[int, int]] = {name: form for form, names in _FORMS.items() for name in names.split()}
"""Standard name -> (number of parameters, number of qubits)."""

MANY_CONTROLLED = {"mcx": 0, "mcphase": 1}
"""Standard name of a gate with any number of controls -> number of parameters."""

OTHERS = ("measure", "reset", "barrier", "delay")

ALLOWED = frozenset({*FORMS, *MANY_CONTROLLED, *OTHERS})

BUILT_IN = {"openqasm2": {"U": "u", "CX": "cx"}, "openqasm3": {"U": "u", "gphase": "gphase"}}
"""Names that need no include."""


def _same(names: str) -> dict[str, str]:
    return {name: name for name in names.split()}


LIBRARIES = {
    "openqasm2": {
        **_same("u3 u2 u1 u p cx id x y z h s sdg t tdg rx ry rz sx sxdg cz cy swap ch ccx cswap crx cry crz"),
        **_same("cu1 cp cu3 csx cu rxx rzz rccx c3x c3sqrtx c4x"),
        "rc3x": "rcccx",
    },
    "openqasm3": {
        **_same("p x y z h s sdg t tdg sx rx ry rz cx cy cz cp crx cry crz ch swap ccx cswap cu id u1 u2 u3"),
        "CX": "cx", "phase": "p", "cphase": "cp",
    },
}  # fmt: skip
"""Language -> the include's name of a gate -> its standard name."""

INCLUDES = {"openqasm2": "qelib1.inc", "openqasm3": "stdgates.inc"}

SELF_INVERSE = frozenset(
    [
        "id",
        "x",
        "y",
        "z",
        "h",
        "cx",
        "cy",
        "cz",
        "ch",
        "swap",
        "ecr",
        "ccx",
        "ccz",
        "cswap",
        "rccx",
        "c3x",
        "c4x",
        "mcx",
    ]
)
NEGATED_INVERSE = frozenset(
    ["rx", "ry", "rz", "p", "u1", "cp", "crx", "cry", "crz", "cu1", "rxx", "ryy", "rzz", "rzx", "mcphase"]
)
"""Gates whose inverse has the opposite angle, and no other parameter."""

INVERSES = {"s": "sdg", "sdg": "s", "t": "tdg", "tdg": "t", "sx": "sxdg", "sxdg": "sx"}
REORDERED = frozenset({"u", "u3", "cu3"})
"""Gates of (theta, phi, lambda) with the inverse (-theta, -lambda, -phi)."""

CONTROLLED = {
    "x": "cx", "cx": "ccx", "ccx": "c3x", "c3x": "c4x", "c4x": "mcx", "mcx": "mcx",
    "y": "cy", "z": "cz", "cz": "ccz", "h": "ch", "sx": "csx", "swap": "cswap",
    "rx": "crx", "ry": "cry", "rz": "crz", "p": "cp", "cp": "mcphase", "mcphase": "mcphase",
    "u1": "cu1", "cu1": "mcphase", "u3": "cu3",
}  # fmt: skip
"""Standard name -> the standard name of the same with one more control, which comes first."""


def fits(name: str, n_params: int, n_qubits: int) -> bool:
    """Return whether an allowed operation of this name takes so many parameters and qubits."""
    if name in MANY_CONTROLLED:
        return n_params == MANY_CONTROLLED[name] and n_qubits > 1
    if name in OTHERS:
        return n_qubits > 0 and n_params == (name == "delay")
    return FORMS.get(name) == (n_params, n_qubits)
