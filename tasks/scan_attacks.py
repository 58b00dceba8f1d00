"""Scan what was submitted since the last scan."""

from prefect import task
from prefect.cache_policies import NO_CACHE

from tasks.stages.attack_scan import Scanned
from tasks.stages.own_words import own_words


@task(name="scan-attacks", persist_result=False, cache_policy=NO_CACHE)
@own_words("scan-attacks")
def scan_attacks() -> Scanned:
    """Return what a scan of circuits and log found."""
    from tasks.adapters import settings
    from tasks.stages import attack_scan

    return attack_scan.scan(settings.load())
