"""Two tenants of one installation, each with a table, a submitter and words of its own; and what one asks for the other's."""

import json
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from policy_checks.integrity import dsse, strict_json
from tasks.adapters import passphrase, settings
from tasks.adapters.ring_store import KeyStore
from tasks.adapters.submission import ManifestStore
from tasks.stages import enrolment, lifecycle, registration, templates, tenancy, trust
from tests.conftest import TIMEOUT_S, Answer, atomq, clean_environment
from tests.documents import PROJECT

OURS, THEIRS = "clinic-a", "clinic-b"
PASSPHRASE = "correct horse battery staple"
SAMPLES, MANIFESTS = PROJECT / "data" / "samples", PROJECT / "data" / "manifests"
TABLE, PATIENTS, NIGHTLY = "table-{}.csv", "patients-of-{}", "nightly-of-{}"
RUNS = """
import json, os, sys
from contextlib import suppress
from prefect.client.orchestration import get_client
from prefect.exceptions import Pause
from prefect.flow_engine import run_flow
from flows.hybrid_run import hybrid_run
from tasks.stages.simulator import WORKER

told = []
for form in json.loads(sys.argv[2]):
    with get_client(sync_client=True) as client:
        deployment = client.create_deployment(client.create_flow(hybrid_run), name=sys.argv[1])
        found = client.create_flow_run_from_deployment(deployment, parameters=form)
    with suppress(Pause):
        run_flow(hybrid_run, flow_run=found, parameters={"form": form}, return_type="state")
    with get_client(sync_client=True) as client:
        told.append((str(found.id), client.read_flow_run(found.id).state.name))
print(json.dumps(told))
sys.stdout.flush()
WORKER.close()
os._exit(0)
"""


@dataclass(frozen=True)
class Neighbour:
    """One tenant.

    Attributes:
        word: stands in its table's cells, columns and path, and nowhere else; names that are registered are in the log.
        folder: where its people keep what they write.
    """

    name: str
    word: str
    root: Path
    folder: Path

    @property
    def table(self) -> Path:
        """Its table."""
        return self.root / TABLE.format(self.word)

    @property
    def digest(self) -> str:
        """Its table's digest."""
        return strict_json.digest(self.table.read_bytes())

    @property
    def key(self) -> Path:
        """Its submitter's key."""
        return self.folder / "submitter.key"

    @property
    def dataset(self) -> str:
        """The registered name of its table."""
        return PATIENTS.format(self.name)

    @property
    def template(self) -> str:
        """The name of its template."""
        return NIGHTLY.format(self.name)

    def manifest(self, *changes: tuple[str, str]) -> str:
        """Return a manifest of its own, with some of its parts replaced."""
        text = _worded((MANIFESTS / "breast_cancer.toml").read_text(), self.word)
        named = (("sample-clinic", self.name), ("breast_cancer.csv", self.table.name))
        return _changed(text, *named, ("epochs_max = 60", "epochs_max = 3"), *changes)

    def nightly(self, *changes: tuple[str, str]) -> str:
        """Return a template of its own, with some of its parts replaced."""
        named = (("sample-clinic", self.name), ('"breast-cancer"', f'"{self.dataset}"'))
        text = (MANIFESTS / "nightly.toml").read_text()
        return _changed(text, *named, ('name = "nightly"', f'name = "{self.template}"'), *changes)

    def write(self, name: str, content: str | bytes) -> Path:
        """Keep something among what its people write."""
        path = self.folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path


