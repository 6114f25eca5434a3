-- depends_on: {{ ref('stg_ledger__invoices') }}
-- depends_on: {{ ref('stg_ledger__invoice_lines') }}
-- depends_on: {{ ref('stg_ledger__applications') }}
-- depends_on: {{ ref('stg_ledger__disputes') }}
-- depends_on: {{ ref('stg_ledger__payments') }}
-- depends_on: {{ ref('stg_ledger__adjustments') }}
-- depends_on: {{ ref('stg_ledger__contract_prices') }}
-- depends_on: {{ ref('stg_ledger__usage') }}
-- depends_on: {{ ref('stg_ledger__subscriptions') }}
-- depends_on: {{ ref('stg_ledger__plans') }}
-- depends_on: {{ ref('stg_ledger__account_parties') }}
-- depends_on: {{ ref('stg_ledger__status_events') }}
-- depends_on: {{ ref('stg_contact__status_events') }}
-- depends_on: {{ ref('int_attempts__by_account') }}
-- depends_on: {{ ref('int_promises') }}
-- depends_on: {{ ref('int_ledger__invoice_entries') }}
-- depends_on: {{ ref('int_ledger__payment_entries') }}
-- depends_on: {{ ref('int_ledger__dispute_entries') }}
-- depends_on: {{ ref('int_ledger__application_entries') }}
-- depends_on: {{ ref('int_ledger__adjustment_entries') }}
{#- Accounts whose leakage this run looks at: those that a batch touched since the last build, those to which something
    happened overnight (its last batch had brought it, but it belongs to a later day than that build's), those with
    something that falls due, and all of them where nothing was built that today can be built on. -#}
{%- set last = leakage_last_build() -%}
{{
    config(
        materialized='table',
        indexes=[{'columns': ['account_id']}],
        post_hook=["{{ begin_leakage_build() }}", "analyze {{ this }}"]
    )
}}

with

accounts as (
    select * from {{ ref('stg_ledger__accounts') }}
),

terms as (
    select * from {{ ref('stg_ledger__terms') }}
),

{% if last %}
touched_invoices as (
    select invoices.invoice_id, invoices.account_id
    from {{ ref('stg_ledger__invoices') }} as invoices
    where {{ leakage_is_fresh('invoices', last, 'ledger', ['issued_on', 'due_on'], ['sent_at']) }}
),

touched_through_invoices as (
    select lines.invoice_id
    from {{ ref('stg_ledger__invoice_lines') }} as lines
    where lines._batch_id > {{ last.ledger_batch }}
    union
    select applications.invoice_id
    from {{ ref('stg_ledger__applications') }} as applications
    where {{ leakage_is_fresh('applications', last, 'ledger', ['applied_on']) }}
    union
    select disputes.invoice_id
    from {{ ref('stg_ledger__disputes') }} as disputes
    where
        {{ leakage_is_fresh('disputes', last, 'ledger', [], ['opened_at', 'closed_at']) }}
        and disputes.invoice_id is not null
),

touched_through_payments as (
    select applications.payment_id
    from {{ ref('stg_ledger__applications') }} as applications
    where {{ leakage_is_fresh('applications', last, 'ledger', ['applied_on']) }} and applications.payment_id is not null
    union
    select disputes.payment_id
    from {{ ref('stg_ledger__disputes') }} as disputes
    where
        {{ leakage_is_fresh('disputes', last, 'ledger', [], ['opened_at', 'closed_at']) }}
        and disputes.payment_id is not null
),

touched_through_credits as (
    select applications.credit_id
    from {{ ref('stg_ledger__applications') }} as applications
    where {{ leakage_is_fresh('applications', last, 'ledger', ['applied_on']) }} and applications.credit_id is not null
),

touched_persons as (
    {% for feed in ['ledger', 'contact'] -%}
    select statuses.person_id
    from {{ ref('stg_' ~ feed ~ '__status_events') }} as statuses
    where
        {{ leakage_is_fresh('statuses', last, feed, [], ['from_at', 'to_at']) }}  -- noqa: LT02
        and statuses.person_id is not null
    {{ 'union' if not loop.last }}
    {% endfor %}
),

looked_at as (
    {% for model, days, instants, is_large in [
        ('stg_ledger__accounts', ['opened_on', 'closed_on'], [], false),
        ('stg_ledger__payments', [], ['attempted_at', 'settled_at'], true),
        ('stg_ledger__adjustments', ['adjusted_on'], [], true),
        ('stg_ledger__contract_prices', ['from_on', 'to_on'], [], false),
        ('stg_ledger__usage', ['service_to'], [], true),
        ('stg_ledger__subscriptions', ['started_on', 'cancelled_on'], [], false),
        ('stg_ledger__plans', ['agreed_on'], [], false),
        ('stg_ledger__account_parties', ['from_on', 'to_on'], [], false)
    ] -%}
    select touched.account_id
    from {{ ref(model) }} as touched
    where {{ leakage_is_fresh('touched', last, 'ledger', days, instants, is_large) }}
    union
    {% endfor -%}
    {% for model, days in [
        ('int_attempts__by_account', ['company_date']), ('int_promises', ['made_on', 'matured_on'])
    ] -%}
    select touched.account_id
    from {{ ref(model) }} as touched
    where {{ leakage_is_fresh('touched', last, 'contact', days) }}
    union
    {% endfor -%}
    {% for feed in ['ledger', 'contact'] -%}
    select touched.account_id
    from {{ ref('stg_' ~ feed ~ '__status_events') }} as touched
    where {{ leakage_is_fresh('touched', last, feed, [], ['from_at', 'to_at']) }}
    union
    {% endfor -%}
    {% for model in [
        'int_ledger__invoice_entries', 'int_ledger__payment_entries', 'int_ledger__dispute_entries',
        'int_ledger__application_entries', 'int_ledger__adjustment_entries'
    ] -%}
    select effective.account_id
    from {{ ref(model) }} as effective
    where effective.effective_on > {{ last.as_of_date }} and effective.effective_on <= {{ as_of_date() }}
    union
    {% endfor -%}
    select parties.account_id
    from {{ ref('stg_ledger__account_parties') }} as parties
    inner join touched_persons on parties.person_id = touched_persons.person_id
    union
    select touched_invoices.account_id
    from touched_invoices
    union
    select invoices.account_id
    from touched_through_invoices
    inner join {{ ref('stg_ledger__invoices') }} as invoices
        on touched_through_invoices.invoice_id = invoices.invoice_id
    union
    select payments.account_id
    from touched_through_payments
    inner join {{ ref('stg_ledger__payments') }} as payments
        on touched_through_payments.payment_id = payments.payment_id
    union
    select credits.account_id
    from touched_through_credits
    inner join {{ ref('stg_ledger__adjustments') }} as credits
        on touched_through_credits.credit_id = credits.adjustment_id
    union
    select on_terms.account_id
    from accounts as on_terms
    inner join terms as new_terms on on_terms.terms_code = new_terms.terms_code
    where new_terms._batch_id > {{ last.ledger_batch }}
    union
    -- what was waiting for its day
    select due.account_id
    from {{ this.schema }}.int_leakage__facts as due
    where due.detected_on > {{ last.as_of_date }} and due.detected_on <= {{ as_of_date() }}
),
{% endif %}

described as (
    select
        accounts.account_id,
        accounts.product,
        accounts.segment,
        accounts.region,
        accounts.currency,
        accounts.opened_on,
        case when accounts.closed_on <= {{ as_of_date() }} then accounts.closed_on end as closed_on,
        terms.net_days,
        terms.discount_rate,
        terms.discount_days,
        terms.late_fee_cents,
        coalesce(terms.grace_days, 0) as grace_days
    from accounts
    left join terms
        on
            accounts.terms_code = terms.terms_code
            and {{ as_known('terms') }}
    where
        {{ as_known('accounts') }}
    {% if last %}
        and accounts.account_id in (select looked_at.account_id from looked_at)
        {% endif %}
)

select * from described
