"""What a row may look like: each rule refuses what it names, with the reason, and nothing beside it."""

from __future__ import annotations

import pytest

from recoup.entities import ENTITIES
from recoup.sources.adapter import RECORDED_AT

from .conftest import Feed, Row, day, payment, person


def line(**values: str | None) -> Row:
    return {
        "line_id": "L1", "invoice_id": "I1", "item": "x", "quantity": "1", "unit_price_cents": "5", "amount_cents": "5",
    } | values  # fmt: skip


def point(medium: str, address: str | None) -> Row:
    return {"contact_point_id": "C1", "person_id": "N1", "medium": medium, "address": address}


NO_NUMBER = "is no E.164 number (+ country code and number, digits only)"


def event(**values: str | None) -> Row:
    return {"person_id": "N1", "status": "cease", "from_at": "2026-03-01 00:00:00+00"} | values


REFUSED = [
    ("payments", payment(1, payment_id=None), "payment_id", "is missing"),
    ("payments", payment(1, payment_id=""), "payment_id", "is missing"),
    ("payments", payment(1, payment_id="x" * 401), "payment_id", "is longer than 400 bytes"),
    ("payments", payment(1, amount_cents="12.50"), "amount_cents", "'12.50' is not a whole number (bigint)"),
    ("payments", payment(1, amount_cents="-1"), "amount_cents", "'-1' is negative"),
    ("payments", payment(1, amount_cents="9" * 30), "amount_cents", f"'{'9' * 30}' is not a whole number (bigint)"),
    (
        "payments", payment(1, amount_cents="9" * 18), "amount_cents",
        f"'{'9' * 18}' is more than 10^15 minor units: are these cents?",
    ),
    ("payments", payment(1, currency="usd"), "currency", "'usd' is no ISO 4217 currency code in capitals, such as USD"),
    ("payments", payment(1, currency="XYZ"), "currency", "'XYZ' is no ISO 4217 currency code in capitals, such as USD"),
    ("payments", payment(1, status="payed"), "status", "'payed' is none of pending, settled, failed, returned"),
    ("payments", payment(1, settled_at="now"), "settled_at", "'now' is not an instant (YYYY-MM-DD HH:MM:SS+00)"),
    (
        "payments", payment(1, settled_at="infinity"), "settled_at",
        "'infinity' is not an instant (YYYY-MM-DD HH:MM:SS+00)",
    ),
    (
        "payments", payment(1, settled_at="2026-03-01 12:00:00"), "settled_at",
        "'2026-03-01 12:00:00' has no time zone or offset (YYYY-MM-DD HH:MM:SS+00)",
    ),
    (
        "payments", payment(1, settled_at="2026-02-30 12:00:00+00"), "settled_at",
        "'2026-02-30 12:00:00+00' is not an instant (YYYY-MM-DD HH:MM:SS+00)",
    ),
    (
        "payments", payment(1, **{RECORDED_AT: "lately"}), RECORDED_AT,
        "'lately' is not an instant (YYYY-MM-DD HH:MM:SS+00)",
    ),
    ("invoice_lines", line(quantity="-1"), "quantity", "'-1' is negative"),
    ("invoice_lines", line(quantity="NaN"), "quantity", "'NaN' is not a number"),
    ("invoice_lines", line(quantity="Infinity"), "quantity", "'Infinity' is not a number"),
    ("invoice_lines", line(quantity="1e30"), "quantity", "'1e30' is larger than 10^15"),
    ("invoice_lines", line(service_from="1/2/2026"), "service_from", "'1/2/2026' is not a date (YYYY-MM-DD)"),
    ("invoice_lines", line(service_from="today"), "service_from", "'today' is not a date (YYYY-MM-DD)"),
    ("invoice_lines", line(service_from="2026-02-29"), "service_from", "'2026-02-29' is not a date (YYYY-MM-DD)"),
    (
        "invoice_lines", line(service_from="0206-01-01"), "service_from",
        "'0206-01-01' lies outside the years 1900 to 2199",
    ),
    ("persons", person(1, birth_year="1899"), "birth_year", "'1899' is less than 1900"),
    ("persons", person(1, birth_year="19o0"), "birth_year", "'19o0' is not a whole number (integer)"),
    ("contact_points", point("voice", None), "address", "is missing"),
    ("contact_points", point("voice", "212-555-0123"), "address", NO_NUMBER),
    ("contact_points", point("sms", "+1212555012"), "address", NO_NUMBER),
    ("contact_points", point("voice", "+11125550123"), "address", NO_NUMBER),
    ("contact_points", point("email", "someone at example"), "address", "is no e-mail address"),
    ("contact_points", point("fax", "+12125550123"), "medium", "'fax' is none of voice, sms, email, letter"),
    ("status_events", event(person_id=None), "person_id", "is missing, and so are account_id and debt_id"),
    (
        "applications",
        {"application_id": "X1", "invoice_id": "I1", "amount_cents": "1", "applied_on": "2026-03-01"},
        "payment_id", "is missing, and so is credit_id",
    ),
]  # fmt: skip


