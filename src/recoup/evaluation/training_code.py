"""The training code that an evaluation needs: found by name, for it is a package higher up."""

from __future__ import annotations

from importlib.metadata import entry_points
from typing import Any

from recoup.errors import RecoupError

EVALUATIONS = "recoup.evaluations"


def training_code(name: str) -> Any:
    """The installed callable of that name.

    Raises:
        RecoupError: It is not installed.
    """
    found = tuple(entry_points(group=EVALUATIONS, name=name))
    if not found:
        raise RecoupError(f"The evaluation {name} is not installed: bring the environment up to date with `uv sync`.")
    return found[0].load()
