"""What a dialer takes, checked before anything is handed over: the first cell that breaks a limit refuses the list."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

import pyarrow as pa
import pyarrow.compute as pc

from recoup.errors import RecoupError
from recoup.handover.text import E164, has_controls

SHORTER = "shorten it in its source, or map another column to it"
"""How a text that is too long is mended."""


class Checks:
    """The limits of one dialer, asked of one batch.

    A refusal names the row by its seq and account, which are no personal data, never the value itself.
    """

    def __init__(self, dialer: str, batch: Any) -> None:
        self._dialer, self._batch = dialer, batch

    def at_most(self, column: str, values: Any, limit: int, mend: str = SHORTER) -> None:
        """At most `limit` characters (code points)."""
        lengths = pc.utf8_length(values)
        self._refuse_first(
            pc.greater(lengths, limit), column,
            lambda row: f"{lengths[row].as_py()} characters where {self._dialer} takes at most {limit}", mend,
        )  # fmt: skip

    def at_most_bytes(self, column: str, values: Any, limit: int, mend: str = SHORTER) -> None:
        """At most `limit` bytes of UTF-8."""
        lengths = pc.binary_length(values)
        self._refuse_first(
            pc.greater(lengths, limit), column,
            lambda row: f"{lengths[row].as_py()} bytes where {self._dialer} takes at most {limit}", mend,
        )  # fmt: skip

    def present(self, column: str, values: Any, mend: str = "give it a value in its source") -> None:
        """Neither null nor empty."""
        missing = pc.or_kleene(pc.is_null(values), pc.equal(values, ""))
        self._refuse_first(missing, column, lambda _: f"no value, and {self._dialer} needs one", mend)

    def one_line(self, column: str, values: Any) -> None:
        """No control character: a key is handed over as it is or not at all."""
        self._refuse_first(
            has_controls(values), column, lambda _: "a tab, a line break or another control character",
            "take it out of the key in its source",
        )  # fmt: skip

    def without(self, column: str, values: Any, delimiter: str) -> None:
        """The text does not hold the delimiter of a format that cannot quote."""
        self._refuse_first(
            pc.match_substring(values, delimiter), column, lambda _: f"the delimiter {delimiter!r}",
            "take the other delimiter for this target (handover.targets, delimiter), or take it out in its source",
        )  # fmt: skip

    def numbers(self, column: str, values: Any) -> None:
        """Telephone numbers in E.164."""
        wrong = pc.or_kleene(pc.is_null(values), pc.invert(pc.match_substring_regex(values, E164)))
        self._refuse_first(wrong, column, lambda _: "no number in E.164 such as +12125550100", _NUMBER_MEND)

    def known_country(self, column: str, codes: Any) -> None:
        """A country calling code was found in each number."""
        self._refuse_first(pc.is_null(codes), column, lambda _: "a number of no known country", _NUMBER_MEND)

    def holds(self, column: str, condition: Any, what: Callable[[int], str], mend: str) -> None:
        """`condition` is true in every row; `what` says of row i what is wrong."""
        self._refuse_first(pc.invert(condition), column, what, mend)

    def _refuse_first(self, wrong: Any, column: str, what: Callable[[int], str], mend: str) -> None:
        wrong = pc.fill_null(wrong, False)
        if not pc.any(wrong).as_py():
            return
        row = pc.index(wrong, pa.scalar(True)).as_py()
        more = pc.sum(wrong).as_py() - 1
        self._refuse(row, column, what(row), mend, more)

    def _refuse(self, row: int, column: str, what: str, mend: str, more: int) -> NoReturn:
        seq = self._batch.column("seq")[row].as_py()
        account = self._batch.column("account_id")[row].as_py()
        others = f" ({more} more row{'s' if more > 1 else ''} near it too)" if more else ""
        raise RecoupError(
            f"Nothing is handed over to {self._dialer}: row {seq} of the list (account {account!r}), column {column}: "
            f"{what}{others}; {mend}."
        )


_NUMBER_MEND = "correct the contact point in its source and run the day again"
