"""Asking the contact check, confirming and releasing what it reserved, over a connection of the role dialer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import psycopg
from psycopg import errors as pg

from recoup.errors import RecoupError

_CHECK = """
select allowed, reasons, citations, until, attempts_remaining, owed_amount, reservation_id
from gate.contact_check(%s, %s, %s, %s, %s, coalesce(%s::timestamptz, clock_timestamp()))
"""

Connection = psycopg.Connection[tuple[Any, ...]]


class UnknownReservationError(RecoupError):
    """There is no such reservation."""


class SpentReservationError(RecoupError):
    """The reservation was confirmed or released before."""


class BusyError(RecoupError):
    """The check could not answer now; the contact must not be made."""


@dataclass(frozen=True)
class Answer:
    """What the contact check says.

    Attributes:
        reasons: Why not, the weightiest first; empty when allowed.
        citations: The law of each reason, in their order.
        until: When the blocks that are known end; None = never, or unknown.
        attempts_remaining: Before this contact, over all caps that bind; None = no cap binds.
        owed_amount: Open balance of the debts asked about, major units of their currency.
        reservation_id: To be confirmed or released; None when not allowed.
    """

    allowed: bool
    reasons: tuple[str, ...]
    citations: tuple[str, ...]
    until: datetime | None
    attempts_remaining: int | None
    owed_amount: Decimal
    reservation_id: UUID | None


def ask(
    connection: Connection,
    person_id: str,
    debt_ids: Sequence[str],
    contact_point_id: str,
    channel: str,
    purpose: str,
    at: datetime | None = None,
) -> Answer:
    """Ask whether a contact is allowed; an allowed one is reserved, and every question is logged.

    Args:
        connection: Of the role dialer, in autocommit: the answer's locks are held until its transaction ends.
        channel: voice, voicemail, sms, email or letter.
        purpose: collection, servicing, solicitation or location.
        at: The instant of the contact, aware; None = now, by the server's clock.

    Raises:
        RecoupError: Channel or purpose is none of those, or the check cannot answer; then nobody may be contacted.
    """
    values = [person_id, list(debt_ids), contact_point_id, channel, purpose, at]
    with _told():
        try:
            row = connection.execute(_CHECK, values).fetchone()
        except pg.ObjectNotInPrerequisiteState as error:
            raise BusyError(f"The contact check is not ready ({_said(error)}).") from None
    assert row is not None
    return Answer(row[0], tuple(row[1]), tuple(row[2]), *row[3:])


def confirm(connection: Connection, reservation_id: UUID, attempt_id: str) -> None:
    """Say that the reserved contact was made, under the id that the contact center logs it by; safe to repeat.

    Raises:
        UnknownReservationError: There is none.
        SpentReservationError: It was released, or confirmed by another attempt.
    """
    with _told():
        connection.execute("select gate.confirm_reservation(%s, %s)", [reservation_id, attempt_id])


def release(connection: Connection, reservation_id: UUID) -> None:
    """Say that the reserved contact will not be made; safe to repeat.

    Raises:
        UnknownReservationError: There is none.
        SpentReservationError: It was confirmed.
    """
    with _told():
        connection.execute("select gate.release_reservation(%s)", [reservation_id])


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except pg.NoDataFound as error:
        raise UnknownReservationError(f"The contact check knows no such reservation ({_said(error)}).") from None
    except pg.ObjectNotInPrerequisiteState as error:
        raise SpentReservationError(f"The contact check cannot do that ({_said(error)}).") from None
    except (pg.InvalidParameterValue, pg.NullValueNotAllowed, pg.InvalidTransactionState) as error:
        raise RecoupError(f"The contact check cannot be asked so ({_said(error)}).") from None
    except (pg.LockNotAvailable, pg.UndefinedTable) as error:
        raise BusyError(
            f"The contact check has no answer now ({_said(error)}): do not contact, and ask again."
        ) from None


def _said(error: psycopg.Error) -> str:
    return error.diag.message_primary or type(error).__name__
