"""Whom to contact when, as the engine takes it: from the former habit, or from lists made elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from recoup.synthetic.columns import Array
from recoup.synthetic.rows import numbers


@dataclass(frozen=True)
class Contacts:
    """One day's contacts in the company's own keys, row-aligned; all local dates are the day played.

    Attributes:
        account_id, contact_point_id: str (n,), keys of the source tables.
        channel: str (n,): voice, sms, email.
        start_at: datetime64[us] (n,), UTC, when the contact is made.
        campaign: str (n,): `list` or `explore`.
        list_row_hash: object (n,), str or None: the published row that asked for it.
    """

    account_id: Array
    contact_point_id: Array
    channel: Array
    start_at: Array
    campaign: Array
    list_row_hash: Array

    def account_numbers(self) -> Array:
        """Positions of the accounts, int64 (n,)."""
        return numbers(self.account_id)

    def point_numbers(self) -> Array:
        """Positions of the contact points, int64 (n,)."""
        return numbers(self.contact_point_id)


ContactSource = Callable[[date], "Contacts | None"]
"""Gives the contacts of a day; None = the former habit decides."""


@dataclass(frozen=True)
class Dials:
    """Contacts in the engine's own codes, row-aligned int64 (n,) but for `row_hash` (object).

    Attributes:
        start: Microseconds since 1970 UTC.
        hour: Local hour of the person, 8..20.
        channel: Position in `layouts.ATTEMPT_CHANNELS`.
        campaign: Position in `layouts.CAMPAIGNS`.
    """

    account: Array
    person: Array
    point: Array
    channel: Array
    start: Array
    hour: Array
    campaign: Array
    row_hash: Array

    def only(self, mask: Array) -> Dials:
        """Those that the mask, bool (n,), keeps."""
        return Dials(*(getattr(self, name)[mask] for name in Dials.__dataclass_fields__))
