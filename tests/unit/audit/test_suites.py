"""The suites as what they are: pure functions."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, date, datetime

import pytest

from recoup.entities import ENTITIES, FEEDS, entities_of
from recoup_audit.suites import (
    marts_aging,
    proposed_best_time_to_contact,
    proposed_contact_priority,
    proposed_excluded,
    raw_contact,
    raw_feed,
    raw_ledger,
)
from recoup_audit.suites.raw_entities import FREE_TEXT, REFERENCES, SPANS

DAY = date(2026, 3, 31)
KNOWN_AT = datetime(2026, 4, 1, 9, tzinfo=UTC)


def _all_suites():
    return [
        *raw_ledger.suites([1]).values(),
        *raw_contact.suites().values(),
        *(suite for feed in FEEDS for suite in (raw_feed.batches_suite(feed), raw_feed.manifest_suite(feed, DAY, [1]))),
        proposed_contact_priority.suite(DAY, date(2026, 4, 1), KNOWN_AT, "America/New_York", "USD"),
        proposed_best_time_to_contact.suite(),
        proposed_excluded.suite(),
        marts_aging.suite(DAY, KNOWN_AT, (30, 60, 90, 120)),
    ]


def test_every_expectation_has_a_severity_and_a_reason() -> None:
    found = [expectation for suite in _all_suites() for expectation in suite.expectations]
    assert len(found) > 350
    assert {str(expectation.severity.value) for expectation in found} == {"critical", "warning"}
    assert [expectation for expectation in found if not expectation.notes] == []


def test_every_entity_of_each_feed_has_a_suite() -> None:
    assert set(raw_ledger.suites([1])) == {entity.name for entity in entities_of("ledger")}
    assert set(raw_contact.suites()) == {entity.name for entity in entities_of("contact")}


def test_every_required_column_is_expected() -> None:
    suites = {**raw_contact.suites(), **raw_ledger.suites([1])}
    for entity in ENTITIES:
        expected = {
            expectation.column
            for expectation in suites[entity.name].expectations
            if type(expectation).__name__ == "ExpectColumnValuesToNotBeNull"
        }
        assert expected == {column.name for column in entity.public_columns if column.required}


@pytest.mark.parametrize("named", [FREE_TEXT, REFERENCES, SPANS], ids=["free text", "references", "spans"])
def test_what_is_said_of_an_entity_names_columns_that_it_has(named) -> None:
    by_name = {entity.name: {column.name for column in entity.public_columns} for entity in ENTITIES}
    for name, said in named.items():
        for one in said:
            columns = (one,) if isinstance(one, str) else one if named is SPANS else one[:1]
            assert set(columns) <= by_name[name], name
            if named is REFERENCES:
                assert one[1] in by_name


def test_a_suite_is_the_same_each_time() -> None:
    def text():
        return [str(suite.to_json_dict()) for suite in _all_suites()]

    assert text() == text()


def test_importing_the_stages_does_not_import_the_library() -> None:
    script = "import sys, recoup_audit.stages, recoup.publishing; sys.exit('great_expectations' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


def test_a_value_becomes_a_literal_and_never_sql() -> None:
    from recoup_audit.rules.feeds import ExpectReferenceToBeKnown
    from recoup_audit.rules.proposals import ExpectDatesOfTheDay

    rule = ExpectReferenceToBeKnown.about(column='x" or true --', parent="raw_ledger.accounts")
    assert '"x"" or true --"' in rule.unexpected_rows_query
    assert rule.meta == {"column": 'x" or true --'}
    assert "'2026-03-31'::date" in ExpectDatesOfTheDay.about(as_of_date=DAY).unexpected_rows_query
