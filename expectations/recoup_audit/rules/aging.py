"""What the aging mart promises before a list is made from it: sums that tie, ages by the due date, applied money."""

from __future__ import annotations

from typing import ClassVar

from recoup_audit.rules.unexpected_keys import UnexpectedKeysExpectation


class ExpectAccountsToAddUpToInvoices(UnexpectedKeysExpectation):
    """An account's balance is the sum of its open invoices, in each currency."""

    reason: ClassVar[str] = "Two tables of one aging that differ: one of them left rows out or counted some twice."
    rows: ClassVar[str] = """
        , accounts as (
            select account_id, currency, balance_amount from marts.ar_aging_by_account where as_of_date = {as_of_date}
        ),
        sums as (select account_id, currency, sum(open_amount) as open_amount from batch group by account_id, currency)
        select coalesce(accounts.account_id, sums.account_id) as account_id
        from accounts full join sums on sums.account_id = accounts.account_id and sums.currency = accounts.currency
        where coalesce(accounts.balance_amount, 0) <> coalesce(sums.open_amount, 0)
    """


class ExpectBucketsToAddUpToTheBalance(UnexpectedKeysExpectation):
    """In each currency, each bucket of the summary is the sum of its open invoices."""

    reason: ClassVar[str] = (
        "Buckets that do not sum to the outstanding balance are what an aging report is most mistrusted for."
    )
    rows: ClassVar[str] = """
        , buckets as (
            select currency, aging_bucket, open_amount from marts.ar_aging_summary where as_of_date = {as_of_date}
        ),
        sums as (
            select currency, aging_bucket, sum(open_amount) as open_amount from batch group by currency, aging_bucket
        )
        select coalesce(buckets.currency, sums.currency) as currency,
            coalesce(buckets.aging_bucket, sums.aging_bucket) as aging_bucket
        from buckets full join sums
            on sums.currency = buckets.currency and sums.aging_bucket = buckets.aging_bucket
        where coalesce(buckets.open_amount, 0) <> coalesce(sums.open_amount, 0)
    """


class ExpectDaysPastDueFromTheDueDate(UnexpectedKeysExpectation):
    """Days past due are those from the due date to the as-of date; an invoice that is not due yet has none or fewer."""

    reason: ClassVar[str] = (
        "Days counted from the invoice date, or to the day on which the report ran, make history irreproducible and "
        "age people who are not late."
    )
    rows: ClassVar[str] = """
        select invoice_id from batch
        where greatest(days_past_due, 0) <> greatest(as_of_date - due_on, 0) or due_on is null
    """


class ExpectBucketOfTheDaysPastDue(UnexpectedKeysExpectation):
    """The bucket is the one that the days past due fall into."""

    reason: ClassVar[str] = (
        "Roll rates and queues go by the bucket; one that its own days contradict moves accounts about."
    )
    rows: ClassVar[str] = """
        , bounds as (
            select bound, lag(bound, 1, 0) over (order by bound) + 1 as first_day,
                bound = max(bound) over () as is_last
            from unnest({bucket_days}::integer[]) as bound
        ),
        named as (
            select first_day, bound as last_day, first_day || '-' || bound as name from bounds
            union all
            select bound + 1, null, (bound + 1) || '+' from bounds where is_last
            union all
            select null, 0, 'current'
        )
        select batch.invoice_id from batch
        where not exists (
            select 1 from named
            where named.name = batch.aging_bucket
                and (named.first_day is null or batch.days_past_due >= named.first_day)
                and (named.last_day is null or batch.days_past_due <= named.last_day)
        )
    """


class ExpectDueDateOfTheInvoice(UnexpectedKeysExpectation):
    """An invoice is aged by the due date that the billing ledger gave it, and is not from after the as-of date."""

    reason: ClassVar[str] = "Aged from the day it was issued, an invoice is a month late on the day it falls due."
    rows: ClassVar[str] = """
        , known as (
            select
                invoice_id, due_on, issued_on,
                row_number() over (partition by _key order by _known_at desc) as place
            from raw_ledger.invoices
            where _known_at <= {known_at} and _key in (select invoice_id from batch)
        )
        select batch.invoice_id from batch inner join known on known.invoice_id = batch.invoice_id and known.place = 1
        where known.due_on <> batch.due_on or known.issued_on > batch.as_of_date
    """


