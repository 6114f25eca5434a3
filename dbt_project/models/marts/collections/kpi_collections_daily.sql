{{ config(indexes=[{'columns': ['as_of_date']}]) }}

with

attempts_by_account as (
    select * from {{ ref('int_attempts__by_account') }}
),

accounts as (
    select * from {{ ref('stg_ledger__accounts') }}
),

assignments as (
    select * from {{ ref('stg_contact__assignments') }}
),

promises as (
    select * from {{ ref('int_promises') }}
),

periods as (
    select
        'day' as period,
        {{ as_of_date() }} as kpi_date,
        {{ as_of_date() }} as first_on,
        {{ as_of_date() }} as last_on,
        true as is_complete
    union all
    select
        'month' as period,
        date_trunc('month', {{ as_of_date() }})::date as kpi_date,
        date_trunc('month', {{ as_of_date() }})::date as first_on,
        {{ as_of_date() }} as last_on,
        -- the month is closed on its last day
        extract(day from {{ as_of_date() }} + 1) = 1 as is_complete
),

known_accounts as (
    select
        account_id,
        currency,
        coalesce(product, 'unknown') as product,
        coalesce(segment, 'unknown') as segment,
        coalesce(region, 'unknown') as region
    from accounts
    where {{ as_known('accounts') }}
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
        coalesce(known_accounts.product, 'unknown') as product,
        coalesce(known_accounts.segment, 'unknown') as segment,
        coalesce(known_accounts.region, 'unknown') as region
    from attempts_by_account
    inner join periods
        on attempts_by_account.company_date between periods.first_on and periods.last_on
    left join known_accounts
        on attempts_by_account.account_id = known_accounts.account_id
    where {{ as_known('attempts_by_account') }}
),

grained_attempts as (
    select
        attempts.*,
        grains.grain,
        grains.grain_value
    from attempts
    cross join lateral (
        values
        ('total', 'all'),
        ('product', attempts.product),
        ('segment', attempts.segment),
        ('region', attempts.region),
        ('campaign', attempts.campaign),
        ('channel', attempts.channel),
        ('collector', attempts.collector)
    ) as grains (grain, grain_value)
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
        grains.grain,
        grains.grain_value,
        assignments.account_id
    from assignments
    inner join periods
        on
            assignments.from_on <= periods.last_on
            and (assignments.to_on is null or assignments.to_on >= periods.first_on)
    left join known_accounts
        on assignments.account_id = known_accounts.account_id
    cross join
        lateral (
            values
            ('total', 'all'),
            ('product', coalesce(known_accounts.product, 'unknown')),
            ('segment', coalesce(known_accounts.segment, 'unknown')),
            ('region', coalesce(known_accounts.region, 'unknown'))
        ) as grains (grain, grain_value)
    where {{ as_known('assignments') }}
),

assigned_counts as (
    select
        period,
        grain,
        grain_value,
        count(*) as assigned_count
    from assigned
    group by period, grain, grain_value
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

matured_promises as (
    select
        periods.period,
        promises.currency,
        promises.amount_cents,
        least(promises.paid_cents, promises.amount_cents) as paid_cents,
        {{ promise_status('promises', as_of_date()) }} = 'kept' as is_kept,
        coalesce(known_accounts.product, 'unknown') as product,
        coalesce(known_accounts.segment, 'unknown') as segment,
        coalesce(known_accounts.region, 'unknown') as region
    from promises
    inner join periods
        on promises.matured_on between periods.first_on and periods.last_on
    left join known_accounts
        on promises.account_id = known_accounts.account_id
    where {{ as_known('promises') }}
),

promise_counts as (
    select
        matured_promises.period,
        grains.grain,
        grains.grain_value,
        count(*) as matured_count,
        count(*) filter (where matured_promises.is_kept) as kept_count
    from matured_promises
    cross join
        lateral (
            values
            ('total', 'all'),
            ('product', matured_promises.product),
            ('segment', matured_promises.segment),
            ('region', matured_promises.region)
        ) as grains (grain, grain_value)
    group by matured_promises.period, grains.grain, grains.grain_value
),

promise_amounts as (
    -- amounts of different currencies are never added up: the grain is the currency
    select
        period,
        'currency' as grain,
        currency as grain_value,
        {{ amount('sum(amount_cents)', 'currency') }} as promised_amount,
        {{ amount('sum(paid_cents)', 'currency') }} as paid_amount
    from matured_promises
    group by period, currency
),

cells as (
    select period, grain, grain_value from attempt_counts
    union
    select period, grain, grain_value from assigned_counts
    union
    select period, grain, grain_value from promise_counts
    union
    select period, 'total' as grain, 'all' as grain_value from periods
),

counts as (
    select
        cells.period,
        cells.grain,
        cells.grain_value,
        assigned_counts.assigned_count,
        coalesce(account_counts.attempted_count, 0) as attempted_count,
        coalesce(account_counts.contacted_count, 0) as contacted_count,
        coalesce(attempt_counts.attempt_count, 0) as attempt_count,
        coalesce(attempt_counts.call_count, 0) as call_count,
        coalesce(attempt_counts.contact_count, 0) as contact_count,
        coalesce(attempt_counts.rpc_count, 0) as rpc_count,
        coalesce(attempt_counts.handled_count, 0) as handled_count,
        coalesce(attempt_counts.handle_seconds, 0) as handle_seconds,
        coalesce(promises_on_calls.promise_count, 0) as promise_count,
        promise_counts.matured_count,
        promise_counts.kept_count
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
    left join promise_counts
        on
            cells.period = promise_counts.period
            and cells.grain = promise_counts.grain
            and cells.grain_value = promise_counts.grain_value
),

ratios as (
    select
        counts.period,
        counts.grain,
        counts.grain_value,
        metrics.metric,
        metrics.numerator,
        metrics.denominator
    from counts
    cross join
        lateral (
            values
            ('coverage', counts.attempted_count, counts.assigned_count),
            ('penetration', counts.contacted_count, counts.assigned_count),
            ('intensity', counts.attempt_count, counts.attempted_count),
            ('connect_rate', counts.contact_count, counts.call_count),
            ('rpc_rate_contacts', counts.rpc_count, counts.contact_count),
            ('rpc_rate_calls', counts.rpc_count, counts.call_count),
            ('ptp_rate_rpc', counts.promise_count, counts.rpc_count),
            ('ptp_rate_calls', counts.promise_count, counts.call_count),
            ('kept_promise_rate', counts.kept_count, counts.matured_count),
            ('average_handle_time', counts.handle_seconds, counts.handled_count)
        ) as metrics (metric, numerator, denominator)
    where
        -- who is assigned and what was promised is not known by campaign, channel or collector
        counts.grain in ('total', 'product', 'segment', 'region')
        or metrics.metric not in ('coverage', 'penetration', 'kept_promise_rate')
    union all
    select
        period,
        grain,
        grain_value,
        'kept_promise_amount_rate' as metric,
        paid_amount as numerator,
        promised_amount as denominator
    from promise_amounts
),

metrics as (
    select
        {{ as_of_date() }} as as_of_date,
        periods.kpi_date,
        ratios.period,
        ratios.metric,
        ratios.grain,
        ratios.grain_value,
        coalesce(ratios.numerator, 0)::numeric(28, 4) as numerator,
        coalesce(ratios.denominator, 0)::numeric(28, 4) as denominator,
        (ratios.numerator / nullif(ratios.denominator, 0)::numeric)::numeric(20, 6) as value,
        periods.is_complete
    from ratios
    inner join periods
        on ratios.period = periods.period
)

select * from metrics
