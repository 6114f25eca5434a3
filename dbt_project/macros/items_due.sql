{#- The CTE bodies `items_near_due`, `terms` and `items_due`: invoices as known at the run's cut-off that fell due from
    `first_day` (SQL) to as_of_date, with their due date. -#}
{% macro items_due_since(first_day) -%}
items_near_due as (
    -- by the stated due date or, where none is stated, by the longest term before it: both are indexed
    select *
    from {{ ref('stg_ledger__invoices') }} as held
    where
        {{ recoup.as_known('held') }}
        and (
            held.due_on between {{ first_day }} and {{ recoup.as_of_date() }}
            or (
                held.due_on is null
                and held.issued_on <= {{ recoup.as_of_date() }}
                and held.issued_on >= {{ first_day }} - (
                    select coalesce(max(terms.net_days), 0) from {{ ref('stg_ledger__terms') }} as terms
                )
            )
        )
),

terms as (
    select
        held_accounts.account_id,
        held_terms.net_days
    from {{ ref('stg_ledger__accounts') }} as held_accounts
    inner join {{ ref('stg_ledger__terms') }} as held_terms on held_accounts.terms_code = held_terms.terms_code
    where {{ recoup.as_known('held_accounts') }} and {{ recoup.as_known('held_terms') }}
),

items_due as (
    select
        items.invoice_id,
        items.due_on
    from (
        select
            items_near_due.invoice_id,
            {{ recoup.due_on('items_near_due.due_on', 'items_near_due.issued_on', 'terms.net_days') }} as due_on
        from items_near_due
        left join terms on items_near_due.account_id = terms.account_id
    ) as items
    where items.due_on between {{ first_day }} and {{ recoup.as_of_date() }}
)
{%- endmacro %}
