"""The publish stage: one transaction a list date, a manifest beside the lists, and a frozen cut-off behind them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import NamedTuple

import psycopg
from psycopg import sql

from recoup import warehouse
from recoup.cutoffs import knowledge_cutoff
from recoup.day import Day
from recoup.errors import RecoupError
from recoup.gate.parameters import write_parameters
from recoup.publishing.editions import keep_edition
from recoup.publishing.proposals import LISTS, PROPOSALS_LAYER, Connection, fingerprint, pin_text_settings
from recoup.publishing.staged import stage_lists
from recoup.settings import Settings

_LOCK_CLASS = 0x6C697374  # "list"; the second key of the advisory lock is the list date
_LOCK_WAIT = "5min"


class _Edition(NamedTuple):
    """What a version of a list date was made with."""

    list_version: int
    knowledge_cutoff: datetime
    rule_version: str
    model_version: str


def publish_lists(day: Day, settings: Settings) -> dict[str, int]:
    """Publish the audited proposals of `day`: all three lists and the manifest, or nothing.

    The first publication of a list date freezes its knowledge cut-off, rule and model version. The same proposals again
    change nothing.

    Where the content differs from what was published for the date, a restatement publishes it as the next version
    beside the old one.

    Returns:
        published and unchanged (listed accounts), excluded (accounts), best_times (rows), list_version.

    Raises:
        RecoupError: The proposals were not audited, failed their audit or changed since; or the date was published with
            other content and `day` is no restatement. What was published stays.
    """
    cutoff = knowledge_cutoff(day, settings)
    # Before the list: what company.yml says now binds the check of every contact that the list leads to.
    write_parameters(settings)
    with (
        warehouse.connect("publisher", settings, autocommit=True) as connection,
        _one_publisher(connection, day.list_date),
        connection.transaction(),
    ):
        # The snapshot is taken after the lock: whoever waited sees what the other has published.
        connection.execute("set transaction isolation level repeatable read")
        pin_text_settings(connection)
        _refuse_unaudited(connection, day)
        published = _newest_version(connection, day.list_date)
        version = published or 1
        stage_lists(connection, day, version)
        if published:
            differing = _differing_rows(connection, day.list_date, published)
            if not differing:
                # Also a list that was published before editions were kept: these proposals make the very same one.
                keep_edition(connection, day.list_date, published, _rule_version(connection, day, published), settings)
                return _counts(connection, published=False, list_version=published)
            if not day.is_restatement:
                raise RecoupError(
                    f"The lists of {day.list_date} were published already (version {published}) and {differing} rows "
                    "of the new proposal differ: the published lists stay; to publish the new ones beside them, run "
                    "`recoup run --restate` for its as-of date."
                )
            version = published + 1
            stage_lists(connection, day, version)
        edition = _freeze(connection, day, version, cutoff)
        _insert(connection, day, edition)
        keep_edition(connection, day.list_date, version, edition.rule_version, settings)
        return _counts(connection, published=True, list_version=version)


@contextmanager
def _one_publisher(connection: Connection, list_date: date) -> Iterator[None]:
    """Hold the list date's lock outside of the transaction; the server lets go of it when the connection ends."""
    key = [_LOCK_CLASS, list_date.toordinal()]
    connection.execute(sql.SQL("set lock_timeout = {}").format(_LOCK_WAIT))
    try:
        connection.execute("select pg_advisory_lock(%s, %s)", key)
    except psycopg.errors.LockNotAvailable:
        raise RecoupError(
            f"The lists of {list_date} are being published by another run, for more than {_LOCK_WAIT}: wait until it "
            "ends, then run again."
        ) from None
    try:
        yield
    finally:
        if not connection.closed and not connection.broken:
            connection.execute("select pg_advisory_unlock(%s, %s)", key)


