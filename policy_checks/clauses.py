"""Every clause of the organisation policy: what it demands, what enforces it, what shows that it did.

Ids follow the policy's own order: P1.1 is the first line of P1; R1 lists allowed operations, R2
prohibited ones, C compliance monitoring, E1 quantum failure, E2 security breach, V the policy's dates.
"""

from typing import Literal

from policy_checks.schemas.base import Document

Status = Literal["enforced", "partly", "not yet"]


class Clause(Document):
    """One line of the policy.

    Attributes:
        rules: modules or rules that enforce it; the names are importable or stand in `policy_checks.rules`.
        evidence: what an auditor can look at afterwards.
        tests: test files that fail when it is broken.
    """

    id: str
    text: str
    rules: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()
    status: Status = "not yet"


CLAUSES: tuple[Clause, ...] = (
    Clause(
        id="P1.1",
        text="Nothing personal may appear in telemetry of quantum work.",
        rules=(
            "policy_checks.rules.columns",
            "policy_checks.rules.allowances",
            "policy_checks.rules.disclosure",
            "policy_checks.rules.release",
            "tasks.tabular.columns",
            "tasks.tabular.detect",
            "tasks.tabular.anonymity",
            "tasks.tabular.expectations",
            "tasks.tabular.outgoing",
            "tasks.stages.own_words",
            "tasks.stages.log_lines",
            "tasks.reporting.outlook",
        ),
        evidence=(
            "sanitise.json of the run: counts of what was changed, never a value, and how far rows hide among others",
            "remote.json of a run on a device: what left, to whom, and what became of it",
        ),
        tests=(
            "tests/flows/test_sample_run.py",
            "tests/tasks/tabular/test_expectations.py",
            "tests/policy_checks/rules/test_disclosure.py",
            "tests/policy_checks/rules/test_allowances.py",
            "tests/tasks/tabular/test_anonymity.py",
            "tests/tasks/tabular/test_outgoing.py",
            "tests/tasks/stages/test_own_words.py",
            "tests/flows/test_canaries.py",
            "tests/deployments/test_canaries.py",
            "tests/tasks/reporting/test_plan.py",
            "tests/tasks/reporting/test_packet.py",
        ),
        status="partly",
    ),
    Clause(
        id="P1.2",
        text="A tenant is referred to by a SHA-256 based hash.",
        rules=("tasks.tabular.pseudonym_keys",),
        evidence=(
            "tenant field of audit entries, key ring, records and receipts: t- and 16 hex digits of an HMAC",
        ),
        tests=("tests/flows/test_pseudonyms.py", "tests/tasks/tabular/test_pseudonymise.py"),
        status="enforced",
    ),
    Clause(
        id="P1.3",
        text="Inputs and outputs are sanitised; no circuit data or result is stored beside personal data.",
        rules=("policy_checks.rules.release", "tasks.tabular.expectations", "tasks.tabular.suite"),
        evidence=("gate section of sanitise.json", "sanitised.parquet under the receipt's digest"),
        tests=(
            "tests/policy_checks/rules/test_release.py",
            "tests/tasks/tabular/test_suite.py",
            "tests/tasks/stages/test_sanitisation.py",
            "tests/flows/test_sample_run.py",
        ),
        status="enforced",
    ),
    Clause(
        id="P2.1",
        text="Every hybrid job carries a manifest with a post-quantum signature.",
        rules=(
            "policy_checks.integrity.signature",
            "policy_checks.integrity.dsse",
            "policy_checks.integrity.keyring",
            "policy_checks.integrity.manifest",
            "policy_checks.rules.provenance",
        ),
        evidence=(
            "manifest.json of the run: the envelope as it was verified; template.json of a scheduled one",
            "run.submitted entries of runs that came from a form or a template",
        ),
        tests=(
            "tests/policy_checks/integrity/test_manifest.py",
            "tests/tasks/stages/test_desk.py",
            "tests/policy_checks/integrity/test_vectors.py",
            "tests/policy_checks/integrity/test_keyring.py",
            "tests/flows/test_bad_input.py",
        ),
        status="enforced",
    ),
    Clause(
        id="P2.2",
        text="Execution keys are replaced every 24 hours.",
        rules=("policy_checks.rules.key_age", "policy_checks.integrity.ring_chain", "flows.rotate_keys"),
        evidence=("keyring.rotated entries of the audit log", "signing windows in every version of the ring"),
        tests=(
            "tests/policy_checks/rules/test_key_age.py",
            "tests/policy_checks/integrity/test_ring_chain.py",
            "tests/flows/test_rotation.py",
        ),
        status="enforced",
    ),
    Clause(
        id="P2.3",
        text="All quantum work is logged in an immutable hash chain.",
        rules=(
            "policy_checks.integrity.hash_chain",
            "policy_checks.integrity.merkle",
            "policy_checks.integrity.evidence",
            "tasks.adapters.audit_log",
        ),
        evidence=(
            "audit log, its signed checkpoints, and the witnesses' copies of them",
            "inclusion proof beside each receipt",
            "evidence pack of `atomq audit export`, with a verifier that shares no code",
        ),
        tests=(
            "tests/auditor/test_tampering.py",
            "tests/auditor/test_second_opinion.py",
            "tests/tasks/adapters/test_audit_log.py",
        ),
        status="enforced",
    ),
    Clause(
        id="P3.1",
        text="Circuits run in simulation unless something else is asked for.",
        rules=("policy_checks.rules.mode", "tasks.stages.device"),
        evidence=(
            "mode in decision, records and receipt",
            "run.cleared, intent and completed entries around everything that leaves for a device",
        ),
        tests=("tests/policy_checks/rules/test_mode.py", "tests/tasks/stages/test_device.py"),
        status="enforced",
    ),
    Clause(
        id="P3.2",
        text="Production runs need an explicit approval.",
        rules=(
            "policy_checks.rules.mode",
            "policy_checks.approvals",
            "policy_checks.standing",
            "tasks.stages.approval",
            "tasks.stages.clearance",
        ),
        evidence=(
            "questions, tokens and standing approvals in the run's folder, under approval.* entries",
            "run.cleared: the last look before the start",
        ),
        tests=(
            "tests/policy_checks/test_approvals.py",
            "tests/policy_checks/test_standing.py",
            "tests/policy_checks/integrity/test_approval_evidence.py",
            "tests/tasks/stages/test_approval.py",
            "tests/flows/test_redteam.py",
        ),
        status="enforced",
    ),
    Clause(
        id="P3.3",
        text="Jobs are limited so that resources are not exhausted.",
        rules=(
            "policy_checks.tiers",
            "policy_checks.rules.circuit_limits",
            "policy_checks.rules.quota",
            "policy_checks.rules.spending",
            "policy_checks.complexity",
        ),
        evidence=(
            "estimate and findings in the decision",
            "calibration.json: what the prediction counts with",
        ),
        tests=(
            "tests/policy_checks/rules/test_circuit_limits.py",
            "tests/policy_checks/test_complexity.py",
            "tests/tasks/stages/test_quotas.py",
        ),
        status="enforced",
    ),
    Clause(id="P4.1", text="Quantum services expose metrics for Prometheus."),
    Clause(
        id="P4.2",
        text="Latency and accuracy of neural and quantum parts are tracked.",
        rules=("tasks.stages.recording",),
        evidence=("metrics.parquet of each run",),
        tests=("tests/flows/test_sample_run.py",),
        status="partly",
    ),
    Clause(id="P4.3", text="A live view shows the system's health."),
    Clause(
        id="P5.1",
        text="Each tenant's work waits in a queue of its own.",
        rules=("deployments.apply", "deployments.worker", "tasks.stages.desk"),
        evidence=("a work pool for each pseudonym; run.refused entries of runs of another tenant's pool",),
        tests=("tests/deployments/test_worker.py", "tests/tasks/stages/test_desk.py"),
        status="enforced",
    ),
    Clause(
        id="P5.2",
        text="Each tenant has quotas on circuit complexity.",
        rules=("policy_checks.rules.quota", "policy_checks.quotas", "tasks.adapters.quota_ledger"),
        evidence=("findings of the rule quota; atomq quota",),
        tests=(
            "tests/policy_checks/test_quotas.py",
            "tests/policy_checks/rules/test_quota.py",
            "tests/tasks/adapters/test_quota_ledger.py",
            "tests/tasks/stages/test_quotas.py",
        ),
        status="enforced",
    ),
    Clause(
        id="P5.3",
        text="Quantum and neural usage are metered and billed apart.",
        rules=("policy_checks.pricing", "policy_checks.rules.spending", "tasks.adapters.record_store"),
        evidence=("billing.parquet of each run, FOCUS 1.2 columns",),
        tests=(
            "tests/policy_checks/test_pricing.py",
            "tests/flows/test_sample_run.py",
            "tests/tasks/stages/test_device.py",
        ),
        status="enforced",
    ),
    Clause(
        id="P6.1",
        text="A neural operation takes less than 1 second.",
        rules=("tasks.stages.evaluation",),
        evidence=("latencies, cold and warm, in evaluate.json and the report",),
        tests=("tests/flows/test_sample_run.py",),
        status="partly",
    ),
    Clause(
        id="P6.2",
        text="A simulated quantum operation takes less than 2 seconds.",
        rules=("policy_checks.rules.budgets", "tasks.quantum.worker"),
        evidence=("the worker is killed at the deadline; the run is labelled degraded",),
        tests=("tests/tasks/quantum/test_circuit_worker.py", "tests/flows/test_degraded.py"),
        status="enforced",
    ),
    Clause(
        id="P6.3",
        text="A hybrid operation takes less than 3 seconds in total.",
        rules=("tasks.stages.evaluation",),
        evidence=("the quantum part gets what the hybrid budget leaves; latencies in evaluate.json",),
        tests=("tests/flows/test_degraded.py",),
        status="enforced",
    ),
    Clause(
        id="P6.4",
        text="Where quantum is not available, the neural head answers alone.",
        rules=("tasks.stages.circuits", "tasks.stages.evaluation"),
        evidence=("degraded with its reason in results, metrics, bill, receipt and audit log",),
        tests=("tests/flows/test_degraded.py", "tests/tasks/stages/test_device.py"),
        status="enforced",
    ),
    Clause(
        id="P7.1",
        text="Quantum work fails over to classical algorithms.",
        rules=("tasks.stages.circuits", "tasks.stages.evaluation"),
        evidence=("run.degraded entries of the audit log",),
        tests=("tests/flows/test_degraded.py", "tests/tasks/stages/test_device.py"),
        status="enforced",
    ),
    Clause(
        id="P7.2",
        text="Every circuit is validated before it runs.",
        rules=(
            "tasks.quantum.parsing",
            "tasks.quantum.inspect",
            "tasks.stages.submitted_circuit",
            "policy_checks.rules.circuit_limits",
            "tasks.quantum.request",
        ),
        evidence=(
            "template digest and sizes behind each decision",
            "circuit.qasm of a run: an author's own circuit as it was judged",
        ),
        tests=(
            "tests/tasks/quantum/test_inspect.py",
            "tests/tasks/quantum/parsing/test_hostile.py",
            "tests/tasks/quantum/parsing/test_agreement.py",
            "tests/tasks/stages/test_submitted_circuit.py",
            "tests/policy_checks/rules/test_circuit_limits.py",
        ),
        status="enforced",
    ),
    Clause(id="P7.3", text="Errors of quantum hardware are mitigated."),
    Clause(id="P7.4", text="Resilience is tested regularly by injected failures."),
    Clause(
        id="R1.1",
        text="Allowed: quantum machine learning.",
        rules=(
            "policy_checks.rules.purpose",
            "tasks.quantum.scanning.purpose",
            "policy_checks.rules.attack_patterns",
        ),
        evidence=("purpose in the manifest; a finding where a circuit's structure does not serve it",),
        tests=(
            "tests/policy_checks/rules/test_purpose.py",
            "tests/tasks/quantum/scanning/test_purpose_structure.py",
            "tests/flows/test_sample_run.py",
        ),
        status="enforced",
    ),
    Clause(
        id="R1.2",
        text="Allowed: quantum optimisation.",
        rules=(
            "policy_checks.rules.purpose",
            "tasks.quantum.scanning.purpose",
            "policy_checks.rules.attack_patterns",
        ),
        evidence=("purpose in the manifest; a finding where a circuit's structure does not serve it",),
        tests=(
            "tests/policy_checks/rules/test_purpose.py",
            "tests/tasks/quantum/scanning/test_purpose_structure.py",
            "tests/flows/test_kinds_of_job.py",
        ),
        status="enforced",
    ),
    Clause(
        id="R1.3",
        text="Allowed: quantum simulation for science.",
        rules=(
            "policy_checks.rules.purpose",
            "tasks.quantum.scanning.purpose",
            "policy_checks.rules.attack_patterns",
        ),
        evidence=("purpose in the manifest; a finding where a circuit's structure does not serve it",),
        tests=(
            "tests/policy_checks/rules/test_purpose.py",
            "tests/tasks/quantum/scanning/test_purpose_structure.py",
            "tests/flows/test_kinds_of_job.py",
        ),
        status="enforced",
    ),
    Clause(
        id="R1.4",
        text="Allowed: hybrid classical-quantum algorithms.",
        rules=(
            "policy_checks.rules.purpose",
            "tasks.quantum.scanning.purpose",
            "policy_checks.rules.attack_patterns",
        ),
        evidence=("purpose in the manifest; a finding where a circuit's structure does not serve it",),
        tests=(
            "tests/policy_checks/rules/test_purpose.py",
            "tests/tasks/quantum/scanning/test_purpose_structure.py",
            "tests/flows/test_kinds_of_job.py",
        ),
        status="enforced",
    ),
    Clause(
        id="R2.1",
        text="Prohibited: generating cryptographic keys on quantum circuits.",
        rules=(
            "policy_checks.schemas.manifest",
            "tasks.quantum.scanning.random_numbers",
            "tasks.quantum.scanning.key_exchange",
            "tasks.quantum.scanning.modular_exponentiation",
            "tasks.quantum.scanning.cipher_oracle",
            "policy_checks.rules.attack_patterns",
        ),
        evidence=(
            "findings of the rule attack_patterns; no per-shot outcome leaves the simulating process; no import "
            "leads from circuits to keys",
        ),
        tests=(
            "tests/tasks/quantum/scanning/test_forbidden_shapes.py",
            "tests/tasks/quantum/scanning/test_scan.py",
            "tests/tasks/quantum/test_estimating_worker.py",
            "tests/architecture/test_house.py",
        ),
        status="enforced",
    ),
    Clause(
        id="R2.2",
        text="Prohibited: unauthorised claims of quantum advantage.",
        rules=("policy_checks.rules.claims", "policy_checks.claim_language"),
        evidence=(
            "claim in the manifest; every text that it publishes is read for claims; the report states the "
            "measured difference with its interval",
        ),
        tests=("tests/policy_checks/rules/test_claims.py", "tests/policy_checks/test_claim_language.py"),
        status="partly",
    ),
    Clause(
        id="R2.3",
        text="Prohibited without approval: circuits that need many resources.",
        rules=("policy_checks.tiers", "policy_checks.rules.circuit_limits", "tasks.stages.approval"),
        evidence=("decision with effect review; one reviewer's token in the second tier, two in the third",),
        tests=("tests/policy_checks/rules/test_circuit_limits.py", "tests/tasks/stages/test_approval.py"),
        status="enforced",
    ),
    Clause(
        id="R2.4",
        text="Prohibited: circuits that could endanger the system's stability.",
        rules=(
            "policy_checks.rules.circuit_limits",
            "policy_checks.rules.attack_patterns",
            "tasks.quantum.parsing",
            "tasks.quantum.worker",
        ),
        evidence=(
            "decision with effect deny; incident.attack entries; texts are read and circuits simulated in "
            "processes of their own that are killed at a bound",
        ),
        tests=(
            "tests/policy_checks/rules/test_circuit_limits.py",
            "tests/tasks/quantum/parsing/test_hostile.py",
            "tests/tasks/quantum/parsing/test_limits.py",
            "tests/tasks/quantum/test_circuit_worker.py",
        ),
        status="enforced",
    ),
    Clause(
        id="C.1",
        text="Every hybrid job is checked against the policy automatically.",
        rules=("policy_checks.evaluate", "tasks.stages.admission"),
        evidence=("admit.json of every run; run.admitted and run.denied entries",),
        tests=("tests/policy_checks/test_evaluate.py", "tests/flows/test_sample_run.py"),
        status="enforced",
    ),
    Clause(id="C.2", text="Patterns of quantum work are reviewed every month."),
    Clause(id="C.3", text="Compliance with the performance budgets is tracked continuously."),
    Clause(
        id="C.4",
        text="Attack vectors on quantum systems are assessed regularly.",
        rules=(
            "policy_checks.attack_catalogue",
            "policy_checks.log_patterns",
            "tasks.quantum.scanning",
            "tasks.stages.attack_scan",
            "flows.attack_scan",
        ),
        evidence=("attack.scanned entries, one a week; incident.attack entries",),
        tests=(
            "tests/policy_checks/test_attack_catalogue.py",
            "tests/policy_checks/test_log_patterns.py",
            "tests/tasks/quantum/scanning/test_scan.py",
            "tests/tasks/stages/test_attack_scan.py",
        ),
        status="enforced",
    ),
    Clause(
        id="E1.1",
        text="Quantum failure: fall back to neural-only execution.",
        rules=("tasks.stages.circuits", "tasks.stages.evaluation"),
        evidence=("run.degraded entries of the audit log",),
        tests=("tests/flows/test_degraded.py", "tests/tasks/stages/test_device.py"),
        status="enforced",
    ),
    Clause(
        id="E1.2",
        text="Quantum failure: log the incident where it cannot be altered.",
        rules=("tasks.stages.circuits", "tasks.adapters.audit_log"),
        evidence=("run.degraded and incident.referee entries of the audit log",),
        tests=("tests/flows/test_degraded.py",),
        status="partly",
    ),
    Clause(id="E1.3", text="Quantum failure: notify the operations team."),
    Clause(id="E1.4", text="Quantum failure: analyse it and update the policy."),
    Clause(id="E2.1", text="Breach: isolate quantum systems at once."),
    Clause(id="E2.2", text="Breach: rotate post-quantum keys everywhere."),
    Clause(id="E2.3", text="Breach: analyse the logs of quantum execution."),
    Clause(id="E2.4", text="Breach: watch more closely until the threat is gone."),
    Clause(
        id="V.1",
        text="The policy has a version; what governs a run is a versioned document.",
        rules=("policy_checks.rules.governing", "policy_checks.integrity.governing_documents"),
        evidence=(
            "document.adopted entries; every version, signed by the root, in the state folder's documents",
            "digests of policy, tenants and tariff in each decision, receipt and bill",
        ),
        tests=("tests/policy_checks/rules/test_governing.py", "tests/tasks/adapters/test_documents.py"),
        status="enforced",
    ),
    Clause(
        id="V.2",
        text="The policy states when it was last updated.",
        rules=("policy_checks.schemas.governing",),
        evidence=("last_updated in the policy document",),
        tests=("tests/tasks/adapters/test_documents.py",),
        status="enforced",
    ),
    Clause(
        id="V.3",
        text="The policy states when it is to be reviewed next.",
        rules=("policy_checks.rules.governing",),
        evidence=("a note in each decision once the date has passed",),
        tests=("tests/policy_checks/rules/test_governing.py",),
        status="enforced",
    ),
)
