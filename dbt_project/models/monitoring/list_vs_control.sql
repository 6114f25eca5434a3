with

arms as (
    -- everybody past due that day, contacted or not: who was drawn into an arm stays in it
    select
        arms.list_date,
        arms.account_id,
        case when arms.arm = 'control' then 'control' else 'treated' end as arm,
        population.currency,
        population.past_due_amount
    from {{ ref('experiment_arms') }} as arms
    inner join {{ ref('population') }} as population
        on arms.list_date = population.list_date and arms.account_id = population.account_id
    where
        arms.list_date between {{ recoup.as_of_date() }} - 60 and {{ recoup.as_of_date() }}
),

scope as (
    select distinct account_id from arms
),

applied as (
    select
        entries.account_id,
        entries.currency,
        entries.effective_on,
        entries.amount_cents
    from {{ ref('int_ledger__application_entries') }} as entries
    inner join scope
        on entries.account_id = scope.account_id
    where
        entries.ledger_account = 'unapplied_cash'
        and entries.entry_kind in ('application', 'application_reversal', 'application_return')
        and entries.effective_on between {{ recoup.as_of_date() }} - 60 and {{ recoup.as_of_date() }}
        and entries.known_at <= {{ recoup.known_at() }}
),

recovered as (
    select
        arms.list_date,
        arms.account_id,
        arms.arm,
        arms.currency,
        {{ recoup.amount('coalesce(sum(applied.amount_cents), 0)', 'arms.currency') }} as recovered_amount
    from arms
    left join applied
        on
            arms.account_id = applied.account_id
            and arms.currency = applied.currency
            and applied.effective_on >= arms.list_date
            and applied.effective_on < arms.list_date + {{ var('horizon_days') }}
    group by arms.list_date, arms.account_id, arms.arm, arms.currency
),

by_arm as (
    select
        list_date,
        currency,
        count(*) filter (where arm = 'treated') as treated_accounts,
        count(*) filter (where arm = 'control') as control_accounts,
        avg(recovered_amount) filter (where arm = 'treated') as treated_mean,
        avg(recovered_amount) filter (where arm = 'control') as control_mean,
        var_samp(recovered_amount) filter (where arm = 'treated') as treated_variance,
        var_samp(recovered_amount) filter (where arm = 'control') as control_variance
    from recovered
    group by list_date, currency
),

compared as (
    select
        list_date,
        currency,
        treated_accounts,
        control_accounts,
        treated_mean,
        control_mean,
        treated_mean - control_mean as difference,
        -- two independent means, normal approximation; with fewer than two accounts on a side there is no interval
        1.96 * sqrt(treated_variance / nullif(treated_accounts, 0) + control_variance / nullif(control_accounts, 0))
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
        list_date + {{ var('horizon_days') }} - 1 <= {{ recoup.as_of_date() }} as is_complete
    from compared
)

select * from summary
