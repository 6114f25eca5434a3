with

overdue as (
    select * from {{ ref('int_leakage__overdue') }}
),

left_alone as (
    select * from {{ ref('int_leakage__left_alone') }}
),

attempts as (
    select * from {{ ref('int_attempts__by_account') }}
),

entries as (
    select * from {{ ref('int_ledger__entries') }}
),

unapplied as (
    select * from {{ ref('int_leakage__unapplied_cash') }}
),

uses as (
    select * from {{ ref('int_leakage__recoveries') }}
    where starts_with(anchor, 'payment|')
),

log_start as (
    -- before the contact log begins nobody can say who was touched
    select min(first_attempts.company_date) as starts_on
    from {{ ref('int_attempts__by_account') }} as first_attempts
),

spells as (
    select
        account_id,
        currency,
        spell_from_on,
        spell_to_on,
        spell_from_on + {{ var('leakage_untouched_after_days') }} as looked_at_on
    from overdue
    cross join log_start
    where
        {{ 'true' if var('has_contact_feed') else 'false' }}
        and spell_from_on >= log_start.starts_on
        and spell_to_on >= spell_from_on + {{ var('leakage_untouched_after_days') }}
    group by account_id, currency, spell_from_on, spell_to_on
),

untouched as (
    select spells.*
    from spells
    where
        not exists (
            select 1 from attempts
            where
                attempts.account_id = spells.account_id
                and attempts.direction = 'outbound'
                and attempts.company_date >= spells.spell_from_on
                and attempts.company_date <= spells.looked_at_on
                and attempts.company_date <= {{ as_of_date() }}
                and {{ as_known('attempts') }}
        )
        and not exists (
            select 1 from left_alone
            where
                left_alone.account_id = spells.account_id
                and left_alone.from_on <= spells.looked_at_on
                and left_alone.to_on >= spells.looked_at_on
        )
),

held as (
    -- what money that waits in the account covers is not untouched
    select
        untouched.account_id,
        untouched.currency,
        untouched.spell_from_on,
        greatest(-sum(entries.amount_cents), 0) as held_cents
    from untouched
    inner join entries
        on
            untouched.account_id = entries.account_id
            and untouched.currency = entries.currency
            and entries.ledger_account in ('unapplied_cash', 'unapplied_credits')
            and entries.effective_on <= untouched.looked_at_on
            and entries.effective_on <= {{ as_of_date() }}
            and entries.known_at <= {{ known_at() }}
    group by untouched.account_id, untouched.currency, untouched.spell_from_on
),

owed as (
    select
        untouched.account_id,
        untouched.currency,
        untouched.spell_from_on,
        untouched.looked_at_on,
        overdue.invoice_id,
        overdue.balance_cents,
        coalesce(held.held_cents, 0) as held_cents,
        sum(overdue.balance_cents) over (
            partition by untouched.account_id, untouched.currency, untouched.spell_from_on
            order by overdue.due_on, overdue.invoice_id
        ) as running_cents
    from untouched
    inner join overdue
        on
            untouched.account_id = overdue.account_id
            and untouched.currency = overdue.currency
            and untouched.looked_at_on between overdue.from_on and overdue.to_on
    left join held
        on
            untouched.account_id = held.account_id
            and untouched.currency = held.currency
            and untouched.spell_from_on = held.spell_from_on
),

at_risk as (
    select
        *,
        least(balance_cents, greatest(running_cents - held_cents, 0))::bigint as at_risk_cents
    from owed
),

covered as (
    -- what waits for longer than allowed is unapplied cash, whose cents these are: the claim names the second cause
    select
        owed.account_id,
        owed.currency,
        owed.spell_from_on,
        owed.looked_at_on,
        least(max(owed.running_cents), max(owed.held_cents)) as covered_cents
    from owed
    where owed.held_cents > 0
    group by owed.account_id, owed.currency, owed.spell_from_on, owed.looked_at_on
),

waiting as (
    select
        covered.account_id,
        covered.currency,
        covered.spell_from_on,
        covered.looked_at_on,
        covered.covered_cents,
        unapplied.subject_key as payment_id,
        unapplied.anchor,
        unapplied.arose_on as received_on,
        greatest(covered.looked_at_on, unapplied.detected_on) as detected_on,
        greatest(
            unapplied.at_risk_cents - coalesce((
                select sum(uses.cents) from uses
                where uses.anchor = unapplied.anchor and uses.used_on <= covered.looked_at_on
            ), 0), 0
        ) as waiting_cents
    from covered
    inner join unapplied
        on
            covered.account_id = unapplied.account_id
            and covered.currency = unapplied.currency
            and covered.looked_at_on >= unapplied.arose_on
),

claims_on_waiting as (
    select
        account_id,
        currency,
        spell_from_on,
        looked_at_on,
        payment_id,
        anchor,
        detected_on,
        least(
            waiting_cents, greatest(covered_cents - (sum(waiting_cents) over in_line - waiting_cents), 0)
        )::bigint as at_risk_cents
    from waiting
    window in_line as (partition by account_id, currency, spell_from_on order by received_on, payment_id)
),

facts as (
    select
        'untouched_overdue' as cause,
        account_id,
        currency,
        'accounts' as subject_entity,
        account_id || '|' || spell_from_on as subject_key,
        spell_from_on as arose_on,
        looked_at_on as detected_on,
        'past due {{ var("leakage_untouched_after_days") }} days without a contact attempt' as detail,
        'owed' as role,
        case when starts_with(invoice_id, 'adj:') then 'adjustments' else 'invoices' end as entity,
        case when starts_with(invoice_id, 'adj:') then substr(invoice_id, 5) else invoice_id end as entity_key,
        'invoice|' || invoice_id as anchor,
        looked_at_on + 1 as since_on,
        at_risk_cents
    from at_risk
    where at_risk_cents > 0
    union all
    select
        'untouched_overdue' as cause,
        account_id,
        currency,
        'accounts' as subject_entity,
        account_id || '|' || spell_from_on as subject_key,
        spell_from_on as arose_on,
        detected_on,
        'past due {{ var("leakage_untouched_after_days") }} days without a contact attempt' as detail,
        'waiting' as role,
        'payments' as entity,
        payment_id as entity_key,
        anchor,
        looked_at_on + 1 as since_on,
        at_risk_cents
    from claims_on_waiting
    where at_risk_cents > 0
    union all
    select
        'untouched_overdue' as cause,
        account_id,
        currency,
        'accounts' as subject_entity,
        account_id || '|' || spell_from_on as subject_key,
        spell_from_on as arose_on,
        looked_at_on as detected_on,
        'past due {{ var("leakage_untouched_after_days") }} days without a contact attempt' as detail,
        'subject' as role,
        'accounts' as entity,
        account_id || '|' || spell_from_on as entity_key,
        cast(null as text) as anchor,
        looked_at_on + 1 as since_on,
        cast(null as bigint) as at_risk_cents
    from untouched
)

select * from facts
