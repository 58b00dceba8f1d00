"""There is one way out to Prefect, to the log and to the disk, and circuits know none of them."""

import ast
import re
from pathlib import Path

import pytest

from tests.documents import PROJECT

ROOMS = ("flows", "tasks", "deployments", "policy_checks")
WRITES = {
    "open", "write_text", "write_bytes", "mkdir", "mkdtemp", "mkstemp", "NamedTemporaryFile", "TemporaryFile",
    "TemporaryDirectory", "save", "savez", "savetxt", "tofile", "dump", "to_csv", "to_parquet", "write_table",
    "memmap", "write_whole", "touch", "link", "symlink", "rename",
}  # fmt: skip
TELLS = {"print", "getLogger", "get_run_logger", "emit_event", "create_markdown_artifact", "warn"}
SILENCED = {"qiskit_ibm_runtime"}


def files(*rooms: str) -> list[Path]:
    return [path for room in rooms for path in sorted((PROJECT / room).rglob("*.py"))]


def calls(path: Path) -> list[tuple[str, ast.Call]]:
    """Return every call in a file by the last part of what is called."""
    found = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
    return [(getattr(node.func, "attr", getattr(node.func, "id", "")), node) for node in found]


def told_to(call: ast.Call) -> str:
    (named,) = call.args
    return named.value if isinstance(named, ast.Constant) else ""


@pytest.mark.parametrize("path", files("tasks/quantum"), ids=lambda path: path.name)
def test_nothing_of_circuits_writes_a_file_or_tells_anybody(path):
    for name, call in calls(path):
        assert name not in WRITES, f"line {call.lineno}"
        if name == "getLogger":
            assert told_to(call) in SILENCED, f"line {call.lineno}"
        else:
            assert name not in TELLS, f"line {call.lineno}"


@pytest.mark.parametrize("path", files("tasks/quantum"), ids=lambda path: path.name)
def test_no_circuit_becomes_text(path):
    assert not re.search(r"\bqasm[23]?\.(dumps?|export)|\bqpy\b|\.draw\(", path.read_text())


def test_artifacts_are_made_behind_the_door_only():
    makers = [path.name for path in files(*ROOMS) if re.search(r"\bcreate_\w+_artifact\b", path.read_text())]
    assert makers == ["artifact.py"]


@pytest.mark.parametrize("path", sorted((PROJECT / "tasks").glob("*.py")), ids=lambda path: path.name)
def test_every_task_speaks_in_its_own_words(path):
    functions = [node for node in ast.parse(path.read_text()).body if isinstance(node, ast.FunctionDef)]
    for function in functions:
        named = [ast.unparse(decorator).partition("(")[0] for decorator in function.decorator_list]
        if "task" in named:
            assert named == ["task", "own_words"], function.name


def test_every_log_line_is_a_code_with_values_apart():
    for path in files(*ROOMS):
        for name, call in calls(path):
            of = getattr(getattr(call.func, "value", None), "id", "")
            if of == "LOGGER" and name in {"debug", "info", "warning", "error", "critical", "exception"}:
                assert isinstance(call.args[0], ast.Constant), f"{path}:{call.lineno}"
            assert name not in {"basicConfig", "captureWarnings"}, path


@pytest.mark.parametrize(
    "program", ["deployments/child.py", "deployments/worker.py", "flows/cli/__init__.py"]
)
def test_every_program_that_meets_data_keeps_values_out_first(program):
    assert "keep_values_out()" in (PROJECT / program).read_text()
