"""What is promised about people and contacts: a refusal says whom it protects, an attempt says whom it reached."""

from __future__ import annotations

from typing import ClassVar

from recoup_audit.rules.unexpected_keys import Severity, UnexpectedKeysExpectation


class ExpectStatusToNameSomebody(UnexpectedKeysExpectation):
    """A status names a person, an account or a debt."""

    reason: ClassVar[str] = "A do-not-contact of nobody protects nobody: whoever asked for it would be called."
    rows: ClassVar[str] = " select _key from batch where num_nonnulls(person_id, account_id, debt_id) = 0"


class ExpectConsentToNameSomebody(UnexpectedKeysExpectation):
    """A consent or refusal names a person or a contact point."""

    reason: ClassVar[str] = "A refusal that names nobody cannot be obeyed."
    rows: ClassVar[str] = " select _key from batch where num_nonnulls(person_id, contact_point_id) = 0"


class ExpectStatusToEndAfterItBegan(UnexpectedKeysExpectation):
    """A status that has ended did so after it began."""

    reason: ClassVar[str] = "A block that ends before it begins blocks nobody, on no day."
    rows: ClassVar[str] = " select _key from batch where to_at < from_at"


class ExpectConversationToBeConnected(UnexpectedKeysExpectation):
    """An attempt with a right party or a conversation was connected."""

    level: ClassVar[Severity] = "warning"
    reason: ClassVar[str] = (
        "Contradictory flags: caps and cool-downs count them the careful way, reach rates come out wrong."
    )
    rows: ClassVar[str] = " select _key from batch where not connected and (right_party or conversation)"


class ExpectNoAttemptFromTheFuture(UnexpectedKeysExpectation):
    """No attempt starts more than an hour after we learned of it."""

    reason: ClassVar[str] = (
        "A log in local time read as UTC moves calls into other hours and days: caps would be counted on the wrong "
        "date. An hour is left for clocks."
    )
    rows: ClassVar[str] = " select _key from batch where started_at > _recorded_at + interval '1 hour'"


class ExpectAttemptAtThePersonsOwnPoint(UnexpectedKeysExpectation):
    """The contact point of an attempt belongs to the person that it names."""

    level: ClassVar[Severity] = "warning"
    reason: ClassVar[str] = (
        "Caps are counted by person: an attempt booked to another one leaves this one's count too low."
    )
    rows: ClassVar[str] = """
        , points as (
            select _key, person_id from raw_ledger.contact_points
            union
            select _key, person_id from raw_contact.contact_points
        )
        select distinct batch._key
        from batch inner join points on points._key = batch.contact_point_id
        group by batch._key, batch.person_id
        having bool_and(points.person_id <> batch.person_id)
    """


class ExpectContactPointToBeKnown(UnexpectedKeysExpectation):
    """The contact point of an attempt is one that a feed has delivered."""

    level: ClassVar[Severity] = "warning"
    reason: ClassVar[str] = (
        "A number that nobody listed was called: its time zone is unknown, and so is whether the hour was allowed."
    )
    rows: ClassVar[str] = """
        select distinct batch._key from batch
        where not exists (select 1 from raw_ledger.contact_points as p where p._key = batch.contact_point_id)
            and not exists (select 1 from raw_contact.contact_points as p where p._key = batch.contact_point_id)
    """


class ExpectPromiseNotToBeDueBeforeItIsMade(UnexpectedKeysExpectation):
    """A promise is due on the day it is made, or later."""

    level: ClassVar[Severity] = "warning"
    reason: ClassVar[str] = (
        "Due before it was made, it is broken at birth, and the account is called for a promise it kept."
    )
    # A day is left: the date is the company's, the instant is UTC.
    rows: ClassVar[str] = " select _key from batch where due_on < (made_at at time zone 'UTC')::date - 1"
