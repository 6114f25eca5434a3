"""Scores of one day: the chance of the right party in each slot, and what a contact with each account is worth."""

from __future__ import annotations

import numpy as np
import pandas as pd

from recoup.company import Company
from recoup_ml.money import minor_units
from recoup_ml.params import Lists
from recoup_ml.payment import PaymentModel
from recoup_ml.reach import ReachModel

DIGITS = 6
"""Decimals that a probability is stored with: fewer than machines may disagree on."""


def score_slots(slots: pd.DataFrame, model: ReachModel, model_version: str) -> pd.DataFrame:
    """Rows of scores.reach without the date: one per contact point and local hour.

    Args:
        slots: As `dataset.load_slots` gives it.
    """
    return pd.DataFrame({
        "contact_point_id": slots["contact_point_id"],
        "account_id": slots["account_id"],
        "person_id": slots["person_id"],
        "local_hour": slots["local_hour"].astype("int64"),
        "p_right_party": np.round(model.predict(slots), DIGITS),
        "evidence": model.evidence(slots),
        "n_attempts_seen": pd.to_numeric(slots["point_attempts_180d"]).fillna(0).astype("int64"),
        "model_version": model_version,
    })  # fmt: skip


def score_values(
    population: pd.DataFrame, model: PaymentModel, model_version: str, company: Company, lists: Lists
) -> pd.DataFrame:
    """Rows of scores.contact_value without the date and the reason codes: one per account of the population.

    Args:
        population: As `dataset.load_population` gives it.
        company: For the cost of an attempt, in minor units of reporting currency.

    Returns:
        Amounts in minor units of the account's own currency; where no exchange rate is known, its cost is 0 and the
        lists leave the account out.
    """
    worlds = model.predict(population)
    units = minor_units(population["currency"])
    due_cents = pd.to_numeric(population["past_due_major"]).fillna(0).to_numpy(dtype=np.float64) * units
    gain = worlds["p_pay_if_contacted"] - worlds["p_pay_if_not"]
    if_unpaid = model.ratio_if_unpaid
    added_if_paid = (worlds["ratio_if_paid"] - if_unpaid).clip(lower=0)
    expected = if_unpaid + worlds["p_pay_if_contacted"] * added_if_paid
    rate = reporting_rate(population["currency"], company.reporting_currency, lists)
    cost = cost_in_reporting_units(company) / rate * units
    return pd.DataFrame({
        "account_id": population["account_id"],
        "person_id": population["person_id"],
        "p_pay_if_contacted": worlds["p_pay_if_contacted"].round(DIGITS),
        "p_pay_if_not": worlds["p_pay_if_not"].round(DIGITS),
        "expected_recovery_cents": np.rint(expected * due_cents).astype("int64"),
        "uplift_cents": np.rint(gain * added_if_paid * due_cents).astype("int64"),
        "cost_cents": np.rint(cost.fillna(0)).astype("int64"),
        "currency": population["currency"],
        "model_version": model_version,
    })  # fmt: skip


def cost_in_reporting_units(company: Company) -> float:
    """Cost of one voice attempt in major units of reporting currency."""
    return company.contact.cost_per_attempt_cents / float(minor_units(pd.Series([company.reporting_currency]))[0])


def reporting_rate(currency: pd.Series, reporting_currency: str, lists: Lists) -> pd.Series:
    """Units of reporting currency for one unit of each row's currency; NaN where ml/params.yaml gives no rate."""
    return currency.map({**lists.exchange_rates, reporting_currency: 1.0}).astype("float64")
