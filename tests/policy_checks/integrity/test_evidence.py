"""The ceremony: genuine evidence verifies, whatever was changed in it is a fault, and no bytes make it fall over."""

import base64
import json
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from policy_checks.errors import IntegrityError
from policy_checks.integrity import checkpoint, evidence, second_opinion, strict_json
from policy_checks.integrity.evidence import Evidence, RunFiles, Verification
from policy_checks.integrity.note_evidence import origin
from policy_checks.integrity.run_files import PRODUCTS
from policy_checks.integrity.signature import openssl
from tasks.adapters import evidence_store
from tasks.adapters.audit_log import AuditLog
from tasks.adapters.ring_store import KeyStore
from tasks.adapters.settings import Settings
from tasks.stages import enrolment
from tests.documents import PROJECT
from tests.trail import Trail, a_trail

N_ENTRIES = 400
BYTES_SAMPLED = 24


@pytest.fixture(scope="module")
def trail(tmp_path_factory) -> Trail:
    return a_trail(tmp_path_factory.mktemp("evidence"), N_ENTRIES)


@pytest.fixture(scope="module")
def genuine(trail) -> Evidence:
    """All of it in memory, so that a test changes values and never files."""
    log = AuditLog(trail.home)
    with trail.witnessed():
        found = evidence_store.of_home(trail.home, log)
    lines = tuple(tuple(batch) for batch in found.lines())
    runs = tuple(_kept(files) for files in found.runs())
    log.close()
    return replace(found, lines=lambda: lines, runs=lambda: runs)


def _kept(files: RunFiles) -> RunFiles:
    held = {name: files.read(name) for name in files.names}
    return replace(files, read=held.__getitem__)


def verdict(found: Evidence) -> Verification:
    return evidence.verify(found, openssl)


def codes(found: Evidence) -> set[str]:
    return {fault.code for fault in verdict(found).faults}


def with_file(found: Evidence, run: str, name: str, content: bytes | None) -> Evidence:
    """The evidence with one file of one run put in place of the old one, or removed."""

    def changed(files: RunFiles) -> RunFiles:
        if files.run != run:
            return files
        names = files.names - {name} if content is None else files.names | {name}
        return replace(files, names=names, read=lambda asked: content if asked == name else files.read(asked))

    return replace(found, runs=lambda: tuple(changed(files) for files in found.runs()))


def flipped(content: bytes, at: int) -> bytes:
    return content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]


