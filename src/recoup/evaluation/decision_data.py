"""A day's decisions beside what is true of them: every legal hour of every contact, and every account past due."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import psycopg

from recoup import warehouse
from recoup.day import Day
from recoup.settings import Settings
from recoup.synthetic import state
from recoup.synthetic.profile import FIRST_HOUR

HALVES = (0, 1)

# A slot is legal if its first half hour lies in an allowed window. An own rate leans on the company's with five calls.
_SLOTS = """
with rates as (
    select extract(isodow from local_date) >= 6 as is_weekend, local_hour, avg(is_right_party::int) as rate
    from features.ftr_reach_attempt
    where is_right_party is not null and as_of_date < %(as_of_date)s
    group by 1, 2
), usual as (
    select avg(is_right_party::int) as rate from features.ftr_reach_attempt where as_of_date < %(as_of_date)s
), dialed as (
    select local_hour, count(*) as attempts
    from features.ftr_reach_attempt
    where as_of_date < %(as_of_date)s and as_of_date >= %(as_of_date)s - 90 and not is_explore
    group by 1
)
select
    e.account_id, e.contact_point_id, h.local_hour, r.p_right_party::double precision as ours,
    coalesce(rates.rate, 0)::double precision as company_hour,
    ((f.point_hour_rpc + 5 * usual.rate) / (f.point_hour_attempts + 5))::double precision as own_rate,
    coalesce(f.last_rpc_hour_distance, 99)::double precision as from_last_answer,
    coalesce(dialed.attempts, 0)::double precision as dialed_before
from policy.eligible_contacts as e
cross join generate_series(8, 20) as h (local_hour)
inner join features.ftr_reach_slot as f
    on f.as_of_date = %(as_of_date)s and f.contact_point_id = e.contact_point_id and f.local_hour = h.local_hour
inner join scores.reach as r
    on r.as_of_date = %(as_of_date)s and r.contact_point_id = e.contact_point_id and r.local_hour = h.local_hour
cross join usual
left join rates
    on rates.local_hour = h.local_hour and rates.is_weekend = (extract(isodow from e.list_date) >= 6)
left join dialed on dialed.local_hour = h.local_hour
where
    e.list_date = %(list_date)s and e.channel = 'voice'
    and e.allowed_windows_utc @> tstzrange(
        (e.list_date + make_time(h.local_hour, 0, 0)) at time zone e.primary_time_zone,
        (e.list_date + make_time(h.local_hour, 30, 0)) at time zone e.primary_time_zone
    )
order by e.account_id, e.contact_point_id, h.local_hour
"""
_ACCOUNTS = """
select
    p.account_id, p.person_id, p.currency, p.past_due_amount::double precision as past_due_amount,
    p.balance_amount::double precision as balance_amount, p.days_past_due::double precision as days_past_due,
    f.oldest_due_on, v.p_pay_if_not::double precision as p_pay_if_not,
    v.p_pay_if_contacted::double precision as p_pay_if_contacted, v.uplift_cents::double precision as uplift_cents,
    l.seq, l.channel, l.contact_point_id,
    extract(hour from l.assigned_slot_start_utc at time zone e.primary_time_zone)::int as local_hour
from policy.population as p
inner join scores.contact_value as v on v.as_of_date = p.as_of_date and v.account_id = p.account_id
left join features.ftr_account_day as f on f.as_of_date = p.as_of_date and f.account_id = p.account_id
left join scores.proposed_contact_priority as l on l.list_date = p.list_date and l.account_id = p.account_id
left join policy.eligible_contacts as e
    on e.list_date = l.list_date and e.account_id = l.account_id and e.contact_point_id = l.contact_point_id
    and e.channel = l.channel
where p.list_date = %(list_date)s
order by p.account_id
"""
_POINTS = "select contact_point_id, right_party_weekday, right_party_weekend from contact_points"
_RESPONSES = "select * from contact_responses"
_SECONDS = """
select
    coalesce(conversation, false) as is_talk,
    avg(greatest(coalesce(talk_seconds, 0) + coalesce(hold_seconds, 0), 20) + coalesce(wrap_seconds, 0))
    ::double precision as seconds
