"""The raw and vault tables, generated from the canonical entities.

One raw schema a feed (`raw_ledger`, `raw_contact`) with one append-only table an entity, the feed's batches, manifest,
cursors and rejected rows; and the vault, the only place with names, addresses and numbers. Every statement is
idempotent, and a column added to an entity is added to the tables that exist already.
"""

from __future__ import annotations

from psycopg import sql

from recoup.entities import FEEDS, Column, Entity, Feed, entities_of

OWNER_ROLE = "loader"
"""Warehouse role that owns every object made here."""

TECHNICAL_COLUMNS: tuple[tuple[str, str], ...] = (
    ("_key", "text"),
    ("_batch_id", "bigint"),
    ("source_recorded_at", "timestamptz"),
    ("_recorded_at", "timestamptz"),
    ("_known_at", "timestamptz"),
    ("_row_hash", "text"),
)
"""What every raw row carries beside the source's own columns."""

DERIVED_COLUMNS: dict[str, tuple[Column, ...]] = {"contact_points": (Column("area_code", "text"),)}
"""Public columns that landing computes, by entity.

`area_code` is "212" for a North American number and "+44" for any other: enough for a time zone, too little to call.
"""

LOOKUPS: dict[str, tuple[tuple[str, ...], ...]] = {
    "account_parties": (("person_id",), ("account_id",)),
    "debts": (("account_id",), ("group_key",)),
    "invoices": (("account_id",),),
    # The audit works out what an open invoice leaves open from these rows, without reading those of paid ones.
    "applications": (("invoice_id",),),
    "adjustments": (("invoice_id",), ("account_id",)),
    "disputes": (("invoice_id",),),
    "contact_points": (("person_id",),),
    "status_events": (("person_id",), ("account_id",), ("debt_id",)),
    "consents": (("contact_point_id",), ("person_id",)),
    "number_scrubs": (("contact_point_id",),),
    "attempts": (("person_id", "started_at"),),
}
"""What the contact check (and the audit) finds rows by, beside their key. A row without a value is in no such index."""


def raw_schema(feed: Feed) -> str:
    """Return the schema that holds `feed`, e.g. `raw_ledger`."""
    return f"raw_{feed}"


def stored_columns(entity: Entity) -> tuple[Column, ...]:
    """Return the public and derived columns of `entity`, in the order of its raw table."""
    return entity.public_columns + DERIVED_COLUMNS.get(entity.name, ())


def statements() -> list[sql.Composed]:
    """Return the DDL of the raw and vault schemas, to be run in order by the loader role.

    The schemas themselves must exist. Running the list again changes nothing.
    """
    result: list[sql.Composed] = []
    for feed in FEEDS:
        result.extend(_feed_statements(feed))
        for entity in entities_of(feed):
            result.extend(entity_statements(feed, entity))
    result.extend(_vault_statements())
    return result


def key_index(feed: Feed, entity: Entity) -> sql.Identifier:
    """Return the name of the unique index over (_key, _known_at) of a raw table."""
    return sql.Identifier(raw_schema(feed), f"{entity.name}_key_known_at")


def lookup_indexes(feed: Feed, entity: Entity) -> list[sql.Identifier]:
    """Return the names of the indexes over `LOOKUPS` of a raw table."""
    return [sql.Identifier(raw_schema(feed), f"{entity.name}_{columns[0]}") for columns in LOOKUPS.get(entity.name, ())]


