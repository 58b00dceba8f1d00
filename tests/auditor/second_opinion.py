"""Verify an evidence pack without atomq: python second_opinion.py PACK [--root sha256:...]."""

import argparse
import json
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from second_opinion_approvals import read_manifest, require_approved
from second_opinion_signatures import (
    LINE,
    OF,
    SKEW,
    Json,
    counts,
    digest,
    executing,
    key_id,
    moment,
    opened,
    parse,
    require,
    tree,
    unbase64,
    verify,
)

EXEC_WINDOW, SEGMENT = timedelta(hours=25), 65_536
PRODUCTS = {"sanitised.parquet", "model.safetensors", "predictions.parquet", "report.html", "circuit.qasm"}


class Pack:  # what is known of a pack so far; each step adds its faults and leaves the rest to the next
    def __init__(self, pack: Path, root: str | None) -> None:
        self.folder, self.pin, self.faults, self.root = pack, root, list[Json](), list[Json]()
        self.identity, self.origin, self.whole, self.covered, self.differs = "", "", False, 0, list[int]()
        self.rings: list[Json] = [{"keys": {}, "issued": "1970-01-01T00:00:00Z"}]
        self.keys = dict[str, Json]()  # every key of every version, as it was last mentioned
        self.known = dict[tuple[str, int], tuple[str, Json | None]]()  # identity, and a ring's rotator
        self.runs = dict[str, list[Json]]()  # entries of runs that lie here; under "", on rings and documents
        self.leaves, self.root_of, self.heads = list[bytes](), tree([]), list[tuple[int, bytes, str]]()

    def judge(self) -> Json:
        for pattern, read in (
            ("root.json", self.read_root), ("rings/*", self.read_ring), ("documents/*", self.read_document),
            ("log", self.read_log), ("log", self.hold_governing), ("checkpoints/*", self.read_note),
            ("witnesses/*/*.txt", self.read_note), ("witnesses/*/leaves", self.read_leaves),
            ("runs/*", self.read_run), ("log", self.hold_heads),
        ):  # fmt: skip
            for path in sorted(self.folder.glob(pattern)):
                self.step(read, path)
        self.step(require, self.root and self.leaves, "root-or-log-absent", 0 if self.root else None)
        self.step(require, all((self.folder / "runs" / run).is_dir() for run in self.runs), "run-absent")
        return {"verified": not self.faults, "entries": len(self.leaves), "faults": self.faults}

    def step(self, read: Any, *words: Any) -> None:
        try:
            read(*words)
        except Exception as error:  # a library's way to say no, or what malformed input leads to
            code, seq = error.args if type(error) is AssertionError else (type(error).__name__, None)
            seq = len(self.leaves) if read == self.read_log else seq
            self.faults.append({"code": code, "seq": seq, "message": f"{code.replace('-', ' ')}: {words[0]}"})

    def read_root(self, path: Path) -> None:
        keys = parse(unbase64(parse(path.read_bytes())["payload"]))["keys"]
        payload, _ = opened("rootkey", path.read_bytes(), [keys])
        self.identity, self.origin = digest(payload), f"atomq/{digest(payload)[7:23]}"
        require(self.pin in (None, self.identity), "root-not-the-pinned-one")
        self.root = keys

    def read_ring(self, path: Path) -> None:
        old, number = self.rings[-1], len(self.rings)
        rotators = [[key] for key in old["keys"].values() if key["role"] == "rotator"]
        payload, signers = opened("keyring", path.read_bytes(), [self.root, *rotators])
        ring, by_root = parse(payload), signers == self.root
        follows = number, self.known.get(("ring", number - 1), (None, None))[0], self.identity
        named = (ring["version"], ring["prev"], ring["root"]) == follows and path.stem == f"ring-{number:06d}"
        require(named and moment(ring["issued"]) >= moment(old["issued"]), "ring-broken")
        fair = by_root or (ring["profile"], ring["expires"]) == (old["profile"], old["expires"])
        for keyid, key in ring["keys"].items():
            was, executes, revoked = self.keys.get(keyid), key["role"] == "exec", key["revoked"]
            fair &= keyid == key_id(key) and (key["tenant"] is None or executes or key["role"] == "submitter")
            fair &= not executes or key["tenant"] is not None
            short = moment(key["sign_until"]) - moment(key["not_before"]) <= EXEC_WINDOW
            added = was is None and (by_root or (executes and revoked is None and short))
            marked = was and by_root and was["revoked"] is None and was | {"revoked": revoked} == key
            fair &= was == key or added or bool(marked)
        for key in (key for keyid, key in old["keys"].items() if keyid not in ring["keys"]):
            fair &= key["role"] == "exec" and moment(key["sign_until"]) + SKEW < moment(ring["issued"])
        require(fair, "ring-exceeds-its-signer")
        self.rings.append(ring)
        self.known["ring", number] = digest(payload), None if by_root else signers[0]
        self.keys |= ring["keys"]

    def read_document(self, path: Path) -> None:
        payload, _ = opened(path.stem[:-7], path.read_bytes(), [self.root])
        name, version = (parse(payload)[field] for field in ("document", "version"))
        require(path.name == f"{name}-{version:06d}.json" and path.stem[:-7] == name, "document-misnamed")
        self.known[name, version] = digest(payload), None

    def read_log(self, folder: Path) -> None:
        prev, newest, events = "sha256:" + "0" * 64, moment("1970-01-01T00:00:00Z"), set[str]()
        self.runs = {path.name: [] for path in self.folder.glob("runs/*")}
        for path in sorted(folder.glob("*")):
            n = len(self.leaves)
            require(path.name == f"{n:012d}.jsonl" and n % SEGMENT == 0, "chain-gap")
            *bodies, torn = path.read_bytes().split(b"\n")
            for body in bodies:
                entry, line = parse(body), LINE.fullmatch(body.decode("ascii"))
                require(line and " ".join(entry["data"]) == OF[entry["type"]], "entry-invalid")
                require((entry["seq"], entry["prev"]) == (len(self.leaves), prev), "chain-broken")
                newest = max(newest, moment(entry["ts"]))
                require(moment(entry["ts"]) >= newest - SKEW, "clock-behind")
                require(entry["event"] not in events, "event-repeated")
                events.add(entry["event"])
                self.leaves.append(sha256(b"\0" + body).digest())
                prev, run = f"sha256:{self.leaves[-1].hex()}", entry["run"] or ""
                if "version" in entry["data"] or run in self.runs or entry["type"] == "run.completed":
                    self.runs.setdefault(run, []).append(entry)
            require(not torn, "entry-torn")
        self.whole = bool(self.root)  # without a root, nobody is believed

    def hold_governing(self, _: Path) -> None:  # what the log says of rings and documents, and what there is
        self.root_of, left = tree(self.leaves), set(self.known)
        unsure = len(left) < len([*self.folder.glob("rings/*"), *self.folder.glob("documents/*")])
        for entry in (entry for entry in self.runs.pop("", []) if "version" in entry["data"]):
            data, seq, name = entry["data"], entry["seq"], entry["data"].get("document", "ring")
            identity, rotator = self.known.get((name, data["version"]), ("", None))
            kind = "created" if data["version"] == 1 else "rotated" if rotator else "changed"
            same = identity == data.get("ring", data.get("digest")) and (name, data["version"]) in left
            same = same and entry["type"] in (f"keyring.{kind}", "document.adopted")
            counted = not rotator or counts(self.keys[key_id(rotator)], seq, moment(entry["ts"]))
            require((same and counted) or (unsure and not identity), "ring-or-document-not-as-logged", seq)
            left.discard((name, data["version"]))
        require(not self.whole or not left, "ring-or-document-not-logged")

    def read_note(self, path: Path, raw: bytes = b"") -> None:
        body, lines = (raw or path.read_bytes()).decode().split("\n\n")
        (origin, number, encoded), seen, trusted = body.split("\n"), list[str](), False
        size, root = int(number), unbase64(encoded)
        plain = (origin, number, len(root), lines[-1]) == (self.origin, str(size), 32, "\n")
        require(plain and 0 <= size < 2**63 and (raw or path.stem == f"{size:012d}"), "checkpoint-invalid")
        tail = b"%c%b" % (len(origin), origin.encode()) + bytes(8) + size.to_bytes(8, "big") + root
        for dash, name, blob in (line.split(" ") for line in lines[:-1].split("\n")):
            signed, head = unbase64(blob), b"subtree/v1\n\0%c%b" % (len(name), name.encode())
            require(dash == "\N{EM DASH}" and len(signed) > 4, "checkpoint-invalid")
            for keyid, key in self.keys.items():
                named = {"audit": origin, "witness": f"{origin}/{key['owner']}"}.get(key["role"])
                hashed = sha256(name.encode() + b"\n\6" + unbase64(key["public"])).digest()
                if (name, signed[:4]) == (named, hashed[:4]):
                    verify(key, head + signed[4:12] + tail, signed[12:])
                    seen.append(keyid)
                    at = datetime.fromtimestamp(int.from_bytes(signed[4:12], "big"), UTC)
                    trusted |= key["role"] == "audit" and counts(key, size - 1, at)
        require(trusted and len(set(seen)) == len(seen), "checkpoint-signed-by-no-key-that-counts")
        self.heads.append((size, root, path.parent.name))

    def read_leaves(self, path: Path) -> None:  # believed if they make the witness's own newest checkpoint
        size, root, _ = max((one for one in self.heads if one[2] == path.parent.name), default=(0, b"", ""))
        raw, n_both = path.read_bytes(), min(size, len(self.leaves))
        kept = [raw[at : at + 32] for at in range(0, 32 * size, 32)]
        require(not size or tree(kept)(0, size) == root, "witness-leaves-invalid")
        same = next((seq for seq in range(n_both) if kept[seq] != self.leaves[seq]), n_both)
        self.covered, self.differs = max(self.covered, same), self.differs + [same] * (same < n_both)
        require(same == n_both, "entry-not-the-witnessed-one", same)

    def hold_heads(self, _: Path) -> None:
        n, signed = len(self.leaves), [size for size, _, by in self.heads if by == "checkpoints"]
        for size, root, by in sorted(self.heads):
            if size > n:
                self.step(require, not self.whole, "log-truncated", n)
            elif root != self.root_of(0, size):
                same = (s for s, r, by in self.heads if by and s < size and r == self.root_of(0, s))
                place = None if size <= self.covered else min(self.differs, default=max(same, default=0))
                self.step(require, False, "log-not-the-one-that-was-signed", place)
        covered, located = max(signed, default=0), any(fault["seq"] is not None for fault in self.faults)
        require(not self.whole or covered >= n, "log-unsigned", None if located else covered)

    def read_run(self, folder: Path) -> None:
        files, entries = {path.name: path.read_bytes() for path in folder.iterdir()}, self.runs[folder.name]
        judged = [entry for entry in entries if entry["type"] in ("run.admitted", "run.denied")]
        done = [entry for entry in entries if entry["type"] == "run.completed"]
        known = judged and (done or (self.whole and "receipt.json" not in files))
        require(known or not self.whole, "run-or-receipt-not-logged")
        if known:
            (manifest, payload), logged = (
                read_manifest(files, self.keys, judged[0]),
                judged[0] | judged[0]["data"],
            )
            found = digest(files["manifest.json"]), digest(payload), digest(files["admit.json"])
            same = found == (logged["envelope"], logged["manifest"], logged["decision"]) and len(judged) == 1
            require(same, "run-not-as-judged")
            logged |= {"dataset": manifest["dataset"]["sha256"], "mode": manifest["mode"]}
            for entry in done:
                self.read_receipt(files, entry, logged)
                require_approved(files, self.keys, manifest, entries)
                for data in (entry["data"] for entry in entries if entry["type"] == "completed"):
                    require(digest(files[f"{data['effect']}.json"]) == data["digest"], "result-not-as-logged")

    def read_receipt(self, files: dict[str, bytes], entry: Json, logged: Json) -> None:
        exec_keys = [[key] for key in self.keys.values() if executing(key, logged["tenant"])]
        payload, _ = opened("receipt", files["receipt.json"], exec_keys, entry)
        receipt, seq = parse(payload), entry["seq"]
        said = {"receipt": digest(payload), "degraded": receipt["degraded"] or "no"}
        shared = receipt.keys() & logged.keys()  # v, run, tenant, manifest, dataset, mode, and five digests
        same = len(shared) == 11 and said == entry["data"] and all(receipt[f] == logged[f] for f in shared)
        require(same and logged["type"] == "run.admitted", "receipt-not-as-logged")
        known = {identity: version for (_, version), (identity, _) in self.known.items()}
        log, named, profile = receipt["log"], receipt["artifacts"], receipt["profile"]
        documents = {receipt["policy"], receipt["tenants"], receipt["tariff"]}
        signed = profile == "development" or documents <= known.keys()
        require(signed and self.rings[known[receipt["ring"]]]["profile"] == profile, "receipt-ring-differs")
        self.heads.append((log["size"], bytes.fromhex(log["root"]), ""))
        require(log["origin"] == self.origin and log["size"] <= seq, "receipt-of-another-log")
        for name in named.keys() | files.keys() - {"receipt.json", "receipt.proof.json"}:
            good = digest(files[name]) == named.get(name) if name in files else name in PRODUCTS
            require(good, "artifact-not-as-signed")
        if "receipt.proof.json" in files:
            proof = parse(files["receipt.proof.json"])
            self.read_note(Path(), proof["checkpoint"].encode())
            (size, root, _), leaf = self.heads[-1], sha256(b"\0" + proof["body"].encode()).digest()
            same = (proof["seq"], leaf) == (seq, self.leaves[seq]) and seq < size
            path = tuple(map(bytes.fromhex, proof["path"]))
            require(same and self.root_of(0, size, seq, path) == root, "proof-invalid")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="The lowest seq is the first entry that was changed.")
    parser.add_argument("pack", type=Path)
    parser.add_argument("--root", help="the root document's identity, from another source than the pack")
    print(json.dumps(verdict := Pack(**vars(parser.parse_args())).judge()))
    raise SystemExit(0 if verdict["verified"] else 4)
