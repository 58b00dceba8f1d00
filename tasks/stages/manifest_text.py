"""A commented manifest for proposed declarations, as a person will read and change it."""

from collections.abc import Iterator, Sequence

from tasks.stages.proposal import Proposal, grouping

HEAD = (
    "# A proposal: read every column before you run it. `atomq check` says what policy makes of it.",
    "# data/manifests/breast_cancer.toml explains every field and its allowed values.",
    "",
)
COLUMNS = (
    "",
    "# kind: what it holds. action: drop, pseudonymise, mask, generalise or keep.",
    "# Only kept measures and categories become features. What was not understood is dropped.",
    "[dataset.columns]",
)
SETTINGS = (
    "",
    "[training]",
    "epochs_max = 60       # passes over the training rows at most",
    "patience = 10         # epochs without a better validation loss before it stops",
    "batch_size = 64       # rows a step",
    "learning_rate = 0.01",
    "",
    "[circuit]",
    'ansatz = "angle_ring"',
    "qubits = 4            # 2 to 12",
    "layers = 2",
    "",
    "[execution]",
    'target = "aer"',
    "shots = 1024          # leave out shots and noise for exact expectations only",
    'noise = "depolarising_readout"',
    "seed = 7              # split, initial weights and sampling",
    "",
    "[limits]",
    "quantum_s_max = 60.0  # this run's own limits; the policy's hold besides",
    'cost_eur_max = "1.00"',
)
ANONYMITY = (
    "",
    "# Could somebody who knows a person find the row? Name the columns that they would know:",
    "# [dataset.anonymity]",
    "# quasi_identifiers = [{known}]",
    "# k = 5                      # rows that share each combination, at least",
    '# when_below = "suppress"    # leave out the rows of smaller combinations, or "refuse" the table',
)


def lines(
    proposals: Sequence[Proposal], *, tenant: str, path: str, digest: str, target: str
) -> Iterator[str]:
    """Yield the lines of the manifest, each column with the evidence for its declaration."""
    yield from HEAD
    yield f"tenant = {quoted(tenant)}     # whose data, quota and bill"
    yield 'kind = "train"             # fit a two-headed model and evaluate its circuits'
    yield 'purpose = "qml"            # why: decides which clause allows it'
    yield 'mode = "dry_run"           # simulate on this machine; "production" needs approval'
    yield ""
    yield "[dataset]"
    yield f"path = {quoted(path)}"
    yield f"sha256 = {quoted(digest)}  # only these very bytes are read"
    yield f"target = {quoted(target)}"
    yield _group_line(proposals)
    yield from COLUMNS
    width = max(len(quoted(proposal.column)) for proposal in proposals)
    for proposal in proposals:
        impute = ', missing = "impute"' if proposal.impute else ""
        rule = f'{{ kind = "{proposal.kind}", action = "{proposal.action}"{impute} }}'
        yield f"{quoted(proposal.column):<{width}} = {rule}  # {proposal.why}"
    known = [
        quoted(found.column) for found in proposals if found.kind == "category" and found.action == "keep"
    ]
    for line in ANONYMITY:
        yield line.replace("{known}", ", ".join(known))
    yield from SETTINGS


def quoted(text: str) -> str:
    """Return a TOML basic string.

    >>> quoted('a "b"')
    '"a \\\\"b\\\\""'
    """
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in escaped) + '"'


def _group_line(proposals: Sequence[Proposal]) -> str:
    group = grouping(proposals)
    if group is not None:
        return f"group = {quoted(group)}  # it repeats: its rows stay together when the table is split"
    return (
        '# group = "person_id"      # a pseudonymised column whose rows stay together when the table is split'
    )