def entity_statements(feed: Feed, entity: Entity) -> list[sql.Composed]:
    """Return the DDL of one raw table and its indexes."""
    table = sql.Identifier(raw_schema(feed), entity.name)
    typed = [(column.name, column.type, column.required) for column in stored_columns(entity)]
    lines = [
        sql.SQL("{} {}{}").format(sql.Identifier(name), sql.SQL(type_), sql.SQL(" not null" if required else ""))
        for name, type_, required in [*typed, *((name, type_, True) for name, type_ in TECHNICAL_COLUMNS)]
    ]
    result = [
        sql.SQL("create table if not exists {} ({})").format(table, sql.SQL(", ").join(lines)),
        *(
            sql.SQL("alter table {} add column if not exists {} {}").format(table, sql.Identifier(name), sql.SQL(type_))
            for name, type_, _ in typed
        ),
        # The grain: a key has one version at any instant. It also finds the newest held version of a key.
        sql.SQL("create unique index if not exists {} on {} (_key, _known_at)").format(
            sql.Identifier(f"{entity.name}_key_known_at"), table
        ),
        # Batches arrive in order and rows never move, so a block range index finds a batch at almost no upkeep.
        sql.SQL("create index if not exists {} on {} using brin (_batch_id) with (pages_per_range = 16)").format(
            sql.Identifier(f"{entity.name}_batch_id"), table
        ),
    ]
    for columns in LOOKUPS.get(entity.name, ()):
        is_always_there = entity.column(columns[0]).required
        result.append(
            sql.SQL("create index if not exists {} on {} ({}){}").format(
                sql.Identifier(f"{entity.name}_{columns[0]}"),
                table,
                sql.SQL(", ").join(map(sql.Identifier, columns)),
                sql.SQL("") if is_always_there else sql.SQL(" where {} is not null").format(sql.Identifier(columns[0])),
            )
        )
    if entity.name == "status_events":
        result.append(
            sql.SQL("create index if not exists {} on {} (person_id) where status = 'erased'").format(
                sql.Identifier("status_events_erased"), table
            )
        )
    return result


def _feed_statements(feed: Feed) -> list[sql.Composed]:
    """Bookkeeping of one feed: its batches, what each brought, what was refused, where the next pull begins."""
    schema = sql.Identifier(raw_schema(feed))
    templates = (
        """
        create table if not exists {schema}.batches (
            batch_id bigint generated always as identity primary key,
            feed text not null,
            as_of_date date not null,
            recorded_at timestamptz not null unique,
            is_first boolean not null,
            is_absent boolean not null default false,
            is_intraday boolean not null default false,
            finished_at timestamptz
        )
        """,
        "alter table {schema}.batches add column if not exists is_intraday boolean not null default false",
        "create index if not exists batches_as_of_date on {schema}.batches (as_of_date)",
        """
        create table if not exists {schema}.manifest (
            batch_id bigint not null references {schema}.batches,
            entity text not null,
            read_rows bigint not null,
            loaded_rows bigint not null,
            held_rows bigint not null,
            rejected_rows bigint not null,
            deferred_rows bigint not null default 0,
            cursor_from timestamptz,
            cursor_to timestamptz,
            primary key (batch_id, entity),
            check (read_rows = loaded_rows + held_rows + rejected_rows)
        )
        """,
        """
        create table if not exists {schema}.rejected (
            batch_id bigint not null references {schema}.batches,
            entity text not null,
            pull_row bigint not null,
            row_ref text not null,
            key text,
            column_name text,
            reason text not null,
            payload jsonb not null
        )
        """,
        "create index if not exists rejected_batch_id on {schema}.rejected (batch_id, entity)",
        """
        create table if not exists {schema}.cursors (
            entity text primary key,
            cursor_value timestamptz
        )
        """,
    )
    return [sql.SQL(template).format(schema=schema) for template in templates]


def _vault_statements() -> list[sql.Composed]:
    """The vault. An erased row stays as a tombstone, so that no reload can fill it again."""
    templates = (
        """
        create table if not exists vault.persons (
            person_id text primary key,
            full_name text,
            source_recorded_at timestamptz not null,
            updated_at timestamptz not null,
            is_erased boolean not null default false,
            check (not is_erased or full_name is null)
        )
        """,
        """
        create table if not exists vault.contact_points (
            contact_point_id text primary key,
            person_id text not null,
            medium text not null,
            address text,
            source_recorded_at timestamptz not null,
            updated_at timestamptz not null,
            is_erased boolean not null default false,
            check (not is_erased or address is null)
        )
        """,
        "create index if not exists contact_points_person_id on vault.contact_points (person_id)",
    )
    return [sql.SQL(template).format() for template in templates]
