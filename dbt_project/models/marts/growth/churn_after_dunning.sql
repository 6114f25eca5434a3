{{ config(indexes=[{'columns': ['as_of_date']}]) }}

with

landmarks as (
    select * from {{ ref('int_dunning__landmarks') }}
),

horizons (horizon_days) as (
    values (30), (60), (90)
),

followed as (
    -- only who has been followed for the whole horizon
    select
        horizons.horizon_days,
        landmarks.*,
        coalesce(landmarks.ended_on <= landmarks.landmark_on + horizons.horizon_days, false) as is_cancelled
    from landmarks
    cross join horizons
    where landmarks.landmark_on + horizons.horizon_days <= {{ as_of_date() }}
),

undunned as (
    select
        horizon_days,
        product,
        segment,
        tenure_band,
        past_due_band,
        count(*) as undunned_count,
        count(*) filter (where is_cancelled) as undunned_cancelled_count
    from followed
    where not is_dunned
    group by horizon_days, product, segment, tenure_band, past_due_band
),

dunned as (
    select
        followed.horizon_days,
        followed.product,
        followed.segment,
        followed.tenure_band,
        followed.past_due_band,
        grains.grain,
        grains.grain_value,
        count(*) as dunned_count,
        count(*) filter (where followed.is_cancelled) as dunned_cancelled_count
    from followed
    cross join
        lateral (
            values
            ('total', 'all'),
            ('product', followed.product),
            ('segment', followed.segment),
            ('intensity', followed.intensity)
        ) as grains (grain, grain_value)
    where followed.is_dunned
    group by
        followed.horizon_days, followed.product, followed.segment, followed.tenure_band, followed.past_due_band,
        grains.grain, grains.grain_value
),

matched as (
    select
        dunned.horizon_days,
        dunned.grain,
        dunned.grain_value,
        dunned.dunned_count,
        dunned.dunned_cancelled_count,
        undunned.undunned_count,
        undunned.undunned_cancelled_count,
        -- what the dunned of the cell would have lost at the undunned's rate
        dunned.dunned_count * undunned.undunned_cancelled_count::numeric / undunned.undunned_count
            as expected_cancelled_count
    from dunned
    left join undunned
        on
            dunned.horizon_days = undunned.horizon_days
            and dunned.product = undunned.product
            and dunned.segment = undunned.segment
            and dunned.tenure_band = undunned.tenure_band
            and dunned.past_due_band = undunned.past_due_band
),

summed as (
    select
        horizon_days,
        grain,
        grain_value,
        coalesce(sum(dunned_count) filter (where undunned_count is not null), 0) as matched_dunned_count,
        coalesce(sum(dunned_cancelled_count) filter (where undunned_count is not null), 0)
            as matched_dunned_cancelled_count,
        coalesce(sum(dunned_count) filter (where undunned_count is null), 0) as unmatched_dunned_count,
        coalesce(sum(undunned_count), 0) as undunned_count,
        coalesce(sum(undunned_cancelled_count), 0) as undunned_cancelled_count,
        coalesce(sum(expected_cancelled_count), 0) as expected_cancelled_count
    from matched
    group by horizon_days, grain, grain_value
),

measured as (
    select
        {{ as_of_date() }} as as_of_date,
        horizon_days,
        grain,
        grain_value,
        matched_dunned_count::integer as matched_dunned_count,
        matched_dunned_cancelled_count::integer as matched_dunned_cancelled_count,
        unmatched_dunned_count::integer as unmatched_dunned_count,
        undunned_count::integer as undunned_count,
        undunned_cancelled_count::integer as undunned_cancelled_count,
        cast(expected_cancelled_count as numeric(28, 4)) as expected_cancelled_count,
        cast(matched_dunned_cancelled_count::numeric / nullif(matched_dunned_count, 0) as numeric(20, 6))
            as churn_rate,
        cast(expected_cancelled_count / nullif(matched_dunned_count, 0) as numeric(20, 6)) as undunned_churn_rate
    from summed
)

select * from measured
