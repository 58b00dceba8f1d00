"""The catalogue's entries are complete, cite a source and name a clause that exists."""

import re

import pytest

from policy_checks.attack_catalogue import CATALOGUE
from policy_checks.clauses import CLAUSES
from policy_checks.schemas.pattern import Pattern

CLAUSE_IDS = {clause.id for clause in CLAUSES}
PURPOSES = "R1.1-R1.4"
SOURCE = re.compile(
    r"arXiv (quant-ph/)?[\d.]{7,}|RFC \d{4}|doi 10\.\d+/|CVE-\d{4}-\d+|policy R[12]\.1|the scan's own bounds"
)


@pytest.mark.parametrize("name", CATALOGUE)
def test_each_entry_cites_its_source_and_says_what_to_do(name):
    entry = CATALOGUE[name]
    assert SOURCE.search(entry.citation)
    assert entry.clause in CLAUSE_IDS or entry.clause == PURPOSES
    assert entry.title
    assert entry.remedy
    assert not entry.title.endswith(".")


@pytest.mark.parametrize("name", CATALOGUE)
def test_each_id_is_one_that_a_scan_may_report(name):
    assert Pattern(id=name, evidence="one gate").id == name


def test_the_benchmark_s_classes_all_stand_in_the_catalogue():
    from tests.circuits.attacks import ATTACKS

    assert set(ATTACKS) <= set(CATALOGUE)


def test_what_harms_neighbours_or_reads_what_they_left_is_preventive_only():
    preventive = {name for name, entry in CATALOGUE.items() if not entry.verified}
    assert preventive == {
        "repeated-run", "cancelled-run", "dead-gates", "malicious-subgraph", "idle-probe", "ramsey-probe",
        "untouched-readout", "measure-first", "reuse-without-reset",
    }  # fmt: skip


def test_nothing_with_an_honest_twin_is_denied_without_a_person():
    critical = {name for name, entry in CATALOGUE.items() if entry.severity == "critical"}
    assert critical == {
        "misnamed-gate", "trojan", "bb84", "resource-exhaustion", "manifest-replay", "downgrade",
    }  # fmt: skip
