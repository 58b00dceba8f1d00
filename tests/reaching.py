"""What one tenant writes to reach for what is another's: manifests over its table, envelopes of its submitter's."""

from collections.abc import Callable
from pathlib import Path

from hypothesis import strategies as st

from policy_checks.integrity import dsse, strict_json
from tasks.adapters import passphrase
from tasks.adapters.keyring import PrivateKey
from tests.neighbours import Neighbours

Forgery = Callable[[dict[str, object], str, str], dict[str, object]]
FORGERIES: list[Forgery | None] = [
    None,
    lambda manifest, keyid, tenant: manifest,
    lambda manifest, keyid, tenant: manifest | {"submitter": keyid},
    lambda manifest, keyid, tenant: manifest | {"submitter": keyid, "tenant": tenant},
    lambda manifest, keyid, tenant: manifest | {"tenant": tenant},
]


@st.composite
def manifests(draw: st.DrawFn, found: Neighbours, signed: tuple[Path, ...]) -> str | bytes:
    """A manifest that reaches for the other tenant's table, as text, or as an envelope that one of the two signed."""
    ours, theirs = found.ours, found.theirs
    if draw(st.booleans()):
        return forged(found, draw(st.sampled_from(signed)), draw(st.sampled_from(FORGERIES)))
    path = draw(st.sampled_from(paths(found)))
    text = draw(st.sampled_from([ours, theirs])).manifest()
    tenant = draw(st.sampled_from([ours.name, theirs.name]))
    digest = draw(st.sampled_from(["", f'sha256 = "{ours.digest}"\n']))
    for one in (ours, theirs):
        text = text.replace(f'tenant = "{one.name}"', f'tenant = "{tenant}"').replace(one.table.name, path)
    return text.replace("target =", f"{digest}target =", 1)


def paths(found: Neighbours) -> list[str]:
    """Return ways to name the one's table from the other's folder."""
    ours = found.ours
    (predicted,) = found.home.glob("tenants/*/runs/*/predictions.parquet")
    return [
        ours.table.name, str(ours.table), f"../{ours.root.name}/{ours.table.name}", "link.csv", f"up/{ours.table.name}",
        f"up/../{ours.root.name}/{ours.table.name}", ours.dataset, str(predicted), f"./{ours.table}", "up",
    ]  # fmt: skip


def forged(found: Neighbours, envelope: Path, forgery: Forgery | None) -> bytes:
    """Return the one's envelope as it is, or with its content changed and signed by the other."""
    if forgery is None:
        return envelope.read_bytes()
    theirs = found.theirs
    key = PrivateKey(theirs.key, lambda: passphrase.obtain(theirs.folder))
    payload, _ = dsse.open_envelope("manifest", envelope.read_bytes(), lambda *_: None)
    changed = forgery(strict_json.loads(payload), key.keyid, theirs.name)
    return dsse.seal("manifest", strict_json.dumps(changed), key.signer())
