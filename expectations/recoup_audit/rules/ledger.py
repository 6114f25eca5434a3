"""What the billing ledger promises about its money: lines make invoices, payments cover what is applied.

`_key` is the entity's own id wherever that is one column. The newest version of a row is the one known last. Sums over
a history are materialized: inlined, each parallel worker would work out all of them.
"""

from __future__ import annotations

from typing import ClassVar

from recoup_audit.rules.unexpected_keys import Severity, UnexpectedKeysExpectation


class ExpectInvoiceTotalToBeTheSumOfItsLines(UnexpectedKeysExpectation):
    """An invoice's total is the sum of its lines, with or without the tax beside them."""

    level: ClassVar[Severity] = "warning"
    reason: ClassVar[str] = (
        "A total that its lines do not make up is a lost line or a subtotal row counted again. The invoice is what the "
        "customer owes, so the ledger goes on with it."
    )
    rows: ClassVar[str] = """
        , touched as (
            select invoice_id from batch
            union
            select invoice_id from raw_ledger.invoices where _batch_id = any({batch_ids})
        ),
        newest_lines as (
            select lines._key, lines.invoice_id, lines.amount_cents
            from raw_ledger.invoice_lines as lines
            where lines.invoice_id in (select invoice_id from touched)
                and not exists (
                    select 1 from raw_ledger.invoice_lines as newer
                    where newer._key = lines._key and newer._known_at > lines._known_at
                )
        ),
        sums as materialized (
            select invoice_id, sum(amount_cents) as lines_cents from newest_lines group by invoice_id
        )
        select invoices._key
        from sums inner join raw_ledger.invoices as invoices on invoices._key = sums.invoice_id
        where not exists (
                select 1 from raw_ledger.invoices as newer
                where newer._key = invoices._key and newer._known_at > invoices._known_at
            )
            and sums.lines_cents not in (invoices.total_cents, invoices.total_cents - coalesce(invoices.tax_cents, 0))
    """


class ExpectApplicationsNotToExceedPayment(UnexpectedKeysExpectation):
    """What is applied of a payment, less what is reversed, is at most its amount."""

    reason: ClassVar[str] = (
        "Money that was never received would reduce what customers owe. Counted over the whole history of each payment "
        "that the day touches."
    )
    rows: ClassVar[str] = """
        , touched as (
            select payment_id from batch where payment_id is not null
            union
            select payment_id from raw_ledger.payments where _batch_id = any({batch_ids})
        ),
        applied as materialized (
            select
                applications.payment_id,
                sum(case when applications.reverses is null then 1 else -1 end * applications.amount_cents) as cents
            from raw_ledger.applications as applications
            where applications.payment_id in (select payment_id from touched)
                and not exists (
                    select 1 from raw_ledger.applications as newer
                    where newer._key = applications._key and newer._known_at > applications._known_at
                )
            group by applications.payment_id
        )
        select payments._key
        from applied inner join raw_ledger.payments as payments on payments._key = applied.payment_id
        where applied.cents > payments.amount_cents
            and not exists (
                select 1 from raw_ledger.payments as newer
                where newer._key = payments._key and newer._known_at > payments._known_at
            )
    """


class ExpectApplicationInTheInvoicesCurrency(UnexpectedKeysExpectation):
    """A payment and the invoice that it is applied to are in one currency."""

    reason: ClassVar[str] = "The ledger never converts: cents of one currency would be taken off cents of another."
    rows: ClassVar[str] = """
        select distinct batch._key
        from batch
        inner join raw_ledger.payments as payments on payments._key = batch.payment_id
        inner join raw_ledger.invoices as invoices on invoices._key = batch.invoice_id
        where payments.currency <> invoices.currency
    """


class ExpectOneSourceOfAnApplication(UnexpectedKeysExpectation):
    """An application spends a payment or a credit, and one of them only."""

    reason: ClassVar[str] = "An invoice reduced by nothing, or by two things at once, cannot be tied to any receipt."
    rows: ClassVar[str] = " select _key from batch where num_nonnulls(payment_id, credit_id) <> 1"


