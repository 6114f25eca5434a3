{{ config(indexes=[{'columns': ['as_of_date']}]) }}

with

periods as (
    select * from {{ ref('int_kpi__periods') }}
),

assignments as (
    select * from {{ ref('stg_contact__assignments') }}
),

attempts as (
    select * from {{ ref('int_attempts__by_account') }}
),

promises as (
    select * from {{ ref('int_promises') }}
),

assigned as (
    select distinct
        periods.period,
        assignments.account_id
    from assignments
    inner join periods
        on
            assignments.from_on <= periods.ends_on
            and (assignments.to_on is null or assignments.to_on >= periods.starts_on)
    where {{ as_known('assignments') }}
),

reached as (
    select
        periods.period,
        attempts.account_id,
        bool_or(attempts.is_live_answer) as is_contacted,
        bool_or(attempts.is_right_party) as is_right_party
    from attempts
    inner join periods
        on attempts.company_date between periods.starts_on and periods.ends_on
    where attempts.direction = 'outbound' and {{ as_known('attempts') }}
    group by periods.period, attempts.account_id
),

promised as (
    select
        periods.period,
        promises.account_id,
        bool_or({{ promise_status('promises', as_of_date()) }} = 'kept') as is_kept
    from promises
    inner join periods
        on
            promises.made_on between periods.starts_on and periods.ends_on
            -- what was made in the period matures in it or later, and that is indexed
            and promises.matured_on >= periods.starts_on
    where {{ as_known('promises') }}
    group by periods.period, promises.account_id
),

progress as (
    -- each step is a part of the one before it: a funnel never widens
    select
        assigned.period,
        reached.account_id is not null as is_attempted,
        coalesce(reached.is_contacted, false) as is_contacted,
        coalesce(reached.is_contacted and reached.is_right_party, false) as is_right_party,
        coalesce(reached.is_contacted and reached.is_right_party and promised.account_id is not null, false)
            as is_promised,
        coalesce(reached.is_contacted and reached.is_right_party and promised.is_kept, false) as is_kept
    from assigned
    left join reached
        on assigned.period = reached.period and assigned.account_id = reached.account_id
    left join promised
        on assigned.period = promised.period and assigned.account_id = promised.account_id
),

counted as (
    select
        periods.period,
        periods.is_complete,
        count(progress.period) as assigned_count,
        count(*) filter (where progress.is_attempted) as attempted_count,
        count(*) filter (where progress.is_contacted) as contacted_count,
        count(*) filter (where progress.is_right_party) as right_party_count,
        count(*) filter (where progress.is_promised) as promised_count,
        count(*) filter (where progress.is_kept) as kept_count
    from periods
    left join progress on periods.period = progress.period
    group by periods.period, periods.is_complete
),

steps as (
    select
        {{ as_of_date() }} as as_of_date,
        counted.period,
        steps.step_order,
        steps.step,
        steps.account_count::integer as account_count,
        counted.is_complete
    from counted
    cross join
        lateral (
            values
            (1, 'assigned', counted.assigned_count),
            (2, 'attempted', counted.attempted_count),
            (3, 'contacted', counted.contacted_count),
            (4, 'right_party', counted.right_party_count),
            (5, 'promised', counted.promised_count),
            (6, 'kept', counted.kept_count)
        ) as steps (step_order, step, account_count)
)

select * from steps