def sampled(content: bytes) -> list[bytes]:
    step = max(1, len(content) // BYTES_SAMPLED)
    return [flipped(content, at) for at in range(0, len(content), step)]


def run_named(found: Evidence, run: str) -> RunFiles:
    return next(files for files in found.runs() if files.run == run)


def test_genuine_evidence_verifies_under_both_implementations(genuine, trail):
    found = evidence.verify(genuine)
    assert found.faults == []
    assert found.counts["entries"] == N_ENTRIES
    assert found.counts["receipts"] == len(trail.finished)
    assert found.counts["artifacts"] >= 12 * len(trail.finished)
    assert found.first is None


def test_the_pinned_root_is_accepted_and_another_is_not(genuine, trail):
    identity = KeyStore(trail.home).root()[1]
    assert verdict(replace(genuine, pin=identity)).notes["trust"] == "pinned"
    assert codes(replace(genuine, pin="sha256:" + "0" * 64)) == {"root-foreign"}


def test_what_is_no_fault_is_noted(genuine):
    notes = verdict(genuine).notes
    assert notes["trust"] == "on first use"
    assert notes["profile"] == "development"
    assert any("No independent witness" in sentence for sentence in notes["remarks"])
    assert any("Profile development" in sentence for sentence in notes["remarks"])
    assert [witness["kind"] for witness in notes["witnesses"]] == ["copy"]


def test_an_intent_without_end_is_listed_and_no_fault(genuine):
    found = verdict(genuine)
    bodies = {seq: body for batch in genuine.lines() for seq, _, _, body in batch}
    for listed in found.notes["intents_without_end"]:
        assert b'"type":"intent"' in bodies[listed["seq"]]
        assert listed["run"].encode() in bodies[listed["seq"]]
    assert not found.faults


def test_how_far_a_witness_is_behind_is_told(genuine, trail):
    (witness,) = genuine.witnesses
    older = [note for note in witness.notes if checkpoint.parse(note)[0].size < N_ENTRIES]
    size = max(checkpoint.parse(note)[0].size for note in older)
    behind = replace(genuine, witnesses=(replace(witness, notes=tuple(older)),))
    (told,) = verdict(behind).notes["witnesses"]
    assert told["behind"] == N_ENTRIES - size


@pytest.mark.parametrize("which", ["first-ring", "middle-ring", "last-ring"])
def test_one_changed_byte_in_any_ring_is_found(genuine, which):
    at = {"first-ring": 0, "middle-ring": 1, "last-ring": -1}[which] % len(genuine.rings)
    for content in sampled(genuine.rings[at]):
        rings = (*genuine.rings[:at], content, *genuine.rings[at + 1 :])
        assert codes(replace(genuine, rings=rings)), f"{which} with a changed byte was accepted"


def test_a_removed_ring_is_found_as_a_rollback_or_a_gap(genuine):
    assert "ring-rollback" in codes(replace(genuine, rings=genuine.rings[:-1]))
    assert "ring-gap" in codes(replace(genuine, rings=(genuine.rings[0], *genuine.rings[2:])))
    assert "ring-absent" in codes(replace(genuine, rings=()))


def test_a_ring_that_the_log_does_not_know_is_found(genuine):
    cut = replace(genuine, checkpoints=(), witnesses=(), runs=lambda: ())
    lines = [[row for batch in genuine.lines() for row in batch][:3]]
    assert "ring-unlogged" in codes(replace(cut, lines=lambda: lines))


@pytest.mark.parametrize("at", range(4))
def test_one_changed_byte_in_any_document_is_found(genuine, at):
    name, version, envelope = genuine.documents[at]
    for content in sampled(envelope):
        documents = list(genuine.documents)
        documents[at] = (name, version, content)
        assert codes(replace(genuine, documents=tuple(documents)))


def test_a_document_that_was_taken_back_is_found(genuine):
    newest = max(genuine.documents, key=lambda found: found[1])
    documents = tuple(found for found in genuine.documents if found != newest)
    assert codes(replace(genuine, documents=documents)) >= {"document-rollback"}


def test_one_changed_byte_in_the_root_is_found(genuine):
    for content in sampled(genuine.root):
        assert codes(replace(genuine, root=content))


def test_a_root_that_is_gone_is_found_by_whatever_else_is_there(genuine):
    bare = replace(genuine, root=b"", rings=(), documents=(), runs=lambda: (), checkpoints=(), witnesses=())
    assert codes(replace(bare, lines=lambda: ())) == set(), "nothing was ever recorded"
    assert codes(bare) == {"root-absent"}
    assert codes(replace(bare, lines=lambda: (), runs=genuine.runs)) == {"root-absent"}
    assert codes(replace(bare, lines=lambda: (), rings=genuine.rings)) == {"root-absent"}


def relinked(genuine: Evidence, seq: int, **changes) -> Evidence:
    """The log with an entry that says something else, every later one linked to it; nobody has signed it."""
    rows, parent = [row for batch in genuine.lines() for row in batch], None
    for at in range(seq, len(rows)):
        fields = json.loads(rows[at][3])
        if parent is None:
            fields["data"] |= changes
        else:
            fields["prev"] = f"sha256:{parent.hex()}"
        body = strict_json.dumps(fields)
        parent = sha256(b"\0" + body).digest()
        rows[at] = (at, fields["event"], parent, body)
    return replace(genuine, lines=lambda: (rows,), checkpoints=(), witnesses=())


def entry_of(genuine: Evidence, *parts: str) -> int:
    """The first entry whose line holds all of these."""
    rows = [row for batch in genuine.lines() for row in batch]
    return next(seq for seq, _, _, body in rows if all(part.encode() in body for part in parts))


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"document": "unheard-of"}, "document-unknown"),
        ({"version": 7}, "document-rollback"),
        ({"digest": "sha256:" + "0" * 64}, "document-swapped"),
    ],
    ids=["unknown-document", "version-that-is-gone", "other-digest"],
)
def test_an_entry_about_a_document_that_is_not_there_is_located(genuine, changes, code):
    seq = entry_of(genuine, '"type":"document.adopted"')
    found = verdict(relinked(genuine, seq, **changes))
    assert (code, seq) in {(fault.code, fault.seq) for fault in found.faults}


