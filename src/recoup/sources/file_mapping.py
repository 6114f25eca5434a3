"""From a file's columns to canonical ones: dates, money, codes and keys, a whole batch at a time and exact.

Money never passes through a float: the decimal point moves within the text. A cell that cannot be read keeps its text,
and the reason goes along in `faults`, so that the row is refused with everything that is wrong with it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from recoup.company_sources import ColumnMapping, RowFilter
from recoup.entities import Column, Entity
from recoup.sources.adapter import FAULT_COLUMN_END, FAULT_END, RECORDED_AT
from recoup.sources.currencies import EXPONENTS

Text: TypeAlias = "pa.ChunkedArray | pa.Array"

_NULL = pa.scalar(None, pa.string())
_PLACEHOLDER = re.compile(r"\{([^{}]+)\}")
_AMOUNT = (
    r"^(?P<open>\(?)(?P<first>[+-]?)\p{Sc}?(?P<second>[+-]?)(?P<whole>\d*)(?:\.(?P<part>\d*?)0*)?(?P<close>[-)]?)$"
)
_DATE = r"^\d{4}-\d\d-\d\d$"
_MIDNIGHT = r"^(\d{4}-\d\d-\d\d)[ T]00:00(?::00(?:\.0+)?)?$"
_LOCAL_MINUTE = r"^\d{4}-\d\d-\d\d[ T]\d\d:\d\d$"
_LOCAL_INSTANT = r"^\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d+)?$"


@dataclass
class Faults:
    """What could not be read, collected column by column."""

    _found: list[Text] = field(default_factory=list)

    def add(self, mask: Text, column: Column, value: Text, reason: str) -> None:
        """Note `reason` for the rows where `mask` is true; the value is shown unless it is personal."""
        mask = pc.fill_null(mask, False)
        if not pc.any(mask).as_py():
            return
        begin, end = f"{column.name}{FAULT_COLUMN_END}", f"{reason}{FAULT_END}"
        if column.personal:
            text: Text | pa.Scalar = pa.scalar(begin + end)
        else:
            shown = pc.utf8_slice_codeunits(pc.fill_null(value, ""), 0, 80)
            shown = pc.replace_substring_regex(shown, f"[{FAULT_COLUMN_END}{FAULT_END}]", "")
            text = pc.binary_join_element_wise(f"{begin}'", shown, f"' {end}", "")
        self._found.append(pc.if_else(mask, text, ""))

    def column(self, rows: int) -> Text:
        """The `faults` column: null where all is well."""
        if not self._found:
            return pa.nulls(rows, pa.string())
        joined = pc.binary_join_element_wise(*self._found, "")
        return pc.if_else(pc.equal(joined, ""), _NULL, joined)


def source_columns(columns: dict[str, ColumnMapping], where: tuple[RowFilter, ...] = ()) -> dict[str, str]:
    """Columns of the file that a mapping needs, each with what needs it, for messages."""
    needed: dict[str, str] = {}
    for name, mapping in columns.items():
        for column in _origins(mapping):
            needed.setdefault(column, name)
    for condition in where:
        needed.setdefault(condition.column, "where")
    return needed


def selected(table: pa.Table, where: tuple[RowFilter, ...]) -> Text:
    """Mask of the rows that fulfil every condition."""
    mask: Text = pa.repeat(True, table.num_rows)
    for condition in where:
        value = table[condition.column]
        if condition.equals is not None:
            mask = pc.and_(mask, pc.is_in(value, pa.array(condition.equals, pa.string())))
        if condition.not_equals is not None:
            mask = pc.and_(mask, pc.invert(pc.is_in(value, pa.array(condition.not_equals, pa.string()))))
        if condition.is_empty is not None:
            mask = pc.and_(mask, pc.is_null(value) if condition.is_empty else pc.is_valid(value))
    return mask


def mapped(
    table: pa.Table, columns: dict[str, ColumnMapping], entity: Entity, time_zone: str
) -> tuple[pa.Table, Faults]:
    """Map text columns of a file to canonical text columns.

    Args:
        table: The file's columns as text, empty cells null.
        columns: Canonical column (or RECORDED_AT) → where it comes from.
        time_zone: Zone of dates and of instants without an offset, IANA.

    Returns:
        The canonical columns, row-aligned with `table`, and what could not be read.
    """
    faults = Faults()
    result: dict[str, Text] = {}
    # The currency comes first: amounts "of the row's currency" look it up.
    for name in sorted(columns, key=lambda name: name != "currency"):
        column = Column(RECORDED_AT, "timestamptz") if name == RECORDED_AT else entity.column(name)
        value = _without_nul(_origin(table, columns[name]), column, faults)
        result[name] = _canonical(value, columns[name], column, result.get("currency"), time_zone, faults)
    return pa.table({name: result[name] for name in columns}), faults


def _origins(mapping: ColumnMapping) -> tuple[str, ...]:
    if mapping.template is not None:
        return tuple(_PLACEHOLDER.findall(mapping.template))
    if mapping.source is None:
        return ()
    return (mapping.source,) if isinstance(mapping.source, str) else mapping.source


def _origin(table: pa.Table, mapping: ColumnMapping) -> Text:
    rows = table.num_rows
    if mapping.constant is not None:
        value: Text = pa.repeat(pa.scalar(_word(mapping.constant)), rows)
    elif mapping.template is not None:
        pieces = _PLACEHOLDER.split(mapping.template)
        # Odd pieces are the placeholders' names.
        parts = [table[piece] if index % 2 else pa.repeat(piece, rows) for index, piece in enumerate(pieces)]
        value = pc.binary_join_element_wise(*parts, "")
    elif isinstance(mapping.source, str):
        value = table[mapping.source]
    else:
        parts = [pc.fill_null(table[name], "") for name in _origins(mapping)]
        value = pc.binary_join_element_wise(*parts, "|")
    return value if mapping.default is None else pc.fill_null(value, _word(mapping.default))


def _without_nul(value: Text, column: Column, faults: Faults) -> Text:
    """Postgres' text holds every character but this one."""
    nul = pc.match_substring(value, "\0")
    if not pc.any(pc.fill_null(nul, False)).as_py():
        return value
    value = pc.replace_substring(value, "\0", "")
    faults.add(nul, column, value, "holds a NUL byte")
    return value


