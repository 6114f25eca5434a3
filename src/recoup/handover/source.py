"""Reading the newest published list as the dialer may, in Arrow batches of bounded size."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import adbc_driver_postgresql.dbapi as adbc
import pyarrow as pa

from recoup import warehouse
from recoup.errors import RecoupError
from recoup.handover.columns import select
from recoup.settings import Settings

_BATCH_BYTES = 8 * 1024 * 1024
"""What the driver collects before it hands over a batch; what an export holds at a time is a few times this."""


@dataclass(frozen=True)
class Edition:
    """One published version of a list date, as its manifest has it.

    Attributes:
        rows: Rows of the list, all channels.
        sha256: Hash of the published content.
    """

    list_date: date
    list_version: int
    as_of_date: date
    rows: int
    sha256: str
    rule_version: str
    model_version: str
    knowledge_cutoff: datetime


def newest_edition(settings: Settings) -> Edition | None:
    """The newest published version; None before the first."""
    with warehouse.connect("dialer", settings) as connection:
        row = connection.execute(
            "select list_date, list_version, as_of_date, rows, sha256, rule_version, model_version, knowledge_cutoff"
            " from lists.current_manifest"
        ).fetchone()
    return None if row is None else Edition(*row)


def edition_of(list_date: date, settings: Settings) -> Edition:
    """The newest published version, if it is the one of `list_date`.

    Raises:
        RecoupError: Nothing is published, or the newest list is another day's: an old list is not handed over, for
            whoever paid or opted out since would be called.
    """
    edition = newest_edition(settings)
    if edition is None:
        raise RecoupError(f"No list is published yet, so none of {list_date} can be handed over: run the day first.")
    if edition.list_date != list_date:
        raise RecoupError(
            f"The newest published list is of {edition.list_date}, and the one of {list_date} is not handed over any "
            "more or not published yet: export the newest, or run the day first."
        )
    return edition


def slot_counts(edition: Edition, channels: Sequence[str] | None, settings: Settings) -> dict[datetime, int]:
    """Rows of each planned hour that an export of `channels` will give, by the hour's begin (UTC)."""
    with warehouse.connect("dialer", settings) as connection:
        return dict(
            connection.execute(
                "select assigned_slot_start_utc, count(*) from lists.dialer_contact_priority"
                " where list_date = %s and list_version = %s and (%s::text[] is null or channel = any(%s))"
                " group by 1 order by 1",
                [edition.list_date, edition.list_version, channels and list(channels), channels and list(channels)],
            ).fetchall()
        )


@contextmanager
def batches(
    names: Sequence[str], edition: Edition, settings: Settings, *, with_names: bool, channels: Sequence[str] | None,
    by_slot: bool, as_text: bool = True,
) -> Iterator[Iterator[Any]]:  # fmt: skip
    """The rows of an export as pyarrow RecordBatches, a few thousand at a time; arguments as `columns.select`.

    Raises:
        RecoupError: Names are asked for, and the dialer may not read them.
    """
    query = select(
        names, edition.list_date, edition.list_version,
        with_names=with_names, channels=channels, by_slot=by_slot, as_text=as_text,
    )  # fmt: skip
    with adbc.connect(warehouse.url("dialer", settings)) as connection, connection.cursor() as cursor:
        cursor.adbc_statement.set_options(**{"adbc.postgresql.batch_size_hint_bytes": str(_BATCH_BYTES)})
        try:
            cursor.execute(query.as_string())
        except adbc.ProgrammingError as error:
            if with_names and "permission denied" in str(error):
                raise RecoupError(
                    "The dialer may not read names in this warehouse: say `handover: {names: true}` in company.yml and "
                    "run `recoup init`, or export without names."
                ) from error
            raise
        reader = cursor.fetch_record_batch()
        yield (batch for batch in reader if isinstance(batch, pa.RecordBatch) and batch.num_rows)
