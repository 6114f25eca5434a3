{{ config(indexes=[{'columns': ['as_of_date']}]) }}

with

periods as (
    select * from {{ ref('int_kpi__periods') }}
),

accounts as (
    select * from {{ ref('int_accounts__known') }}
),

failures as (
    select * from {{ ref('int_payments__failures') }}
),

placements as (
    select * from {{ ref('int_debts__placed') }}
),

payments as (
    select * from {{ ref('int_payments__attempted') }}
),

spells as (
    select * from {{ ref('int_accounts__past_due_spells') }}
),

curves as (
    select * from {{ ref('recovery_curves') }}
    where as_of_date = {{ as_of_date() }}
),

costs as (
    select * from {{ ref('int_collections__costs') }}
),

recoverables as (
    -- two amounts that the field divides by, each under a name of its own
    select
        'recovery_rate' as basis,
        account_id,
        currency,
        failed_on as began_on,
        decline_class,
        cast(null as text) as collector_role,
        failed_cents as owed_cents,
        recovered_7_days_cents,
        recovered_14_days_cents,
        recovered_30_days_cents,
        recovered_60_days_cents,
        recovered_90_days_cents,
        recovered_cents
    from failures
    union all
    select
        'recovery_rate_placed' as basis,
        account_id,
        currency,
        placed_on as began_on,
        cast(null as text) as decline_class,
        collector_role,
        placed_cents as owed_cents,
        recovered_7_days_cents,
        recovered_14_days_cents,
        recovered_30_days_cents,
        recovered_60_days_cents,
        recovered_90_days_cents,
        recovered_cents
    from placements
),

recoverables_by_horizon as (
    -- horizon 0: so far, whatever their age
    select
        recoverables.basis
        || case horizons.horizon_days when 0 then '' else '_' || horizons.horizon_days || '_days' end as metric,
        horizons.horizon_days,
        recoverables.currency,
        recoverables.began_on,
        cast(date_trunc('month', recoverables.began_on) as date) as began_in_month,
        {{ account_dimensions() }},
        recoverables.decline_class,
        recoverables.collector_role,
        recoverables.owed_cents,
        case horizons.horizon_days
            when 7 then recoverables.recovered_7_days_cents
            when 14 then recoverables.recovered_14_days_cents
            when 30 then recoverables.recovered_30_days_cents
            when 60 then recoverables.recovered_60_days_cents
            when 90 then recoverables.recovered_90_days_cents
            else recoverables.recovered_cents
        end as recovered_cents
    from recoverables
    cross join (values (7), (14), (30), (60), (90), (0)) as horizons (horizon_days)
    left join accounts on recoverables.account_id = accounts.account_id
),

cohorts as (
    -- By month of failure or placement, as long as its 90 days are open. And for the day: those of the 90 days whose
    -- horizon has just closed, so that the rate of a day is never the rate of a cohort that is still being worked.
    select
        'month' as period,
        began_in_month as kpi_date,
        began_in_month + interval '1 month'
        <= {{ as_of_date() }} + 1 - case horizon_days when 0 then 90 else horizon_days end as is_complete,
        recoverables_by_horizon.*
    from recoverables_by_horizon
    where began_in_month >= date_trunc('month', {{ as_of_date() }} - 121)
    union all
    select
        'day' as period,
        {{ as_of_date() }} as kpi_date,
        true as is_complete,
        recoverables_by_horizon.*
    from recoverables_by_horizon
    where
        began_on <= {{ as_of_date() }} - horizon_days
        and began_on > {{ as_of_date() }} - horizon_days - 90
),

recovery_rates as (
    select
        cohorts.kpi_date,
        cohorts.period,
        cohorts.metric,
        cohorts.currency,
        grains.grain,
        grains.grain_value,
        {{ amount('sum(cohorts.recovered_cents)', 'cohorts.currency') }} as numerator,
        {{ amount('sum(cohorts.owed_cents)', 'cohorts.currency') }} as denominator,
        cohorts.is_complete
    from cohorts
    cross join {{ grains_of('cohorts', also=['decline_class', 'collector_role']) }} as grains (grain, grain_value)
    -- a failure has no collector role, a placement no decline class
    where grains.grain_value is not null
    group by
        cohorts.kpi_date, cohorts.period, cohorts.metric, cohorts.currency, cohorts.is_complete,
        grains.grain, grains.grain_value
),

retries as (
    -- a retry that has neither settled nor failed yet is in neither side
    select
        periods.period,
        payments.retried_decline_class as decline_class,
        payments.retry_number::text as retry_number,
        payments.retried_decline_class || ', retry ' || payments.retry_number as decline_class_and_retry_number,
        payments.settled_on <= {{ as_of_date() }}
        and (payments.failed_on is null or payments.failed_on > {{ as_of_date() }}) as is_recovered,
        {{ account_dimensions() }}
    from payments
    inner join periods on payments.attempted_on between periods.starts_on and periods.ends_on
    left join accounts on payments.account_id = accounts.account_id
    where
        payments.retry_number > 0
        and (payments.settled_on <= {{ as_of_date() }} or payments.failed_on <= {{ as_of_date() }})
        and {{ as_known('payments') }}
),

