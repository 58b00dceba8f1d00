"""Show a text in Prefect, after the door for outgoing text."""

from prefect.artifacts import create_markdown_artifact

from tasks.tabular.outgoing import require_clean_text


def show(key: str, text: str, description: str | None = None) -> None:
    """Create a Markdown artifact of the running task.

    Raises:
        StageError: something personal is found in it; nothing was shown.
    """
    require_clean_text(text, f"artifact {key}")
    create_markdown_artifact(text, key=key, description=description)
