"""With one tenant's key nothing of another's is read, run or told, whatever is asked, by any command or form."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import typer
from hypothesis import Phase, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from flows.cli.app import app
from tasks.adapters import settings
from tasks.stages import desk
from tests.neighbours import THEIRS, Neighbours, moved_in
from tests.reaching import manifests, paths

MANY_SHOTS = ("shots = 1024 ", "shots = 30000 ")
LIMITS = ("--max-cost", "1.00", "--max-runs", "3", "--days", "3")
Seen = dict[Path, tuple[int, int]]


@dataclass(frozen=True)
class Street:
    """Two tenants; one has run something, and has a run that waits for a person. The other one asks.

    Attributes:
        signed: the manifest that ran, as its submitter signed it, and as it was signed for the run that waits.
        waiting: the run that waits.
        secrets: what stands in the one's table, paths and results, and must not reach the other.
    """

    all: Neighbours
    signed: tuple[Path, Path]
    digests: tuple[str, str]
    waiting: str
    secrets: tuple[bytes, ...]

    def refuses(self, *words: str | Path) -> None:
        """Type a command with the other's key: it fails, and neither it nor what it leaves tells anything."""
        before = self.seen()
        answer = self.all.typed(*words, "--as", self.all.theirs.key)
        assert answer.code != 0, answer.out
        self.tells_nothing(answer.out.encode() + answer.err.encode(), before)

    def tells_nothing(self, told: bytes, before: Seen) -> None:
        """Check what was told, and every file that has changed since."""
        left = [path.read_bytes() for path, _ in self.seen().items() - before.items()]
        assert [secret for secret in self.secrets for one in (told, *left) if secret in one] == [], told

    def seen(self) -> Seen:
        """Return when each file was changed, the one's own apart."""
        apart = {self.all.ours.folder, self.all.ours.root}
        every = self.all.home.parent.rglob("*")
        found = {path for path in every if path.is_file() and not apart & {*path.parents}}
        return {path: (path.stat().st_mtime_ns, path.stat().st_size) for path in found}


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory, prefect_url: str) -> Iterator[Street]:
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("street")
        found = moved_in(folder, prefect_url, patch)
        digests, signed = zip(
            found.sign(found.ours, "done.json"), found.sign(found.ours, "waits.json", MANY_SHOTS), strict=True
        )
        found.submitted(*signed)
        (_, ended), (waiting, suspended) = found.run(found.ours, *({"manifest": one} for one in digests))
        assert (ended, suspended) == ("Completed", "Suspended")
        (found.theirs.root / "link.csv").symlink_to(found.ours.table)
        (found.theirs.root / "up").symlink_to(found.ours.root)
        patch.setenv("ATOMQ_TENANT", THEIRS)
        secrets = (found.ours.word.encode(), found.ours.digest.removeprefix("sha256:").encode())
        yield Street(found, signed, digests, waiting, secrets)


Words = list[str | Path]


def of_manifest(*words: str | Path) -> Callable[[Street], st.SearchStrategy[Words]]:
    """Return a command that takes a manifest, whatever that asks for."""
    return lambda street: manifests(street.all, street.signed).map(
        lambda asked: [*words, street.all.theirs.write("asked", asked)]
    )


def of_run(*words: str | Path) -> Callable[[Street], st.SearchStrategy[Words]]:
    """Return a command that answers a run, however it is named."""
    return lambda street: st.sampled_from([street.waiting, street.waiting[:8]]).map(
        lambda run: [words[0], run, *words[1:]]
    )


def written(street: Street) -> Path:
    """Return where the other would put what a command makes."""
    return street.all.theirs.folder / "made.json"


def templates(street: Street) -> st.SearchStrategy[Words]:
    """Sign a template of the one's."""
    ours, theirs = street.all.ours, street.all.theirs
    named = (f'tenant = "{theirs.name}"', f'tenant = "{ours.name}"')
    asked = st.sampled_from(
        [ours.nightly(), theirs.nightly(named), theirs.nightly(named, (theirs.dataset, ours.dataset))]
    )
    return asked.map(
        lambda text: ["template", "sign", street.all.theirs.write("t.toml", text), "-o", written(street)]
    )


def grants(street: Street) -> st.SearchStrategy[Words]:
    """Approve the one's template beforehand."""
    ours, theirs = street.all.ours, street.all.theirs
    tenants = st.sampled_from([ours.name, theirs.name])
    return tenants.map(
        lambda tenant: ["standing-approval", "grant", ours.template, "--tenant", tenant, *LIMITS]
    )


