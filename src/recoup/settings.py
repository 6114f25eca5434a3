"""Where a run finds things: its home directory, its company, its warehouse."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from recoup.company import Company, load_company
from recoup.errors import RecoupError

PROJECT_DIR = Path(__file__).resolve().parents[2]
SOURCE_DATABASES = ("billing_ledger", "contact_center", "truth", "airflow")
_NAME = re.compile(r"^[a-z][a-z0-9_]{0,39}$")


@dataclass(frozen=True)
class Aside:
    """What stands in the place of a day's own while a published list is made again, aside from the warehouse's tables.

    Attributes:
        schema: Stands in for `policy`, `features` and `scores`: read there, written there.
        known_at: Knowledge cut-off of then, inclusive, aware.
        model_version: Models of then, as a list row names them.
        dbt_vars: Values that the models of then were built with.
        params: Content of ml/params.yaml of then.
        reason_codes: Content of ml/reason_codes.yaml of then.
    """

    schema: str
    known_at: datetime
    model_version: str
    dbt_vars: Mapping[str, Any]
    params: Mapping[str, Any]
    reason_codes: Mapping[str, Any]


@dataclass(frozen=True)
class Settings:
    """Everything that a stage needs besides its day.

    Attributes:
        home: Directory of this installation's state: embedded server, passwords, logs, artifacts, pages.
        project_dir: The checkout: dbt project, DAGs, ml/params.yaml.
        database: Name of the warehouse database; the others are named after it.
        company: The company that the run is for.
        company_file: Where `company` was read; file sources are relative to it.
        admin_url: URL of any Postgres ≥ 16, with the right to create roles and databases. None = embedded server.
        aside: Where and with what a replay works; None = the day itself.
    """

    home: Path
    project_dir: Path
    database: str
    company: Company
    company_file: Path
    admin_url: str | None = None
    aside: Aside | None = None

    def __post_init__(self) -> None:
        if not _NAME.match(self.database):
            raise RecoupError(
                f"The database name {self.database!r} is not usable: take lower-case letters, digits and underscores, "
                "at most 40, starting with a letter (RECOUP_DATABASE)."
            )

    @property
    def artifacts(self) -> Path:
        """Directory of what runs leave for people: pages, Data Docs, model cards; one a warehouse."""
        return self.home / "artifacts" / self.database

    def schema(self, layer: str) -> str:
        """The schema that holds `layer` (policy, features or scores): its own, or the one that a replay works in."""
        return layer if self.aside is None else self.aside.schema

    def source_database(self, name: str) -> str:
        """Name of one of the databases beside the warehouse: billing_ledger, contact_center, truth or airflow."""
        return f"{self.database}_{name}"


def load_settings(company_file: Path | str | None = None) -> Settings:
    """Read the settings of this process.

    Environment: RECOUP_HOME (default .recoup in the project), RECOUP_COMPANY (default examples/demo/company.yml),
    RECOUP_DATABASE (default recoup_<company>), RECOUP_WAREHOUSE_URL (unset = embedded server).

    Args:
        company_file: Goes before RECOUP_COMPANY.

    Raises:
        RecoupError: The company file is missing or wrong, or a name is not usable.
    """
    home = Path(os.environ.get("RECOUP_HOME") or PROJECT_DIR / ".recoup").expanduser().resolve()
    chosen = company_file or os.environ.get("RECOUP_COMPANY") or PROJECT_DIR / "examples" / "demo" / "company.yml"
    path = Path(chosen).expanduser().resolve()
    company = load_company(path)
    return Settings(
        home=home,
        project_dir=PROJECT_DIR,
        # Two companies in one warehouse would be one ledger: each gets its own unless somebody names it.
        database=os.environ.get("RECOUP_DATABASE") or f"recoup_{company.company.replace('-', '_')}",
        company=company,
        company_file=path,
        admin_url=os.environ.get("RECOUP_WAREHOUSE_URL") or None,
    )
