"""What the billing ledger promised to send us: the raw rows of one day's batches, entity by entity."""

from __future__ import annotations

import great_expectations as gx

from recoup.entities import entities_of
from recoup_audit.rules import contact, ledger
from recoup_audit.suites.raw_entities import Expectations, entity_suite


def suites(batch_ids: list[int]) -> dict[str, gx.ExpectationSuite]:
    """Suites by entity.

    Args:
        batch_ids: The day's batches; rules that span tables look at what these touched.
    """
    extra: dict[str, Expectations] = {
        "account_parties": [],
        "accounts": [ledger.ExpectAccountToHaveAnObligor.about()],
        "applications": [
            ledger.ExpectOneSourceOfAnApplication.about(),
            ledger.ExpectApplicationsNotToExceedPayment.about(batch_ids=batch_ids),
            ledger.ExpectApplicationInTheInvoicesCurrency.about(),
            ledger.ExpectReversalToMatchItsApplication.about(),
        ],
        "disputes": [
            ledger.ExpectDisputeToNameWhatIsDisputed.about(),
            ledger.ExpectDisputedAmountWithinThePayment.about(),
        ],
        "invoice_lines": [ledger.ExpectInvoiceTotalToBeTheSumOfItsLines.about(batch_ids=batch_ids)],
        "invoices": [ledger.ExpectInvoiceInItsAccountsCurrency.about()],
        "payments": [
            ledger.ExpectSettledPaymentToHaveADate.about(),
            ledger.ExpectNoReceiptFromTheFuture.about(),
            ledger.ExpectPaymentNotToBeSentTwice.about(),
        ],
        "status_events": [contact.ExpectStatusToNameSomebody.about(), contact.ExpectStatusToEndAfterItBegan.about()],
    }
    return {entity.name: entity_suite("ledger", entity, extra.get(entity.name, [])) for entity in entities_of("ledger")}