COMMANDS: dict[str, tuple[int, Callable[[Street], st.SearchStrategy[Words]]]] = {
    "run": (8, of_manifest("run", "--json")),
    "check": (10, of_manifest("check")),
    "sign": (8, lambda street: of_manifest("sign", "-o", written(street))(street)),
    "submit": (8, of_manifest("submit")),
    "template sign": (3, templates),
    "standing-approval grant": (2, grants),
    "approve": (2, of_run("approve", "--yes")),
    "reject": (2, of_run("reject", "--reason", "cost", "--yes")),
    "revoke-approval": (2, of_run("revoke-approval")),
    "audit witness": (1, lambda street: st.just(["audit", "witness", street.all.theirs.folder / "witness"])),
}
"""How often each command that takes `--as` is tried, and with what."""


def taking_a_key(command: Any, *names: str) -> Iterator[str]:
    """Yield the name of each command that takes `--as`."""
    for name, inner in getattr(command, "commands", {}).items():
        yield from taking_a_key(inner, *names, name)
    if any("--as" in option.opts for option in command.params):
        yield " ".join(names)


def test_every_command_that_takes_a_key_is_tried():
    assert sorted(taking_a_key(typer.main.get_command(app))) == sorted(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_with_anothers_key_a_command_fails_and_tells_nothing(street, name):
    n, asked = COMMANDS[name]

    @hypothesis_settings(max_examples=n, deadline=None, database=None, phases=[Phase.generate])
    @given(asked(street))
    def tried(words: Words) -> None:
        street.refuses(*words)

    tried()


@pytest.mark.parametrize("name", ["run", "check", "submit"])
def test_an_envelope_is_taken_only_with_the_key_that_signed_it(street, name):
    words = (name, street.signed[0])
    street.refuses(*words)
    refused = street.all.typed(*words, "--as", street.all.theirs.key, "--json")
    assert (refused.code, refused.json["error"]["code"]) == (4, "signer-other")
    assert street.all.typed("check", street.signed[0], "--as", street.all.ours.key).code == 0


def test_an_own_key_is_let_through(street):
    theirs = street.all.theirs
    told = street.all.typed(
        "check", theirs.write("own.toml", theirs.manifest()), "--as", theirs.key, "--json"
    )
    assert told.code == 0


BENIGN = st.fixed_dictionaries(
    {},
    optional={
        "mode": st.sampled_from(["dry_run", "production"]),
        "purpose": st.just("qml"),
        "execution": st.fixed_dictionaries(
            {}, optional={"shots": st.integers(0, 40_000), "seed": st.integers(0, 99)}
        ),
        "circuit": st.fixed_dictionaries({}, optional={"qubits": st.integers(2, 12)}),
    },
)


def reaching(street: Street) -> list[dict[str, object]]:
    """Return fields that reach for what is the one's."""
    ours, theirs = street.all.ours, street.all.theirs
    foreign: list[dict[str, object]] = [{"dataset": path} for path in paths(street.all)]
    named = [{"manifest": digest} for digest in street.digests]
    own = {"dataset": theirs.dataset}
    more = (
        {"tenant": ours.name},
        {"path": str(ours.table)},
        {"sha256": ours.digest},
        {"parent": street.digests[0]},
    )
    return [*foreign, *named, *(own | one for one in more), *(own | one | {"mode": "x"} for one in named)]


@hypothesis_settings(max_examples=60, deadline=None, database=None, phases=[Phase.generate])
@given(st.data(), BENIGN, st.uuids())
def test_no_form_reaches_what_is_anothers(street, data, benign, run):
    form = benign | data.draw(st.sampled_from(reaching(street)))
    before = street.seen()
    submitted = desk.from_form(str(run), form)
    assert submitted.manifest is None
    street.tells_nothing(submitted.to_bytes(), before)


@pytest.mark.parametrize(
    "of", [lambda ours: ours.template, lambda ours: ours.dataset], ids=["template", "dataset"]
)
def test_no_schedule_reaches_what_is_anothers(street, of):
    before = street.seen()
    submitted = desk.from_template(settings.new_id(), of(street.all.ours), datetime.now(UTC))
    assert submitted.manifest is None
    street.tells_nothing(submitted.to_bytes(), before)


def test_an_own_form_is_let_through(street):
    assert desk.from_form(settings.new_id(), {"dataset": street.all.theirs.dataset}).manifest is not None
