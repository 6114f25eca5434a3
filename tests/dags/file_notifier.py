"""A notifier of a user's own, as company.yml would name it: each message becomes a line of JSON in a file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from airflow.sdk import BaseNotifier


class FileNotifier(BaseNotifier):
    """Appends what it is told to `path`, unless a file `path`.broken says that the line is down."""

    template_fields = ("subject", "text")

    def __init__(self, path: str, subject: str, text: str) -> None:
        super().__init__()
        self.path, self.subject, self.text = path, subject, text

    def notify(self, context: Any) -> None:
        if Path(f"{self.path}.broken").exists():
            raise ConnectionError("the line is down")
        with Path(self.path).open("a", encoding="utf-8") as out:
            out.write(json.dumps({"subject": self.subject, "text": self.text, "run": context["run_id"]}) + "\n")
