"""What the day's page shows, read as a BI tool would: role bi_reader, marts and monitoring only."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
import psycopg

from recoup import warehouse
from recoup.day import Day
from recoup.settings import Settings

_AGING = """
select currency, aging_bucket, invoice_count, open_amount::double precision as open_amount
from marts.ar_aging_summary
where as_of_date = %(as_of_date)s
order by currency, bucket_order
"""
_CONTROL = """
select
    control.currency, control.closing_amount, control.unapplied_cash_amount, control.unapplied_credit_amount,
    control.control_total_amount, coalesce(buckets.open_amount, 0) as bucket_amount,
    coalesce(buckets.past_due_amount, 0) as past_due_amount
from marts.ar_control_total as control
left join (
    select
        currency, sum(open_amount) as open_amount,
        coalesce(sum(open_amount) filter (where bucket_order > 1), 0) as past_due_amount
    from marts.ar_aging_summary
    where as_of_date = %(as_of_date)s
    group by currency
) as buckets on control.currency = buckets.currency
where control.as_of_date = %(as_of_date)s
order by control.closing_amount desc
"""
_RECEIVABLES = """
select metric, currency, numerator, denominator, value
from marts.kpi_receivables_daily
where as_of_date = %(as_of_date)s and grain = 'total'
order by metric, currency
"""
_COLLECTIONS = """
select metric, period, numerator, denominator, value
from marts.kpi_collections_daily
where kpi_date = %(as_of_date)s and grain = 'total'
order by period desc, metric
"""
_LIST = """
select rows_listed, accounts_excluded, population, uplift_amount, currency, rule_version, model_version
from monitoring.list_overview
where list_date = %(list_date)s
"""
_PLANNED = """
select local_hour as hour, accounts
from monitoring.list_by_hour
where list_date = %(list_date)s
order by local_hour
"""
_EXCLUDED = """
select reason, max(accounts) as accounts
from monitoring.excluded_by_reason
where list_date = %(list_date)s
group by reason
order by accounts desc, reason
"""
_HEAT = """
select local_weekday, local_hour, calls, right_party_contacts
from monitoring.contact_by_hour
where as_of_date = %(as_of_date)s
order by local_weekday, local_hour
"""


@dataclass(frozen=True)
class DayFigures:
    """One day's figures. Amounts are major units of the row's currency; nothing is converted.

    Attributes:
        aging: currency, aging_bucket (in order), invoice_count, open_amount.
        control: One row a currency, largest first: closing, unapplied, control total, and the sum of the buckets.
        receivables: metric, currency, numerator, denominator, value.
        collections: metric, period, numerator, denominator, value.
        lists: At most one row: what was published for the list date.
        planned: hour (company time zone), accounts.
        excluded: reason, accounts; one account counts under each of its reasons.
        heat: local_weekday, local_hour, calls, right_party_contacts of the last 90 days.
    """

    aging: pd.DataFrame
    control: pd.DataFrame
    receivables: pd.DataFrame
    collections: pd.DataFrame
    lists: pd.DataFrame
    planned: pd.DataFrame
    excluded: pd.DataFrame
    heat: pd.DataFrame

    @property
    def ties(self) -> bool:
        """True if every currency's buckets add up to the ledger's closing balance, to the cent."""
        return bool((self.control["bucket_amount"] == self.control["closing_amount"]).all())


def read_figures(day: Day, settings: Settings) -> DayFigures:
    """Read the figures of `day`.

    Raises:
        RecoupError: The warehouse cannot be reached.
    """
    values: dict[str, object] = {"as_of_date": day.as_of_date, "list_date": day.list_date}
    with warehouse.connect("bi_reader", settings) as connection:
        return DayFigures(
            aging=_frame(connection, _AGING, values),
            control=_frame(connection, _CONTROL, values),
            receivables=_frame(connection, _RECEIVABLES, values),
            collections=_frame(connection, _COLLECTIONS, values),
            lists=_frame(connection, _LIST, values),
            planned=_frame(connection, _PLANNED, values),
            excluded=_frame(connection, _EXCLUDED, values),
            heat=_frame(connection, _HEAT, values),
        )


def _frame(connection: psycopg.Connection[tuple[object, ...]], query: str, values: dict[str, object]) -> pd.DataFrame:
    cursor = connection.execute(query.encode(), values)
    assert cursor.description is not None
    return pd.DataFrame(cursor.fetchall(), columns=[column.name for column in cursor.description])
