"""The contact check over HTTP, for dialers that speak no SQL. Whoever mounts the routes adds the login.

Any status but 200 means: do not contact.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Annotated, Any, Literal
from uuid import UUID

import psycopg
from fastapi import APIRouter, HTTPException
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from sqlalchemy import Engine, create_engine

from recoup import warehouse
from recoup.errors import RecoupError
from recoup.gate import asking
from recoup.settings import load_settings

POOL_SIZE, POOL_WAIT_SECONDS = 8, 2
"""Connections of one API server worker, and how long a question waits for one."""

router = APIRouter()
_Id = Annotated[str, Field(min_length=1, max_length=200)]


class Question(BaseModel):
    """A contact that somebody is about to make. `at` = now where it is not given."""

    model_config = ConfigDict(extra="forbid")
    person_id: _Id
    debt_ids: Annotated[list[_Id], Field(max_length=200)]
    contact_point_id: _Id
    channel: Literal["voice", "voicemail", "sms", "email", "letter"]
    purpose: Literal["collection", "servicing", "solicitation", "location"]
    at: AwareDatetime | None = None


class Answer(BaseModel):
    """See docs/contact_check.md. Amounts are decimal texts."""

    allowed: bool
    reasons: list[str]
    citations: list[str]
    until: datetime | None
    attempts_remaining: int | None
    owed_amount: Decimal
    reservation_id: UUID | None


class Confirmation(BaseModel):
    """The contact was made, under this id of the contact center's log."""

    model_config = ConfigDict(extra="forbid")
    reservation_id: UUID
    attempt_id: _Id


class Release(BaseModel):
    """The contact will not be made."""

    model_config = ConfigDict(extra="forbid")
    reservation_id: UUID


@router.post("/contact_check")
def contact_check(question: Question) -> Answer:
    """Whether the contact is allowed now; an allowed one is reserved."""
    with _dialer() as connection:
        answer = asking.ask(
            connection, question.person_id, question.debt_ids, question.contact_point_id, question.channel,
            question.purpose, question.at,
        )  # fmt: skip
    return Answer(**vars(answer))


@router.post("/contact_check/confirm")
def confirm(confirmation: Confirmation) -> dict[str, bool]:
    """The reserved contact was made."""
    with _dialer() as connection:
        asking.confirm(connection, confirmation.reservation_id, confirmation.attempt_id)
    return {"confirmed": True}


@router.post("/contact_check/release")
def release(released: Release) -> dict[str, bool]:
    """The reserved contact will not be made."""
    with _dialer() as connection:
        asking.release(connection, released.reservation_id)
    return {"released": True}


@contextmanager
def _dialer() -> Iterator[Any]:
    try:
        pooled = _pool().raw_connection()
        try:
            yield pooled.driver_connection
        finally:
            pooled.close()
    except asking.UnknownReservationError as error:
        raise HTTPException(404, str(error)) from None
    except asking.SpentReservationError as error:
        raise HTTPException(409, str(error)) from None
    except asking.BusyError as error:
        raise HTTPException(503, str(error), headers={"Retry-After": "1"}) from None
    except RecoupError as error:
        raise HTTPException(503, str(error)) from None
    except (psycopg.Error, TimeoutError) as error:
        # What the server says may quote what it was asked.
        raise HTTPException(503, f"The contact check has no answer ({type(error).__name__}): do not contact.") from None


@cache
def _pool() -> Engine:
    settings = load_settings()
    return create_engine(
        "postgresql+psycopg://",
        creator=lambda: warehouse.connect("dialer", settings, autocommit=True),
        pool_size=POOL_SIZE,
        max_overflow=0,
        pool_timeout=POOL_WAIT_SECONDS,
        # A server that was restarted meanwhile costs a question a moment, not an error.
        pool_pre_ping=True,
    )
