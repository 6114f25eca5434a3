-- role: gate_owner
-- The contacts that count, and what is still owed.

-- Contacts of the log after since_at and until until_at, and what is reserved. A contact is about every debt of its person when it
-- names none that is held.
create or replace function gate.contacts_of(
    of_person_id text,
    pooled text [],
    own_names text [],
    points gate.point [],
    not_counted text [],
    since_at timestamptz,
    until_at timestamptz,
    time_to_live interval
) returns gate.contact []
language plpgsql
stable
as $$
begin
    return array(
        select
            row(
                found.started_at,
                case found.channel when 'voicemail' then 'voice' else found.channel end,
                coalesce(
                    (select p.point_type from unnest(points) as p where p.contact_point_id = found.contact_point_id),
                    (
                        select coalesce(held.type, 'unknown')
                        from (
                            select c.type, c._known_at, 1 as preference
                            from raw_contact.contact_points as c where c._key = found.contact_point_id
                            union all
                            select l.type, l._known_at, 2
                            from raw_ledger.contact_points as l where l._key = found.contact_point_id
                        ) as held
                        order by held._known_at desc, held.preference
                        limit 1
                    ),
                    'unknown'
                ),
                found.person_id = of_person_id,
                found.is_counted,
                found.is_conversation,
                found.debt_ids,
                not coalesce(
                    found.debt_ids && own_names
                    or exists (
                        select from unnest(found.debt_ids) as named (id)
                        where
                            exists (select from raw_ledger.debts as d where d._key = named.id)
                            or (
                                exists (select from raw_ledger.accounts as a where a._key = named.id)
                                and not exists (select from raw_ledger.debts as d where d.account_id = named.id)
                            )
                    ),
                    false
                ),
                found.frees_at
            )::gate.contact
        from (
            select
                a.started_at, a.channel, a.contact_point_id, a.person_id, a.debt_ids,
                a.direction = 'outbound' and not coalesce(code.is_not_counted, false) as is_counted,
                a.channel in ('voice', 'voicemail')
                and coalesce(
                    a.conversation,
                    a.right_party,
                    -- Nobody says who spoke: an answer with words counts as a conversation. Codes of the dialer do not speak here.
                    a.connected and coalesce(a.human, true) and coalesce(a.talk_seconds, 0) > 0
                ) as is_conversation,
                null::timestamptz as frees_at
            from raw_contact.attempts as a
            left join lateral (
                -- A code that means several things is counted unless none of them is.
                select bool_and(m.disposition = any(not_counted)) as is_not_counted
                from policy.disposition_map as m
                where upper(m.disposition_raw) = upper(trim(a.disposition_raw))
            ) as code on true
            where
                a.person_id = any(pooled)
                and a.started_at > since_at
                and a.started_at <= until_at
                and not exists (
                    select from raw_contact.attempts as n where n._key = a._key and n._known_at > a._known_at
                )
            union all
            select
                r.contact_at, r.channel, r.contact_point_id, r.person_id, r.debt_ids, true, false,
                case when r.attempt_id is null then r.expires_at end
            from gate.reservations as r
            where
                r.person_id = any(pooled)
                and r.released_at is null
                and r.contact_at > since_at
                -- Dialers' clocks differ: what is reserved for a moment a little later counts now.
                and r.contact_at < until_at + time_to_live
                and case
                    when r.attempt_id is null then r.expires_at > until_at
                    else not exists (select from raw_contact.attempts as a where a._key = r.attempt_id)
                end
        ) as found
    );
end
$$;

-- How often anybody has ever tried to reach the person, on whatever channel, also in vain.
create or replace function gate.outbound_ever(of_person_id text, until_at timestamptz, time_to_live interval) returns bigint
language plpgsql
stable
as $$
begin
    return (
        select count(*)
        from raw_contact.attempts as a
        where
            a.person_id = of_person_id
            and a.direction = 'outbound'
            and a.started_at <= until_at
            and not exists (
                select from raw_contact.attempts as n where n._key = a._key and n._known_at > a._known_at
            )
    ) + (
        select count(*)
        from gate.reservations as r
        where
            r.person_id = of_person_id
            and r.released_at is null
            and r.contact_at < until_at + time_to_live
            and case
                when r.attempt_id is null then r.expires_at > until_at
                else not exists (select from raw_contact.attempts as a where a._key = r.attempt_id)
            end
    );
