"""What makes a row unfit to land: one SQL expression a rule, null where the row passes.

Only a row that cannot be read or contradicts its own key is refused. Whether what it says is plausible is the audit's
question, and a reference to something unknown (a payment of an unknown invoice) is no fault at all.
"""

from __future__ import annotations

from dataclasses import dataclass

from psycopg import sql

from recoup.entities import Column, Entity
from recoup.sources.currencies import CODES

CURRENCY_COLUMNS = ("currency", "from_currency", "to_currency")

_LARGEST_CENTS = 10**15
_LARGEST_NUMBER = 10**15
_LONGEST_KEY = 400
_LONGEST_TEXT = 20_000
_EARLIEST, _LATEST = "1900", "2200"

_REQUIRED_TOGETHER: dict[str, tuple[str, ...]] = {
    "applications": ("payment_id", "credit_id"),
    "disputes": ("payment_id", "invoice_id"),
    "status_events": ("person_id", "account_id", "debt_id"),
    "consents": ("contact_point_id", "person_id"),
    "assignments": ("agent_id", "team"),
    "sentiment": ("attempt_id", "account_id"),
}
"""Columns of which a row needs at least one, or it is about nothing."""


@dataclass(frozen=True)
class Check:
    """One rule.

    Attributes:
        column: Column it is about.
        reason: SQL text expression over the landed text columns (alias `l`): null, or why the row is refused.
    """

    column: str
    reason: sql.Composed


def checks(entity: Entity, delivered: frozenset[str]) -> list[Check]:
    """Return the rules for the rows of `entity` of which the columns `delivered` arrived."""
    result = [
        Check(column.name, _column_reason(column, is_key=column.name in entity.key))
        for column in entity.columns
        if column.name in delivered
    ]
    if "address" in delivered:
        result.append(Check("address", _address_reason()))
    if (group := _REQUIRED_TOGETHER.get(entity.name)) is not None:
        result.append(Check(group[0], _group_reason(tuple(name for name in group if name in delivered), group)))
    if entity.name == "sentiment":
        result.append(Check("score", _above_one_reason()))
    return result


def recorded_at_check(column: str) -> Check:
    """Return the rule for the instant at which the source learned a row."""
    return Check(column, _case(_type_branches(Column(column, "timestamptz"))))


def _column_reason(column: Column, *, is_key: bool) -> sql.Composed:
    value = _value(column.name)
    branches: list[tuple[sql.Composable, sql.Composable]] = []
    if column.required:
        # A null reaches no other branch: every comparison with it is unknown.
        branches.append((sql.SQL("coalesce({}, '') = ''").format(value), sql.Literal("is missing")))
    else:
        branches.append((sql.SQL("{} = ''").format(value), sql.SQL("null")))
    branches.extend(_type_branches(column, is_key=is_key))
    if column.choices:
        branches.append((
            sql.SQL("{} <> all ({})").format(value, sql.Literal(list(column.choices))),
            _said(column, f"is none of {', '.join(column.choices)}"),
        ))  # fmt: skip
    if column.name in CURRENCY_COLUMNS:
        branches.append((
            sql.SQL("{} <> all ({})").format(value, sql.Literal(list(CODES))),
            _said(column, "is no ISO 4217 currency code in capitals, such as USD"),
        ))  # fmt: skip
    return _case(branches)


def _type_branches(column: Column, *, is_key: bool = False) -> list[tuple[sql.Composable, sql.Composable]]:
    """(condition, reason) of what a value of the column's type may not look like, cheapest and most basic first."""
    value = _value(column.name)
    invalid = sql.SQL("not pg_input_is_valid({}, {})").format(value, sql.Literal(column.type))
    outside = sql.SQL("({v} < {first} or {v} >= {last})").format(
        v=value, first=sql.Literal(_EARLIEST), last=sql.Literal(_LATEST)
    )
    match column.type:
        case "text":
            longest = _LONGEST_KEY if is_key else _LONGEST_TEXT
            condition = sql.SQL("octet_length({}) > {}").format(value, sql.Literal(longest))
            return [(condition, sql.Literal(f"is longer than {longest} bytes"))]
        case "date":
            # The pattern keeps out what Postgres would also take for a date: today, infinity, 1/2/2013.
            shape = sql.SQL("{} not like '____-__-__'").format(value)
            return [
                (_either(shape, invalid), _said(column, "is not a date (YYYY-MM-DD)")),
                (outside, _said(column, f"lies outside the years {_EARLIEST} to {int(_LATEST) - 1}")),
            ]
        case "timestamptz":
            shape = sql.SQL("({v} not like '____-__-__ __:__:__%' and {v} not like '____-__-__T__:__:__%')").format(
                v=value
            )
            zoneless = sql.SQL("({v} not like '%+00' and translate(substr({v}, 20), '.0123456789', '') = '')").format(
                v=value
            )
            return [
                (_either(shape, invalid), _said(column, "is not an instant (YYYY-MM-DD HH:MM:SS+00)")),
                (zoneless, _said(column, "has no time zone or offset (YYYY-MM-DD HH:MM:SS+00)")),
                (outside, _said(column, f"lies outside the years {_EARLIEST} to {int(_LATEST) - 1}")),
            ]
        case "bigint" | "integer":
            return [(invalid, _said(column, f"is not a whole number ({column.type})")), *_range_branches(column)]
        case "numeric":
            # NaN and Infinity are numbers to Postgres, and nothing to us.
            endless = sql.SQL("{} ~ '[NnIi]'").format(value)
            return [(_either(invalid, endless), _said(column, "is not a number")), *_range_branches(column)]
        case "boolean":
            return [(invalid, _said(column, "is neither true nor false"))]
        case "text[]":
            return [(invalid, _said(column, "is not a list such as {a,b}"))]


