"""What must be kept, and until when: contact logs against the wish to forget.

12 CFR 1006.100 keeps the records of a debt for three years after the last collection activity on it. Erasing a person
empties the vault and leaves these records with keys alone, so both rules hold at once. This module reports; it deletes
nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from recoup import warehouse
from recoup.settings import Settings

RULE_ID = "REGF_RETENTION"
CITATION = "12 CFR 1006.100"
KEPT_DAYS = 1096
"""Three years with a leap day; the rule's own `window_days` goes before it where the seed has the row."""

_CLASSES = """
with

attempts as (
    select person_id, attempt_id, max(started_at) as at, count(*) as versions
    from raw_contact.attempts
    group by person_id, attempt_id
),

parties as (
    select distinct person_id, account_id from raw_ledger.account_parties
),

activity as (
    select person_id, at from attempts
    union all
    select person_id, at from raw_contact.consents where person_id is not null
    union all
    select person_id, from_at from raw_contact.status_events where person_id is not null
    union all
    select person_id, from_at from raw_ledger.status_events where person_id is not null
    union all
    select p.person_id, coalesce(pay.settled_at, pay.attempted_at)
    from raw_ledger.payments as pay
    inner join parties as p on p.account_id = pay.account_id
    union all
    select p.person_id, pr.made_at
    from raw_contact.promises as pr
    inner join parties as p on p.account_id = pr.account_id
    union all
    select person_id, list_date::timestamp at time zone %(time_zone)s from lists.contact_priority
),

last_activity as (
    select person_id, (max(at) at time zone %(time_zone)s)::date as last_on
    from activity
    where at < (%(as_of_date)s::date + 1)::timestamp at time zone %(time_zone)s
    group by person_id
),

owing as (
    select distinct p.person_id
    from marts.ar_aging_by_account as a
    inner join parties as p on p.account_id = a.account_id
    where a.as_of_date = (
        select max(as_of_date) from marts.ar_aging_by_account where as_of_date <= %(as_of_date)s
    ) and a.balance_amount > 0
),

erased as (
    select person_id from raw_ledger.status_events where status = 'erased' and person_id is not null
    union
    select person_id from raw_contact.status_events where status = 'erased' and person_id is not null
),

logged as (
    select person_id, count(*) as attempts, sum(versions) as rows, min(at) as first_at from attempts group by person_id
),

persons as (
    select
        logged.person_id,
        logged.attempts,
        logged.rows,
        (logged.first_at at time zone %(time_zone)s)::date as first_on,
        last_activity.last_on,
        last_activity.last_on + %(kept_days)s as keep_until,
        owing.person_id is not null as is_owing,
        erased.person_id is not null as is_erased
    from logged
    inner join last_activity on last_activity.person_id = logged.person_id
    left join owing on owing.person_id = logged.person_id
    left join erased on erased.person_id = logged.person_id
)
"""
_REPORT = """
select
    case
        when is_owing then 'kept: owes, so activity goes on'
        when keep_until >= %(as_of_date)s then 'kept: within three years of the last activity'
        else 'may be purged'
    end as state,
    is_erased, count(*), sum(attempts)::bigint, sum(rows)::bigint, min(first_on), min(keep_until), max(keep_until)
from persons
group by 1, 2
order by 1, 2
"""
_ERASED = """
select person_id, attempts, last_on, case when not is_owing then keep_until end
from persons where is_erased order by person_id
"""


@dataclass(frozen=True)
class Class:
    """Persons whose contact log stands alike.

    Attributes:
        is_erased: The vault is empty; the log holds keys alone.
        rows: Versions of attempts in raw_contact.
        first_on: Day of the oldest attempt.
        keep_from_until: First and last day, inclusive, on which a log of the class may have to be kept.
    """

    state: str
    is_erased: bool
    persons: int
    attempts: int
    rows: int
    first_on: date
    keep_from_until: tuple[date, date]


@dataclass(frozen=True)
class Held:
    """An erased person whose contact log must still be kept, with keys alone.

    Attributes:
        keep_until: Inclusive; None = not to be told yet, for the person still owes.
    """

    person_id: str
    attempts: int
    last_on: date
    keep_until: date | None


@dataclass(frozen=True)
class Retention:
    """What must be kept on a day, and what need not be."""

    as_of_date: date
    kept_days: int
    classes: tuple[Class, ...]
    erased: tuple[Held, ...]


def report(as_of_date: date, settings: Settings) -> Retention:
    """Say what of the contact log must be kept on `as_of_date` and until when; reads keys only, deletes nothing."""
    with warehouse.connect("auditor", settings) as connection:
        kept_days = KEPT_DAYS
        if connection.execute("select to_regclass('policy.contact_rules')").fetchone() != (None,):
            row = connection.execute(
                "select max(window_days) from policy.contact_rules where rule_id = %s", [RULE_ID]
            ).fetchone()
            # Never less than the law: a shorter window in the table is a slip.
            kept_days = max(KEPT_DAYS, row[0] if row and row[0] else 0)
        values = {"as_of_date": as_of_date, "time_zone": settings.company.time_zone, "kept_days": kept_days}
        classes = [
            Class(state, is_erased, persons, attempts, rows, first_on, (first, last))
            for state, is_erased, persons, attempts, rows, first_on, first, last in connection.execute(
                _CLASSES + _REPORT, values
            )
        ]
        erased = [Held(*row) for row in connection.execute(_CLASSES + _ERASED, values)]
    return Retention(as_of_date, kept_days, tuple(classes), tuple(erased))
