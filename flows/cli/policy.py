"""`policy`: every clause, what enforces it, and what is still missing."""

from flows.cli.terminal import console, reported, show_json, table
from policy_checks.clauses import CLAUSES
from tasks.adapters import documents, settings

MARKS = {"enforced": "[green]+ enforced[/]", "partly": "[yellow]~ partly[/]", "not yet": "[red]- not yet[/]"}


def policy_command(*, as_json: bool) -> None:
    """Print every clause of the policy."""
    with reported(as_json):
        governing = documents.load(settings.load().home)
        policy = governing.policy
        overdue = settings.now().date() > policy.next_review
        if as_json:
            show_json(
                {
                    "policy_version": policy.policy_version,
                    "last_updated": policy.last_updated.isoformat(),
                    "next_review": policy.next_review.isoformat(),
                    "review_overdue": overdue,
                    "documents": {
                        "policy": governing.digests.policy,
                        "tenants": governing.digests.tenants,
                        "tariff": governing.digests.tariff,
                    },
                    "clauses": [clause.model_dump(mode="json") for clause in CLAUSES],
                }
            )
            return
        if overdue:
            console.print(f"[yellow]? The policy's own review was due on {policy.next_review}.[/]")
        console.print(f"Policy {policy.policy_version}, last updated {policy.last_updated}\n")
        listed = table("clause", "status", "what it demands, and what enforces it")
        for clause in CLAUSES:
            rules = f"\n[dim]{', '.join(clause.rules)}[/]" if clause.rules else ""
            listed.add_row(clause.id, MARKS[clause.status], clause.text + rules)
        console.print(listed)
        counts = {status: sum(c.status == status for c in CLAUSES) for status in MARKS}
        console.print("\n" + ", ".join(f"{number} {status}" for status, number in counts.items()))