def test_a_result_without_an_intent_before_it_is_located(genuine):
    seq = entry_of(genuine, '"type":"completed"')
    found = verdict(relinked(genuine, seq, effect="other"))
    assert ("intent-absent", seq) in {(fault.code, fault.seq) for fault in found.faults}


def test_one_changed_byte_in_any_checkpoint_is_found(genuine):
    for at, note in enumerate(genuine.checkpoints):
        for content in sampled(note):
            notes = (*genuine.checkpoints[:at], content, *genuine.checkpoints[at + 1 :])
            assert codes(replace(genuine, checkpoints=notes)), f"checkpoint {at}"


def test_one_changed_byte_in_a_note_that_a_witness_holds_is_found(genuine):
    (witness,) = genuine.witnesses
    own = checkpoint.parse(witness.notes[-1])[0].body()
    for content in sampled(witness.notes[-1]):
        notes = (*witness.notes[:-1], content)
        found = verdict(replace(genuine, witnesses=(replace(witness, notes=notes),)))
        # A line of a key that nobody knows is passed over, as the format asks: one cosignature fewer.
        assert found.faults or checkpoint.parse(content)[0].body() == own


def test_a_witness_whose_leaves_do_not_make_its_checkpoint_is_told_of_and_locates_nothing(genuine):
    (witness,) = genuine.witnesses
    spoiled = replace(witness, leaves=flipped(witness.leaves, 32 * 7))
    found = verdict(replace(genuine, witnesses=(spoiled,)))
    assert {fault.code for fault in found.faults} == {"witness-damaged"}
    assert found.first is None


def test_leaves_beyond_the_newest_checkpoint_are_what_a_crash_left(genuine):
    (witness,) = genuine.witnesses
    torn = replace(witness, leaves=witness.leaves + b"torn" * 9)
    assert verdict(replace(genuine, witnesses=(torn,))).faults == []
    older = [note for note in witness.notes if checkpoint.parse(note)[0].size < N_ENTRIES]
    size = max(checkpoint.parse(note)[0].size for note in older)
    torn = replace(witness, notes=tuple(older), leaves=witness.leaves[: 32 * size] + b"torn" * 80)
    assert verdict(replace(genuine, witnesses=(torn,))).faults == []


@pytest.mark.parametrize(
    ("changes", "code"),
    [({"ring": "sha256:" + "0" * 64}, "ring-swapped"), ({"version": 9}, "ring-rollback")],
    ids=["other-digest", "version-that-is-gone"],
)
def test_an_entry_about_a_ring_that_is_not_there_is_located(genuine, changes, code):
    seq = entry_of(genuine, '"type":"keyring.rotated"')
    found = verdict(relinked(genuine, seq, **changes))
    assert (code, seq) in {(fault.code, fault.seq) for fault in found.faults}


@pytest.mark.parametrize("field", ["decision", "envelope", "policy", "tenants", "tariff"])
def test_a_receipt_that_differs_from_what_admitted_its_run_is_found(genuine, trail, field):
    seq = entry_of(genuine, '"type":"run.admitted"', trail.finished[0])
    found = verdict(relinked(genuine, seq, **{field: "sha256:" + "0" * 64}))
    (fault,) = [fault for fault in found.faults if fault.code == "receipt-differs"]
    assert field in fault.message
    assert trail.finished[0] in fault.message


@pytest.mark.parametrize("effect", ["admit", "sanitise", "train", "evaluate", "record", "report"])
def test_a_result_that_differs_from_its_entry_is_found(genuine, trail, effect):
    seq = entry_of(genuine, '"type":"completed"', f'"effect":"{effect}"', trail.finished[0])
    found = verdict(relinked(genuine, seq, digest="sha256:" + "0" * 64))
    (fault,) = [fault for fault in found.faults if fault.code == "result-differs"]
    assert effect in fault.message


