"""Where a run finds things: its home directory, its company, its warehouse."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from recoup.company import Company, load_company
from recoup.errors import RecoupError

PROJECT_DIR = Path(__file__).resolve().parents[2]
SOURCE_DATABASES = ("billing_ledger", "contact_center", "truth", "airflow")
_NAME = re.compile(r"^[a-z][a-z0-9_]{0,39}$")


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
    """

    home: Path
    project_dir: Path
    database: str
    company: Company
    company_file: Path
    admin_url: str | None = None

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
