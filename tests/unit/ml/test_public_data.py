"""The public data sets: their known facts, and figures that come out of the project's own fit."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from recoup.errors import RecoupError
from recoup.evaluation import public
from recoup.evaluation.training_code import training_code
from recoup_ml import public_data, public_evaluation
from recoup_ml.evaluate import auc
from recoup_ml.params import Params, PublicData

AFTERWARDS = {"duration", "disputed", "dayslate", "daystosettle", "settleddate", "conversion", "spend", "visit", "y"}
PROTECTED = {"age", "sex", "education", "marriage"}


@pytest.fixture(scope="module")
def own(params: Params) -> PublicData:
    assert params.public is not None
    return params.public


@pytest.fixture(scope="module")
def invoices(data_dir: Path) -> public_data.Invoices:
    return public_data.load_ibm_ar(data_dir)


def test_the_bank_contacts_are_those_known_without_their_duration(data_dir: Path) -> None:
    frame, outcomes = public_data.load_bank_marketing(data_dir)
    assert len(frame) == len(outcomes) == 41_188
    assert outcomes.sum() == 4_640
    assert not AFTERWARDS & {name.lower() for name in frame}


def test_no_credit_model_can_see_whom_the_account_is_of(data_dir: Path, own: PublicData) -> None:
    accounts = public_data.load_uci_credit(data_dir)
    assert len(accounts.frame) == 30_000
    assert not PROTECTED & {name.lower() for name in accounts.frame}
    assert set(own.features["uci_credit"]) == set(accounts.frame)
    assert set(accounts.group["sex"]) == {"men", "women"}
    assert accounts.group["age_band"].nunique() == 4


def test_the_two_arms_of_the_mailing_visit_as_published(data_dir: Path) -> None:
    trial = public_data.load_hillstrom_womens(data_dir)
    assert len(trial.frame) == 42_693
    assert trial.has_visited[trial.is_treated == 0].mean() == pytest.approx(0.10617, abs=5e-6)
    assert trial.has_visited[trial.is_treated == 1].mean() == pytest.approx(0.15140, abs=5e-6)
    assert not AFTERWARDS & set(trial.frame)


def test_the_invoices_are_those_known_without_their_dispute(invoices: public_data.Invoices, own: PublicData) -> None:
    assert len(invoices.frame) == 2_466
    assert invoices.frame["invoice_amount"].sum() == pytest.approx(147_703.18)
    assert ((invoices.days_to_settle > 30) == (invoices.is_late == 1)).all()
    assert invoices.days_to_settle.max() < own.embargo_days
    assert not AFTERWARDS & {name.lower() for name in invoices.frame}


def test_an_invoice_knows_only_what_was_settled_before_its_day(data_dir: Path, invoices: public_data.Invoices) -> None:
    read = pd.read_csv(data_dir / public_data.IBM_AR)
    dates = {name: pd.to_datetime(read[name], format="%m/%d/%Y") for name in ("InvoiceDate", "DueDate", "SettledDate")}
    read = read.assign(**dates).sort_values(["InvoiceDate", "invoiceNumber"], ignore_index=True)
    for row in range(7, len(read), 97):
        one = read.iloc[row]
        own = read[(read["customerID"] == one["customerID"]) & (read["InvoiceDate"] < one["InvoiceDate"])]
        settled, waiting = (
            own[own["SettledDate"] < one["InvoiceDate"]], own[own["SettledDate"] >= one["InvoiceDate"]]
        )  # fmt: skip
        told = invoices.frame.iloc[row]
        assert told["settled_before"] == len(settled)
        assert told["open_before"] == len(waiting)
        assert told["overdue_before"] == (waiting["DueDate"] < one["InvoiceDate"]).sum()
        expected = [settled["DaysToSettle"].mean(), (settled["DaysLate"] > 0).mean()]
        assert told[["days_to_settle_mean", "late_share"]].tolist() == pytest.approx(expected, nan_ok=True)


def test_a_planted_column_that_knows_the_outcome_stops_the_time_split(params: Params, own: PublicData) -> None:
    drawn = np.random.default_rng(3)
    outcomes = (drawn.random(4_000) < 0.3).astype(np.float64)
    frame = pd.DataFrame({"noise": drawn.normal(size=4_000), "planted": outcomes})
    earlier, later = np.arange(2_800), np.arange(2_800, 4_000)

    def scored(*names: str) -> np.ndarray:
        planted = own.model_copy(update={"features": {"bank_marketing": dict.fromkeys(names, "numeric")}})
        return public_evaluation.scored_later(frame, outcomes, earlier, later, "bank_marketing", params, planted)

    found = auc(outcomes[later], scored("noise"))
    assert found is not None
    assert found < 0.6
    with pytest.raises(RecoupError, match=r"AUC 1\.000 is 0\.8 or more, so a column knows the future"):
        scored("noise", "planted")


def test_the_duration_of_a_call_is_found_under_another_name(data_dir: Path, params: Params, own: PublicData) -> None:
    frame, outcomes = public_data.load_bank_marketing(data_dir)
    seconds = pd.read_csv(data_dir / public_data.BANK_MARKETING, sep=";")["duration"]
    features = own.features["bank_marketing"] | {"seconds": "numeric"}
    planted = own.model_copy(update={"features": {"bank_marketing": features}, "rounds": 5})
    rows = np.arange(len(frame))
    with pytest.raises(RecoupError, match="The feature seconds alone"):
        public_evaluation.scored_later(
            frame.assign(seconds=seconds), outcomes, rows[:28_832], rows[28_832:], "bank_marketing", params, planted
        )


def test_late_invoices_are_told_from_the_customers_past_and_worse_without_it(
    data_dir: Path, params: Params, own: PublicData
) -> None:
    def late(public_params: PublicData) -> float:
        figures = public_evaluation.ibm_ar(data_dir, params, public_params)
        assert [figure.figure for figure in figures] == ["AUC late", "MAE days to settle"]
        return float(figures[0].ours)

    blind = {"invoice_amount": "numeric", "weekday": "numeric"}
    assert late(own) > 0.85
    assert late(own.model_copy(update={"features": {"ibm_ar": blind}})) < 0.75


def test_a_feature_that_the_data_set_lacks_is_named(data_dir: Path, params: Params, own: PublicData) -> None:
    lacking = own.model_copy(update={"features": {"ibm_ar": {"Disputed": "categorical"}}})
    with pytest.raises(RecoupError, match=r"public\.features\.ibm_ar: the data set has no column Disputed"):
        public_evaluation.ibm_ar(data_dir, params, lacking)


def test_a_missing_file_is_one_sentence_with_its_path(tmp_path: Path) -> None:
    with pytest.raises(RecoupError, match=r"^There is no public data set .*ibm_ar/.*: put it there, .*\.$"):
        public_data.load_ibm_ar(tmp_path)


def test_the_command_finds_the_training_code_by_its_entry_point() -> None:
    assert training_code("public") is public_evaluation.evaluate_public
    with pytest.raises(RecoupError, match="evaluation nothing is not installed"):
        training_code("nothing")


def test_the_table_has_a_line_for_each_figure() -> None:
    figure = public_evaluation.Figure("ibm_ar", "time", "AUC late", "0.9", "0.871")
    table = public.as_markdown([figure.as_row(), replace(figure, figure="MAE", ours="6").as_row()])
    assert table.splitlines()[:4] == [
        "| data set | split | figure | ours | par | published |",
        "| --- | --- | --- | --- | --- | --- |",
        "| ibm_ar | time | AUC late | 0.9 | 0.871 |  |",
        "| ibm_ar | time | MAE | 6 | 0.871 |  |",
    ]