def test_a_receipt_whose_degradation_differs_from_its_entry_is_found(genuine, trail):
    seq = entry_of(genuine, '"type":"run.completed"', trail.finished[0])
    found = verdict(relinked(genuine, seq, degraded="budget"))
    assert any(fault.code == "receipt-differs" and "degraded" in fault.message for fault in found.faults)


@pytest.mark.parametrize(
    ("role", "where"),
    [("exec", "receipt"), ("submitter", "manifest"), ("audit", "checkpoint"), ("rotator", "Entry")],
)
def test_what_a_key_signed_after_its_revocation_does_not_count(trail, tmp_path, role, where):
    copied = trail.copied(tmp_path)
    store = KeyStore(copied.home)
    keyid = next(keyid for keyid, key in store.history().known.items() if key.role == role)
    now = datetime.now(UTC)
    with copied.witnessed():
        state = Settings(PROJECT, copied.home)
        enrolment.revoke(state, keyid, "compromised", now, None, untrusted_after_seq=5)
        log = AuditLog(copied.home)
        found = verdict(evidence_store.of_home(copied.home, log))
        log.close()
    revoked = [fault for fault in found.faults if fault.code == "key-revoked"]
    assert any(where in fault.message for fault in revoked)


def test_a_checkpoint_of_another_log_under_this_ones_name_is_refused(genuine, trail):
    leaves = [row[2] for batch in genuine.lines() for row in batch]
    foreign = stamped(trail, leaves, log="atomq/fedcba9876543210")
    assert codes(replace(genuine, checkpoints=(*genuine.checkpoints, foreign))) == {"checkpoint-invalid"}


def forked(genuine: Evidence, trail: Trail, seq: int) -> Evidence:
    """Another story from entry `seq` on, stamped by a thief of the audit key, told by the log and its notes."""
    rows, parent = [row for batch in genuine.lines() for row in batch], None
    for at in range(seq, len(rows)):
        number, event, _, body = rows[at]
        fields = json.loads(body)
        if parent is not None:
            fields["prev"] = f"sha256:{parent.hex()}"
        if at == seq:
            fields["ts"] = fields["ts"][:-2] + ("1Z" if fields["ts"][-2] != "1" else "2Z")
        body = strict_json.dumps(fields)
        parent = sha256(b"\0" + body).digest()
        rows[at] = (number, event, parent, body)
    sizes = [checkpoint.parse(note)[0].size for note in genuine.checkpoints]
    notes = tuple(stamped(trail, [row[2] for row in rows[:size]]) for size in sizes)
    return replace(genuine, lines=lambda: (rows,), checkpoints=notes)


def stamped(trail: Trail, leaves: list[bytes], *, log: str = "") -> bytes:
    from policy_checks.integrity import merkle

    store = KeyStore(trail.home)
    name, now = origin(store.root()[1]), datetime.now(UTC)
    keyid = store.signing_key("audit", None, now)
    cosigner = checkpoint.Cosigner(name, base64.b64decode(store.ring().keys[keyid].public))
    head = checkpoint.Checkpoint(log or name, len(leaves), merkle.subtree_of(leaves)(0, len(leaves)))
    at = int(now.timestamp())
    signed = store.private(keyid).sign(checkpoint.cosigned_message(name, at, head), b"")
    return checkpoint.note(head, [checkpoint.signature_line(cosigner, at, signed)])


@pytest.mark.parametrize("seq", [0, 1, 255, 256, 257, N_ENTRIES - 1])
def test_a_log_restamped_with_the_stolen_audit_key_is_located_by_the_witness(genuine, trail, seq):
    found = verdict(forked(genuine, trail, seq))
    assert found.first == seq
    assert "log-rewritten" in {fault.code for fault in found.faults}


@pytest.mark.parametrize("seq", [60, 300, N_ENTRIES - 1])
def test_with_notes_alone_the_place_is_the_last_size_that_still_agrees(genuine, trail, seq):
    (witness,) = genuine.witnesses
    told = forked(genuine, trail, seq)
    found = verdict(replace(told, witnesses=(replace(witness, leaves=None),)))
    sizes = [checkpoint.parse(note)[0].size for note in witness.notes]
    assert found.first == max((size for size in sizes if size <= seq), default=0)


