{{
    config(
        materialized='incremental',
        incremental_strategy='replace_partition',
        on_schema_change='append_new_columns',
        indexes=[{'columns': ['as_of_date']}]
    )
}}

with

outcomes as (
    select * from {{ ref('arm_outcomes') }}
    where is_complete
),

numbered as (
    -- An account counts once, from the first day that it is seen: counted anew on every list it would look like many
    -- accounts, and the interval narrower than it is.
    select
        *,
        row_number() over (partition by account_id order by list_date, currency) as appearance
    from outcomes
),

by_arm as (
    select
        currency,
        count(*) filter (where arm = 'treated') as treated_count,
        count(*) filter (where arm = 'control') as control_count,
        coalesce(sum(recovered_amount) filter (where arm = 'treated'), 0) as treated_amount,
        coalesce(sum(recovered_amount) filter (where arm = 'control'), 0) as control_amount,
        avg(recovered_amount) filter (where arm = 'treated') as treated_mean,
        avg(recovered_amount) filter (where arm = 'control') as control_mean,
        var_samp(recovered_amount) filter (where arm = 'treated') as treated_variance,
        var_samp(recovered_amount) filter (where arm = 'control') as control_variance
    from numbered
    where appearance = 1
    group by currency
),

compared as (
    select
        *,
        treated_mean - control_mean as effect,
        {{ recoup.welch_half_width('treated_variance', 'treated_count', 'control_variance', 'control_count') }}
            as half_width
    from by_arm
),

measured as (
    select
        {{ recoup.as_of_date() }} as as_of_date,
        currency,
        treated_count::integer as treated_account_count,
        control_count::integer as control_account_count,
        treated_amount::numeric(20, 4) as treated_recovered_amount,
        control_amount::numeric(20, 4) as control_recovered_amount,
        effect::numeric(20, 4) as effect_per_account_amount,
        (effect - half_width)::numeric(20, 4) as effect_low_amount,
        (effect + half_width)::numeric(20, 4) as effect_high_amount,
        (effect * treated_count)::numeric(20, 4) as incremental_recovery_amount,
        ((effect - half_width) * treated_count)::numeric(20, 4) as incremental_low_amount,
        ((effect + half_width) * treated_count)::numeric(20, 4) as incremental_high_amount
    from compared
)

select * from measured