def _refuse_unaudited(connection: Connection, day: Day) -> None:
    row = connection.execute(
        "select is_passed, failed_critical, content_sha256 from audit.validation_runs"
        " where as_of_date = %s and layer = %s",
        [day.as_of_date, PROPOSALS_LAYER],
    ).fetchone()
    if row is None:
        raise RecoupError(
            f"The proposed lists of {day.list_date} have not been audited, so they are not published: run the stage "
            "audit_lists first."
        )
    is_passed, failed, audited = row
    if not is_passed:
        raise RecoupError(
            f"The proposed lists of {day.list_date} failed their audit ({failed} critical expectation"
            f"{'' if failed == 1 else 's'}), so they are not published: audit.validation_results says which, for "
            f"as_of_date {day.as_of_date}."
        )
    if audited != fingerprint(connection, day):
        raise RecoupError(
            f"The proposed lists of {day.list_date} changed after their audit, so they are not published: run the "
            "stage audit_lists again."
        )


def _newest_version(connection: Connection, list_date: date) -> int | None:
    newest = "select max(list_version) from lists.manifest where list_date = %s"
    row = connection.execute(newest, [list_date]).fetchone()
    version: int | None = row[0] if row else None
    return version


def _differing_rows(connection: Connection, list_date: date, version: int) -> int:
    """How many rows were added, are gone or are other ones, compared with the published version, over all lists."""
    differing = 0
    for name in LISTS:
        row = connection.execute(
            sql.SQL(
                """
                with published as (select row_hash from {published} where list_date = %s and list_version = %s),
                added as (select row_hash from {staged} except all select row_hash from published),
                gone as (select row_hash from published except all select row_hash from {staged})
                select greatest((select count(*) from added), (select count(*) from gone))
                """
            ).format(published=sql.Identifier("lists", name), staged=sql.Identifier(f"staged_{name}")),
            [list_date, version],
        ).fetchone()
        differing += row[0] if row else 0
    return differing


def _freeze(connection: Connection, day: Day, version: int, cutoff: datetime) -> _Edition:
    """Freeze what the version was made with, and return what stands frozen."""
    row = connection.execute(
        """
        select f.list_version, f.knowledge_cutoff, f.rule_version, f.model_version
        from audit.freeze_cutoff(
            %(list_date)s, %(list_version)s, %(cutoff)s,
            coalesce((select max(rule_version) from policy.rule_version where list_date = %(list_date)s), 'none'),
            coalesce(
                (select string_agg(distinct model_version, ' + ') from staged_contact_priority),
                (select string_agg(model_version, ' + ' order by model_name) from scores.model_registry
                    where status = 'champion'),
                'none'
            )
        ) as f
        """,
        {"list_date": day.list_date, "list_version": version, "cutoff": cutoff},
    ).fetchone()
    assert row is not None
    return _Edition(*row)


def _rule_version(connection: Connection, day: Day, version: int) -> str:
    row = connection.execute(
        "select rule_version from lists.manifest where list_date = %s and list_version = %s", [day.list_date, version]
    ).fetchone()
    assert row is not None
    return str(row[0])


def _insert(connection: Connection, day: Day, edition: _Edition) -> None:
    for name in LISTS:
        connection.execute(
            sql.SQL("insert into {} select * from {}").format(
                sql.Identifier("lists", name), sql.Identifier(f"staged_{name}")
            )
        )
    connection.execute(
        """
        insert into lists.manifest (
            list_date, list_version, as_of_date, rows, excluded, population, best_times, sha256, knowledge_cutoff,
            rule_version, model_version
        )
        select
            %(list_date)s, %(list_version)s, %(as_of_date)s, counted.rows, counted.excluded,
            counted.rows + counted.excluded, counted.best_times, lists.content_hash(%(list_date)s, %(list_version)s),
            %(knowledge_cutoff)s, %(rule_version)s, %(model_version)s
        from (
            select
                (select count(*) from staged_contact_priority) as rows,
                (select count(distinct account_id) from staged_excluded) as excluded,
                (select count(*) from staged_best_time_to_contact) as best_times
        ) as counted
        """,
        {"list_date": day.list_date, "as_of_date": day.as_of_date, **edition._asdict()},
    )


def _counts(connection: Connection, *, published: bool, list_version: int) -> dict[str, int]:
    row = connection.execute(
        """
        select
            (select count(*) from staged_contact_priority),
            (select count(distinct account_id) from staged_excluded),
            (select count(*) from staged_best_time_to_contact)
        """
    ).fetchone()
    assert row is not None
    listed, excluded, best_times = row
    return {
        "published": listed if published else 0,
        "unchanged": 0 if published else listed,
        "excluded": excluded,
        "best_times": best_times,
        "list_version": list_version,
    }
