with

accounts as (
    select * from {{ ref('int_leakage__accounts') }}
),

invoices as (
    select * from {{ ref('int_leakage__invoices') }}
),

lines as (
    select * from {{ ref('int_leakage__lines') }}
),

versions_of_accounts as (
    select * from {{ ref('stg_ledger__accounts') }}
),

versions_of_terms as (
    select * from {{ ref('stg_ledger__terms') }}
),

stated as (
    -- a source that never states a due date has not forgotten one
    select exists(
        select 1 from {{ ref('stg_ledger__invoices') }} as any_invoice
        where any_invoice.due_on is not null
    ) as has_due_dates
),

summed as (
    select
        invoice_id,
        sum(amount_cents) as lines_cents
    from lines
    group by invoice_id
),

net_days_ever as (
    -- every term that the account has had: a bill under the former terms is right
    select distinct
        versions_of_accounts.account_id,
        versions_of_terms.net_days
    from versions_of_accounts
    inner join versions_of_terms on versions_of_accounts.terms_code = versions_of_terms.terms_code
    where
        versions_of_accounts.account_id in (select accounts.account_id from accounts)
        and versions_of_accounts.known_from <= {{ known_at() }}
        and versions_of_terms.known_from <= {{ known_at() }}
),

usual_days as (
    select
        account_id,
        percentile_disc(0.5) within group (order by stated_due_on - issued_on) as net_days,
        count(*) as invoice_count
    from invoices
    where stated_due_on is not null
    group by account_id
),

taxed as (
    select
        invoices.invoice_id,
        invoices.account_id,
        invoices.debt_id,
        invoices.issued_on,
        invoices.tax_cents,
        summed.lines_cents,
        invoices.tax_cents::numeric / summed.lines_cents as tax_ratio
    from invoices
    inner join summed on invoices.invoice_id = summed.invoice_id
    where invoices.tax_cents is not null and summed.lines_cents > 0
),

ranked_taxes as (
    select
        *,
        row_number() over (partition by account_id, debt_id order by issued_on, invoice_id) as place
    from taxed
),

usual_taxes as (
    -- the rate of the bills before; and, once there are any, of those after: a rate that changed for good is no error
    select
        mine.invoice_id,
        count(*) filter (where other.place < mine.place) as earlier_count,
        percentile_disc(0.5) within group (order by other.tax_ratio) filter (where other.place < mine.place)
            as earlier_ratio,
        percentile_disc(0.5) within group (order by other.tax_ratio) filter (where other.place > mine.place)
            as later_ratio,
        count(*) filter (where other.place > mine.place) as later_count
    from ranked_taxes as mine
    inner join ranked_taxes as other
        on
            mine.account_id = other.account_id
            and mine.debt_id is not distinct from other.debt_id
            and other.place between mine.place - 6 and mine.place + 6
            and mine.place <> other.place
    group by mine.invoice_id
),

tax_differences as (
    select
        ranked_taxes.invoice_id,
        ranked_taxes.tax_cents
        - ranked_taxes.lines_cents * coalesce(usual_taxes.earlier_ratio, usual_taxes.later_ratio) as difference,
        ranked_taxes.tax_cents
        - ranked_taxes.lines_cents * coalesce(usual_taxes.later_ratio, usual_taxes.earlier_ratio) as later_difference,
        -- cents are rounded on both bills
        2 + 0.001 * ranked_taxes.lines_cents as tolerance_cents
    from ranked_taxes
    inner join usual_taxes on ranked_taxes.invoice_id = usual_taxes.invoice_id
    where usual_taxes.earlier_count >= 3 or usual_taxes.later_count >= 3
),

checked as (
    select
        invoices.*,
        summed.lines_cents + coalesce(invoices.tax_cents, 0) - invoices.total_cents as total_difference_cents,
        case
            when
                abs(tax_differences.difference) > tax_differences.tolerance_cents
                and abs(tax_differences.later_difference) > tax_differences.tolerance_cents
                then round(tax_differences.difference)::bigint
        end as tax_difference_cents,
        invoices.stated_due_on is null and stated.has_due_dates as is_due_date_missing,
        coalesce(
            invoices.stated_due_on is not null
            -- what most bills of an account agree on is its habit; of one or two the terms alone can tell
            and (
                usual_days.invoice_count <= 2
                or usual_days.net_days <> invoices.stated_due_on - invoices.issued_on
            )
            and not exists (
                select 1 from net_days_ever
                where
                    net_days_ever.account_id = invoices.account_id
                    and (
                        net_days_ever.net_days = invoices.stated_due_on - invoices.issued_on
                        -- a due date on a weekend is moved to the next working day
                        or (
                            invoices.stated_due_on - invoices.issued_on between net_days_ever.net_days + 1
                            and net_days_ever.net_days + 3
                            and extract(isodow from invoices.issued_on + net_days_ever.net_days) >= 6
                        )
                    )
            )
            and exists (
                select 1 from net_days_ever
                where net_days_ever.account_id = invoices.account_id
            ),
            false
        ) as has_wrong_terms
    from invoices
    cross join stated
    left join summed on invoices.invoice_id = summed.invoice_id
    left join tax_differences on invoices.invoice_id = tax_differences.invoice_id
    left join usual_days on invoices.account_id = usual_days.account_id
),

wrong as (
    -- without a due date that holds, nothing of the bill can be dunned on time; a wrong sum puts the difference at risk
    select
        *,
        not (is_due_date_missing or has_wrong_terms)
        and case
            when total_difference_cents <> 0 then total_difference_cents > 0
            else tax_difference_cents < 0
        end as is_short,
        case
            when is_due_date_missing or has_wrong_terms then total_cents
            when total_difference_cents <> 0 then abs(total_difference_cents)
            else abs(tax_difference_cents)
        end as at_risk_cents,
        case
            when is_due_date_missing then 'due date missing'
            when has_wrong_terms then 'due date against the terms'
            when total_difference_cents <> 0 then 'lines and tax differ from the total'
            else 'tax differs from the usual rate'
        end as detail
    from checked
    where
        is_due_date_missing
        or has_wrong_terms
        or total_difference_cents <> 0
        or tax_difference_cents is not null
),

anchored as (
    -- what the total falls short by was never asked for: it is none of the invoice's cents, and paying brings none back
    select
        *,
        case when is_short then 'shortfall|' else 'invoice|' end || invoice_id as anchor,
        case when is_short then at_risk_cents else least(at_risk_cents, total_cents) end::bigint as claimed_cents
    from wrong
),

facts as (
    select
        'invoice_error' as cause,
        account_id,
        currency,
        'invoices' as subject_entity,
        invoice_id as subject_key,
        issued_on as arose_on,
        billed_on as detected_on,
        detail,
        'subject' as role,
        'invoices' as entity,
        invoice_id as entity_key,
        anchor,
        issued_on as since_on,
        claimed_cents as at_risk_cents
    from anchored
    where claimed_cents > 0
)

select * from facts
