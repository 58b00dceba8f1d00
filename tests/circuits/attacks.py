"""The classes of the benchmark: each with the builder whose docstring says what makes it one."""

from tests.circuits.ciphers import cipher_oracle
from tests.circuits.crosstalk import cancelled_run, dead_gates, malicious_subgraph, repeated_run
from tests.circuits.draft import Build
from tests.circuits.exhaustion import resource_exhaustion
from tests.circuits.keys import bb84, modular_exponentiation, random_numbers
from tests.circuits.sensing import (
    idle_probe,
    measure_first,
    ramsey_probe,
    reuse_without_reset,
    untouched_readout,
)
from tests.circuits.texts import misnamed_gate
from tests.circuits.trojans import trojan

ATTACKS: dict[str, Build] = {
    "repeated-run": repeated_run,
    "cancelled-run": cancelled_run,
    "dead-gates": dead_gates,
    "malicious-subgraph": malicious_subgraph,
    "idle-probe": idle_probe,
    "ramsey-probe": ramsey_probe,
    "untouched-readout": untouched_readout,
    "measure-first": measure_first,
    "reuse-without-reset": reuse_without_reset,
    "trojan": trojan,
    "misnamed-gate": misnamed_gate,
    "resource-exhaustion": resource_exhaustion,
    "random-numbers": random_numbers,
    "bb84": bb84,
    "modular-exponentiation": modular_exponentiation,
    "cipher-oracle": cipher_oracle,
}
UNPARSED = {"resource-exhaustion"}
