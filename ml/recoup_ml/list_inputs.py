"""What a proposal is made of: the policy's answer on whom may be contacted when, and the day's scores."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from recoup.day import Day
from recoup.settings import Settings
from recoup_ml.frames import read_frame, read_row


@dataclass(frozen=True)
class ListInputs:
    """One list date's rows. Arrays and ranges are Postgres text literals, handed through untouched.

    Attributes:
        population: account_id, person_id, currency, balance_amount, past_due_amount (text), days_past_due,
            aging_bucket, promise_due_on; by account_id.
        arms: account_id, arm, and two uniform draws in [0, 1) a person and date: action_draw, slot_draw.
        person_arms: person_id, arm.
        contacts: contact (row number), account_id, person_id, contact_point_id, channel, debt_ids, attempts_remaining,
            allowed_windows_utc, time_zone_set, time_zone, valid_until_utc, queue, owes_disclosure (something has to be
            said by law with the contact).
        windows: contact, window_start_utc, window_end_utc: the pieces of the allowed windows.
        blocks: account_id, person_id, rule_id, reason, citation, precedence, blocked_from_utc, blocked_until_utc,
            detail; of accounts without an eligible contact.
        values: account_id and the columns of scores.contact_value.
        reach: contact_point_id, local_hour, p_right_party, evidence, n_attempts_seen.
        erased: account_id of accounts that only erased persons owe: they have no scores.
        rule_version: Version of the contact rules.
    """

    population: pd.DataFrame
    arms: pd.DataFrame
    person_arms: pd.DataFrame
    contacts: pd.DataFrame
    windows: pd.DataFrame
    blocks: pd.DataFrame
    values: pd.DataFrame
    reach: pd.DataFrame
    erased: pd.DataFrame
    rule_version: str


def load_inputs(day: Day, settings: Settings) -> ListInputs:
    """Read a list date's rows from policy and scores."""
    when = {"list_date": day.list_date, "as_of_date": day.as_of_date}
    population = read_frame(
        settings,
        """
        select
            p.account_id, p.person_id, p.currency, p.balance_amount::text as balance_amount,
            p.past_due_amount::text as past_due_amount, p.days_past_due::bigint as days_past_due, p.aging_bucket,
            f.open_promise_due_on as promise_due_on
        from {policy}.population as p
        left join {features}.ftr_account_day as f on f.as_of_date = p.as_of_date and f.account_id = p.account_id
        where p.list_date = {list_date}
        order by p.account_id
        """,
        when,
    )
    # The draws are made from the person, the date and the company's seed alone, in whole numbers below 2^52: any
    # machine, any run and any order of rows gives the same ones.
    arms = read_frame(
        settings,
        """
        select
            a.account_id, a.person_id, a.arm,
            ('x' || substr(encode(sha256(convert_to({seed} || '|action|' || {list_date} || '|' || a.person_id,
            'UTF8')), 'hex'), 1, 13) )::bit(52)::bigint / 4503599627370496.0::double precision as action_draw,
            ('x' || substr(encode(sha256(convert_to({seed} || '|slot|' || {list_date} || '|' || a.person_id, 'UTF8')),
            'hex'), 1, 13) )::bit(52)::bigint / 4503599627370496.0::double precision as slot_draw
        from {policy}.experiment_arms as a
        where a.list_date = {day}
        order by a.account_id
        """,
        {"seed": str(settings.company.experiment.seed), "list_date": day.list_date.isoformat(), "day": day.list_date},
    )
    contacts = read_frame(
        settings,
        """
        select
            e.account_id, e.person_id, e.contact_point_id, e.channel, e.debt_ids::text as debt_ids,
            e.attempts_remaining::bigint as attempts_remaining, e.allowed_windows_utc::text as allowed_windows_utc,
            e.time_zone_set::text as time_zone_set, e.primary_time_zone as time_zone, e.valid_until_utc,
            coalesce(e.queue, 'standard') as queue, coalesce(cardinality(e.disclosures), 0) > 0 as owes_disclosure
        from {policy}.eligible_contacts as e
        where e.list_date = {list_date}
        order by e.account_id, e.contact_point_id, e.channel
        """,
        when,
    )
    contacts.insert(0, "contact", range(len(contacts)))
    pieces = read_frame(
        settings,
        """
        select account_id, contact_point_id, channel, lower(piece) as window_start_utc, upper(piece) as window_end_utc
        from (
            select e.account_id, e.contact_point_id, e.channel, unnest(e.allowed_windows_utc) as piece
            from {policy}.eligible_contacts as e
            where e.list_date = {list_date}
        ) as pieces
        where not lower_inf(piece) and not upper_inf(piece)
        order by account_id, contact_point_id, channel, piece
        """,
        when,
    )
    windows = contacts[["contact", "account_id", "contact_point_id", "channel"]].merge(
        pieces, on=["account_id", "contact_point_id", "channel"]
    )[["contact", "window_start_utc", "window_end_utc"]]
    blocks = read_frame(
        settings,
        """
        select
            b.account_id, b.person_id, b.contact_point_id, b.rule_id, b.reason, b.citation, b.precedence::bigint as
            precedence, b.blocked_from_utc, b.blocked_until_utc, b.detail
        from {policy}.block_reasons as b
        where b.list_date = {list_date}
            and not exists (
                select 1 from {policy}.eligible_contacts as e where e.list_date = b.list_date and e.account_id =
                b.account_id
            )
        """,
        when,
    )
    values = read_frame(
        settings,
        """
        select
            account_id, p_pay_if_contacted::double precision as p_pay_if_contacted,
            p_pay_if_not::double precision as p_pay_if_not,
            expected_recovery_cents, uplift_cents, cost_cents, model_version
        from {scores}.contact_value
        where as_of_date = {as_of_date}
        """,
        when,
    )
    reach = read_frame(
        settings,
        """
        select
            contact_point_id, local_hour::bigint as local_hour, p_right_party::double precision as p_right_party,
            evidence,
            n_attempts_seen::bigint as n_attempts_seen
        from {scores}.reach
        where as_of_date = {as_of_date}
        """,
        when,
    )
    erased = read_frame(
        settings, "select account_id from {features}.erased_persons where account_id is not null order by account_id"
    )
    version = read_row(settings, "select rule_version from {policy}.rule_version where list_date = {list_date}", when)
    return ListInputs(
        population=population,
        arms=arms.drop(columns="person_id"),
        person_arms=arms[["person_id", "arm"]].dropna().drop_duplicates("person_id"),
        contacts=contacts,
        windows=windows,
        blocks=blocks,
        values=values,
        reach=reach,
        erased=erased,
        rule_version=str(version[0]) if version else "none",
    )