def _range_branches(column: Column) -> list[tuple[sql.Composable, sql.Composable]]:
    number = sql.SQL("{}::{}").format(_value(column.name), sql.SQL(column.type))
    result: list[tuple[sql.Composable, sql.Composable]] = []
    if column.minimum is not None:
        text = "is negative" if column.minimum == 0 else f"is less than {column.minimum}"
        result.append((sql.SQL("{} < {}").format(number, sql.Literal(column.minimum)), _said(column, text)))
    if column.type == "bigint":
        limit, text = _LARGEST_CENTS, "is more than 10^15 minor units: are these cents?"
        result.append((sql.SQL("{} not between {} and {}").format(number, -limit, limit), _said(column, text)))
    if column.type == "numeric":
        limit, text = _LARGEST_NUMBER, "is larger than 10^15"
        result.append((sql.SQL("{} not between {} and {}").format(number, -limit, limit), _said(column, text)))
    return result


def _address_reason() -> sql.Composed:
    """The shape that the medium needs. The reason never shows the address."""
    text = sql.SQL("{} in ('voice', 'sms') and {} !~ {}")
    medium, address = _value("medium"), _value("address")
    return _case([
        (sql.SQL("coalesce({}, '') = ''").format(address), sql.SQL("null")),
        (text.format(medium, address, sql.Literal(r"^\+([2-9][0-9]{6,14}|1[2-9][0-9]{2}[2-9][0-9]{6})$")),
         sql.Literal("is no E.164 number (+ country code and number, digits only)")),
        (sql.SQL("{} = 'email' and {} !~ {}").format(medium, address, sql.Literal(r"^[^@\s]+@[^@\s]+\.[^@\s]+$")),
         sql.Literal("is no e-mail address")),
    ])  # fmt: skip


def _group_reason(delivered: tuple[str, ...], group: tuple[str, ...]) -> sql.Composed:
    text = sql.Literal(f"is missing, and so {'is' if len(group) == 2 else 'are'} {' and '.join(group[1:])}")
    if not delivered:
        return sql.SQL("{}::text").format(text)
    values = sql.SQL(", ").join(sql.SQL("nullif({}, '')").format(_value(name)) for name in delivered)
    return _case([(sql.SQL("coalesce({}) is null").format(values), text)])


def _above_one_reason() -> sql.Composed:
    value = _value("score")
    return _case([
        (sql.SQL("not pg_input_is_valid({}, 'numeric')").format(value), sql.SQL("null")),
        (sql.SQL("{}::numeric > 1").format(value), sql.Literal("is more than 1")),
    ])  # fmt: skip


def _said(column: Column, text: str) -> sql.Composable:
    """The reason with the value in front, unless the value is personal."""
    if column.personal:
        return sql.Literal(text)
    return sql.SQL("concat('''', left({}, 80), ''' ', {})").format(_value(column.name), sql.Literal(text))


def _case(branches: list[tuple[sql.Composable, sql.Composable]]) -> sql.Composed:
    whens = [sql.SQL("when {} then {}").format(condition, reason) for condition, reason in branches]
    return sql.SQL("case {} end").format(sql.SQL(" ").join(whens))


def _either(first: sql.Composable, second: sql.Composable) -> sql.Composed:
    return sql.SQL("({} or {})").format(first, second)


def _value(name: str) -> sql.Composed:
    return sql.SQL("l.{}").format(sql.Identifier(name))
