"""What the engine's tests share: its own parameter file and the simulated company, as frames."""

from __future__ import annotations

import importlib.util
import sys
from datetime import date
from pathlib import Path
from types import ModuleType
from typing import Any

import pandas as pd
import pytest

from recoup.company import Company
from recoup.day import Day
from recoup.settings import PROJECT_DIR
from recoup_ml.params import Params, read_params

SIMULATION = Path(__file__).parents[2] / "integration" / "ml" / "simulated_features.py"


@pytest.fixture(scope="session")
def params() -> Params:
    return read_params(PROJECT_DIR / "ml" / "params.yaml")


@pytest.fixture(scope="session")
def day() -> Day:
    return Day.closing(date(2026, 3, 31), "America/New_York")


@pytest.fixture(scope="session")
def company() -> Company:
    return Company.model_validate({
        "company": "test", "time_zone": "America/New_York", "reporting_currency": "USD",
        "contact": {"agents": 3, "attempts_per_agent_hour": 10, "cost_per_attempt_cents": 90},
        "sources": {"billing_ledger": {"kind": "sql", "database": "billing_ledger"}},
    })  # fmt: skip


@pytest.fixture(scope="session")
def simulation() -> ModuleType:
    name = "simulated_features"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, SIMULATION)
        assert spec is not None
        assert spec.loader is not None
        sys.modules[name] = module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    return sys.modules[name]


@pytest.fixture(scope="session")
def simulated(simulation: ModuleType, day: Day) -> Any:
    return simulation.simulate(day.as_of_date, accounts=900, weeks=45, attempts=12_000, control_share=0.2)


@pytest.fixture(scope="session")
def attempts(simulated: Any) -> pd.DataFrame:
    """As dataset.load_attempts gives them."""
    frame = simulated.tables["features.ftr_reach_attempt"]
    frame = frame[frame["as_of_date"] < pd.Timestamp(simulated.as_of_date)]
    return frame.assign(
        snapshot_date=frame["as_of_date"],
        outcome=frame["is_right_party"],
        point_key=frame["contact_point_id"],
        person_key=frame["person_id"],
    ).reset_index(drop=True)


@pytest.fixture(scope="session")
def calls(simulated: Any) -> pd.DataFrame:
    """As dataset.load_calls gives them."""
    frame = simulated.tables["features.ftr_reach_call"]
    return frame.assign(point_key=frame["contact_point_id"], person_key=frame["person_id"])


@pytest.fixture(scope="session")
def outcomes(simulated: Any) -> pd.DataFrame:
    """As dataset.load_outcomes gives them."""
    label = simulated.tables["features.lbl_account_outcome"]
    frame = label.merge(simulated.tables["features.ftr_account_day"], on=["as_of_date", "account_id"])
    frame = frame[frame["is_observed"]].sort_values(["as_of_date", "account_id"], ignore_index=True)
    return frame.assign(
        account_key=frame["account_id"], snapshot_date=frame["as_of_date"], logged_arm=frame["arm"],
        outcome=frame["is_paid"],
        cash_cents=frame["paid_cents"], spoken_to=frame["had_rpc"], due_cents=frame["past_due_cents"],
        overdue_days=frame["days_past_due"], open_cents=frame["balance_cents"], oldest_due_date=frame["oldest_due_on"],
    )  # fmt: skip
