"""What the day's page shows, read as a BI tool would: role bi_reader, marts and monitoring only."""

from __future__ import annotations

from dataclasses import dataclass, fields

import pandas as pd
import psycopg

from recoup import warehouse
from recoup.day import Day
from recoup.settings import Settings


@dataclass(frozen=True)
class _Query:
    """What fills one frame.

    Attributes:
        relation: Must exist; a warehouse that was never built so far gives an empty frame.
        columns: Of the frame, in order.
        rest: The query after its select list and `from relation`.
    """

    relation: str
    columns: tuple[str, ...]
    rest: str


_CONTROL = """
left join (
    select
        currency, sum(open_amount) as bucket_amount,
        coalesce(sum(open_amount) filter (where bucket_order > 1), 0) as past_due_amount
    from marts.ar_aging_summary
    where as_of_date = %(as_of_date)s
    group by currency
) as buckets using (currency)
where as_of_date = %(as_of_date)s
order by closing_amount desc, currency
"""
_OF_THE_DAY = "where as_of_date = %(as_of_date)s "

QUERIES: dict[str, _Query] = {
    "alerts": _Query(
        "monitoring.alerts",
        ("kind", "severity", "account_id", "metric", "currency", "amount", "headline", "what_to_do"),
        _OF_THE_DAY + "order by severity <> 'high', amount desc nulls first, alert_id",
    ),
    "aging": _Query(
        "marts.ar_aging_summary",
        ("currency", "aging_bucket", "invoice_count", "open_amount::double precision as open_amount"),
        _OF_THE_DAY + "order by currency, bucket_order",
    ),
    "control": _Query(
        "marts.ar_control_total",
        ("currency", "opening_amount", "invoices_amount", "fees_and_interest_amount", "debit_adjustments_amount",
         "reversals_amount", "applications_amount", "applied_credits_amount", "write_offs_amount", "closing_amount",
         "unapplied_cash_amount", "unapplied_credit_amount", "control_total_amount",
         "coalesce(bucket_amount, 0) as bucket_amount", "coalesce(past_due_amount, 0) as past_due_amount"),
        _CONTROL,
    ),
    "rolls": _Query(
        "marts.ar_roll_rates",
        ("from_date", "currency", "from_bucket", "from_order", "to_state", "to_order", "from_amount", "roll_rate",
         "is_complete"),
        _OF_THE_DAY + "and period = 'month' order by currency, from_order, to_order",
    ),
    "cohorts": _Query(
        "marts.ar_collection_curves",
        ("cohort_month", "currency", "days_since_due", "collected_share"),
        _OF_THE_DAY + "and is_complete and collected_share is not null order by currency, cohort_month, days_since_due",
    ),
    "leakage": _Query(
        "marts.revenue_leakage_daily",
        ("cause", "currency", "event_count", "at_risk_amount", "recovered_amount", "open_amount"),
        _OF_THE_DAY + "and event_count > 0 order by currency, at_risk_amount desc, cause",
    ),
    "recovery": _Query(
        "marts.recovery_curves",
        ("days", "at_risk_count", "resolved_count", "recovered_share"),
        _OF_THE_DAY + "and grain = 'total' order by days",
    ),
    "funnel": _Query(
        "marts.collections_funnel",
        ("step_order", "step", "account_count"),
        _OF_THE_DAY + "and period = 'month' order by step_order",
    ),
    "kpis": _Query(
        "marts.kpi_values",
        ("period", "kpi_date", "metric", "currency", "numerator", "denominator", "value", "is_complete"),
        _OF_THE_DAY + "and grain = 'total' and value is not null order by metric, currency nulls first, period",
    ),
    "breaches": _Query(
        "monitoring.kpi_breaches",
        ("period", "kpi_date", "metric", "currency", "numerator", "denominator", "value", "is_complete"),
        _OF_THE_DAY + "and grain = 'total' and value is not null order by metric",
    ),
    "rules": _Query(
        "monitoring.kpi_contact_rules",
        ("period", "kpi_date", "metric", "currency", "numerator", "denominator", "value", "is_complete"),
        _OF_THE_DAY + "and grain = 'total' and value is not null order by metric",
    ),
    "lists": _Query(
        "monitoring.list_overview",
        ("rows_listed", "accounts_excluded", "population", "uplift_amount", "currency", "rule_version",
         "model_version"),
        "where list_date = %(list_date)s",
    ),
    "planned": _Query(
        "monitoring.list_by_hour", ("local_hour as hour", "accounts"),
        "where list_date = %(list_date)s order by local_hour",
    ),
    "excluded": _Query(
        "monitoring.excluded_by_reason", ("reason", "max(accounts) as accounts"),
        "where list_date = %(list_date)s group by reason order by accounts desc, reason",
    ),
    "heat": _Query(
        "monitoring.contact_by_hour", ("local_weekday", "local_hour", "calls", "right_party_contacts"),
        _OF_THE_DAY + "order by local_weekday, local_hour",
    ),
    "incremental": _Query(
        "monitoring.incremental_recovery",
        ("currency", "treated_account_count", "control_account_count", "effect_per_account_amount",
         "effect_low_amount", "effect_high_amount", "incremental_recovery_amount", "incremental_low_amount",
         "incremental_high_amount"),
        _OF_THE_DAY + "order by treated_account_count desc, currency",
    ),
}  # fmt: skip
"""One query a frame of `DayFigures`; amounts are major units of the row's currency."""


