"""What the contact center promised to send us: the raw rows of one day's batches, entity by entity."""

from __future__ import annotations

import great_expectations as gx

from recoup.entities import entities_of
from recoup_audit.rules import contact
from recoup_audit.suites.raw_entities import Expectations, entity_suite


def suites() -> dict[str, gx.ExpectationSuite]:
    """Suites by entity."""
    extra: dict[str, Expectations] = {
        "attempts": [
            contact.ExpectNoAttemptFromTheFuture.about(),
            contact.ExpectConversationToBeConnected.about(),
            contact.ExpectContactPointToBeKnown.about(),
            contact.ExpectAttemptAtThePersonsOwnPoint.about(),
        ],
        "consents": [contact.ExpectConsentToNameSomebody.about()],
        "promises": [contact.ExpectPromiseNotToBeDueBeforeItIsMade.about()],
        "status_events": [contact.ExpectStatusToNameSomebody.about(), contact.ExpectStatusToEndAfterItBegan.about()],
    }
    return {
        entity.name: entity_suite("contact", entity, extra.get(entity.name, [])) for entity in entities_of("contact")
    }
