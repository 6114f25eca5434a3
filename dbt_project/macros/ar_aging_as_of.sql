{#- Post-hook of ar_aging_summary: the function <schema>.ar_aging_as_of(as_of_date, known_at), the aging of any day as
    known at any instant, without a run. It sums the legs themselves, so a build that is under way changes no answer about
    what was known before it.

    bi_reader may execute it and still reads nothing of intermediate: it runs with its owner's rights, and names every
    table in full. Its body is text, so that a table which dbt replaces does not take the function along. -#}
{% macro create_ar_aging_as_of(relation) -%}
    {%- set function = relation.schema ~ '.ar_aging_as_of' -%}
    create or replace function {{ function }}(as_of_date date, known_at timestamptz default 'infinity')
    returns table (currency text, aging_bucket text, invoice_count integer, open_amount numeric(20, 4))
    language sql
    stable
    security definer
    set search_path = pg_catalog, pg_temp
    as $function$
        with

        candidates as (
            select balances.invoice_id
            from {{ ref('int_invoices__balances') }} as balances
            where
                balances.balance_cents <> 0
                or balances.last_effective_on > $1
                or balances.last_known_at > $2
            group by balances.invoice_id
        ),

        open_items as (
            select
                entries.invoice_id,
                entries.account_id,
                entries.currency,
                sum(entries.amount_cents) as open_cents
            from {{ ref('int_ledger__entries') }} as entries
            inner join candidates on entries.invoice_id = candidates.invoice_id
            where
                entries.ledger_account = 'accounts_receivable'
                and entries.effective_on <= $1
                and entries.known_at <= $2
            group by entries.invoice_id, entries.account_id, entries.currency
            having sum(entries.amount_cents) <> 0
        ),

        stated as (
            select invoices.invoice_id, invoices.account_id, invoices.issued_on, invoices.due_on
            from {{ ref('stg_ledger__invoices') }} as invoices
            inner join candidates on invoices.invoice_id = candidates.invoice_id
            where {{ recoup.as_known('invoices', '$2') }}
            union all
            select
                'adj:' || adjustments.adjustment_id as invoice_id,
                adjustments.account_id,
                adjustments.adjusted_on as issued_on,
                case when adjustments.kind = 'write_off' then adjustments.adjusted_on end as due_on
            from {{ ref('stg_ledger__adjustments') }} as adjustments
            inner join candidates on candidates.invoice_id = 'adj:' || adjustments.adjustment_id
            where adjustments.invoice_id is null and {{ recoup.as_known('adjustments', '$2') }}
        ),

        due as (
            select
                stated.invoice_id,
                {{ recoup.due_on('stated.due_on', 'stated.issued_on', 'terms.net_days') }} as due_on
            from stated
            left join {{ ref('stg_ledger__accounts') }} as accounts
                on stated.account_id = accounts.account_id and {{ recoup.as_known('accounts', '$2') }}
            left join {{ ref('stg_ledger__terms') }} as terms
                on accounts.terms_code = terms.terms_code and {{ recoup.as_known('terms', '$2') }}
        ),

        aged as (
            select
                open_items.currency,
                {{ recoup.aging_bucket('$1 - coalesce(due.due_on, $1)') }} as aging_bucket,
                open_items.open_cents
            from open_items
            left join due on open_items.invoice_id = due.invoice_id
        ),

        buckets (aging_bucket, bucket_order) as (
            values
            {{- recoup.numbered(recoup.aging_buckets()) }}
        ),

        currencies as (
            select aged.currency from aged group by aged.currency
        )

        select
            currencies.currency,
            buckets.aging_bucket,
            count(aged.open_cents)::integer as invoice_count,
            {{ recoup.amount('coalesce(sum(aged.open_cents), 0)', 'currencies.currency') }} as open_amount
        from currencies
        cross join buckets
        left join aged on currencies.currency = aged.currency and buckets.aging_bucket = aged.aging_bucket
        group by currencies.currency, buckets.aging_bucket, buckets.bucket_order
        order by currencies.currency, buckets.bucket_order
    $function$;

    comment on function {{ function }}(date, timestamptz) is
    'Open receivables by bucket at the end of as_of_date, from what was known at known_at (default: all of it); open_amount in major units of currency.';
    revoke all on function {{ function }}(date, timestamptz) from public;
    grant execute on function {{ function }}(date, timestamptz) to recoup_bi_reader
{%- endmacro %}
