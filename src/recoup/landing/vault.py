"""The vault's rows: names and addresses, filled from the pulls and emptied for good when a person is erased."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

from recoup.entities import Entity
from recoup.landing.batches import Batch
from recoup.landing.ddl import raw_schema

Connection = psycopg.Connection[tuple[Any, ...]]


@dataclass(frozen=True)
class _VaultTable:
    columns: tuple[str, ...]
    personal: str

    @property
    def key(self) -> str:
        return self.columns[0]


_TABLES = {
    "persons": _VaultTable(("person_id", "full_name"), "full_name"),
    "contact_points": _VaultTable(("contact_point_id", "person_id", "medium", "address"), "address"),
}


def keep_personal(connection: Connection, batch: Batch, entity: Entity, *, keeps_recorded_at: bool) -> int:
    """Bring the personal columns of the pull's newest rows (temporary table `candidate`) into the vault.

    A name may change while nothing public does, so this looks at every row that was read. What the vault holds from a
    later moment stays (where the source tells moments apart), and so does an erased person's emptiness.

    Returns:
        Rows written.
    """
    table = _TABLES[entity.name]
    columns = sql.SQL(", ").join(map(sql.Identifier, table.columns))
    contents = [name for name in table.columns if name != table.key]
    erased_columns = [
        sql.SQL("case when erased.person_id is null then n.{0} end").format(sql.Identifier(name))
        if name == table.personal
        else sql.SQL("n.{}").format(sql.Identifier(name))
        for name in table.columns
    ]
    statement = sql.SQL(
        """
        insert into vault.{table} as held ({columns}, source_recorded_at, updated_at, is_erased)
        select {values}, n.source_recorded_at, {recorded_at}, erased.person_id is not null
        from (
            select distinct on ({key}) * from candidate order by {key}, source_recorded_at desc, pull_row desc
        ) as n
        left join vault.persons as erased on erased.person_id = n.person_id and erased.is_erased
        on conflict ({key}) do update set
            ({columns}, source_recorded_at, updated_at, is_erased)
            = ({excluded}, excluded.source_recorded_at, excluded.updated_at, excluded.is_erased)
        where not held.is_erased
            and {is_newer}
            and ({held_contents}) is distinct from ({new_contents})
        """
    ).format(
        table=sql.Identifier(entity.name),
        columns=columns,
        values=sql.SQL(", ").join(erased_columns),
        recorded_at=batch.recorded_at,
        key=sql.Identifier(table.key),
        excluded=_listed("excluded", list(table.columns)),
        is_newer=sql.SQL("excluded.source_recorded_at >= held.source_recorded_at" if keeps_recorded_at else "true"),
        held_contents=sql.SQL("row({})").format(_listed("held", contents)),
        new_contents=sql.SQL("row({})").format(_listed("excluded", contents)),
    )
    return connection.execute(statement).rowcount


def empty_erased(connection: Connection, batch: Batch) -> int:
    """Empty the vault rows of everybody whom the feed's status events name erased by now, and leave tombstones.

    An erasure is for good: no later event or reload undoes it. The ledger and the keys stay whole.

    Returns:
        Persons newly erased.
    """
    erased = sql.SQL(
        "select distinct person_id from {} where status = 'erased' and person_id is not null and from_at <= {}"
    ).format(sql.Identifier(raw_schema(batch.feed), "status_events"), batch.recorded_at)
    count = connection.execute(
        sql.SQL(
            """
            insert into vault.persons as held (person_id, full_name, source_recorded_at, updated_at, is_erased)
            select person_id, null, {recorded_at}, {recorded_at}, true from ({erased}) as e
            on conflict (person_id) do update set full_name = null, updated_at = excluded.updated_at, is_erased = true
            where not held.is_erased
            """
        ).format(recorded_at=batch.recorded_at, erased=erased)
    ).rowcount
    connection.execute(
        sql.SQL(
            """
            update vault.contact_points set address = null, updated_at = {recorded_at}, is_erased = true
            where not is_erased and person_id in ({erased})
            """
        ).format(recorded_at=batch.recorded_at, erased=erased)
    )
    return count


def _listed(alias: str, names: list[str]) -> sql.Composed:
    return sql.SQL(", ").join(sql.SQL("{}.{}").format(sql.Identifier(alias), sql.Identifier(name)) for name in names)
