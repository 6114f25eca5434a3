{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key='promise_id',
        indexes=[
            {'columns': ['promise_id']},
            {'columns': ['account_id']},
            {'columns': ['matured_on']},
            {'columns': ['_batch_id']}
        ],
        post_hook='analyze {{ this }}'
    )
}}

with

promises as (
    select * from {{ ref('stg_contact__promises') }}
),

accounts as (
    select
        account_id,
        currency
    from {{ ref('stg_ledger__accounts') }}
    where known_to is null
),

grace as (
    -- the grace of the day it fell due: a changed policy does not rewrite the past
    select
        window_days,
        effective_from,
        effective_to
    from {{ ref('contact_rules') }}
    where rule_id = 'PROMISE_GRACE'
),

in_scope as (
    -- Nothing moves a promise that matured long ago, but a payment learned late: those of the last 45 days are kept
    -- fresh, and what is learned later still moves none, whenever the promise is looked at.
    select
        promises.*,
        {{ recoup.local_date('promises.made_at') }} as made_on
    from promises
    {% if is_incremental() %}
    where
        promises.due_on >= {{ recoup.as_of_date() }} - 45
        or promises.promise_id in (
            select fresh.promise_id
            from {{ ref('stg_contact__promises') }} as fresh
            where {{ arrived_since_last_build('fresh') }}
        )
    {% endif %}
),

dated as (
    select
        in_scope.promise_id,
        in_scope.account_id,
        accounts.currency,
        in_scope.attempt_id,
        in_scope.made_on,
        in_scope.due_on,
        in_scope.due_on + coalesce(grace.window_days, 0) as matured_on,
        in_scope.amount_cents,
        in_scope.known_from,
        in_scope.known_to,
        in_scope._batch_id
    from in_scope
    left join accounts
        on in_scope.account_id = accounts.account_id
    left join grace
        on
            in_scope.due_on >= grace.effective_from
            and (grace.effective_to is null or in_scope.due_on <= grace.effective_to)
),

payments as (
    -- cash that came in, less what went back
    select
        account_id,
        currency,
        effective_on,
        known_at,
        amount_cents
    from {{ ref('int_ledger__payment_entries') }}
    where
        ledger_account = 'cash'
        and account_id in (select dated.account_id from dated)
),

paid as (
    select
        dated.promise_id,
        dated.known_from,
        dated.amount_cents,
        {{ recoup.visible_on('payments.effective_on', 'payments.known_at') }} as visible_on,
        sum(payments.amount_cents) over (
            partition by dated.promise_id, dated.known_from
            order by {{ recoup.visible_on('payments.effective_on', 'payments.known_at') }}
        ) as paid_cents
    from dated
    inner join payments
        on
            dated.account_id = payments.account_id
            and dated.currency = payments.currency
            and payments.effective_on between dated.made_on and dated.matured_on
            and payments.known_at <= {{ recoup.known_at() }}
            and {{ recoup.known_on('payments.known_at') }} <= dated.due_on + 45
),

progress as (
    select
        promise_id,
        known_from,
        min(visible_on) filter (where paid_cents > 0) as first_paid_on,
        min(visible_on) filter (where paid_cents >= amount_cents) as kept_on,
        (array_agg(paid_cents order by visible_on desc))[1]::bigint as paid_cents
    from paid
    group by promise_id, known_from
),

judged as (
    select
        dated.promise_id,
        dated.account_id,
        dated.currency,
        dated.attempt_id,
        dated.made_on,
        dated.due_on,
        dated.matured_on,
        dated.amount_cents,
        greatest(coalesce(progress.paid_cents, 0), 0) as paid_cents,
        -- a payment that went back again before the promise matured pays and keeps nothing
        case when progress.paid_cents > 0 then progress.first_paid_on end as first_paid_on,
        case when progress.paid_cents >= dated.amount_cents then progress.kept_on end as kept_on,
        dated.known_from,
        dated.known_to,
        dated._batch_id
    from dated
    left join progress
        on dated.promise_id = progress.promise_id and dated.known_from = progress.known_from
),

with_status as (
    select
        promise_id,
        account_id,
        currency,
        attempt_id,
        made_on,
        due_on,
        matured_on,
        amount_cents,
        paid_cents,
        first_paid_on,
        kept_on,
        {{ recoup.promise_status('judged', recoup.as_of_date()) }} as status,
        known_from,
        known_to,
        _batch_id
    from judged
)

select * from with_status
