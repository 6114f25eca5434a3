{{ config(materialized='table') }}

with

periods as (
    select * from {{ ref('int_growth__periods') }}
),

customers as (
    select * from {{ ref('int_customers__active') }}
),

prices as (
    select * from {{ ref('stg_ledger__contract_prices') }}
),

accounts as (
    select * from {{ ref('int_accounts__known') }}
),

reasons as (
    select * from {{ ref('cancel_reasons') }}
),

held_prices as materialized (
    -- planned apart: inside the joins below the planner would look for each price's successor once a customer
    select
        account_id,
        kind,
        price_cents,
        from_on,
        to_on,
        lead(from_on) over (partition by account_id, item, kind order by from_on) as followed_on
    from prices
    where
        period = 'month'
        and from_on <= {{ as_of_date() }}
        -- what ran out long before the earliest opening counts nowhere
        and (to_on is null or to_on >= (select min(periods.opening_on) - 31 from periods))
        and {{ as_known('prices') }}
),

recurring as (
    -- What a month costs by contract, discounts taken off; prices by the unit recur in no fixed amount. A price that
    -- has run out holds for one more month unless another has followed it: renewals are written with the next bill.
    select
        account_id,
        from_on,
        case
            when kind = 'discount' or to_on >= {{ as_of_date() }} or followed_on is not null then to_on
            else to_on + 31
        end as to_on,
        case when kind = 'discount' then -price_cents else price_cents end as price_cents
    from held_prices
),

priced as (
    select
        customers.period,
        customers.kpi_date,
        customers.account_id,
        customers.is_active_at_opening,
        customers.is_active_at_end,
        customers.is_reactivated,
        customers.end_reason,
        coalesce(
            sum(recurring.price_cents) filter (
                where
                customers.is_active_at_opening
                and recurring.from_on <= customers.opening_on
                and (recurring.to_on is null or recurring.to_on >= customers.opening_on)
            ), 0
        ) as opening_mrr_cents,
        coalesce(
            sum(recurring.price_cents) filter (
                where
                customers.is_active_at_end
                and recurring.from_on <= customers.ends_on
                and (recurring.to_on is null or recurring.to_on >= customers.ends_on)
            ), 0
        ) as closing_mrr_cents
    from customers
    left join recurring on customers.account_id = recurring.account_id
    group by
        customers.period, customers.kpi_date, customers.account_id, customers.is_active_at_opening,
        customers.is_active_at_end, customers.is_reactivated, customers.end_reason
),

described as (
    select
        priced.period,
        priced.kpi_date,
        priced.account_id,
        accounts.currency,
        {{ account_dimensions() }},
        priced.is_active_at_opening,
        priced.is_active_at_end,
        not priced.is_active_at_opening and not priced.is_reactivated as is_new,
        priced.is_reactivated,
        case
            when priced.is_active_at_opening and not priced.is_active_at_end
                then coalesce(reasons.churn_class, 'unknown')
        end as churn_class,
        priced.opening_mrr_cents,
        priced.closing_mrr_cents
    from priced
    inner join accounts on priced.account_id = accounts.account_id
    left join reasons on lower(priced.end_reason) = lower(reasons.reason)
),

moved as (
    select
        *,
        closing_mrr_cents - opening_mrr_cents as movement_cents,
        case
            when is_active_at_opening and not is_active_at_end then 'churned'
            when is_new then 'new'
            when is_reactivated then 'reactivated'
            when closing_mrr_cents >= opening_mrr_cents then 'expansion'
            else 'contraction'
        end as movement
    from described
),

summed as (
    select
        moved.period,
        moved.kpi_date,
        moved.currency,
        grains.grain,
        grains.grain_value,
        count(*) filter (where moved.is_active_at_opening) as opening_count,
        count(*) filter (where moved.is_active_at_end) as closing_count,
        count(*) filter (where moved.is_new) as new_count,
        count(*) filter (where moved.churn_class is not null) as lost_count,
        count(*) filter (where moved.churn_class = 'voluntary') as lost_voluntary_count,
        count(*) filter (where moved.churn_class = 'involuntary') as lost_involuntary_count,
        count(*) filter (where moved.churn_class = 'unknown') as lost_unknown_count,
        sum(moved.opening_mrr_cents)::bigint as opening_mrr_cents,
        sum(moved.closing_mrr_cents)::bigint as closing_mrr_cents,
        coalesce(sum(moved.movement_cents) filter (where moved.movement = 'new'), 0)::bigint as new_cents,
        coalesce(sum(moved.movement_cents) filter (where moved.movement = 'expansion'), 0)::bigint as expansion_cents,
        coalesce(sum(moved.movement_cents) filter (where moved.movement = 'contraction'), 0)::bigint
            as contraction_cents,
        coalesce(sum(moved.movement_cents) filter (where moved.movement = 'churned'), 0)::bigint as churned_cents,
        coalesce(sum(moved.movement_cents) filter (where moved.movement = 'reactivated'), 0)::bigint
            as reactivated_cents
    from moved
    cross join {{ grains_of('moved') }} as grains (grain, grain_value)
    group by moved.period, moved.kpi_date, moved.currency, grains.grain, grains.grain_value
)

select * from summed
