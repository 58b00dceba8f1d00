"""What simulations cost on this machine: `<home>/calibration.json`, or the shipped figures."""

import os
import platform
import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from policy_checks.complexity import SHIPPED
from policy_checks.errors import ManifestError
from policy_checks.integrity import strict_json
from policy_checks.schemas.base import Digest
from policy_checks.schemas.calibration import Calibration, CostModel
from tasks.adapters.files import write_whole

NAME = "calibration.json"
SIZE_BYTES_MAX = 16 * 1024
CPU_NAME = re.compile(r"^model name\s*:\s*(.{1,128})", re.MULTILINE)
AGAIN = "run `atomq calibrate`"


@dataclass(frozen=True)
class Costs:
    """The cost model that counts here.

    Attributes:
        calibration: where it comes from; None for the shipped one.
        note: why it is the shipped one; empty where it is not.
    """

    model: CostModel
    calibration: Calibration | None = None
    note: str = ""


def read(home: Path) -> Costs:
    """Return what was measured on this machine; what is absent, damaged or another machine's does not count."""
    try:
        descriptor = os.open(home / NAME, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return Costs(SHIPPED, note=f"Costs are the shipped figures; {AGAIN} to measure this machine.")
    with os.fdopen(descriptor, "rb") as file:
        content = file.read(SIZE_BYTES_MAX + 1)
    try:
        strict_json.loads(content, size_bytes_max=SIZE_BYTES_MAX)
        found = Calibration.model_validate_json(content)
    except (ManifestError, ValidationError):
        return Costs(SHIPPED, note=f"The measured costs are damaged, so the shipped figures count; {AGAIN}.")
    if found.host != host():
        told = f"The costs were measured on another machine, so the shipped figures count; {AGAIN} here."
        return Costs(SHIPPED, note=told)
    return Costs(found.model, found)


def write(home: Path, calibration: Calibration) -> None:
    """Keep what was measured; durable when this returns, and the older one counts until then."""
    write_whole(home / NAME, calibration.to_bytes())


def host() -> Digest:
    """Return the digest of what tells this machine from others; its name is no part of it."""
    identity = b""
    with suppress(OSError):
        identity = Path("/etc/machine-id").read_bytes()
    return strict_json.digest(b"\n".join([b"atomq calibration", identity.strip(), cpu().encode()]))


def cpu() -> str:
    """Return the processor's model, as it names itself."""
    found = None
    with suppress(OSError):
        found = CPU_NAME.search(Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace"))
    return found[1].strip() if found else platform.machine()
