"""The code that runs is the code that was signed for."""

import pytest

from policy_checks.rules.provenance import provenance
from policy_checks.schemas.manifest import Code
from tests.documents import CODE, DIGEST, a_manifest, the_facts

OTHER = "sha256:" + "2" * 64


@pytest.mark.parametrize(("mode", "effect"), [("dry_run", "note"), ("production", "deny")])
@pytest.mark.parametrize(
    "code",
    [
        pytest.param(Code(lock=OTHER, git=CODE.git), id="other-packages"),
        pytest.param(Code(lock=DIGEST, git="b" * 40), id="other-commit"),
    ],
)
def test_other_code_is_noted_in_a_dry_run_and_denied_in_production(mode, effect, code):
    manifest = a_manifest(mode=mode)
    assert [f.effect for f in provenance(manifest, the_facts(manifest, code=code))] == [effect]


@pytest.mark.parametrize("git", ["none", "a" * 40 + "-dirty"])
def test_code_without_a_clean_commit_is_noted(git):
    code = {"lock": DIGEST, "git": git}
    manifest = a_manifest(code=code)
    (finding,) = provenance(manifest, the_facts(manifest, code=Code(**code)))
    assert finding.effect == "note"


def test_the_same_code_raises_nothing():
    manifest = a_manifest()
    assert list(provenance(manifest, the_facts(manifest))) == []
