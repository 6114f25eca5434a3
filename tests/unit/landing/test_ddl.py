"""The tables that the entities make."""

from __future__ import annotations

from recoup.entities import ENTITIES, FEEDS, entities_of
from recoup.landing.ddl import entity_statements, statements, stored_columns


def test_every_feed_has_a_table_for_each_of_its_entities() -> None:
    text = [statement.as_string(None) for statement in statements()]
    for feed in FEEDS:
        for entity in entities_of(feed):
            assert any(s.startswith(f'create table if not exists "raw_{feed}"."{entity.name}"') for s in text)


def test_no_raw_table_has_a_column_for_personal_data() -> None:
    personal = {column.name for entity in ENTITIES for column in entity.personal_columns}
    assert personal == {"full_name", "address"}
    for feed in FEEDS:
        for entity in entities_of(feed):
            ddl = " ".join(statement.as_string(None) for statement in entity_statements(feed, entity))
            assert not any(f'"{name}"' in ddl for name in personal), entity.name


def test_the_area_code_is_all_that_is_kept_of_an_address() -> None:
    derived = {e.name: {c.name for c in stored_columns(e)} - {c.name for c in e.public_columns} for e in ENTITIES}
    assert {name: columns for name, columns in derived.items() if columns} == {"contact_points": {"area_code"}}
