{{ config(indexes=[{'columns': ['as_of_date']}]) }}

with

periods as (
    select * from {{ ref('int_kpi__periods') }}
),

attempts as (
    select * from {{ ref('int_attempts') }}
),

opt_outs as (
    select * from {{ ref('int_contacts__opt_outs') }}
),

complaints as (
    select * from {{ ref('int_contacts__complaints') }}
),

recent_attempts as (
    select
        attempts.attempt_id,
        attempts.channel,
        coalesce(attempts.campaign, 'unknown') as campaign,
        coalesce(attempts.agent_id, 'none') as collector,
        attempts.company_date,
        attempts.direction = 'outbound' as is_outbound,
        attempts.is_connected,
        coalesce(attempts.is_live_answer, false) as is_live_answer,
        attempts.disposition = 'abandoned' as is_abandoned,
        attempts.is_mapped
        and coalesce(cardinality(attempts.debt_ids), 0) > 0
        -- on an abandoned call there was nobody to ask who answered
        and (attempts.is_right_party is not null or attempts.disposition = 'abandoned')
        -- and no agent; nor is there one behind a message
        and (attempts.agent_id is not null or attempts.channel <> 'voice' or attempts.disposition = 'abandoned')
            as is_documented
    from attempts
    where
        attempts.company_date > {{ as_of_date() }} - 90
        and attempts.company_date <= {{ as_of_date() }}
        and {{ as_known('attempts') }}
),

delivered as (
    select
        periods.period,
        recent_attempts.channel,
        count(*) as delivered_count
    from recent_attempts
    inner join periods on recent_attempts.company_date between periods.starts_on and periods.ends_on
    where recent_attempts.is_outbound and recent_attempts.is_connected
    group by periods.period, recent_attempts.channel
),

opted_out as (
    select
        periods.period,
        opt_outs.medium as channel,
        count(*) as opt_out_count
    from opt_outs
    inner join periods on opt_outs.opted_out_on between periods.starts_on and periods.ends_on
    group by periods.period, opt_outs.medium
),

complained as (
    select
        periods.period,
        complaints.channel,
        count(*) as complaint_count
    from complaints
    inner join periods on complaints.complained_on between periods.starts_on and periods.ends_on
    group by periods.period, complaints.channel
),

reactions as (
    select period, channel, delivered_count, 0 as opt_out_count, 0 as complaint_count from delivered
    union all
    select period, channel, 0 as delivered_count, opt_out_count, 0 as complaint_count from opted_out
    union all
    select period, channel, 0 as delivered_count, 0 as opt_out_count, complaint_count from complained
    union all
    select period, null as channel, 0 as delivered_count, 0 as opt_out_count, 0 as complaint_count from periods
),

reactions_by_grain as (
    select
        reactions.period,
        grains.grain,
        grains.grain_value,
        sum(reactions.delivered_count) as delivered_count,
        sum(reactions.opt_out_count) as opt_out_count,
        sum(reactions.complaint_count) as complaint_count
    from reactions
    cross join lateral (values ('total', 'all'), ('channel', reactions.channel)) as grains (grain, grain_value)
    where grains.grain_value is not null
    group by reactions.period, grains.grain, grains.grain_value
),

answered as (
    -- abandoned calls are judged over 30 days, as the rule does: so for a day too
    select
        periods.period,
        recent_attempts.campaign,
        recent_attempts.is_abandoned
    from recent_attempts
    inner join periods
        on
            recent_attempts.company_date <= periods.ends_on
            and recent_attempts.company_date
            >= case periods.period when 'day' then periods.ends_on - 29 else periods.starts_on end
    where recent_attempts.is_outbound and recent_attempts.channel = 'voice' and recent_attempts.is_live_answer
),

logged as (
    select coalesce(bool_or(recent_attempts.is_abandoned), false) as has_abandoned_calls
    from recent_attempts
),

answered_by_grain as (
    select
        answered.period,
        grains.grain,
        grains.grain_value,
        count(*) filter (where answered.is_abandoned) as abandoned_count,
        count(*) as answered_count
    from answered
    cross join lateral (values ('total', 'all'), ('campaign', answered.campaign)) as grains (grain, grain_value)
    group by answered.period, grains.grain, grains.grain_value
),

contacts as (
    select
        periods.period,
        recent_attempts.channel,
        recent_attempts.campaign,
        recent_attempts.collector,
        recent_attempts.is_documented
    from recent_attempts
    inner join periods on recent_attempts.company_date between periods.starts_on and periods.ends_on
    where recent_attempts.is_live_answer
),

contacts_by_grain as (
    select
        contacts.period,
        grains.grain,
        grains.grain_value,
        count(*) filter (where contacts.is_documented) as documented_count,
        count(*) as contact_count
    from contacts
    cross join
        lateral (
            values
            ('total', 'all'),
            ('channel', contacts.channel),
            ('campaign', contacts.campaign),
            ('collector', contacts.collector)
        ) as grains (grain, grain_value)
    group by contacts.period, grains.grain, grains.grain_value
),

ratios as (
    select
        reactions_by_grain.period,
        metrics.metric,
        reactions_by_grain.grain,
        reactions_by_grain.grain_value,
        metrics.numerator,
        metrics.denominator
    from reactions_by_grain
    cross join
        lateral (
            values
            ('opt_out_rate', reactions_by_grain.opt_out_count, reactions_by_grain.delivered_count),
            ('complaint_rate', reactions_by_grain.complaint_count, reactions_by_grain.delivered_count)
        ) as metrics (metric, numerator, denominator)
    union all
    -- a dialer that never logs an abandoned call may not be able to: then the rate is not known, and is not 0
    select
        answered_by_grain.period,
        'abandon_rate' as metric,
        answered_by_grain.grain,
        answered_by_grain.grain_value,
        case when logged.has_abandoned_calls then answered_by_grain.abandoned_count end as numerator,
        answered_by_grain.answered_count as denominator
    from answered_by_grain
    cross join logged
    union all
    select
        period,
        'documented_contact_share' as metric,
        grain,
        grain_value,
        documented_count as numerator,
        contact_count as denominator
    from contacts_by_grain
),

nothing_happened as (
    {{ without_occasion('ratios', ['abandon_rate', 'documented_contact_share']) }}
),

completed as (
    select * from ratios
    union all
    -- a day without a contact still has its row in total
    select
        period,
        metric,
        'total' as grain,
        'all' as grain_value,
        0 as numerator,
        0 as denominator
    from nothing_happened
),

dated as (
    select
        periods.kpi_date,
        completed.*,
        cast(null as text) as currency,
        1 as multiplier,
        periods.is_complete
    from completed
    inner join periods on completed.period = periods.period
),

metrics as (
    {{ kpi_long_form('dated') }}
)

select * from metrics
