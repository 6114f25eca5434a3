"""Who must not be called any more since the list was made: found in what arrived since, kept until it is sent.

Reads the raw feeds, which an intraday pull fills, and compares with nothing but the published list: every row that
arrived after the list's knowledge cut-off and stops a call makes its account a suppression, once a target.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from psycopg import sql

from recoup import warehouse
from recoup.company_handover import Target
from recoup.handover.delivery import Connection
from recoup.handover.source import Edition
from recoup.settings import Settings
from recoup.sources.currencies import EXPONENTS

OWN_REASONS: dict[str, int] = {"CAP_REACHED": 300, "CONTACTED": 310, "OPTED_OUT": 220, "PAID": 900, "PROMISED": 910}
"""Reasons that no status event gives → their precedence on the scale of the table of contact rules (1 first)."""

# The newest version of each key of which a version arrived after the list was made.
_FRESH = """
{name} as (
    select distinct on (r._key) r.*
    from {table} as r
    where
        -- The batch number finds the new rows through its block range index; the clock says which of them are new.
        r._batch_id >= (select min(batch_id) from {batches} where recorded_at > %(cutoff)s)
        and r._recorded_at > %(cutoff)s
        and r._recorded_at <= %(until)s
    order by r._key, r._known_at desc
)"""
_FEEDS: tuple[tuple[str, str, str], ...] = (
    ("payments", "raw_ledger", "payments"),
    ("disputes", "raw_ledger", "disputes"),
    ("ledger_events", "raw_ledger", "status_events"),
    ("contact_events", "raw_contact", "status_events"),
    ("consents", "raw_contact", "consents"),
    ("promises", "raw_contact", "promises"),
    ("attempts", "raw_contact", "attempts"),
)

_FOUND = """
listed as (
    select
        account_id, person_id, debt_ids, contact_point_id, channel, seq, currency, past_due_amount, attempts_remaining
    from lists.contact_priority
    where list_date = %(list_date)s and list_version = %(list_version)s
),

status_events as (
    select person_id, account_id, debt_id, status, from_at, to_at from ledger_events
    union all
    select person_id, account_id, debt_id, status, from_at, to_at from contact_events
),

stopping as (
    -- What the contact rules react to, whoever's they are: a stated time changes the windows, and the dialer has this
    -- morning's, so that such an account rests until tomorrow's list too.
    select
        code.status,
        r.reason,
        r.precedence
    from policy.contact_rules as r
    cross join unnest(string_to_array(r.trigger_codes, '|')) as code (status)
    where
        r.kind in ('status', 'dispute', 'discharge', 'place', 'hours')
        and r.purpose in ('any', 'collection')
        and r.effective_from <= %(list_date)s
        and (r.effective_to is null or r.effective_to >= %(list_date)s)
),

own (reason, precedence) as (
    select * from unnest(%(own_reasons)s::text[], %(own_precedences)s::integer[])
),

exponents (currency, exponent) as (
    select * from unnest(%(currencies)s::text[], %(exponents)s::integer[])
),

by_status as (
    select l.account_id, s.reason, e.from_at as since_at, s.precedence::integer as precedence
    from status_events as e
    inner join stopping as s on s.status = e.status
    inner join listed as l
        on l.person_id = e.person_id or l.account_id = e.account_id or e.debt_id = any(l.debt_ids)
    where e.from_at <= %(until)s and (e.to_at is null or e.to_at > %(until)s)
),

by_consent as (
    select l.account_id, 'OPTED_OUT' as reason, c.at as since_at
    from consents as c
    inner join listed as l
        on
            (l.contact_point_id = c.contact_point_id or (c.contact_point_id is null and l.person_id = c.person_id))
            and c.medium in ('any', case l.channel when 'voicemail' then 'voice' else l.channel end)
    -- What was said about offers binds offers only.
    where c.state in ('refused', 'revoked') and c.purpose in ('servicing', 'collection') and c.at <= %(until)s
),

by_payment as (
    select l.account_id, 'PAID' as reason, max(coalesce(p.settled_at, p.attempted_at)) as since_at
    from payments as p
    inner join listed as l on l.account_id = p.account_id and l.currency = p.currency
    inner join exponents as x on x.currency = p.currency
    -- A payment on its way is believed until it fails.
    where p.status in ('settled', 'pending')
    group by l.account_id, l.past_due_amount, x.exponent
    having sum(p.amount_cents) >= l.past_due_amount * 10 ^ x.exponent
),

by_promise as (
    select l.account_id, 'PROMISED' as reason, p.made_at as since_at
    from promises as p
    inner join listed as l on l.account_id = p.account_id
    where p.due_on >= %(list_date)s and p.made_at <= %(until)s
),

by_dispute as (
    select l.account_id, s.reason, d.opened_at as since_at, s.precedence::integer as precedence
    from disputes as d
    inner join stopping as s on s.status = 'dispute'
    left join raw_ledger.invoices as i on i.invoice_id = d.invoice_id
    left join raw_ledger.payments as p on p.payment_id = d.payment_id
    inner join listed as l on l.account_id = coalesce(i.account_id, p.account_id)
    where d.opened_at <= %(until)s and (d.closed_at is null or d.closed_at > %(until)s)
),

told as (
    -- What the source says outright, and else whether words were exchanged: as the contact rules take a conversation.
    select
        person_id, started_at, direction,
        coalesce(
            conversation, right_party, connected and human is distinct from false and coalesce(talk_seconds, 0) > 0
        ) as is_conversation
    from attempts
    where started_at <= %(until)s and channel in ('voice', 'voicemail')
),

