"""Public data sets as frames of what was known beforehand; columns known only afterwards never leave this module."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from recoup.errors import RecoupError

Floats = npt.NDArray[np.float64]

BANK_MARKETING = "bank_marketing/bank-additional-full.csv.gz"
UCI_CREDIT = "uci_credit/UCI_Credit_Card.csv.gz"
HILLSTROM_WOMENS = "hillstrom_womens/hillstrom_womens.csv.gz"
IBM_AR = "ibm_ar/WA_Fn-UseC_-Accounts-Receivable.csv"


@dataclass(frozen=True)
class CreditAccounts:
    """Accounts of `uci_credit`, row-aligned.

    Attributes:
        frame: Limit, six months of bills, payments and payment states.
        is_default: 1 = did not pay in the next month.
        group: sex and age_band, for looking at the impact only; never in `frame`.
    """

    frame: pd.DataFrame
    is_default: Floats
    group: pd.DataFrame


@dataclass(frozen=True)
class EmailTrial:
    """Customers of `hillstrom_womens`, row-aligned.

    Attributes:
        is_treated: 1 = the women's e-mail, 0 = none; drawn at random.
        has_visited: 1 = visited the site in the two weeks after.
    """

    frame: pd.DataFrame
    is_treated: Floats
    has_visited: Floats


@dataclass(frozen=True)
class Invoices:
    """Invoices of `ibm_ar` in order of issue, row-aligned.

    Attributes:
        frame: What was known when the invoice was issued, the customer's past included.
        issued: datetime64.
        days_to_settle: Days from issue to settlement.
        is_late: 1 = settled after its due date.
    """

    frame: pd.DataFrame
    issued: pd.Series
    days_to_settle: Floats
    is_late: Floats


def load_bank_marketing(directory: Path) -> tuple[pd.DataFrame, Floats]:
    """Contacts in date order and whether each succeeded; without `duration`, known once the call is over."""
    read = _read(directory, BANK_MARKETING, sep=";")
    # The file's `campaign` counts the calls to the client in this campaign, this one included: known when dialing.
    frame = read.drop(columns=["duration", "y"]).rename(columns={"campaign": "attempts_in_campaign"})
    return frame, _is(read["y"], "yes")


def load_uci_credit(directory: Path) -> CreditAccounts:
    """Credit-card accounts, what defaulted, and the groups that the model must not know."""
    read = _read(directory, UCI_CREDIT)
    outcome = "default.payment.next.month"
    group = pd.DataFrame(
        {
            "sex": read["SEX"].map({1: "men", 2: "women"}),
            "age_band": pd.cut(
                read["AGE"],
                [20, 29, 39, 49, 120],
                labels=["age 21 to 29", "age 30 to 39", "age 40 to 49", "age 50 and over"],
            ).astype("str"),
        }
    )
    frame = read.drop(columns=["ID", outcome, "SEX", "EDUCATION", "MARRIAGE", "AGE"])
    return CreditAccounts(frame, read[outcome].to_numpy(dtype=np.float64), group)


def load_hillstrom_womens(directory: Path) -> EmailTrial:
    """The two arms of the experiment; conversion and spend are outcomes as well and left out."""
    read = _read(directory, HILLSTROM_WOMENS)
    frame = read.drop(columns=["segment", "visit", "conversion", "spend"])
    return EmailTrial(frame, _is(read["segment"], "Womens E-Mail"), read["visit"].to_numpy(dtype=np.float64))


def load_ibm_ar(directory: Path) -> Invoices:
    """Invoices with their customer's past as of the day of issue; without `Disputed`, which has no date."""
    read = _read(directory, IBM_AR)
    for name in ("InvoiceDate", "DueDate", "SettledDate"):
        read[name] = pd.to_datetime(read[name], format="%m/%d/%Y")
    read = read.sort_values(["InvoiceDate", "invoiceNumber"], ignore_index=True)
    frame = pd.DataFrame(
        {
            "invoice_amount": read["InvoiceAmount"],
            "country_code": read["countryCode"].astype("str"),
            "paperless_bill": read["PaperlessBill"],
            "month_day": read["InvoiceDate"].dt.day,
            "weekday": read["InvoiceDate"].dt.day_of_week,
        }
    ).join(_past_as_of_issue(read))
    return Invoices(
        frame,
        read["InvoiceDate"],
        read["DaysToSettle"].to_numpy(dtype=np.float64),
        (read["DaysLate"] > 0).to_numpy(dtype=np.float64),
    )


def _past_as_of_issue(invoices: pd.DataFrame) -> pd.DataFrame:
    """What the day before issue told of the customer: settled, late, open and overdue invoices; indexed as given."""
    own = invoices[["customerID", "InvoiceDate", "DueDate", "SettledDate", "DaysToSettle", "DaysLate"]]
    own = own.reset_index(names="row")
    pairs = own[["row", "customerID", "InvoiceDate"]].merge(
        own.drop(columns="row"), on="customerID", suffixes=("", "_before")
    )
    pairs = pairs[pairs["InvoiceDate_before"] < pairs["InvoiceDate"]]
    is_settled = pairs["SettledDate"] < pairs["InvoiceDate"]
    settled = pairs[is_settled].sort_values(["row", "SettledDate", "InvoiceDate_before", "DaysToSettle"])
    waiting = pairs[~is_settled]
    overdue = waiting[waiting["DueDate"] < waiting["InvoiceDate"]]
    by_row = settled.groupby("row")
    past = pd.DataFrame(index=invoices.index).assign(
        settled_before=by_row.size(),
        days_to_settle_mean=by_row["DaysToSettle"].mean(),
        days_to_settle_last=by_row["DaysToSettle"].last(),
        late_share=(settled["DaysLate"] > 0).groupby(settled["row"]).mean(),
        open_before=waiting.groupby("row").size(),
        overdue_before=overdue.groupby("row").size(),
    )
    counts = ["settled_before", "open_before", "overdue_before"]
    return past.assign(**{name: past[name].fillna(0) for name in counts})


def _read(directory: Path, name: str, sep: str = ",") -> pd.DataFrame:
    file = directory / name
    if not file.is_file():
        raise RecoupError(
            f"There is no public data set {file}: put it there, or name the right directory with --data or "
            "RECOUP_DATA_DIR."
        )
    return pd.read_csv(file, sep=sep)


def _is(column: pd.Series, value: str) -> Floats:
    return (column == value).to_numpy(dtype=np.float64)