def test_a_receipt_is_a_witness_where_no_other_is(genuine, trail):
    told = replace(forked(genuine, trail, 2), witnesses=())
    assert any("The receipt of run" in fault.message for fault in verdict(told).faults)


def test_a_log_cut_short_is_shown_by_the_checkpoint_that_a_witness_holds(genuine):
    rows = [row for batch in genuine.lines() for row in batch][:-1]
    found = verdict(replace(genuine, lines=lambda: (rows,), checkpoints=()))
    assert found.first == N_ENTRIES - 1
    (fault,) = [fault for fault in found.faults if fault.code == "log-truncated"]
    assert str(N_ENTRIES) in fault.message
    assert str(N_ENTRIES - 1) in fault.message


def test_a_log_that_is_gone_is_found(genuine):
    assert codes(replace(genuine, lines=lambda: ())) == {"log-absent"}


@pytest.mark.parametrize(
    "name",
    [
        "manifest.json", "admit.json", "sanitise.json", "train.json", "evaluate.json", "record.json",
        "report.json", "metrics.parquet", "billing.parquet", *sorted(PRODUCTS),
    ],
)  # fmt: skip
def test_one_changed_byte_in_a_file_is_one_fault_that_names_it(genuine, trail, name):
    run = trail.finished[0]
    content = run_named(genuine, run).read(name)
    for changed in sampled(content):
        (fault,) = verdict(with_file(genuine, run, name, changed)).faults
        assert fault.code == "artifact-edited"
        assert name in fault.message
        assert run in fault.message
    (fault,) = verdict(with_file(genuine, run, name, None)).faults
    assert fault.code == "artifact-absent"


@pytest.mark.parametrize("name", ["receipt.json", "receipt.proof.json"])
def test_one_changed_byte_in_receipt_or_proof_is_found(genuine, trail, name):
    run = trail.finished[-1]
    content = run_named(genuine, run).read(name)
    for changed in sampled(content):
        faults = verdict(with_file(genuine, run, name, changed)).faults
        assert faults
        assert all(run in fault.message for fault in faults)


def test_another_runs_genuine_receipt_or_proof_is_found(genuine, trail):
    one, other = trail.finished[:2]
    theirs = run_named(genuine, other)
    assert codes(with_file(genuine, one, "receipt.json", theirs.read("receipt.json"))) == {"receipt-swapped"}
    assert codes(with_file(genuine, one, "receipt.proof.json", theirs.read("receipt.proof.json"))) == {
        "proof-foreign"
    }


def test_a_file_that_the_receipt_omits_is_found(genuine, trail):
    assert codes(with_file(genuine, trail.finished[0], "extra.txt", b"x")) == {"artifact-unnamed"}


def test_a_completed_run_that_is_gone_is_found(genuine, trail):
    left = tuple(files for files in genuine.runs() if files.run != trail.finished[0])
    assert codes(replace(genuine, runs=lambda: left)) == {"run-absent"}


def test_a_folder_that_the_log_does_not_know_is_found_with_and_without_a_receipt(genuine, trail):
    other = "11111111-1111-1111-1111-111111111111"
    copied = replace(run_named(genuine, trail.finished[0]), run=other)
    bare = replace(copied, names=frozenset({"manifest.json"}))
    assert codes(replace(genuine, runs=lambda: (*genuine.runs(), copied))) == {"receipt-unlogged"}
    assert codes(replace(genuine, runs=lambda: (*genuine.runs(), bare))) == {"run-unlogged"}


def test_what_appeared_while_the_log_was_read_is_no_fault(genuine, trail):
    other = "11111111-1111-1111-1111-111111111111"
    fresh = replace(run_named(genuine, trail.finished[0]), run=other, settled=False)
    assert codes(replace(genuine, runs=lambda: (*genuine.runs(), fresh))) == set()


def test_a_denied_runs_manifest_and_decision_are_held_against_its_entry(genuine, trail):
    for name in ("manifest.json", "admit.json"):
        content = run_named(genuine, trail.denied).read(name)
        for changed in sampled(content):
            assert codes(with_file(genuine, trail.denied, name, changed)) == {"artifact-edited"}


