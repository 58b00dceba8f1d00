"""The scan for attacks is deployed for every Sunday, and runs in the system's worker."""

from tasks.adapters.audit_log import AuditLog


def test_the_scan_comes_every_week(stack):
    (schedule,) = stack.deployment("attack-scan")["schedules"]
    assert (schedule["schedule"]["cron"], schedule["active"]) == ("0 3 * * 0", True)


def test_a_scan_says_what_it_looked_at_and_leaves_an_entry(stack):
    run = stack.wait(stack.submit("attack-scan"))
    assert (run["state_type"], run["state_name"]) == ("COMPLETED", "Clean"), run["state"]
    assert "circuits and the log" in run["state"]["message"]
    assert any(entry.type == "attack.scanned" for entry in AuditLog(stack.home).entries())
