with

periods as (
    select * from {{ ref('int_kpi__periods') }}
),

accounts as (
    select * from {{ ref('int_accounts__known') }}
),

attempts_by_account as (
    select * from {{ ref('int_attempts__by_account') }}
),

assignments as (
    select * from {{ ref('stg_contact__assignments') }}
),

promises as (
    select * from {{ ref('int_promises') }}
),

attempts as (
    select
        periods.period,
        attempts_by_account.attempt_id,
        attempts_by_account.account_id,
        attempts_by_account.direction = 'outbound' as is_outbound,
        attempts_by_account.channel = 'voice' as is_call,
        attempts_by_account.is_live_answer,
        attempts_by_account.is_right_party,
        attempts_by_account.agent_id is not null as is_handled,
        attempts_by_account.handle_seconds,
        coalesce(attempts_by_account.campaign, 'unknown') as campaign,
        attempts_by_account.channel,
        coalesce(attempts_by_account.agent_id, 'none') as collector,
        {{ account_dimensions() }}
    from attempts_by_account
    inner join periods
        on attempts_by_account.company_date between periods.starts_on and periods.ends_on
    left join accounts
        on attempts_by_account.account_id = accounts.account_id
    where {{ as_known('attempts_by_account') }}
),

grained_attempts as (
    select
        attempts.*,
        grains.grain,
        grains.grain_value
    from attempts
    cross join {{ grains_of('attempts', also=['campaign', 'channel', 'collector']) }} as grains (grain, grain_value)
),

single_attempts as (
    -- a call about two accounts of one product is one call of that product
    select distinct
        period,
        grain,
        grain_value,
        attempt_id,
        is_outbound,
        is_call,
        is_live_answer,
        is_right_party,
        is_handled,
        handle_seconds
    from grained_attempts
),

attempt_counts as (
    select
        period,
        grain,
        grain_value,
        count(*) filter (where is_outbound) as attempt_count,
        count(*) filter (where is_outbound and is_call) as call_count,
        count(*) filter (where is_outbound and is_call and is_live_answer) as contact_count,
        count(*) filter (where is_outbound and is_call and is_right_party) as rpc_count,
        count(*) filter (where is_call and is_live_answer and is_handled) as handled_count,
        coalesce(sum(handle_seconds) filter (where is_call and is_live_answer and is_handled), 0) as handle_seconds
    from single_attempts
    group by period, grain, grain_value
),

account_counts as (
    select
        period,
        grain,
        grain_value,
        count(distinct account_id) filter (where is_outbound) as attempted_count,
        count(distinct account_id) filter (where is_outbound and is_live_answer) as contacted_count
    from grained_attempts
    group by period, grain, grain_value
),

assigned as (
    select distinct
        periods.period,
        assignments.account_id,
        {{ account_dimensions() }}
    from assignments
    inner join periods
        on
            assignments.from_on <= periods.ends_on
            and (assignments.to_on is null or assignments.to_on >= periods.starts_on)
    left join accounts
        on assignments.account_id = accounts.account_id
    where {{ as_known('assignments') }}
),

assigned_counts as (
    select
        assigned.period,
        grains.grain,
        grains.grain_value,
        count(*) as assigned_count
    from assigned
    cross join {{ grains_of('assigned') }} as grains (grain, grain_value)
    group by assigned.period, grains.grain, grains.grain_value
),

promises_on_calls as (
    select
        grained_attempts.period,
        grained_attempts.grain,
        grained_attempts.grain_value,
        count(distinct promises.promise_id) as promise_count
    from promises
    inner join grained_attempts
        on promises.attempt_id = grained_attempts.attempt_id
    where
        {{ as_known('promises') }}
        and grained_attempts.is_outbound
        and grained_attempts.is_call
    group by grained_attempts.period, grained_attempts.grain, grained_attempts.grain_value
),

cells as (
    select period, grain, grain_value from attempt_counts
    union
    select period, grain, grain_value from assigned_counts
    union
    select period, 'total' as grain, 'all' as grain_value from periods
),

counts as (
    select
        cells.period,
        cells.grain,
        cells.grain_value,
        coalesce(assigned_counts.assigned_count, 0) as assigned_count,
        coalesce(account_counts.attempted_count, 0) as attempted_count,
        coalesce(account_counts.contacted_count, 0) as contacted_count,
        coalesce(attempt_counts.attempt_count, 0) as attempt_count,
        coalesce(attempt_counts.call_count, 0) as call_count,
        coalesce(attempt_counts.contact_count, 0) as contact_count,
        coalesce(attempt_counts.rpc_count, 0) as rpc_count,
        coalesce(attempt_counts.handled_count, 0) as handled_count,
        coalesce(attempt_counts.handle_seconds, 0) as handle_seconds,
        coalesce(promises_on_calls.promise_count, 0) as promise_count
    from cells
    left join assigned_counts
        on
            cells.period = assigned_counts.period
            and cells.grain = assigned_counts.grain
            and cells.grain_value = assigned_counts.grain_value
    left join account_counts
        on
            cells.period = account_counts.period
            and cells.grain = account_counts.grain
            and cells.grain_value = account_counts.grain_value
    left join attempt_counts
        on
            cells.period = attempt_counts.period
            and cells.grain = attempt_counts.grain
            and cells.grain_value = attempt_counts.grain_value
    left join promises_on_calls
        on
            cells.period = promises_on_calls.period
            and cells.grain = promises_on_calls.grain
            and cells.grain_value = promises_on_calls.grain_value
)

select * from counts
