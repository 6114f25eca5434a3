"""What a list is made with besides the data and the models: parameters, words, and the code itself.

The scorer writes it beside its proposal, the publisher keeps it with the edition, and a replay puts it in the place of
what stands in the files today.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from recoup.company import Company
from recoup.day import Day
from recoup.settings import Settings
from recoup.transform import dbt_vars

_NOT_KEPT = {"sources", "alerts"}
"""Parts of a company file that shape no list; sources may name machines and accounts."""
_CODE = (
    ("dbt_project/macros", "*.sql"),
    ("dbt_project/models", "*.sql"),
    ("ml/recoup_ml", "*.py"),
)


def made_with(day: Day, settings: Settings) -> dict[str, Any]:
    """What a list of `day` is made with now, JSON-ready; instants and keys only, no personal data."""
    return {
        "dbt_vars": dbt_vars(day, settings),
        "company": settings.company.model_dump(mode="json", by_alias=True, exclude=_NOT_KEPT),
        "params": _content(settings.project_dir / "ml" / "params.yaml"),
        "reason_codes": _content(settings.project_dir / "ml" / "reason_codes.yaml"),
        "code_sha256": code_sha256(settings),
    }


def company_of_then(kept: dict[str, Any], company: Company) -> Company:
    """The company as it was when the list was made; the parts that are not kept are today's."""
    return Company.model_validate(kept | {name: getattr(company, name) for name in sorted(_NOT_KEPT)})


def code_sha256(settings: Settings) -> str:
    """Hash of the queries and the Python that make a list, hexadecimal: where it differs, so may the rows."""
    digest = hashlib.sha256()
    for path in _code_files(settings.project_dir):
        digest.update(path.relative_to(settings.project_dir).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _code_files(project_dir: Path) -> Iterator[Path]:
    for folder, pattern in _CODE:
        yield from sorted((project_dir / folder).rglob(pattern))


def _content(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))
