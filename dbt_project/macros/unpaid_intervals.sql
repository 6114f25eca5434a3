{#- From a CTE of receivable entries (invoice_id, account_id, currency, entry_kind, amount_cents, effective_on) the CTEs
    that end in `unpaid_intervals`: the stretches of days at whose end an item was owed. unpaid_from inclusive, unpaid_to
    exclusive (the day it was settled), null = still owed; is_written_off = what ended it was a write-off. -#}
{% macro unpaid_intervals(entries) -%}
changes as (
    select
        invoice_id,
        account_id,
        currency,
        effective_on,
        sum(amount_cents) as change_cents,
        coalesce(sum(amount_cents) filter (where entry_kind = 'write_off'), 0) < 0 as has_write_off
    from {{ entries }}
    group by invoice_id, account_id, currency, effective_on
),

balances_by_day as (
    select
        *,
        sum(change_cents) over (partition by invoice_id, account_id, currency order by effective_on) > 0 as is_owed
    from changes
),

states as (
    select
        *,
        lag(is_owed, 1, false) over (partition by invoice_id, account_id, currency order by effective_on) as was_owed
    from balances_by_day
),

flips as (
    select
        invoice_id,
        account_id,
        currency,
        is_owed,
        effective_on as unpaid_from,
        lead(effective_on) over (partition by invoice_id, account_id, currency order by effective_on) as unpaid_to,
        coalesce(lead(has_write_off) over (partition by invoice_id, account_id, currency order by effective_on), false)
            as is_written_off
    from states
    where is_owed <> was_owed
),

unpaid_intervals as (
    select
        invoice_id,
        account_id,
        currency,
        unpaid_from,
        unpaid_to,
        is_written_off
    from flips
    where is_owed
)
{%- endmacro %}