end
$$;

-- What is open on the debts asked about at the end of a day, as the ledger's own models have it: charges less write-offs less what
-- was applied and has not come back. An item that names none of its account's debts belongs to each of them. Of several currencies
-- the account's own goes first, then the one in which most is owed.
create or replace function gate.owed_of(
    debts gate.debt [], on_date date, company_zone text, out owed_cents bigint, out currency text, out is_anything_owed boolean
)
language plpgsql
stable
as $$
declare
    v_accounts text [] := array(select distinct d.account_id from unnest(debts) as d where d.is_asked);
    v_asked text [] := array(select d.debt_id from unnest(debts) as d where d.is_asked and d.debt_id is not null);
    v_others text [] := array(select d.debt_id from unnest(debts) as d where not d.is_asked and d.debt_id is not null);
    v_currency text := (select min(d.currency) from unnest(debts) as d where d.is_asked);
begin
    with

    items as materialized (
        select i.invoice_id, i.currency, case when i.issued_on <= on_date then i.total_cents else 0 end as total_cents
        from raw_ledger.invoices as i
        where
            i.account_id = any(v_accounts)
            and i.status not in ('draft', 'void')
            and (i.debt_id = any(v_asked) or i.debt_id is null or i.debt_id <> all(v_others))
            and not exists (
                select from raw_ledger.invoices as n where n._key = i._key and n._known_at > i._known_at
            )
    ),

    applied as (
        select
            items.currency,
            case when a.reverses is null then a.amount_cents else -a.amount_cents end as amount_cents,
            a.applied_on,
            -- The first day on which the source said that the payment came back; money cannot come back before it came.
            case
                when p.status is not null
                    then greatest(
                        (
                            select min((v.source_recorded_at at time zone company_zone)::date)
                            from raw_ledger.payments as v
                            where v._key = a.payment_id and v.status = p.status
                        ),
                        case
                            when p.status = 'returned'
                                then (coalesce(p.settled_at, p.attempted_at) at time zone company_zone)::date
                        end,
                        a.applied_on
                    )
            end as undone_on
        from items
        inner join raw_ledger.applications as a on a.invoice_id = items.invoice_id
        left join raw_ledger.payments as p
            on
                p._key = a.payment_id
                and a.credit_id is null
                and p.status in ('returned', 'failed')
                and not exists (
                    select from raw_ledger.payments as n where n._key = p._key and n._known_at > p._known_at
                )
        where
            not exists (
                select from raw_ledger.applications as n where n._key = a._key and n._known_at > a._known_at
            )
    ),

    adjusted as (
        select a.currency, a.kind, a.amount_cents, a.on
        from items
        inner join raw_ledger.adjustments as a on a.invoice_id = items.invoice_id
        where not exists (
            select from raw_ledger.adjustments as n where n._key = a._key and n._known_at > a._known_at
        )
        union all
        select a.currency, a.kind, a.amount_cents, a.on
        from raw_ledger.adjustments as a
        where
            a.account_id = any(v_accounts)
            and a.invoice_id is null
            and not exists (
                select from raw_ledger.adjustments as n where n._key = a._key and n._known_at > a._known_at
            )
    ),

    lines as (
        select items.currency, items.total_cents as amount_cents
        from items
        union all
        select applied.currency, -applied.amount_cents from applied where applied.applied_on <= on_date
        union all
        select applied.currency, applied.amount_cents from applied where applied.undone_on <= on_date
        union all
        select
            adjusted.currency,
            case adjusted.kind when 'write_off' then -adjusted.amount_cents else adjusted.amount_cents end
        from adjusted
        where adjusted.kind in ('late_fee', 'interest', 'debit', 'write_off') and adjusted.on <= on_date
    ),

    sums as (
        select lines.currency, sum(lines.amount_cents)::bigint as owed_cents
        from lines
        group by lines.currency
    )

    select s.owed_cents, s.currency, bool_or(s.owed_cents > 0) over ()
    into owed_cents, currency, is_anything_owed
    from sums as s
    order by s.owed_cents > 0 desc, s.currency = v_currency desc, s.owed_cents desc, s.currency
    limit 1;
    owed_cents := coalesce(owed_cents, 0);
    currency := coalesce(currency, v_currency);
    is_anything_owed := coalesce(is_anything_owed, false);
end
$$;
