{{ config(materialized='table', indexes=[{'columns': ['account_id']}]) }}

with

intervals as (
    -- spells that began within a year, and those that are open: a spell that began in the window lies in it whole
    select *
    from {{ ref('int_invoices__unpaid_intervals') }}
    where
        past_due_from <= {{ as_of_date() }}
        and (unpaid_to is null or unpaid_to > {{ as_of_date() }} - 365)
),

overtaken as (
    -- items of which more has been learned than this run may know: worked out again from what it may
    select distinct invoice_id
    from {{ ref('int_invoices__unpaid_intervals') }}
    where last_known_at > {{ known_at() }}
),

entries as (
    select entries.*
    from {{ ref('int_ledger__entries') }} as entries
    inner join overtaken on entries.invoice_id = overtaken.invoice_id
    where
        entries.ledger_account = 'accounts_receivable'
        and entries.known_at <= {{ known_at() }}
),

items as (
    select items.*
    from {{ ref('int_invoices__current') }} as items
    inner join overtaken on items.invoice_id = overtaken.invoice_id
),

{{ unpaid_intervals('entries') }},

as_known_then as (
    select
        unpaid_intervals.account_id,
        greatest(unpaid_intervals.unpaid_from, items.due_on + 1) as past_due_from,
        unpaid_intervals.unpaid_to,
        unpaid_intervals.is_written_off
    from unpaid_intervals
    inner join items on unpaid_intervals.invoice_id = items.invoice_id
),

late as (
    select
        account_id,
        past_due_from,
        unpaid_to,
        is_written_off
    from intervals
    where last_known_at <= {{ known_at() }}
    union all
    select
        account_id,
        past_due_from,
        unpaid_to,
        is_written_off
    from as_known_then
    where
        past_due_from <= {{ as_of_date() }}
        and past_due_from < coalesce(unpaid_to, date 'infinity')
        and (unpaid_to is null or unpaid_to > {{ as_of_date() }} - 365)
),

clipped as (
    -- what was settled after the as-of date is still owed on it
    select
        account_id,
        past_due_from,
        case when unpaid_to <= {{ as_of_date() }} then unpaid_to else date 'infinity' end as settled_on,
        is_written_off and unpaid_to <= {{ as_of_date() }} as is_written_off
    from late
),

ordered as (
    select
        *,
        max(settled_on) over (
            partition by account_id
            order by past_due_from, settled_on
            rows between unbounded preceding and 1 preceding
        ) as settled_before
    from clipped
),

numbered as (
    -- an item that falls past due on the day the last one was settled carries the spell on
    select
        *,
        sum(case when settled_before >= past_due_from then 0 else 1 end) over (
            partition by account_id
            order by past_due_from, settled_on
            rows unbounded preceding
        ) as spell_number
    from ordered
),

spells as (
    select
        account_id,
        spell_number,
        min(past_due_from) as began_on,
        nullif(max(settled_on), date 'infinity') as ended_on,
        coalesce(bool_or(is_written_off), false) as is_written_off
    from numbered
    group by account_id, spell_number
),

described as (
    select
        account_id,
        began_on,
        ended_on,
        is_written_off,
        ended_on is not null and not is_written_off as is_resolved,
        -- followed to its end, or to the as-of date; written off is not recovered, and goes on not being it
        case when is_written_off then {{ as_of_date() }} else coalesce(ended_on, {{ as_of_date() }}) end - began_on
            as days_followed
    from spells
)

select * from described