retry_rates as (
    select
        retries.period,
        'retry_success_rate' as metric,
        cast(null as text) as currency,
        grains.grain,
        grains.grain_value,
        count(*) filter (where retries.is_recovered) as numerator,
        count(*) as denominator
    from retries
    cross join
        {{ grains_of('retries', also=['decline_class', 'retry_number', 'decline_class_and_retry_number']) }}
            as grains (grain, grain_value)
    group by retries.period, grains.grain, grains.grain_value
),

past_due as (
    -- who was past due at any time in the period, from the end of the day before it on
    select
        periods.period,
        spells.account_id,
        bool_or(spells.is_resolved and spells.ended_on >= periods.starts_on)
        and not bool_or(spells.ended_on is null) as is_resolved
    from spells
    inner join periods
        on
            spells.began_on <= periods.ends_on
            and (spells.ended_on is null or spells.ended_on >= periods.starts_on)
    group by periods.period, spells.account_id
),

classified_past_due as (
    select
        past_due.period,
        past_due.is_resolved,
        {{ account_dimensions() }}
    from past_due
    left join accounts on past_due.account_id = accounts.account_id
),

success_rates as (
    select
        classified_past_due.period,
        'success_rate' as metric,
        cast(null as text) as currency,
        grains.grain,
        grains.grain_value,
        count(*) filter (where classified_past_due.is_resolved) as numerator,
        count(*) as denominator
    from classified_past_due
    cross join {{ grains_of('classified_past_due') }} as grains (grain, grain_value)
    group by classified_past_due.period, grains.grain, grains.grain_value
),

cost_rates as (
    select
        kpi_date,
        period,
        'cost_to_collect' as metric,
        currency,
        'total' as grain,
        'all' as grain_value,
        cost_amount as numerator,
        collected_amount as denominator,
        is_complete
    from costs
),

nothing_happened as (
    -- a day without a retry, or with nobody past due, still has its row in total
    select
        periods.period,
        metrics.metric,
        cast(null as text) as currency,
        'total' as grain,
        'all' as grain_value,
        0 as numerator,
        0 as denominator
    from periods
    cross join (values ('retry_success_rate'), ('success_rate')) as metrics (metric)
),

combined_counts as (
    select * from retry_rates
    union all
    select * from success_rates
    union all
    select * from nothing_happened
),

summed_counts as (
    select
        period,
        metric,
        currency,
        grain,
        grain_value,
        sum(numerator) as numerator,
        sum(denominator) as denominator
    from combined_counts
    group by period, metric, currency, grain, grain_value
),

ratios as (
    select
        kpi_date,
        period,
        metric,
        currency,
        grain,
        grain_value,
        numerator,
        denominator,
        1 as multiplier,
        is_complete
    from recovery_rates
    union all
    select
        kpi_date,
        period,
        metric,
        currency,
        grain,
        grain_value,
        numerator,
        denominator,
        1 as multiplier,
        is_complete
    from cost_rates
    union all
    select
        periods.kpi_date,
        summed_counts.period,
        summed_counts.metric,
        summed_counts.currency,
        summed_counts.grain,
        summed_counts.grain_value,
        summed_counts.numerator,
        summed_counts.denominator,
        1 as multiplier,
        periods.is_complete
    from summed_counts
    inner join periods on summed_counts.period = periods.period
),

metrics as (
    {{ kpi_long_form('ratios') }}
),

quantiles as (
    select
        curves.grain,
        curves.grain_value,
        shares.metric,
        max(curves.at_risk_count) as followed_count,
        sum(curves.resolved_count) as resolved_count,
        min(curves.days) filter (where curves.recovered_share >= shares.share) as days
    from curves
    cross join
        (values ('time_to_recover_days_median', 0.5), ('time_to_recover_days_p90', 0.9)) as shares (metric, share)
    group by curves.grain, curves.grain_value, shares.metric
),

times_to_recover as (
    -- read off a curve: the two counts tell how much stands behind it, their ratio is not the value
    select
        {{ as_of_date() }} as as_of_date,
        periods.kpi_date,
        periods.period,
        quantiles.metric,
        cast(null as text) as currency,
        quantiles.grain,
        quantiles.grain_value,
        cast(quantiles.resolved_count as numeric(28, 4)) as numerator,
        cast(quantiles.followed_count as numeric(28, 4)) as denominator,
        cast(null as numeric(10, 4)) as multiplier,
        cast(quantiles.days as numeric(20, 6)) as value,
        periods.is_complete
    from quantiles
    cross join periods
),

combined as (
    select * from metrics
    union all
    select * from times_to_recover
)

select * from combined
