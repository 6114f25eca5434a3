"""What tests share: one embedded server a session, a warehouse of one's own, the public data, one whole run.

`warehouse` (one test) and `module_warehouse` (one module) give the settings of an initialized, empty warehouse that is
dropped afterwards. `company_run` is a synthetic company that went through every stage; read it, never write to it.
RECOUP_TEST_HOME=DIR keeps the server between sessions.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

from recoup import warehouse as recoup_warehouse
from recoup.company import Company
from recoup.day import Day
from recoup.settings import PROJECT_DIR, Settings, load_settings
from recoup.warehouse import embedded
from recoup.warehouse.initialization import create_databases

RUN_DATE = date(2026, 3, 31)
RUN_CUSTOMERS, RUN_MONTHS, RUN_SEED = 1_500, 12, 7
_KEPT = ("RECOUP_DATA_DIR", "RECOUP_TEST_HOME")
_numbers = count(1)
_LONGEST = (
    "tests/e2e/test_time.py", "tests/integration/dbt_ledger/test_any_day_as_known_then.py",
    "tests/e2e/test_scheduler.py", "tests/integration/ml/test_stages.py",
    "tests/integration/dbt_contact/test_point_in_time.py", "tests/integration/audit/test_corrupted_lists.py",
    "tests/integration/audit/test_corrupted_feeds.py", "tests/integration/dbt_ledger/test_kpi_bases.py",
    "tests/e2e/test_demo.py", "tests/integration/synthetic/test_company.py",
    "tests/integration/dbt_contact/test_policy.py", "tests/integration/sources/test_source_contract.py",
    "tests/integration/dbt_contact/test_leakage.py", "tests/integration/warehouse/test_embedded_server.py",
)  # fmt: skip
"""Files of 40 s and more, the longest first: one that begins last keeps the other workers waiting."""

WarehouseMaker = Callable[..., Settings]


@dataclass(frozen=True)
class CompanyRun:
    """A company that went through its day.

    Attributes:
        rows: Row counts that each stage reported, by stage.
    """

    settings: Settings
    day: Day
    rows: dict[str, dict[str, int]]


class _ByFile(LoadScopeScheduling):
    """A file stays on one worker, and all files that read the shared company on the one that made it."""

    def _split_scope(self, nodeid: str) -> str:
        path = nodeid.partition("::")[0]
        return "the shared company" if _reads_the_shared_company(path) else path


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    return _ByFile(config, log)


@cache
def _reads_the_shared_company(path: str) -> bool:
    text = (PROJECT_DIR / path).read_text(encoding="utf-8")
    return "company_run" in text or "company_copy" in text


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    rank = {path: place for place, path in enumerate(_LONGEST)}
    items.sort(key=lambda item: rank.get(item.path.relative_to(PROJECT_DIR).as_posix(), len(rank)))


@pytest.fixture(scope="session", autouse=True)
def _no_settings_from_outside() -> Iterator[None]:
    """A developer's own RECOUP_HOME or RECOUP_WAREHOUSE_URL must not be what the tests write to."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("RECOUP_") and name not in _KEPT]:
            patch.delenv(name)
        yield


@pytest.fixture(scope="session")
def cluster(_no_settings_from_outside: None) -> Iterator[Settings]:
    """Settings of a running embedded server whose database `recoup` is initialized, empty, and to be kept so."""
    kept = os.environ.get("RECOUP_TEST_HOME")
    home = Path(kept) if kept else Path(tempfile.mkdtemp(prefix="recoup-test-"))
    home.mkdir(parents=True, exist_ok=True)
    # So that the server's own OS user reaches it, and the data lie where the session cleans up.
    home.chmod(0o755)
    settings = replace(load_settings(), home=home.resolve())
    try:
        recoup_warehouse.ensure_running(settings)
        # A kept server may hold the tables of an older checkout.
        recoup_warehouse.drop(settings)
        recoup_warehouse.initialize(settings)
        with recoup_warehouse.connect("admin", settings, "postgres", autocommit=True) as admin:
            # Nothing here outlives the machine's next crash; dropping a database is four times as quick.
            admin.execute("alter system set fsync = off")
            admin.execute("select pg_reload_conf()")
        yield settings
    finally:
        if not kept:
            embedded.destroy(settings)
            shutil.rmtree(home)


@contextlib.contextmanager
def _new_warehouse(
    cluster: Settings, company: Company | None = None, company_file: Path | None = None
) -> Iterator[Settings]:
    settings = replace(
        cluster,
        # The pid: a session on a kept server must not meet the remains of one that was killed.
        database=f"test_{os.getpid()}_{next(_numbers)}",
        company=company or cluster.company,
        company_file=company_file or cluster.company_file,
    )
    with recoup_warehouse.connect("admin", cluster, "postgres", autocommit=True) as admin:
        create_databases(admin, settings, template=cluster)
    try:
        yield settings
    finally:
        recoup_warehouse.drop(settings)


@pytest.fixture(scope="session")
def new_warehouse(cluster: Settings) -> Callable[..., AbstractContextManager[Settings]]:
    """Make a warehouse for a `with` block: `with new_warehouse(company=…, company_file=…) as settings:`."""

    def make(company: Company | None = None, company_file: Path | None = None) -> AbstractContextManager[Settings]:
        return _new_warehouse(cluster, company, company_file)

    return make


@pytest.fixture
def settings_factory(cluster: Settings) -> Iterator[WarehouseMaker]:
    """Make as many warehouses as a test needs: `settings_factory(company=…, company_file=…)`; dropped at its end."""
    with contextlib.ExitStack() as stack:

        def make(company: Company | None = None, company_file: Path | None = None) -> Settings:
            return stack.enter_context(_new_warehouse(cluster, company, company_file))

        yield make


@pytest.fixture
def warehouse(cluster: Settings) -> Iterator[Settings]:
    """Settings of an initialized, empty warehouse for one test."""
    with _new_warehouse(cluster) as settings:
        yield settings


@pytest.fixture(scope="module")
def module_warehouse(cluster: Settings) -> Iterator[Settings]:
    """Settings of an initialized, empty warehouse for one module."""
    with _new_warehouse(cluster) as settings:
        yield settings


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """Directory of the public data sets; the test is skipped where there is none."""
    directory = Path(os.environ.get("RECOUP_DATA_DIR") or PROJECT_DIR.parent / "shared" / "data")
    if not directory.is_dir():
        pytest.skip("skipped: no data")
    return directory.resolve()


@pytest.fixture(scope="session")
def company_run(cluster: Settings) -> Iterator[CompanyRun]:
    """A small synthetic company after one day of the whole pipeline. For reading only: many tests share it."""
    from recoup import pipeline, synthetic

    with _new_warehouse(cluster) as settings:
        day = Day.closing(RUN_DATE, settings.company.time_zone)
        synthetic.create(settings, RUN_DATE, RUN_CUSTOMERS, RUN_MONTHS, "utility", RUN_SEED, lambda _: None)
        rows = {stage.name: pipeline.run_stage(stage.name, day, settings) for stage in pipeline.STAGES}
        yield CompanyRun(settings, day, rows)
