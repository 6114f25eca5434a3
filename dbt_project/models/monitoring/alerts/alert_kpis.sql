{{ config(materialized='ephemeral') }}

with

kpis as (
    select * from {{ ref('kpi_values') }}
),

contact_rules as (
    select * from {{ ref('kpi_contact_rules') }}
),

figures as (
    select
        as_of_date,
        kpi_date,
        period,
        metric,
        currency,
        grain,
        numerator,
        denominator,
        value,
        is_complete
    from kpis
    union all
    select
        as_of_date,
        kpi_date,
        period,
        metric,
        currency,
        grain,
        numerator,
        denominator,
        value,
        is_complete
    from contact_rules
),

series as (
    select
        metric,
        currency,
        kpi_date,
        numerator,
        denominator,
        value,
        row_number() over (partition by metric, currency order by kpi_date desc) as place
    from figures
    where
        as_of_date between
        {{ recoup.as_of_date() }} - 2 * {{ var('alert_kpi_window_days') }} and {{ recoup.as_of_date() }}
        and kpi_date = as_of_date
        and period = 'day'
        and grain = 'total'
        and is_complete
        and value is not null
        {%- if var('alert_kpi_metrics') %}
        and metric in ('{{ var("alert_kpi_metrics") | join("', '") }}')
        {%- endif %}
),

judged as (
    -- today, and the day before it: only the first day outside is news
    select * from series
    where place <= 2
),

medians as (
    select
        judged.metric,
        judged.currency,
        judged.place,
        count(*) as history_days,
        min(history.value) as lowest,
        max(history.value) as highest,
        percentile_cont(0.5) within group (order by history.value)::numeric as median
    from judged
    inner join series as history
        on
            judged.metric = history.metric
            and judged.currency is not distinct from history.currency
            and history.kpi_date < judged.kpi_date
            and history.kpi_date >= judged.kpi_date - {{ var('alert_kpi_window_days') }}
    group by judged.metric, judged.currency, judged.place
    having count(*) >= {{ var('alert_kpi_history_days') }}
),

deviations as (
    select
        judged.metric,
        judged.currency,
        judged.place,
        percentile_cont(0.5) within group (order by abs(history.value - medians.median))::numeric as mad
    from judged
    inner join medians
        on
            judged.metric = medians.metric
            and judged.currency is not distinct from medians.currency
            and judged.place = medians.place
    inner join series as history
        on
            judged.metric = history.metric
            and judged.currency is not distinct from history.currency
            and history.kpi_date < judged.kpi_date
            and history.kpi_date >= judged.kpi_date - {{ var('alert_kpi_window_days') }}
    group by judged.metric, judged.currency, judged.place
),

bands as (
    -- more than half of the days alike give no measure of what is usual, unless all of them are alike
    select
        medians.metric,
        medians.currency,
        medians.place,
        medians.median,
        {{ var('alert_kpi_band_mads') }} * deviations.mad as half_width
    from medians
    inner join deviations
        on
            medians.metric = deviations.metric
            and medians.currency is not distinct from deviations.currency
            and medians.place = deviations.place
    where deviations.mad > 0 or medians.lowest = medians.highest
),

sided as (
    select
        judged.metric,
        judged.currency,
        judged.place,
        judged.kpi_date,
        judged.numerator,
        judged.denominator,
        judged.value,
        bands.median,
        bands.half_width,
        case
            when judged.value > bands.median + bands.half_width then 'above'
            when judged.value < bands.median - bands.half_width then 'below'
        end as side
    from judged
    inner join bands
        on
            judged.metric = bands.metric
            and judged.currency is not distinct from bands.currency
            and judged.place = bands.place
),

news as (
    select today.*
    from sided as today
    left join sided as before
        on
            today.metric = before.metric
            and today.currency is not distinct from before.currency
            and before.place = 2
    where
        today.place = 1
        and today.kpi_date = {{ recoup.as_of_date() }}
        and today.side is not null
        and today.side is distinct from before.side
),

worded as (
    select
        'kpi_outside_band' as kind,
        metric,
        currency,
        abs(value - median) >= 2 * half_width as is_far,
        replace(metric, '_', ' ') || coalesce(' (' || currency || ')', '') || ' is ' || trim_scale(round(value, 4))
        || ', ' || side || ' its usual ' || trim_scale(round(median - half_width, 4)) || ' to '
        || trim_scale(round(median + half_width, 4)) || ': ' || trim_scale(round(numerator, 2)) || ' over '
        || trim_scale(round(denominator, 2)) as headline,
        metric || '|' || coalesce(currency, '') || '|' || side || '|' || kpi_date::text as evidence_key
    from news
)

select * from worded
