"""Text of a list as its readers take it: cells, names, numbers and JSON, whole Arrow columns at a time."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import phonenumbers
import pyarrow as pa
import pyarrow.compute as pc

Array = Any
"""A pyarrow string Array; pyarrow carries no types of its own."""

# What a spreadsheet takes for a formula at the beginning of a cell, full-width forms included; an apostrophe before it
# is what guards it, so a text that has one already gets one more and stays tellable.
_FORMULA = r"^('*)([=+\-@\t\r\n＝＋－＠])"
# Control characters, line and paragraph separators; and what turns the direction of the text that follows it. Marks
# that a script needs (joiners, left-to-right and right-to-left marks) stay.
_CONTROLS = r"[\x00-\x1f\x7f-\x{9f}\x{2028}\x{2029}]"
_TURNS = r"[\x{202a}-\x{202e}\x{2066}-\x{2069}\x{feff}]"
E164 = r"^\+[1-9][0-9]{1,14}$"
"""A number as the vault should hold it: at most 15 digits after the plus sign."""


def guarded(column: Array) -> Array:
    """Put an apostrophe before every text that a spreadsheet would run; taking one apostrophe away gives it back."""
    return pc.replace_substring_regex(column, _FORMULA, r"'\1\2")


def cells(column: Array) -> Array:
    """RFC 4180: in double quotes, quotes inside doubled; null is the empty cell without quotes."""
    quoted = pc.binary_join_element_wise('"', pc.replace_substring(column, '"', '""'), '"', "")
    return pc.fill_null(quoted, "")


def bare_cells(column: Array) -> Array:
    """Numbers, dates and instants, which need no quotes; null is the empty cell."""
    return pc.fill_null(column, "")


def lines(columns: list[Array], delimiter: str, ending: str) -> Array:
    """One text a row: the cells side by side, the ending of a line at the end. large_string, never null."""
    joined = pc.binary_join_element_wise(*columns, delimiter)
    return pc.binary_join_element_wise(joined, ending, "").cast(pa.large_string())


def header(names: list[str]) -> bytes:
    """The first line of a CSV; our own names need no quotes."""
    return (",".join(names) + "\r\n").encode()


def joined(*parts: Any) -> Array:
    """Texts and fixed pieces side by side; null if one of them is."""
    return pc.binary_join_element_wise(*parts, "")


def spoken(json_lists: Array) -> Array:
    """JSON arrays of texts → the texts with a comma between them."""
    encoded = json_lists.dictionary_encode()
    said = [", ".join(json.loads(value)) for value in encoded.dictionary.to_pylist()]
    return pc.take(pa.array(said, pa.string()), encoded.indices)


def has_controls(column: Array) -> Array:
    """Boolean: a control character, a line break or a tab is in the text."""
    return pc.match_substring_regex(column, _CONTROLS)


def cleaned_name(column: Array, delimiter: str = "") -> Array:
    """A name on one line, composed (NFC): controls and the delimiter become a space, direction overrides go."""
    plain = pc.replace_substring_regex(pc.replace_substring_regex(column, _TURNS, ""), _CONTROLS, " ")
    if delimiter:
        plain = pc.replace_substring(plain, delimiter, " ")
    plain = pc.replace_substring_regex(pc.utf8_normalize(plain, "NFC"), r"[\s\p{Z}]+", " ")
    return pc.fill_null(pc.utf8_trim_whitespace(plain), "")


def halves(column: Array) -> tuple[Array, Array]:
    """A cleaned name before and after its last space; one without a space is all "after". Joined again, the name.

    It says nothing about which half is a family name.
    """
    parts = pc.extract_regex(column, r"^(?:(?P<before>.*) )?(?P<after>[^ ]*)$")
    return pc.fill_null(pc.struct_field(parts, "before"), ""), pc.fill_null(pc.struct_field(parts, "after"), "")


def split_number(column: Array) -> tuple[Array, Array]:
    """E.164 → country calling code and the digits after it; null for what is no number of a known country."""
    parts = pc.extract_regex(column, _country_pattern())
    return pc.struct_field(parts, "code"), pc.struct_field(parts, "national")


@cache
def _country_pattern() -> str:
    # No calling code is the beginning of another one.
    codes = "|".join(str(code) for code in sorted(phonenumbers.COUNTRY_CODE_TO_REGION_CODE))
    return rf"^\+(?P<code>{codes})(?P<national>[0-9]+)$"


def json_strings(column: Array) -> Array:
    """JSON string literals (RFC 8259), UTF-8 as it is; null is `null`."""
    escaped = pc.replace_substring(pc.replace_substring(column, "\\", "\\\\"), '"', '\\"')
    if pc.any(pc.match_substring_regex(column, r"[\x00-\x1f]")).as_py():
        for number in range(0x20):
            escaped = pc.replace_substring(escaped, chr(number), f"\\u{number:04x}")
    return pc.fill_null(pc.binary_join_element_wise('"', escaped, '"', ""), "null")


def json_objects(members: dict[str, Array]) -> Array:
    """One JSON object a row; each member's values are JSON already."""
    pieces: list[Any] = []
    for position, (name, values) in enumerate(members.items()):
        pieces += [f'{"," if position else "{"}"{name}":', values]
    return pc.binary_join_element_wise(*pieces, "}", "")


def instants(column: Array) -> Array:
    """ISO 8601 in UTC to the second, `2026-04-01T13:00:00Z`."""
    return pc.strftime(column.cast(pa.timestamp("s", "UTC")), format="%Y-%m-%dT%H:%M:%SZ")


def is_number(column: Array) -> Array:
    """Boolean: the text is a telephone number in E.164."""
    return pc.match_substring_regex(column, E164)


def either(condition: Array, then: Array, otherwise: Array) -> Array:
    """Row by row, `then` where the condition holds."""
    return pc.if_else(condition, then, otherwise)
