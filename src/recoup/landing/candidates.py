"""The fit rows of a pull, typed: temporary table `candidate`, made from `landed` without what `reasons` refuses."""

from __future__ import annotations

from datetime import datetime

from psycopg import sql

from recoup.entities import Entity
from recoup.landing.batches import Connection
from recoup.sources.adapter import RECORDED_AT

ALWAYS = "1900-01-01 00:00:00+00"
"""`source_recorded_at` of a standing fact that carries no instant at all: known since ever."""

_AREA_CODE = sql.SQL(
    # Country codes of the E.164 plan: one digit, the two-digit ones, and three digits for all others.
    r"""
    case
        when medium not in ('voice', 'sms') then null
        when address like '+1%' then substr(address, 3, 3)
        else coalesce(
            substring(address from '^\+(?:7|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58])'),
            substr(address, 1, 4)
        )
    end
    """
)


def type_candidates(connection: Connection, entity: Entity, until: datetime, time_zone: str) -> int:
    """Type the fit rows into `candidate`.

    Args:
        until: Rows that the source dates after this instant are left out.
        time_zone: Where a dated fact's day ends, IANA.

    Returns:
        Rows in `candidate`.
    """
    typed = [
        sql.SQL("nullif(l.{name}, '')::{type} as {name}").format(
            name=sql.Identifier(column.name), type=sql.SQL(column.type)
        )
        for column in entity.columns
    ]
    stored: list[sql.Composable] = [sql.Identifier(column.name) for column in entity.columns]
    if entity.name == "contact_points":
        stored.append(sql.SQL("{} as area_code").format(_AREA_CODE))
    hashed = [
        # 1.50 and 1.5 are one number.
        sql.SQL("trim_scale({})" if column.type == "numeric" else "{}").format(sql.Identifier(column.name))
        for column in entity.public_columns
    ]
    if entity.name == "contact_points":
        hashed.insert(0, sql.SQL("({})").format(_AREA_CODE))
    instant = _recorded_at(entity, time_zone)
    statement = sql.SQL(
        """
        create temporary table candidate on commit drop as
        select
            pull_row, {stored}, {key} as _key, {instant} as source_recorded_at,
            -- Nulls at the end do not count: a column that is added later, and empty, makes no new version.
            left(encode(sha256(convert_to(rtrim(row({hashed})::text, ',)'), 'UTF8')), 'hex'), 32) as _row_hash
        from (
            select l.pull_row, {typed}, nullif(l.{recorded_at}, '')::timestamptz as _instant
            from landed as l
            where not exists (select from reasons as r where r.pull_row = l.pull_row)
            offset 0
        ) as t
        where {instant} <= {until}
        """
    ).format(
        stored=sql.SQL(", ").join(stored),
        key=_key(entity),
        instant=instant,
        hashed=sql.SQL(", ").join(hashed),
        typed=sql.SQL(", ").join(typed),
        recorded_at=sql.Identifier(RECORDED_AT),
        until=until,
    )
    return connection.execute(statement).rowcount


def _recorded_at(entity: Entity, time_zone: str) -> sql.Composed:
    """When the source learned a row: its own instant, else when the fact happened, else ever.

    A dated fact is known when its day is over, not when it begins: the run of a day knows all of that day, and nothing
    of the next, although it is recorded in the next one's small hours.
    """
    parts: list[sql.Composable] = [sql.SQL("_instant")]
    if entity.effective is not None:
        column = sql.Identifier(entity.effective)
        is_date = entity.column(entity.effective).type == "date"
        template = "({} + 1)::timestamp at time zone {}" if is_date else "{}"
        parts.append(sql.SQL(template).format(*([column, time_zone] if is_date else [column])))
    parts.append(sql.SQL("{}::timestamptz").format(ALWAYS))
    return sql.SQL("coalesce({})").format(sql.SQL(", ").join(parts))


def _key(entity: Entity) -> sql.Composed:
    """Key columns joined by "|"; in a key of several, a "|" inside a value is escaped: no two keys look alike."""
    if len(entity.key) == 1:
        return sql.SQL("coalesce({}::text, '')").format(sql.Identifier(entity.key[0]))
    template = r"replace(replace(coalesce({}::text, ''), '\', '\\'), '|', '\|')"
    return sql.SQL(" || '|' || ").join(sql.SQL(template).format(sql.Identifier(name)) for name in entity.key)