calls as (
    select
        person_id,
        count(*) filter (where direction = 'outbound') as made,
        max(started_at) as last_at,
        max(started_at) filter (where is_conversation) as spoken_at
    from told
    group by person_id
),

by_calls as (
    select
        l.account_id, case when c.spoken_at is null then 'CAP_REACHED' else 'CONTACTED' end as reason,
        coalesce(c.spoken_at, c.last_at) as since_at
    from calls as c
    inner join listed as l on l.person_id = c.person_id
    where c.spoken_at is not null or c.made >= l.attempts_remaining
),

by_other_facts as (
    select * from by_consent union all select * from by_payment
    union all select * from by_promise union all select * from by_calls
),

found as (
    select * from by_status union all select * from by_dispute
    union all
    select f.account_id, f.reason, f.since_at, own.precedence
    from by_other_facts as f
    inner join own on own.reason = f.reason
),

chosen as (
    select distinct on (f.account_id) f.account_id, f.reason, f.since_at
    from found as f
    order by f.account_id, f.precedence, f.reason, f.since_at
)

select l.account_id, l.person_id, l.contact_point_id, l.seq, c.reason, c.since_at
from chosen as c
inner join listed as l on l.account_id = c.account_id
where not exists (
    select from lists.suppressions as s
    where
        s.target = %(target)s and s.list_date = %(list_date)s and s.list_version = %(list_version)s
        and s.account_id = l.account_id
)
order by l.seq
"""


def newly_suppressed(target: Target, edition: Edition, until: datetime, settings: Settings) -> list[tuple[Any, ...]]:
    """Accounts of a delivered list that must not be called any more and were not told to the target yet.

    Args:
        until: What is counted as known, inclusive, aware; facts of the future do not count yet.

    Returns:
        (account_id, person_id, contact_point_id, seq, reason, since_at), by seq.
    """
    fresh = sql.SQL(",").join(
        sql.SQL(_FRESH).format(
            name=sql.Identifier(name), table=sql.Identifier(schema, table), batches=sql.Identifier(schema, "batches")
        )
        for name, schema, table in _FEEDS
    )
    query = sql.SQL("with {},{}").format(fresh, sql.SQL(_FOUND))
    # The auditor reads the raw feeds, the rules and the lists, and no address.
    with warehouse.connect("auditor", settings) as connection:
        return connection.execute(
            query,
            {
                "cutoff": edition.knowledge_cutoff, "until": until,
                "list_date": edition.list_date, "list_version": edition.list_version, "target": target.name,
                "own_reasons": list(OWN_REASONS), "own_precedences": list(OWN_REASONS.values()),
                "currencies": list(EXPONENTS), "exponents": list(EXPONENTS.values()),
            },
        ).fetchall()  # fmt: skip


def keep(
    connection: Connection, target: Target, edition: Edition, found: list[tuple[Any, ...]], recorded_at: datetime
) -> None:
    """Keep new suppressions as the target's next batch; they count as told once their file is delivered."""
    if not found:
        return
    columns = list(zip(*found, strict=True))
    connection.execute(
        """
        insert into lists.suppressions (
            target, list_date, list_version, account_id, person_id, contact_point_id, seq, reason, since_at, batch,
            recorded_at
        )
        select
            %(target)s, %(list_date)s, %(list_version)s, n.*,
            (select coalesce(max(batch), 0) + 1 from lists.suppressions
                where target = %(target)s and list_date = %(list_date)s and list_version = %(list_version)s),
            %(recorded_at)s
        from unnest(
            %(a)s::text[], %(p)s::text[], %(c)s::text[], %(s)s::integer[], %(r)s::text[], %(t)s::timestamptz[]
        ) as n
        on conflict do nothing
        """,
        {
            "target": target.name, "list_date": edition.list_date, "list_version": edition.list_version,
            "recorded_at": recorded_at,
            **{name: list(column) for name, column in zip("apcsrt", columns, strict=True)},
        },
    )  # fmt: skip


def batches_of(target: Target, edition: Edition, settings: Settings) -> list[int]:
    """The batches of a target and list, oldest first."""
    with warehouse.connect("dialer", settings) as connection:
        return [
            batch
            for (batch,) in connection.execute(
                "select distinct batch from lists.suppressions"
                " where target = %s and list_date = %s and list_version = %s order by batch",
                [target.name, edition.list_date, edition.list_version],
            )
        ]


def rows_of(target: Target, edition: Edition, batch: int, settings: Settings) -> list[dict[str, Any]]:
    """The rows of a batch by seq, with the number that the list was delivered with; empty for whoever was erased."""
    with warehouse.connect("dialer", settings) as connection:
        cursor = connection.execute(
            """
            select
                to_char(s.list_date, 'YYYYMMDD') || '-' || s.list_version || '-' || s.seq as list_key, s.account_id,
                coalesce(d.address, '') as address, s.reason, s.since_at, l.assigned_slot_start_utc, l.row_hash,
                l.channel
            from lists.suppressions as s
            inner join lists.contact_priority as l
                on l.list_date = s.list_date and l.list_version = s.list_version and l.account_id = s.account_id
            left join lists.dialer_contact_priority as d
                on d.list_date = s.list_date and d.list_version = s.list_version and d.account_id = s.account_id
            where s.target = %s and s.list_date = %s and s.list_version = %s and s.batch = %s
            order by s.seq
            """,
            [target.name, edition.list_date, edition.list_version, batch],
        )
        names = [column.name for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