from attempts
where channel = 'voice' and direction = 'outbound'
group by 1
"""


@dataclass(frozen=True)
class Observed:
    """What was decided, and what is true.

    Attributes:
        slots: One row per account, contact point and legal hour: `chance` = true P(right party), `ours` = what the
            model said, and what plain rankers go by.
        accounts: One row per account past due with a score and a truth: `seq` of the list (NaN = not listed) with its
            contact point and hour; `uplift_0`, `uplift_1` = true cash that reaching the right party adds within the
            horizon, from independent halves of the lives (minor units); true and said chances of paying.
        seconds: Mean seconds that an agent spends on an attempt: without and with a conversation.
    """

    slots: pd.DataFrame
    accounts: pd.DataFrame
    seconds: tuple[float, float]


def read_truth(settings: Settings) -> tuple[pd.DataFrame, pd.DataFrame]:
    """`contact_points` and `contact_responses` of the truth database, as `synthetic.responses` wrote them."""
    with state.open_truth(settings) as truth:
        return _frame(truth.execute(_POINTS)), _frame(truth.execute(_RESPONSES))


def observe(settings: Settings, day: Day, points: pd.DataFrame, responses: pd.DataFrame) -> Observed:
    """Read one company's decisions for the day's list, and lay the truth beside them.

    Args:
        points, responses: As `read_truth` gives them.
    """
    when = {"as_of_date": day.as_of_date, "list_date": day.list_date}
    with warehouse.connect("auditor", settings) as connection:
        slots = _frame(connection.execute(_SLOTS, when))
        accounts = _frame(connection.execute(_ACCOUNTS, when))
    with warehouse.connect("company", settings, settings.source_database("contact_center")) as log:
        by_talk = dict(log.execute(_SECONDS).fetchall())
    slots = with_chance(slots, points, day.list_date)
    own = accounts["currency"] == settings.company.reporting_currency
    accounts = with_responses(accounts[own], responses)
    return Observed(
        slots[slots["account_id"].isin(accounts["account_id"])].reset_index(drop=True), accounts,
        (float(by_talk[False]), float(by_talk[True])),
    )  # fmt: skip


def with_chance(slots: pd.DataFrame, points: pd.DataFrame, on: date) -> pd.DataFrame:
    """The slots with `chance`: the truth's P(right party) at each point and hour on that weekday."""
    curves = points["right_party_weekend" if on.isoweekday() >= 6 else "right_party_weekday"]
    table = np.array(curves.to_list(), dtype=np.float64).reshape(len(points), -1)
    row = pd.Index(points["contact_point_id"]).get_indexer(pd.Index(slots["contact_point_id"]))
    if (row < 0).any():
        raise RuntimeError("a contact point of the list is unknown to the truth")
    return slots.assign(chance=table[row, slots["local_hour"].to_numpy(dtype=np.int64) - FIRST_HOUR])


def with_responses(accounts: pd.DataFrame, responses: pd.DataFrame) -> pd.DataFrame:
    """The accounts with `uplift_<half>` (minor units) and the mean of `true_if_contacted`, `true_if_not`."""
    parts = [accounts.set_index("account_id")]
    gain = responses["cash_if_contacted_cents"] - responses["cash_if_not_cents"]
    keyed = responses.assign(gain=gain).pivot(index="account_id", columns="half")
    parts.append(pd.DataFrame({f"uplift_{half}": keyed["gain"][half] for half in HALVES}))
    parts += [
        keyed[name].mean(axis=1).rename(to)
        for name, to in (("p_pay_if_contacted", "true_if_contacted"), ("p_pay_if_not", "true_if_not"))
    ]
    return pd.concat(parts, axis=1, join="inner").rename_axis("account_id").reset_index()


def _frame(cursor: psycopg.Cursor[tuple[Any, ...]]) -> pd.DataFrame:
    columns = [column.name for column in cursor.description or ()]
    return pd.DataFrame(cursor.fetchall(), columns=columns)
