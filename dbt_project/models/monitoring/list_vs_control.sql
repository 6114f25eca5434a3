with

outcomes as (
    select * from {{ ref('arm_outcomes') }}
    where is_list_date and list_date >= {{ recoup.as_of_date() }} - 60
),

by_arm as (
    select
        list_date,
        currency,
        is_complete,
        count(*) filter (where arm = 'treated') as treated_accounts,
        count(*) filter (where arm = 'control') as control_accounts,
        avg(recovered_amount) filter (where arm = 'treated') as treated_mean,
        avg(recovered_amount) filter (where arm = 'control') as control_mean,
        var_samp(recovered_amount) filter (where arm = 'treated') as treated_variance,
        var_samp(recovered_amount) filter (where arm = 'control') as control_variance
    from outcomes
    group by list_date, currency, is_complete
),

compared as (
    select
        *,
        treated_mean - control_mean as difference,
        {{ recoup.welch_half_width('treated_variance', 'treated_accounts', 'control_variance', 'control_accounts') }}
            as half_width
    from by_arm
),

summary as (
    select
        list_date,
        currency,
        treated_accounts::integer as treated_accounts,
        control_accounts::integer as control_accounts,
        treated_mean::numeric(20, 4) as treated_recovered_per_account,
        control_mean::numeric(20, 4) as control_recovered_per_account,
        difference::numeric(20, 4) as difference_per_account,
        (difference - half_width)::numeric(20, 4) as difference_low_95,
        (difference + half_width)::numeric(20, 4) as difference_high_95,
        (difference * treated_accounts)::numeric(20, 4) as incremental_recovery_amount,
        is_complete
    from compared
)

select * from summary