@dataclass(frozen=True)
class DayFigures:
    """One day's figures, a frame each with the columns of `QUERIES`. Nothing is converted.

    Attributes:
        alerts: What deserves a person, high severity first.
        aging: Buckets in order, by currency.
        control: One row a currency, largest first: opening, movements, closing, and the sum of the buckets.
        rolls: The month's roll rates: where each bucket's balance of `from_date` is now.
        cohorts: Share collected by month fallen due and days since, complete ages only.
        leakage: Events, at risk, recovered and open by cause.
        recovery: Kaplan–Meier: share of accounts recovered by days past due.
        funnel: Accounts from assigned to kept promises, month so far.
        kpis: Company-wide figures of the day and of its month; a cohort's of every month that is followed.
        rules: In the same shape, how the contact rules bound the lists.
        breaches: In the same shape, what broke one after all.
        lists: At most one row: what was published for the list date.
        planned: Contacts planned by hour of the company's day.
        excluded: Accounts by reason; one account counts under each of its reasons.
        heat: Calls and right-party contacts of the last 90 days by local weekday and hour.
        incremental: Recovered per account, list less randomized control, with its 95 % interval.
    """

    alerts: pd.DataFrame
    aging: pd.DataFrame
    control: pd.DataFrame
    rolls: pd.DataFrame
    cohorts: pd.DataFrame
    leakage: pd.DataFrame
    recovery: pd.DataFrame
    funnel: pd.DataFrame
    kpis: pd.DataFrame
    rules: pd.DataFrame
    breaches: pd.DataFrame
    lists: pd.DataFrame
    planned: pd.DataFrame
    excluded: pd.DataFrame
    heat: pd.DataFrame
    incremental: pd.DataFrame

    @property
    def ties(self) -> bool:
        """True if every currency's buckets add up to the ledger's closing balance, to the cent."""
        return bool((self.control["bucket_amount"] == self.control["closing_amount"]).all())

    @property
    def main_currency(self) -> str | None:
        """The currency in which most is owed: what has room for one currency only shows this one."""
        return None if self.control.empty else str(self.control.iloc[0]["currency"])


def columns_of(name: str) -> list[str]:
    """Columns of one of the frames, in order."""
    return [column.rsplit(" as ", 1)[-1] for column in QUERIES[name].columns]


def read_figures(day: Day, settings: Settings) -> DayFigures:
    """Read the figures of `day`.

    Raises:
        RecoupError: The warehouse cannot be reached.
    """
    values: dict[str, object] = {"as_of_date": day.as_of_date, "list_date": day.list_date}
    with warehouse.connect("bi_reader", settings) as connection:
        return DayFigures(**{field.name: _frame(connection, field.name, values) for field in fields(DayFigures)})


def _frame(connection: psycopg.Connection[tuple[object, ...]], name: str, values: dict[str, object]) -> pd.DataFrame:
    query = QUERIES[name]
    if connection.execute("select to_regclass(%s)", [query.relation]).fetchone() == (None,):
        return pd.DataFrame(columns=columns_of(name))
    text = f"select {', '.join(query.columns)} from {query.relation} {query.rest}"  # noqa: S608 - texts of this module
    return pd.DataFrame(connection.execute(text.encode(), values).fetchall(), columns=columns_of(name))
