with

persons as (
    select * from {{ ref('contactable_persons') }}
),

debts as (
    select * from {{ ref('debts_in_scope') }}
),

statuses as (
    select * from {{ ref('int_statuses__known') }}
),

places as (
    select * from {{ ref('person_places') }}
),

rules as (
    select * from {{ ref('rules_in_force') }}
    where kind in ('status', 'dispute', 'discharge')
),

disputes as (
    select * from {{ ref('stg_ledger__disputes') }}
),

invoices as (
    select * from {{ ref('stg_ledger__invoices') }}
),

pairs as (
    -- who may be contacted about what
    select
        persons.account_id,
        persons.person_id,
        debts.debt_id,
        debts.collector_roles,
        debts.account_opened_on,
        places.jurisdictions
    from persons
    inner join debts
        on persons.account_id = debts.account_id
    inner join places
        on persons.person_id = places.person_id
),

validations as (
    select * from statuses
    where status = 'validation_sent'
),

clearings as (
    select * from statuses
    where
        status in (select clearing.status from rules cross join unnest(rules.cleared_by) as clearing (status))
        and from_at < {{ recoup.end_of_day(recoup.as_of_date()) }}
),

triggering as (
    select
        rules.rule_key,
        rules.kind,
        rules.window_days,
        rules.collector_roles,
        rules.jurisdiction,
        rules.cleared_by,
        statuses.person_id,
        statuses.account_id,
        statuses.debt_id,
        statuses.status,
        statuses.from_at,
        statuses.to_at
    from statuses
    inner join rules
        on statuses.status = any(rules.trigger_codes)
    where
        -- ended statuses block no more, unless the rule says that its block never ends
        statuses.to_at is null
        or statuses.to_at > {{ recoup.end_of_day(recoup.as_of_date()) }}
        or 'never' = any(rules.cleared_by)
),

standing as (
    -- what a later status of the same subject has cleared by the end of as_of_date stands no more
    select triggering.*
    from triggering
    where
        not exists (
            select 1
            from clearings
            where
                clearings.status = any(triggering.cleared_by)
                and clearings.from_at >= triggering.from_at
                and (clearings.person_id is null or clearings.person_id is not distinct from triggering.person_id)
                and (clearings.account_id is null or clearings.account_id is not distinct from triggering.account_id)
                and (clearings.debt_id is null or clearings.debt_id is not distinct from triggering.debt_id)
        )
),

about_persons as (
    select
        standing.rule_key,
        standing.kind,
        standing.window_days,
        standing.collector_roles as rule_roles,
        standing.jurisdiction,
        standing.status,
        standing.from_at,
        standing.to_at,
        standing.debt_id as stated_debt_id,
        pairs.*
    from standing
    inner join pairs
        on
            standing.person_id = pairs.person_id
            and (standing.account_id is null or standing.account_id = pairs.account_id)
            and (standing.debt_id is null or standing.debt_id = pairs.debt_id)
),

about_accounts as (
    select
        standing.rule_key,
        standing.kind,
        standing.window_days,
        standing.collector_roles as rule_roles,
        standing.jurisdiction,
        standing.status,
        standing.from_at,
        standing.to_at,
        standing.debt_id as stated_debt_id,
        pairs.*
    from standing
    inner join pairs
        on
            standing.account_id = pairs.account_id
            and (standing.debt_id is null or standing.debt_id = pairs.debt_id)
    where standing.person_id is null
),

about_debts as (
    select
        standing.rule_key,
        standing.kind,
        standing.window_days,
        standing.collector_roles as rule_roles,
        standing.jurisdiction,
        standing.status,
        standing.from_at,
        standing.to_at,
        standing.debt_id as stated_debt_id,
        pairs.*
    from standing
    inner join pairs
        on standing.debt_id = pairs.debt_id
    where standing.person_id is null and standing.account_id is null
),

billing_disputes as (
    -- an open billing dispute of the ledger disputes the invoice's debt, or the whole account where it has none
    select
        rules.rule_key,
        'billing_dispute' as kind,
        rules.window_days,
        rules.collector_roles as rule_roles,
        rules.jurisdiction,
        'billing_dispute' as status,
        disputes.opened_at as from_at,
        cast(null as timestamptz) as to_at,
        invoices.debt_id as stated_debt_id,
        pairs.*
    from disputes
    inner join invoices
        on disputes.invoice_id = invoices.invoice_id and {{ recoup.as_known('invoices') }}
    inner join pairs
        on
            invoices.account_id = pairs.account_id
            and (invoices.debt_id is null or pairs.debt_id is null or invoices.debt_id = pairs.debt_id)
    inner join rules
        on rules.kind = 'dispute'
    where
        {{ recoup.as_known('disputes') }}
        and disputes.kind = 'billing'
        and disputes.opened_at < {{ recoup.end_of_day(recoup.list_date()) }}
        and (disputes.closed_at is null or disputes.closed_at > {{ recoup.end_of_day(recoup.as_of_date()) }})
),

matched as (
    select * from about_persons
    union all
    select * from about_accounts
    union all
    select * from about_debts
    union all
    select * from billing_disputes
),

binding as (
    select matched.*
    from matched
    where
        ('any' = any(matched.rule_roles) or matched.rule_roles && matched.collector_roles)
        and {{ recoup.protects_place('matched', 'matched.jurisdictions') }}
        -- after a discharge only what the person took on later may be collected
        and (
            matched.kind <> 'discharge' or matched.account_opened_on is null
            or matched.account_opened_on <= {{ recoup.local_date('matched.from_at') }}
        )
        -- a dispute raised after the validation period only flags the debt: the newest sending before it decides;
        -- without a record of one it blocks
        and (
            matched.kind <> 'dispute'
            or coalesce(
                (
                    select max(validations.from_at)
                    from validations
                    where
                        (validations.person_id is null or validations.person_id = matched.person_id)
                        and (validations.account_id is null or validations.account_id = matched.account_id)
                        and (validations.debt_id is null or validations.debt_id = matched.debt_id)
                        and validations.from_at <= matched.from_at
                ) + matched.window_days * interval '24 hours' >= matched.from_at,
                true
            )
        )
),

closing as (
    select
        binding.account_id,
        binding.person_id,
        -- a rule about the person closes every debt; one about a debt that the status does not name does as well
        case when binding.stated_debt_id is not null or binding.kind = 'discharge' then binding.debt_id end as debt_id,
        binding.rule_key,
        min(binding.from_at) as blocked_from_utc,
        case when bool_or(binding.to_at is null) then null else max(binding.to_at) end as blocked_until_utc,
        min(binding.status) || ' since ' || {{ recoup.local_date('min(binding.from_at)') }} as detail
    from binding
    group by 1, 2, 3, 4
),

blocks as (
    select
        {{ recoup.list_date() }} as list_date,
        closing.account_id,
        closing.person_id,
        cast(null as text) as contact_point_id,
        closed.channel,
        closing.debt_id,
        closing.rule_key,
        closing.blocked_from_utc,
        closing.blocked_until_utc,
        closing.detail
    from closing
    inner join rules
        on closing.rule_key = rules.rule_key
    {{ recoup.closed_channels('rules') }}
)

select * from blocks