def _canonical(
    value: Text, mapping: ColumnMapping, column: Column, currency: Text | None, time_zone: str, faults: Faults
) -> Text:
    if mapping.values is not None:
        return _translated(value, mapping.values, column, faults)
    match column.type:
        case "date":
            return _date_text(value, mapping, column, faults)
        case "timestamptz":
            return _instant_text(value, mapping, column, time_zone, faults)
        case "bigint" | "integer" | "numeric":
            return _number_text(value, mapping, column, currency, faults)
        case _:
            return value


def _translated(value: Text, values: dict[str, str], column: Column, faults: Faults) -> Text:
    index = pc.index_in(value, pa.array(list(values), pa.string()), skip_nulls=True)
    unknown = pc.and_(pc.is_valid(value), pc.is_null(index))
    faults.add(unknown, column, value, f"is a code that company.yml does not map (values of {column.name})")
    return pc.if_else(unknown, value, pc.take(pa.array(list(values.values()), pa.string()), index))


def _date_text(value: Text, mapping: ColumnMapping, column: Column, faults: Faults) -> Text:
    if mapping.date_format is None:
        return pc.replace_substring_regex(value, _MIDNIGHT, r"\1")
    parsed = _parsed(value, mapping.date_format, column, faults)
    return pc.if_else(pc.is_null(parsed), value, pc.strftime(parsed, "%Y-%m-%d"))


def _instant_text(value: Text, mapping: ColumnMapping, column: Column, time_zone: str, faults: Faults) -> Text:
    if mapping.date_format == "epoch":
        is_whole = pc.match_substring_regex(value, r"^-?\d{1,11}$")
        faults.add(
            pc.and_(pc.is_valid(value), pc.invert(is_whole)), column, value, "is no number of seconds since 1970"
        )
        seconds = pc.cast(pc.if_else(is_whole, value, _NULL), pa.int64())
        instant = pc.strftime(pc.cast(seconds, pa.timestamp("s")), "%Y-%m-%d %H:%M:%S+00")
        return pc.if_else(pc.is_null(seconds), value, instant)
    if mapping.date_format is not None:
        parsed = _parsed(value, mapping.date_format, column, faults)
        value = pc.if_else(pc.is_null(parsed), value, pc.strftime(parsed, "%Y-%m-%d %H:%M:%S"))
    if mapping.at is not None:
        value = pc.replace_substring_regex(value, _MIDNIGHT, r"\1")
    value = _with(value, _DATE, f" {mapping.at or '00:00'}:00")
    value = _with(value, _LOCAL_MINUTE, ":00")
    # Postgres knows the zone by name, and so its daylight-saving days too.
    return _with(value, _LOCAL_INSTANT, f" {time_zone}")