@dataclass(frozen=True)
class Neighbours:
    """The installation, with a Prefect server that knows the first tenant's runs."""

    home: Path
    url: str
    ours: Neighbour
    theirs: Neighbour

    def typed(self, *words: str | Path, code: int | None = None) -> Answer:
        """Type a command; with `code`, it must end so."""
        answer = atomq(
            self.home, *words, ATOMQ_KEY_PASSPHRASE=PASSPHRASE, PREFECT_API_URL=self.url, COLUMNS="300"
        )
        assert code in (None, answer.code), answer.out + answer.err
        return answer

    def sign(self, who: Neighbour, name: str, *changes: tuple[str, str]) -> tuple[str, Path]:
        """Have a tenant's submitter sign a manifest; return its digest and its envelope."""
        source, envelope = who.write("m.toml", who.manifest(*changes)), who.folder / name
        told = self.typed("sign", source, "-o", envelope, "--as", who.key, "--json", code=0)
        return str(told.json["manifest"]), envelope

    def submitted(self, *envelopes: Path) -> None:
        """Let signed manifests be found under their digests, as `submit` does where a worker serves their tenant."""
        for envelope in envelopes:
            payload, _ = dsse.open_envelope("manifest", envelope.read_bytes(), lambda *_: None)
            tenant = trust.pseudonyms(KeyStore(self.home), [strict_json.loads(payload)["tenant"]])[0]
            ManifestStore(self.home).put(tenant, strict_json.digest(payload), envelope.read_bytes())

    def pseudonym(self, who: Neighbour) -> str:
        """Return a tenant's name in Prefect."""
        return trust.pseudonyms(KeyStore(self.home), [who.name])[0]

    def run(self, who: Neighbour, *forms: dict[str, object]) -> list[tuple[str, str]]:
        """Run these forms one after the other as a tenant's worker would; return each run's id and its state."""
        environment = clean_environment(self.home) | {"ATOMQ_TENANT": who.name, "PREFECT_API_URL": self.url}
        done = subprocess.run(
            [sys.executable, "-c", RUNS, self.pseudonym(who), json.dumps(forms)],
            capture_output=True, text=True, timeout=TIMEOUT_S, cwd=PROJECT, env=environment,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return [(run, state) for run, state in json.loads(done.stdout.splitlines()[-1])]


def moved_in(folder: Path, url: str, patch: pytest.MonkeyPatch) -> Neighbours:
    """Make the installation: tenants, tables, keys, registered datasets and templates."""
    patch.setattr(passphrase, "_known", {None: PASSPHRASE.encode()})
    patch.setenv("ATOMQ_HOME", str(folder / "home"))
    found = Neighbours(
        folder / "home", url, _neighbour(folder, OURS, "zqours"), _neighbour(folder, THEIRS, "zqtheirs")
    )
    state = settings.load()
    lifecycle.prepare_state(state)
    for one in (found.ours, found.theirs):
        tenant = tenancy.new_tenant(one.name, one.root, state, production=False, runs_max=1)
        tenancy.add(state, tenant, settings.now(), None)
        key, card = enrolment.new_card("submitter", f"of-{one.name}", one.key)
        enrolment.enroll(state, card, settings.now(), None, one.name)
        declared = registration.like(one.manifest().encode())
        registration.register(state, one.name, one.dataset, one.table, declared, settings.now())
        templates.add(
            templates.sign(one.nightly().encode(), key, state, settings.now()), state, settings.now()
        )
    return found


def _neighbour(folder: Path, name: str, word: str) -> Neighbour:
    one = Neighbour(name, word, folder / f"data-{word}", folder / name)
    one.root.mkdir()
    one.folder.mkdir()
    header, _, rows = (SAMPLES / "breast_cancer.csv").read_text().partition("\n")
    notes = re.sub(r"^P(\d+)", rf"{word}\1", rows, flags=re.MULTILINE)
    one.table.write_text(",".join(f"{word}_{column}" for column in header.split(",")) + "\n" + notes)
    return one


def _worded(manifest: str, word: str) -> str:
    """Rename a manifest's columns."""
    before, columns, after = re.split(r"(?<=\[dataset\.columns\]\n)((?:\w+ .*\n)+)", manifest, maxsplit=1)
    before = re.sub(r'^(target|group)( *= ")', rf"\1\2{word}_", before, flags=re.MULTILINE)
    after = after.replace('"birth_date"', f'"{word}_birth_date"')
    return before + re.sub(r"^(?=\w)", f"{word}_", columns, flags=re.MULTILINE) + after


def _changed(text: str, *changes: tuple[str, str]) -> str:
    for old, new in changes:
        assert old in text, f"there is no {old!r}"
        text = text.replace(old, new)
    return text