def test_a_pack_lacks_products_and_nothing_else(genuine, trail):
    run = trail.finished[0]

    def packed(*missing: str) -> Evidence:
        def less(files: RunFiles) -> RunFiles:
            return replace(
                files, names=files.names - set(missing) if files.run == run else files.names, whole=False
            )

        return replace(genuine, runs=lambda: tuple(less(files) for files in genuine.runs()))

    assert codes(packed(*PRODUCTS)) == set()
    assert codes(packed("billing.parquet")) == {"artifact-absent"}


def test_a_pack_that_goes_on_after_its_newest_checkpoint_is_found(genuine):
    sizes = sorted(checkpoint.parse(note)[0].size for note in genuine.checkpoints)
    unsigned = tuple(note for note in genuine.checkpoints if checkpoint.parse(note)[0].size < N_ENTRIES)
    found = verdict(replace(genuine, checkpoints=unsigned, witnesses=(), sealed=True))
    assert [(fault.code, fault.seq) for fault in found.faults] == [("log-unsigned", sizes[-2])]


def test_an_event_that_was_replayed_behind_the_witnessed_end_is_found(genuine):
    rows = [row for batch in genuine.lines() for row in batch]
    replayed = next(row for row in rows if b'"type":"intent"' in row[3])
    fields = json.loads(replayed[3]) | {"seq": N_ENTRIES, "prev": f"sha256:{rows[-1][2].hex()}"}
    fields["ts"] = json.loads(rows[-1][3])["ts"]
    body = strict_json.dumps(fields)
    rows.append((N_ENTRIES, fields["event"], sha256(b"\0" + body).digest(), body))
    found = verdict(replace(genuine, lines=lambda: (rows,)))
    assert [(fault.code, fault.seq) for fault in found.faults] == [("event-repeated", N_ENTRIES)]


def test_a_disagreement_of_the_implementations_stops_everything(genuine):
    def disagreeing(*words) -> bool:
        return second_opinion.agreed(*words, first=openssl, second=lambda *_: False)

    with pytest.raises(IntegrityError) as refused:
        evidence.verify(genuine, disagreeing)
    assert refused.value.code == "verdicts-differ"


EVERYTHING = st.sampled_from(["root", "rings", "documents", "checkpoints", "witnesses", "lines", "runs"])


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(where=EVERYTHING, raw=st.binary(max_size=300) | st.text(max_size=80).map(str.encode))
def test_arbitrary_bytes_anywhere_are_faults_and_no_other_exception(genuine, trail, where, raw):
    (witness,) = genuine.witnesses
    run = trail.finished[0]
    changed = {
        "root": lambda: replace(genuine, root=raw),
        "rings": lambda: replace(genuine, rings=(*genuine.rings, raw)),
        "documents": lambda: replace(genuine, documents=(*genuine.documents, ("policy", 9, raw))),
        "checkpoints": lambda: replace(genuine, checkpoints=(*genuine.checkpoints, raw)),
        "witnesses": lambda: replace(genuine, witnesses=(replace(witness, notes=(raw,), leaves=raw),)),
        "lines": lambda: replace(genuine, lines=lambda: (*genuine.lines(), ((N_ENTRIES, "x", raw, raw),))),
        "runs": lambda: with_file(genuine, run, "receipt.json", raw),
    }[where]()
    assert verdict(changed).faults


@pytest.mark.parametrize(
    "payload",
    [
        {"log": {"size": 10**400, "root": "0"}}, {"log": {"size": -5}}, {"log": None}, [], {"log": {"size": "x"}},
    ],
    ids=["huge", "negative", "none", "list", "word"],
)  # fmt: skip
def test_a_receipt_that_claims_a_strange_size_is_a_fault_and_spoils_nothing_else(genuine, trail, payload):
    inner = base64.b64encode(strict_json.dumps(payload)).decode()
    raw = strict_json.dumps({"payloadType": "x", "payload": inner, "signatures": []})
    (fault,) = verdict(with_file(genuine, trail.finished[0], "receipt.json", raw)).faults
    assert trail.finished[0] in fault.message
