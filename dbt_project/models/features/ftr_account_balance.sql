{{
    config(
        materialized='incremental',
        incremental_strategy='replace_partition',
        indexes=[{'columns': ['as_of_date', 'account_id']}, {'columns': ['account_id']}],
        post_hook='analyze {{ this }}'
    )
}}

{#- An ordinary day adds its own date alone: then only the accounts that are past due today are looked at. -#}
{%- set historic_dates = recoup.missing_training_dates() -%}
{%- set account_filter = 'account_id is not null' if historic_dates
    else 'account_id in (select scope.account_id from open_accounts as scope)' %}

with

dates as (
    {% for date in historic_dates -%}
    select cast('{{ date }}' as date) as as_of_date
    union all
    {% endfor -%}
    select {{ recoup.as_of_date() }} as as_of_date
),

open_accounts as (
    select * from {{ ref('int_accounts__open') }}
    where past_due_cents > 0
),

accounts as (
    select
        account_id,
        product,
        segment,
        region,
        currency,
        opened_on,
        {{ recoup.visible_on('opened_on', 'known_from') }} as visible_from,
        {{ recoup.visible_on('opened_on', 'known_to') }} as visible_to
    from {{ ref('stg_ledger__accounts') }}
    where {{ account_filter }} and known_from <= {{ recoup.known_at() }}
),

receivable_legs as (
    select
        invoice_id,
        account_id,
        currency,
        entry_kind,
        amount_cents,
        effective_on,
        {{ recoup.visible_on('effective_on', 'known_at') }} as visible_on
    from {{ ref('int_ledger__entries') }}
    where
        ledger_account = 'accounts_receivable'
        and effective_on <= {{ recoup.as_of_date() }}
        and known_at <= {{ recoup.known_at() }}
        and {{ account_filter }}
),

items as (
    -- what an open item's due date was taken to be, and when
    select
        invoices.invoice_id,
        invoices.issued_on,
        coalesce(invoices.due_on, invoices.issued_on + terms.net_days, invoices.issued_on) as due_on,
        {{ recoup.visible_on('invoices.issued_on', 'invoices.known_from') }} as visible_from,
        {{ recoup.visible_on('invoices.issued_on', 'invoices.known_to') }} as visible_to
    from {{ ref('stg_ledger__invoices') }} as invoices
    left join {{ ref('stg_ledger__accounts') }} as holders
        on invoices.account_id = holders.account_id and {{ recoup.as_known('holders') }}
    left join {{ ref('stg_ledger__terms') }} as terms
        on holders.terms_code = terms.terms_code and {{ recoup.as_known('terms') }}
    where invoices.known_from <= {{ recoup.known_at() }} and invoices.{{ account_filter }}
    union all
    select
        'adj:' || adjustments.adjustment_id as invoice_id,
        adjustments.adjusted_on as issued_on,
        case
            when adjustments.kind = 'write_off' then adjustments.adjusted_on
            else coalesce(adjustments.adjusted_on + terms.net_days, adjustments.adjusted_on)
        end as due_on,
        {{ recoup.visible_on('adjustments.adjusted_on', 'adjustments.known_from') }} as visible_from,
        {{ recoup.visible_on('adjustments.adjusted_on', 'adjustments.known_to') }} as visible_to
    from {{ ref('stg_ledger__adjustments') }} as adjustments
    left join {{ ref('stg_ledger__accounts') }} as holders
        on adjustments.account_id = holders.account_id and {{ recoup.as_known('holders') }}
    left join {{ ref('stg_ledger__terms') }} as terms
        on holders.terms_code = terms.terms_code and {{ recoup.as_known('terms') }}
    where
        adjustments.invoice_id is null
        and adjustments.kind in ('late_fee', 'interest', 'debit', 'write_off')
        and adjustments.known_from <= {{ recoup.known_at() }}
        and adjustments.{{ account_filter }}
),

receivable_changes as (
    select
        invoice_id,
        account_id,
        currency,
        visible_on,
        sum(amount_cents) as change_cents
    from receivable_legs
    group by invoice_id, account_id, currency, visible_on
),

receivable_spans as (
    -- the balance of an item from the day it changed to the day before it changes again
    select
        invoice_id,
        account_id,
        currency,
        visible_on as from_on,
        sum(change_cents) over (
            partition by invoice_id, account_id, currency
            order by visible_on
        )::bigint as open_cents,
        lead(visible_on) over (partition by invoice_id, account_id, currency order by visible_on) as until_on
    from receivable_changes
),

open_items as (
    select
        dates.as_of_date,
        spans.account_id,
        spans.currency,
        spans.open_cents,
        coalesce(items.due_on, dates.as_of_date) as due_on,
        greatest(dates.as_of_date - coalesce(items.due_on, dates.as_of_date), 0) as days_past_due
    from receivable_spans as spans
    inner join dates
        on dates.as_of_date >= spans.from_on and (spans.until_on is null or dates.as_of_date < spans.until_on)
    left join items
        on
            spans.invoice_id = items.invoice_id
            and items.visible_from <= dates.as_of_date
            and (items.visible_to is null or items.visible_to > dates.as_of_date)
    where spans.open_cents <> 0
),

owed as (
    -- the same sums as the aging mart's: a test compares the two for the run's date
    select
        as_of_date,
        account_id,
        currency,
        sum(open_cents)::bigint as balance_cents,
        coalesce(sum(open_cents) filter (where days_past_due > 0), 0)::bigint as past_due_cents,
        coalesce(max(days_past_due) filter (where open_cents > 0), 0) as days_past_due,
        min(due_on) filter (where open_cents > 0) as oldest_due_on,
        count(*)::integer as open_invoice_count,
        (count(*) filter (where days_past_due > 0 and open_cents > 0))::integer as past_due_invoice_count
    from open_items
    group by as_of_date, account_id, currency
    having coalesce(sum(open_cents) filter (where days_past_due > 0), 0) > 0
),

unapplied_changes as (
    select
        account_id,
        currency,
        visible_on,
        sum(-amount_cents) as change_cents
    from (
        select
            account_id,
            currency,
            amount_cents,
            {{ recoup.visible_on('effective_on', 'known_at') }} as visible_on
        from {{ ref('int_ledger__entries') }}
        where
            ledger_account in ('unapplied_cash', 'unapplied_credits')
            and effective_on <= {{ recoup.as_of_date() }}
            and known_at <= {{ recoup.known_at() }}
            and {{ account_filter }}
    ) as legs
    group by account_id, currency, visible_on
),

unapplied_spans as (
    select
        account_id,
        currency,
        visible_on as from_on,
        sum(change_cents) over (partition by account_id, currency order by visible_on)::bigint as unapplied_cents,
        lead(visible_on) over (partition by account_id, currency order by visible_on) as until_on
    from unapplied_changes
),

unapplied as (
    select
        owed.as_of_date,
        owed.account_id,
        owed.currency,
        spans.unapplied_cents
    from owed
    inner join unapplied_spans as spans
        on
            owed.account_id = spans.account_id
            and owed.currency = spans.currency
            and spans.from_on <= owed.as_of_date
            and (spans.until_on is null or spans.until_on > owed.as_of_date)
    where spans.unapplied_cents <> 0
),

attributed as (
    select
        owed.as_of_date,
        owed.account_id,
        owed.currency,
        owed.balance_cents,
        owed.past_due_cents,
        owed.days_past_due,
        owed.oldest_due_on,
        owed.open_invoice_count,
        owed.past_due_invoice_count,
        coalesce(unapplied.unapplied_cents, 0) as unapplied_cents,
        accounts.product,
        accounts.segment,
        accounts.region,
        accounts.opened_on,
        row_number() over (
            partition by owed.as_of_date, owed.account_id
            order by
                case when owed.currency = accounts.currency then 0 else 1 end,
                owed.past_due_cents desc,
                owed.currency
        ) as place
    from owed
    left join unapplied
        on
            owed.as_of_date = unapplied.as_of_date
            and owed.account_id = unapplied.account_id
            and owed.currency = unapplied.currency
    left join accounts
        on
            owed.account_id = accounts.account_id
            and accounts.visible_from <= owed.as_of_date
            and (accounts.visible_to is null or accounts.visible_to > owed.as_of_date)
),

balances as (
    select
        as_of_date,
        account_id,
        currency,
        balance_cents,
        past_due_cents,
        days_past_due,
        oldest_due_on,
        open_invoice_count,
        past_due_invoice_count,
        unapplied_cents,
        product,
        segment,
        region,
        opened_on
    from attributed
    where place = 1
)

select * from balances
