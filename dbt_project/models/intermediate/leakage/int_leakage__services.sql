{{
    config(
        materialized='table',
        indexes=[{'columns': ['account_id']}],
        post_hook='analyze {{ this }}'
    )
}}

with

accounts as (
    select * from {{ ref('int_leakage__accounts') }}
),

usage as (
    select * from {{ ref('stg_ledger__usage') }}
),

subscriptions as (
    select * from {{ ref('stg_ledger__subscriptions') }}
),

prices as (
    select * from {{ ref('int_leakage__contract') }}
    where kind = 'price'
),

discounts as (
    select * from {{ ref('int_leakage__contract') }}
    where kind = 'discount'
),

lines as (
    select * from {{ ref('int_leakage__lines') }}
),

beats as (
    select * from {{ ref('int_leakage__billed_periods') }}
    where is_timely
),

holes as (
    select * from {{ ref('int_leakage__billing_holes') }}
),

subscribed as (
    select
        subscriptions.account_id,
        max(coalesce(subscriptions.cancelled_on, date '9999-12-31')) as ends_on
    from subscriptions
    where
        subscriptions.account_id in (select accounts.account_id from accounts)
        and {{ as_known('subscriptions') }}
    group by subscriptions.account_id
),

periods as (
    select
        account_id,
        currency,
        service_from,
        service_to,
        cast(null as date) as hole_from,
        billed_on as missed_on
    from beats
    union all
    select
        account_id,
        currency,
        service_from,
        service_to,
        hole_from,
        missed_on
    from holes
),

delivered as (
    select
        usage.account_id,
        usage.item,
        usage.service_from,
        usage.service_to,
        usage.quantity,
        {{ learned_on('usage.known_from') }} as learned_on
    from usage
    where
        usage.account_id in (select accounts.account_id from accounts)
        and {{ as_known('usage') }}
        and usage.quantity > 0
        and usage.service_to <= {{ as_of_date() }}
),

delivered_in_period as (
    -- the period that holds most of it: the first of those that it overlaps
    select
        delivered.account_id,
        delivered.item,
        delivered.service_from,
        delivered.service_to,
        delivered.quantity,
        delivered.learned_on,
        min(periods.currency) as currency,
        min(periods.hole_from) filter (where periods.hole_from is not null) as hole_from,
        bool_or(periods.hole_from is null) as is_in_billed_period,
        min(periods.missed_on) filter (where periods.hole_from is null) as billed_missed_on,
        min(periods.missed_on) as missed_on
    from delivered
    inner join periods
        on
            delivered.account_id = periods.account_id
            and delivered.service_from <= periods.service_to
            and delivered.service_to >= periods.service_from
    group by
        delivered.account_id,
        delivered.item,
        delivered.service_from,
        delivered.service_to,
        delivered.quantity,
        delivered.learned_on
),

metered as (
    select
        delivered_in_period.account_id,
        delivered_in_period.currency,
        delivered_in_period.item,
        delivered_in_period.service_from,
        delivered_in_period.service_to,
        delivered_in_period.quantity,
        'usage' as evidence_entity,
        case when not delivered_in_period.is_in_billed_period then delivered_in_period.hole_from end as hole_from,
        -- what was read after its bill had gone waits for the next one
        case
            when
                delivered_in_period.learned_on
                <= coalesce(delivered_in_period.billed_missed_on, delivered_in_period.missed_on)
                then coalesce(delivered_in_period.billed_missed_on, delivered_in_period.missed_on)
            else delivered_in_period.learned_on + 31 + {{ var('leakage_billing_grace_days') }}
        end as missed_on,
        prices.price_cents,
        prices.period as price_period
    from delivered_in_period
    inner join prices
        on
            delivered_in_period.account_id = prices.account_id
            and delivered_in_period.item = prices.item
            and delivered_in_period.service_from between prices.from_on and prices.to_on
),

flat as (
    -- a monthly price is owed for every billed period that it spans while the account and its subscription stand
    select
        periods.account_id,
        periods.currency,
        at_start.item,
        periods.service_from,
        periods.service_to,
        1::numeric as quantity,
        'contract_prices' as evidence_entity,
        periods.hole_from,
        periods.missed_on,
        at_start.price_cents,
        'month' as price_period
    from periods
    inner join accounts on periods.account_id = accounts.account_id
    left join subscribed on periods.account_id = subscribed.account_id
    inner join prices as at_start
        on
            periods.account_id = at_start.account_id
            and at_start.period = 'month'
            and periods.service_from between at_start.from_on and at_start.to_on
    inner join prices as at_end
        on
            periods.account_id = at_end.account_id
            and at_start.item = at_end.item
            and periods.service_to between at_end.from_on and at_end.to_on
    where
        periods.service_from <= coalesce(subscribed.ends_on, date '9999-12-31')
        and periods.service_from <= coalesce(accounts.closed_on, date '9999-12-31')
        -- after the last bill of an account that has closed nothing is delivered but what was metered
        and (periods.hole_from is null or accounts.closed_on is null or periods.service_to < accounts.closed_on)
        and not exists (
            select 1 from delivered
            where
                delivered.account_id = periods.account_id
                and delivered.item = at_start.item
                and delivered.service_from <= periods.service_to
                and delivered.service_to >= periods.service_from
        )
),

owed as (
    select * from metered
    union all
    select * from flat
),

agreed_discounts as (
    select
        owed.account_id,
        owed.item,
        owed.service_from,
        owed.service_to,
        sum(
            case
                when discounts.period = 'unit' then discounts.price_cents * owed.quantity else discounts.price_cents
            end
        ) as discount_cents
    from owed
    inner join discounts
        on
            owed.account_id = discounts.account_id
            and owed.item = discounts.item
            and discounts.from_on <= owed.service_to
            and discounts.to_on >= owed.service_from
    group by owed.account_id, owed.item, owed.service_from, owed.service_to
),

discounted as (
    select
        owed.*,
        coalesce(agreed_discounts.discount_cents, 0) as discount_cents
    from owed
    left join agreed_discounts
        on
            owed.account_id = agreed_discounts.account_id
            and owed.item = agreed_discounts.item
            and owed.service_from = agreed_discounts.service_from
            and owed.service_to = agreed_discounts.service_to
),

valued as (
    select
        account_id,
        currency,
        item,
        service_from,
        service_to,
        quantity,
        evidence_entity,
        hole_from,
        missed_on,
        greatest(
            round(case when price_period = 'unit' then quantity * price_cents else price_cents end)
            - round(discount_cents),
            0
        )::bigint as owed_cents
    from discounted
),

unbilled as (
    select valued.*
    from valued
    where
        valued.owed_cents > 0
        and not exists (
            select 1 from lines
            where
                lines.account_id = valued.account_id
                and lines.amount_cents >= 0
                and lines.item = valued.item
                and lines.is_timely
                and lines.service_from <= valued.service_to
                and lines.service_to >= valued.service_from
        )
)

select * from unbilled