def _with(value: Text, pattern: str, ending: str) -> Text:
    return pc.if_else(pc.match_substring_regex(value, pattern), pc.binary_join_element_wise(value, ending, ""), value)


def _parsed(value: Text, date_format: str, column: Column, faults: Faults) -> Text:
    """Timestamps without a zone; null, and a fault, where the text is not of the form."""
    parsed = pc.strptime(value, date_format, "s", error_is_null=True)
    # The C library rolls February 30 over to March 2: what was understood must read as what was written.
    same = pc.equal(_unpadded(pc.strftime(parsed, date_format)), _unpadded(value))
    understood = pc.fill_null(same, False)
    wrong = pc.and_(pc.is_valid(value), pc.invert(understood))
    faults.add(wrong, column, value, f"is not a date of the form {date_format}")
    return pc.if_else(understood, parsed, pa.scalar(None, pa.timestamp("s")))


def _unpadded(value: Text) -> Text:
    return pc.replace_substring_regex(pc.utf8_lower(value), r"(^|\D)0+(\d)", r"\1\2")


def _number_text(value: Text, mapping: ColumnMapping, column: Column, currency: Text | None, faults: Faults) -> Text:
    number = value
    if mapping.thousands is not None:
        mark = re.escape(mapping.thousands)
        # 12,50 is twelve and a half somewhere, and never twelve hundred and fifty.
        uneven = pc.match_substring_regex(number, f"{mark}([0-9]{{0,2}}|[0-9]{{4,}})([^0-9{mark}]|$)")
        faults.add(uneven, column, value, f"has no three digits after the thousands separator {mapping.thousands!r}")
        number = pc.replace_substring(number, mapping.thousands, "")
    if mapping.decimal != ".":
        number = pc.replace_substring(number, mapping.decimal, ".")
    if mapping.money is None and not mapping.negate:
        return number
    parts = pc.extract_regex(number, _AMOUNT)
    whole, part = pc.struct_field(parts, "whole"), pc.struct_field(parts, "part")
    is_amount = pc.fill_null(pc.not_equal(pc.binary_join_element_wise(whole, pc.fill_null(part, ""), ""), ""), False)
    unread = pc.and_(pc.is_valid(value), pc.invert(is_amount))
    faults.add(unread, column, value, "is no amount (see `thousands` and `decimal` in company.yml)")
    minus = [pc.equal(pc.struct_field(parts, name), "-") for name in ("first", "second", "close")]
    is_negative = pc.or_(pc.or_(minus[0], minus[1]), pc.or_(minus[2], pc.equal(pc.struct_field(parts, "open"), "(")))
    sign = pc.if_else(pc.xor(is_negative, mapping.negate), "-", "")
    if mapping.money is None:
        point = pc.if_else(pc.equal(part, ""), "", ".")
        return pc.if_else(is_amount, pc.binary_join_element_wise(sign, whole, point, part, ""), value)
    minor = _minor_units(sign, whole, part, mapping.money, currency, column, value, faults)
    return pc.if_else(pc.and_(is_amount, pc.is_valid(minor)), minor, value)


def _minor_units(
    sign: Text, whole: Text, part: Text, money: str, currency: Text | None, column: Column, value: Text, faults: Faults
) -> Text:
    """Move the decimal point right by the currency's exponent; null where decimals would be lost."""
    result: Text = pa.nulls(len(whole), pa.string())
    for exponent in sorted(set(EXPONENTS.values()) if money == "row" else {EXPONENTS[money]}):
        applies: Text = pc.is_valid(whole)
        if money == "row":
            codes = pa.array([code for code, places in EXPONENTS.items() if places == exponent], pa.string())
            applies = pc.and_(applies, pc.is_in(currency, codes))
        finer = pc.and_(applies, pc.greater(pc.utf8_length(part), exponent))
        faults.add(finer, column, value, f"has more than the currency's {exponent} decimals")
        digits = pc.utf8_rpad(part, exponent, "0") if exponent else part
        amount = pc.binary_join_element_wise(sign, whole, digits, "")
        result = pc.if_else(pc.and_(applies, pc.invert(finer)), amount, result)
    return result


def _word(value: str | int | float | bool) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