class ExpectReversalToMatchItsApplication(UnexpectedKeysExpectation):
    """A reversal names an application of the same invoice and takes back no more than it gave."""

    level: ClassVar[Severity] = "warning"
    reason: ClassVar[str] = "A reversal of nothing, or of too much, makes a customer owe what was paid."
    rows: ClassVar[str] = """
        select distinct batch._key
        from batch
        where batch.reverses is not null and not exists (
            select 1 from raw_ledger.applications as original
            where original._key = batch.reverses
                and original.invoice_id = batch.invoice_id
                and original.amount_cents >= batch.amount_cents
        )
    """


class ExpectSettledPaymentToHaveADate(UnexpectedKeysExpectation):
    """A payment that is settled says when."""

    level: ClassVar[Severity] = "warning"
    reason: ClassVar[str] = "Cash without a day is booked on the day of the attempt: the month's cash may be off."
    rows: ClassVar[str] = " select _key from batch where status = 'settled' and settled_at is null"


class ExpectNoReceiptFromTheFuture(UnexpectedKeysExpectation):
    """No payment is attempted or settled more than a day after we learned of it."""

    reason: ClassVar[str] = (
        "A receipt from after the as-of date would leak into its aging. A day is left for clocks and time zones."
    )
    rows: ClassVar[str] = """
        select _key from batch where greatest(attempted_at, settled_at) > _recorded_at + interval '1 day'
    """


class ExpectPaymentNotToBeSentTwice(UnexpectedKeysExpectation):
    """No two payments of an account are alike in amount, method, instant and status."""

    level: ClassVar[Severity] = "warning"
    reason: ClassVar[str] = (
        "Two ids for one payment: an export that counted a group row as well, or a feed that was sent twice."
    )
    rows: ClassVar[str] = """
        select min(_key) as _key from batch
        where status in ('settled', 'pending')
        group by account_id, amount_cents, method, attempted_at
        having count(distinct _key) > 1
    """


class ExpectDisputedAmountWithinThePayment(UnexpectedKeysExpectation):
    """A charge-back is not larger than its payment. Several disputes of one payment are normal."""

    level: ClassVar[Severity] = "warning"
    reason: ClassVar[str] = "A bank takes back at most what it gave; more is a wrong unit or a wrong payment."
    rows: ClassVar[str] = """
        select distinct batch._key
        from batch inner join raw_ledger.payments as payments on payments._key = batch.payment_id
        where batch.amount_cents > payments.amount_cents
    """


class ExpectDisputeToNameWhatIsDisputed(UnexpectedKeysExpectation):
    """A dispute names a payment or an invoice."""

    reason: ClassVar[str] = "A dispute of nothing protects nobody: the account would be called about a disputed debt."
    rows: ClassVar[str] = " select _key from batch where payment_id is null and invoice_id is null"


class ExpectInvoiceInItsAccountsCurrency(UnexpectedKeysExpectation):
    """An invoice is in the currency of its account."""

    level: ClassVar[Severity] = "warning"
    reason: ClassVar[str] = "Two currencies on one account are rare; a changed export setting is likelier."
    rows: ClassVar[str] = """
        select distinct batch._key
        from batch inner join raw_ledger.accounts as accounts on accounts._key = batch.account_id
        where accounts.currency <> batch.currency and not exists (
            select 1 from raw_ledger.accounts as newer
            where newer._key = accounts._key and newer._known_at > accounts._known_at
        )
    """


class ExpectAccountToHaveAnObligor(UnexpectedKeysExpectation):
    """Every account has somebody who owes it."""

    level: ClassVar[Severity] = "warning"
    reason: ClassVar[str] = "Nobody can be contacted about an account without an obligor; it stays off every list."
    rows: ClassVar[str] = """
        , obligors as (
            select distinct account_id from raw_ledger.account_parties where role in ('obligor', 'co_signer')
        )
        select distinct batch._key
        from batch left join obligors on obligors.account_id = batch.account_id
        where obligors.account_id is null
    """
