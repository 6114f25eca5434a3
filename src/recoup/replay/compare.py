"""Published rows against the rows of the same list made again: by key and hash, and where they differ by column."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from psycopg import sql

from recoup import warehouse
from recoup.publishing.proposals import LISTS, Connection, pin_text_settings
from recoup.publishing.staged import stage_lists
from recoup.replay.edition import Edition
from recoup.replay.rebuild import day_of
from recoup.settings import Settings

KEYS: dict[str, tuple[str, ...]] = {
    "contact_priority": ("account_id",),
    "best_time_to_contact": ("account_id", "contact_point_id", "rank"),
    "excluded": ("account_id", "reason"),
}
"""What names a row of a list within its version."""

_ERASED = """
select distinct person_id from (
    select person_id from raw_ledger.status_events where status = 'erased'
    union all
    select person_id from raw_contact.status_events where status = 'erased'
) as said
where person_id = any(%s)
order by person_id
"""


@dataclass(frozen=True)
class Difference:
    """One cell that came out differently; a row that only one side has is one difference without a column.

    Attributes:
        key: Values of the list's key, in its order.
        column: None where the row is missing or extra.
        published: Text; None = null, or the row was not published.
        rebuilt: Text; None = null, or the row was not rebuilt.
    """

    key: tuple[str, ...]
    state: str
    column: str | None = None
    published: str | None = None
    rebuilt: str | None = None


@dataclass(frozen=True)
class Compared:
    """How one list came out.

    Attributes:
        equal: Rows of the same key and hash.
        missing: Published, but not rebuilt.
        extra: Rebuilt, but never published.
        different: Of the same key, with another hash.
        altered: Published rows whose content no longer gives the hash that stands beside it.
        differences: The first of them, in order of the key.
    """

    list_name: str
    equal: int
    missing: int
    extra: int
    different: int
    altered: int
    differences: tuple[Difference, ...]

    @property
    def is_equal(self) -> bool:
        """True if the list came out row by row."""
        return not (self.missing or self.extra or self.different or self.altered)


@dataclass(frozen=True)
class Comparison:
    """How the three lists came out.

    Attributes:
        erased: Persons of these lists who were erased since; what was known of them then decided, and their keys hold.
    """

    lists: tuple[Compared, ...]
    erased: tuple[str, ...]

    @property
    def is_equal(self) -> bool:
        """True if all three came out row by row."""
        return all(compared.is_equal for compared in self.lists)


def compare(edition: Edition, schema: str, settings: Settings, *, most: int) -> Comparison:
    """Compare the published version with `proposed_<list>` of `schema`, in one snapshot; nothing is written.

    Args:
        most: Rows a list of which the differences are told.
    """
    with warehouse.connect("auditor", settings) as connection:
        connection.execute("set transaction isolation level repeatable read")
        pin_text_settings(connection)
        stage_lists(connection, day_of(edition, settings), edition.list_version, schema)
        persons: set[str] = set()
        found = []
        for name in LISTS:
            connection.execute(
                sql.SQL(
                    "create temporary table {} on commit drop as"
                    " select * from {} where list_date = %s and list_version = %s"
                ).format(sql.Identifier(f"published_{name}"), sql.Identifier("lists", name)),
                [edition.list_date, edition.list_version],
            )
            found.append(_compared(connection, name, most))
            rows = connection.execute(
                sql.SQL("select distinct person_id from {} where person_id is not null").format(
                    sql.Identifier(f"published_{name}")
                )
            )
            persons |= {person for (person,) in rows}
        erased = [person for (person,) in connection.execute(_ERASED, [sorted(persons)])]
    return Comparison(tuple(found), tuple(erased))


def _compared(connection: Connection, name: str, most: int) -> Compared:
    row = connection.execute(
        sql.SQL(
            """
            select
                count(*) filter (where p.row_hash = s.row_hash),
                count(*) filter (where s.row_hash is null),
                count(*) filter (where p.row_hash is null),
                count(*) filter (where p.row_hash <> s.row_hash),
                (select count(*) from {published} as held where lists.row_hash(held) <> held.row_hash)
            from {published} as p
            full join {staged} as s using ({key})
            """
        ).format(**_parts(name))
    ).fetchone()
    assert row is not None
    equal, missing, extra, different, altered = row
    told = _differences(connection, name, most) if missing or extra or different else ()
    return Compared(name, equal, missing, extra, different, altered, told)


def _differences(connection: Connection, name: str, most: int) -> tuple[Difference, ...]:
    rows = connection.execute(
        sql.SQL(
            """
            with differing as (
                select {key}, p.row_hash is null as is_extra, s.row_hash is null as is_missing,
                    to_jsonb(p) as published, to_jsonb(s) as rebuilt
                from {published} as p
                full join {staged} as s using ({key})
                where p.row_hash is distinct from s.row_hash
                order by {key}
                limit %s
            )
            select array[{key_text}], is_extra, is_missing, cells.*
            from differing
            left join lateral (
                select columns.name, published ->> columns.name as said, rebuilt ->> columns.name as says
                from jsonb_object_keys(published || rebuilt) as columns (name)
                where columns.name not in ('row_hash', 'run_id')
                    and published -> columns.name is distinct from rebuilt -> columns.name
            ) as cells on not (is_extra or is_missing)
            order by {key}, cells.name
            """
        ).format(**_parts(name)),
        [most],
    ).fetchall()
    return tuple(_difference(*row) for row in rows)


def _difference(
    key: list[str], is_extra: bool, is_missing: bool, column: str | None, said: Any, says: Any
) -> Difference:
    if is_extra or is_missing:
        return Difference(tuple(key), "extra" if is_extra else "missing")
    return Difference(tuple(key), "different", column, said, says)


def _parts(name: str) -> dict[str, sql.Composable]:
    key = [sql.Identifier(column) for column in KEYS[name]]
    return {
        "published": sql.Identifier(f"published_{name}"),
        "staged": sql.Identifier(f"staged_{name}"),
        "key": sql.SQL(", ").join(key),
        "key_text": sql.SQL(", ").join(sql.SQL("{}::text").format(column) for column in key),
    }
