{{ config(materialized='table', indexes=[{'columns': ['account_id']}], post_hook='analyze {{ this }}') }}

with

periods as (
    select * from {{ ref('int_growth__periods') }}
),

spans as (
    select * from {{ ref('int_customers__spans') }}
),

customers as (
    -- who was a customer at the opening, or became one since
    select
        periods.period,
        periods.kpi_date,
        periods.opening_on,
        periods.ends_on,
        spans.account_id,
        bool_or(spans.started_on <= periods.opening_on) as is_active_at_opening,
        bool_or(spans.ended_on is null or spans.ended_on > periods.ends_on) as is_active_at_end,
        (array_agg(spans.end_reason order by spans.ended_on desc nulls last))[1] as end_reason
    from spans
    inner join periods
        on
            spans.started_on <= periods.ends_on
            and (spans.ended_on is null or spans.ended_on > periods.opening_on)
    group by periods.period, periods.kpi_date, periods.opening_on, periods.ends_on, spans.account_id
),

described as (
    select
        customers.*,
        -- whoever joins after a span of theirs had ended comes back; asked of the few who join, by index
        case
            when not customers.is_active_at_opening
                then exists (
                    select 1
                    from {{ ref('int_customers__spans') }} as former
                    where former.account_id = customers.account_id and former.ended_on <= customers.opening_on
                )
            else false
        end as is_reactivated
    from customers
)

select * from described
