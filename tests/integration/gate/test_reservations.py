"""An allowed answer reserves the contact: nobody else can have it, however many ask at once."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import psycopg
import pytest

from recoup import warehouse
from recoup.settings import Settings

history: Any = sys.modules["raw_history"]
people: Any = sys.modules["people"]
debtor: Callable[..., Any] = people.debtor
calls: Callable[..., Any] = people.calls
NOON: datetime = people.NOON
CHECK = "select * from gate.contact_check(%s, %s, %s, 'voice', 'collection', %s)"
ASKERS, ROUNDS = 8, 6
Ask = tuple[str, list[str], str, datetime]


def as_dialer(settings: Settings) -> psycopg.Connection[Any]:
    connection = warehouse.connect("dialer", settings, autocommit=True)
    connection.row_factory = psycopg.rows.namedtuple_row
    return connection


def at_once(settings: Settings, asks: Sequence[Ask]) -> list[Any]:
    """Ask all of them at the same moment, each over a connection of its own."""
    barrier = threading.Barrier(len(asks))

    def ask(values: Ask) -> Any:
        with as_dialer(settings) as connection:
            connection.execute("select 1")
            barrier.wait()
            return connection.execute(CHECK, list(values)).fetchone()

    with ThreadPoolExecutor(len(asks)) as pool:
        return list(pool.map(ask, asks))


def test_eight_askers_at_six_of_seven_get_one_contact(ruled: Settings) -> None:
    persons = [f"P{number}" for number in range(ROUNDS)]
    for person in persons:
        history.put(
            ruled,
            debtor(
                person, debts=(f"D1-{person}", f"D2-{person}"), points=(f"C1-{person}", f"C2-{person}"),
                attempts=calls(6, NOON - timedelta(days=2), person, debt_ids=None),
            ),
        )  # fmt: skip
    for person in persons:
        # Different phones, different debts of which one is common, clocks a little apart.
        asks = [
            (
                person,
                [f"D1-{person}", f"D2-{person}"] if number % 2 else [f"D1-{person}"],
                f"C{number % 2 + 1}-{person}",
                NOON + timedelta(milliseconds=number),
            )
            for number in range(ASKERS)
        ]
        answers = at_once(ruled, asks)
        assert sum(answer.allowed for answer in answers) == 1
        refused = [answer for answer in answers if not answer.allowed]
        assert {tuple(answer.reasons) for answer in refused} == {("FREQUENCY_7_IN_7",)}
        assert {answer.attempts_remaining for answer in refused} == {0}


def test_spouses_share_the_cap_of_washington(ruled: Settings) -> None:
    place = {"postal_code": "98101", "area_code": "206"}
    rows = debtor("P1", attempts=calls(2, NOON - timedelta(days=1)))
    rows["contact_points"] = [
        {"contact_point_id": "C1", "person_id": "P1", **place},
        {"contact_point_id": "C2", "person_id": "P2", **place},
    ]
    rows["persons"].append({"person_id": "P2"})
    rows["account_parties"].append({"account_id": "A-P1", "person_id": "P2", "role": "spouse"})
    rows["status_events"].append({"account_id": "A-P1", **people.SENT})
    history.put(ruled, rows)
    asks: list[Ask] = [
        (f"P{number % 2 + 1}", ["D1"], f"C{number % 2 + 1}", NOON + timedelta(hours=2)) for number in range(ASKERS)
    ]
    answers = at_once(ruled, asks)
    assert sum(answer.allowed for answer in answers) == 1
    assert {tuple(a.reasons) for a in answers if not a.allowed} == {("WA_3_IN_7",)}


def test_a_reservation_counts_until_it_is_released_expires_or_is_in_the_log(ruled: Settings) -> None:
    history.put(ruled, debtor(attempts=calls(5, NOON - timedelta(days=1))))
    with as_dialer(ruled) as dialer:

        def remaining(at: datetime) -> int | None:
            question = history.Question("P1", ["D1"], "C1", "voice", "collection", at)
            found: int | None = history.judge(ruled, [question])[0].attempts_remaining
            return found

        first = dialer.execute(CHECK, ["P1", ["D1"], "C1", NOON]).fetchone()
        assert first is not None
        assert (first.allowed, first.attempts_remaining, first.owed_amount) == (True, 2, 100)
        assert remaining(NOON) == 1
        dialer.execute("select gate.release_reservation(%s)", [first.reservation_id])
        assert remaining(NOON) == 2
        second = dialer.execute(CHECK, ["P1", ["D1"], "C1", NOON]).fetchone()
        assert second is not None
        # Unconfirmed it expires; to the second.
        assert remaining(NOON + timedelta(seconds=899)) == 1
        assert remaining(NOON + timedelta(seconds=900)) == 2
        # Confirmed it stands until the log holds the attempt, and then the attempt counts, once.
        dialer.execute("select gate.confirm_reservation(%s, 'T-new')", [second.reservation_id])
        assert remaining(NOON + timedelta(hours=5)) == 1
        history.put(ruled, {"attempts": calls(1, NOON, attempt_id="T-new")})
        assert remaining(NOON + timedelta(hours=5)) == 1
        # What was said is said again without harm, and nothing else.
        dialer.execute("select gate.confirm_reservation(%s, 'T-new')", [second.reservation_id])
        for statement in (
            "select gate.confirm_reservation(%s, 'T-other')",
            "select gate.release_reservation(%s)",
        ):
            with pytest.raises(psycopg.errors.ObjectNotInPrerequisiteState):
                dialer.execute(statement, [second.reservation_id])
        with pytest.raises(psycopg.errors.NoDataFound):
            dialer.execute("select gate.release_reservation(gen_random_uuid())")


def test_an_answer_held_up_by_reservations_alone_names_their_end(ruled: Settings) -> None:
    history.put(ruled, debtor(attempts=calls(6, NOON - timedelta(days=1))))
    with as_dialer(ruled) as dialer:
        dialer.execute(CHECK, ["P1", ["D1"], "C1", NOON])
        refused = dialer.execute(CHECK, ["P1", ["D1"], "C1", NOON + timedelta(minutes=1)]).fetchone()
    assert refused is not None
    assert (refused.allowed, refused.until) == (False, NOON + timedelta(minutes=15))


def test_an_older_snapshot_may_not_ask(ruled: Settings) -> None:
    history.put(ruled, debtor())
    with as_dialer(ruled) as dialer:
        dialer.execute("begin isolation level repeatable read")
        with pytest.raises(psycopg.errors.InvalidTransactionState):
            dialer.execute(CHECK, ["P1", ["D1"], "C1", NOON])


def test_every_question_is_logged_and_no_strange_id_is(ruled: Settings) -> None:
    history.put(ruled, debtor())
    with as_dialer(ruled) as dialer:
        dialer.execute(CHECK, ["P1", ["D1"], "C1", NOON])
        dialer.execute(CHECK, ["+12125550100", ["Jane Doe"], "jane@example.com", NOON])
    with warehouse.connect("gate_owner", ruled, autocommit=True) as owner:
        rows = owner.execute(
            "select asked_by, person_id, debt_ids, contact_point_id, is_allowed, rule_ids, reservation_id is not null"
            " from gate.check_log order by check_id desc limit 2"
        ).fetchall()
        strange, known = rows
        assert known == ("recoup_dialer", "P1", ["D1"], "C1", True, [], True)
        assert strange[4:] == (False, ["NO_CONTACT_POINT", "UNKNOWN_DEBT", "UNKNOWN_TIME_ZONE"], False)
        assert all(value.startswith("unknown:") for value in (strange[1], *strange[2], strange[3]))
        for edit in ("update gate.check_log set is_allowed = true", "delete from gate.check_log",
                     "truncate gate.check_log"):  # fmt: skip
            with pytest.raises(psycopg.errors.RaiseException, match="never edited"):
                owner.execute(edit)
        for edit in ("update gate.reservations set person_id = 'P2'", "delete from gate.reservations"):
            with pytest.raises(psycopg.errors.RaiseException, match="never edited"):
                owner.execute(edit)


def test_a_dialer_may_ask_and_nothing_else(ruled: Settings) -> None:
    with as_dialer(ruled) as dialer:
        for statement in (
            "select * from gate.check_log", "select * from gate.reservations", "select * from gate.parameters",
            "insert into gate.reservations (person_id) values ('P1')",
            "select * from raw_contact.attempts", "select * from policy.contact_rules",
            "select gate.set_parameters('first_party', 'UTC', false, false, true, 1)",
            "select * from gate.judge('P1', '{D1}', 'C1', 'voice', 'collection', now())",
            "select gate.contacts_of('P1', '{P1}', '{}', '{}', '{}', now(), now(), '1 h')",
        ):  # fmt: skip
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                dialer.execute(statement)
    for role in ("bi_reader", "publisher", "scorer", "transformer", "loader"):
        with (
            warehouse.connect(role, ruled, autocommit=True) as other,  # type: ignore[arg-type]
            pytest.raises(psycopg.errors.InsufficientPrivilege),
        ):
            other.execute(CHECK, ["P1", ["D1"], "C1", NOON])