class ExpectOpenAmountToFollowFromTheApplications(UnexpectedKeysExpectation):
    """What an invoice leaves open is its total and charges, less what was applied and written off by the as-of date.

    Worked out from the raw rows. An application whose payment came back is owed again on a day that the ledger model
    decides, so such an invoice may lie anywhere between the two.
    """

    reason: ClassVar[str] = (
        "A receipt from after the as-of date that leaks into a past aging shows here; so does a part payment ignored."
    )
    rows: ClassVar[str] = """
        , known_invoices as (
            select
                invoice_id, currency, total_cents,
                row_number() over (partition by _key order by _known_at desc) as place
            from raw_ledger.invoices
            where _known_at <= {known_at} and _key in (select invoice_id from batch)
        ),
        known_applications as (
            select
                invoice_id, payment_id, applied_on,
                case when reverses is null then amount_cents else -amount_cents end as cents,
                row_number() over (partition by _key order by _known_at desc) as place
            from raw_ledger.applications
            where _known_at <= {known_at} and invoice_id in (select invoice_id from batch)
        ),
        known_payments as (
            select
                payment_id, status,
                row_number() over (partition by _key order by _known_at desc) as place
            from raw_ledger.payments
            where _known_at <= {known_at} and _key in (select payment_id from known_applications)
        ),
        applied as (
            select
                known_applications.invoice_id,
                sum(known_applications.cents) as most_cents,
                coalesce(sum(known_applications.cents) filter (
                    where known_payments.status is null or known_payments.status in ('settled', 'pending')
                ), 0) as least_cents
            from known_applications
            left join known_payments
                on known_payments.payment_id = known_applications.payment_id and known_payments.place = 1
            where known_applications.place = 1 and known_applications.applied_on <= {as_of_date}
            group by known_applications.invoice_id
        ),
        known_adjustments as (
            select
                invoice_id, "on" as adjusted_on,
                case
                    when kind in ('late_fee', 'interest', 'debit') then amount_cents
                    when kind = 'write_off' then -amount_cents
                    else 0
                end as cents,
                row_number() over (partition by _key order by _known_at desc) as place
            from raw_ledger.adjustments
            where _known_at <= {known_at} and invoice_id in (select invoice_id from batch)
        ),
        adjusted as (
            select invoice_id, sum(cents) as cents from known_adjustments
            where place = 1 and adjusted_on <= {as_of_date}
            group by invoice_id
        ),
        bounds as (
            select
                known_invoices.invoice_id,
                power(10::numeric, exponents.exponent) as minor_units,
                known_invoices.total_cents + coalesce(adjusted.cents, 0) - coalesce(applied.most_cents, 0) as lowest,
                known_invoices.total_cents + coalesce(adjusted.cents, 0) - coalesce(applied.least_cents, 0) as highest
            from known_invoices
            inner join unnest({currencies}::text[], {exponents}::integer[]) as exponents (currency, exponent)
                on exponents.currency = known_invoices.currency
            left join applied on applied.invoice_id = known_invoices.invoice_id
            left join adjusted on adjusted.invoice_id = known_invoices.invoice_id
            where known_invoices.place = 1
        )
        select batch.invoice_id
        from batch inner join bounds on bounds.invoice_id = batch.invoice_id
        where batch.open_amount * bounds.minor_units not between
            least(bounds.lowest, bounds.highest) and greatest(bounds.lowest, bounds.highest)
    """


class ExpectAgingToMeetTheControlTotal(UnexpectedKeysExpectation):
    """In each currency, the open invoices sum to the roll-forward's closing balance."""

    reason: ClassVar[str] = (
        "The control total is rolled forward from the day before: a row lost from the aging shows against it."
    )
    rows: ClassVar[str] = """
        , closing as (
            select currency, closing_amount from marts.ar_control_total where as_of_date = {as_of_date}
        ),
        sums as (select currency, sum(open_amount) as open_amount from batch group by currency)
        select coalesce(closing.currency, sums.currency) as currency
        from closing full join sums on sums.currency = closing.currency
        where coalesce(closing.closing_amount, 0) <> coalesce(sums.open_amount, 0)
    """
