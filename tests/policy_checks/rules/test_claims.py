"""No claim of quantum superiority without a record, and none exists."""

import pytest

from policy_checks.rules.claims import claims
from tests.documents import a_manifest, the_facts


@pytest.mark.parametrize(("level", "effects"), [("none", []), ("parity", ["deny"]), ("advantage", ["deny"])])
def test_every_claim_is_denied(level, effects):
    manifest = a_manifest(claim__level=level)
    assert [f.effect for f in claims(manifest, the_facts(manifest))] == effects