GOOD = {
    "payments": payment("good"),
    "invoice_lines": line(line_id="good"),
    "persons": person("good"),
    "contact_points": point("letter", "1 Main Street") | {"contact_point_id": "good"},
    "status_events": event(person_id="good"),
    "applications": {
        "application_id": "good", "payment_id": "P1", "invoice_id": "I1", "amount_cents": "1",
        "applied_on": "2026-03-01",
    },
}  # fmt: skip


@pytest.mark.parametrize("name", GOOD)
def test_each_bad_row_is_refused_for_its_own_reason_and_a_good_one_lands(feed: Feed, name: str) -> None:
    bad = [(row, column, reason) for entity_name, row, column, reason in REFUSED if entity_name == name]
    assert bad
    rows = [GOOD[name], *(row for row, _, _ in bad)]
    columns = dict.fromkeys(column for row in rows for column in row)
    counts = feed.pull(day(10), **{name: [{column: row.get(column) for column in columns} for row in rows]})
    assert counts == {"read": len(rows), "loaded": 1, "held": 0, "rejected": len(bad)}
    found = feed.query("select pull_row, column_name, reason from raw_ledger.rejected order by pull_row")
    assert found == [(number, column, reason) for number, (_, column, reason) in enumerate(bad, start=2)]


def test_numbers_of_other_countries_keep_their_country_code_alone(feed: Feed) -> None:
    numbers = {"+442079460123": "+44", "+33199001234": "+33", "+79990001234": "+7", "+3531234567": "+353"}
    rows = [point("sms", number) | {"contact_point_id": number[1:]} for number in numbers]
    rows.append(point("letter", "1 Main Street") | {"contact_point_id": "letter"})
    assert feed.pull(day(10), contact_points=rows)["loaded"] == 5
    found = dict(feed.query("select contact_point_id, area_code from raw_ledger.contact_points"))
    assert found == {number[1:]: code for number, code in numbers.items()} | {"letter": None}


def test_a_refused_row_keeps_its_public_columns(feed: Feed) -> None:
    feed.pull(day(10), persons=[person(1), person(2, kind="alien", language="en")])
    ((payload,),) = feed.query("select payload from raw_ledger.rejected")
    assert payload == {"person_id": "N2", "kind": "alien", "language": "en"}


def test_every_entity_lands_its_nulls(feed: Feed) -> None:
    """A row with its required columns alone lands, whatever the entity."""
    values = {"date": "2026-03-01", "timestamptz": "2026-03-01 00:00:00+00", "boolean": "false"}
    special = {"currency": "USD", "from_currency": "EUR", "to_currency": "USD", "address": "+12125550123", "seq": "1"}
    needed = {
        "applications": "credit_id", "disputes": "invoice_id", "status_events": "debt_id", "consents": "person_id",
        "assignments": "team", "sentiment": "account_id",
    }  # fmt: skip
    rows = {}
    for e in ENTITIES:
        if "ledger" not in e.feeds:
            continue
        row: Row = {
            c.name: special.get(c.name, c.choices[0] if c.choices else values.get(c.type, "0"))
            for c in e.columns
            if c.required or c.name == needed.get(e.name)
        }
        rows[e.name] = [row]
    counts = feed.pull(day(10), **rows)
    assert counts == {"read": len(rows), "loaded": len(rows), "held": 0, "rejected": 0}
