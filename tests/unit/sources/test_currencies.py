"""The exponents of ISO 4217."""

from __future__ import annotations

import pytest

from recoup.sources.currencies import CODES, EXPONENTS


@pytest.mark.parametrize(
    ("code", "exponent"),
    [("USD", 2), ("EUR", 2), ("JPY", 0), ("KRW", 0), ("BHD", 3), ("KWD", 3), ("CLF", 4), ("CLP", 0), ("ISK", 0)],
)
def test_a_currency_has_its_exponent(code: str, exponent: int) -> None:
    assert EXPONENTS[code] == exponent


def test_codes_are_three_capitals_and_stand_once() -> None:
    assert all(len(code) == 3 and code.isupper() for code in CODES)
    assert len(CODES) == len(set(CODES)) > 160


def test_metals_funds_and_tests_are_no_currency_of_an_amount() -> None:
    assert not {"XAU", "XDR", "XTS", "XXX"} & set(CODES)
