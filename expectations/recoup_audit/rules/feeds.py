"""What every feed promises, whatever it delivers: whole batches, counted rows, one version of a key at a time."""

from __future__ import annotations

from typing import ClassVar

from recoup_audit.rules.unexpected_keys import Severity, UnexpectedKeysExpectation


class ExpectBatchesToBeFinished(UnexpectedKeysExpectation):
    """Every pull of the day came to its end."""

    level: ClassVar[Severity] = "critical"
    reason: ClassVar[str] = (
        "A pull that was cut short holds some entities of the day and not the others: figures would not tie."
    )
    rows: ClassVar[str] = " select batch_id from batch where finished_at is null"


class ExpectManifestToTie(UnexpectedKeysExpectation):
    """Of each entity, the rows that were read are loaded, held already, or rejected."""

    level: ClassVar[Severity] = "critical"
    reason: ClassVar[str] = "A row that is in none of the three places was lost on the way."
    rows: ClassVar[str] = """
        select batch_id, entity from batch where read_rows <> loaded_rows + held_rows + rejected_rows
    """


class ExpectRejectedRowsToBeOnRecord(UnexpectedKeysExpectation):
    """Each rejected row that the manifest counts is kept, with its reason."""

    level: ClassVar[Severity] = "critical"
    reason: ClassVar[str] = "A rejected row that is not kept cannot be mended and sent again."
    rows: ClassVar[str] = """
        , kept as (
            select batch_id, entity, count(distinct pull_row) as rows from {rejected} where batch_id = any({batch_ids})
            group by batch_id, entity
        )
        select batch_id, entity from batch left join kept using (batch_id, entity)
        where batch.rejected_rows <> coalesce(kept.rows, 0)
    """


class ExpectFewRejectedRows(UnexpectedKeysExpectation):
    """Of an entity's rows, at most 2 % are rejected, or fewer than 20."""

    level: ClassVar[Severity] = "critical"
    reason: ClassVar[str] = (
        "A stray bad row is normal, also in a small batch; 20 of them, and 1 in 50, mean that the source changed its "
        "form and that totals would be short."
    )
    rows: ClassVar[str] = """
        select batch_id, entity from batch where rejected_rows >= 20 and rejected_rows > 0.02 * read_rows
    """


class ExpectNoRejectedRows(UnexpectedKeysExpectation):
    """No row was rejected."""

    level: ClassVar[Severity] = "warning"
    reason: ClassVar[str] = (
        "Each rejected row is a fact about somebody that we do not have; the reasons stand beside it."
    )
    rows: ClassVar[str] = " select batch_id, entity from batch where rejected_rows > 0"


class ExpectCursorNotToGoBack(UnexpectedKeysExpectation):
    """A pull ends where it began, or later."""

    level: ClassVar[Severity] = "critical"
    reason: ClassVar[str] = (
        "A cursor that goes back skips nothing but shows a source whose clock was set back: new rows may stay unseen."
    )
    rows: ClassVar[str] = " select batch_id, entity from batch where cursor_to < cursor_from"


class ExpectFeedNotToFallSilent(UnexpectedKeysExpectation):
    """An entity that brought rows on each of the last seven days brings some today."""

    level: ClassVar[Severity] = "warning"
    reason: ClassVar[str] = (
        "Seven days without a gap make an eighth that is empty more likely an outage than a quiet day."
    )
    rows: ClassVar[str] = """
        , days as (
            select distinct as_of_date from {batches}
            where as_of_date < {as_of_date} and as_of_date >= {as_of_date} - 7 and not is_first
        ),
        brought as (
            select manifest.entity, count(distinct batches.as_of_date) as days
            from {manifest} as manifest inner join {batches} as batches using (batch_id)
            where batches.as_of_date in (select as_of_date from days) and manifest.loaded_rows > 0
            group by manifest.entity
        )
        select brought.entity from brought
        where brought.days = 7 and not exists (
            select 1 from batch where batch.entity = brought.entity and batch.loaded_rows > 0
        )
    """


class ExpectOneVersionOfAKeyAtATime(UnexpectedKeysExpectation):
    """No key has two versions that became known at the same instant."""

    level: ClassVar[Severity] = "critical"
    reason: ClassVar[str] = "The grain of the raw layer. Two versions at once are both the newest: amounts count twice."
    rows: ClassVar[str] = " select _key, _known_at from batch group by _key, _known_at having count(*) > 1"


class ExpectReferenceToBeKnown(UnexpectedKeysExpectation):
    """Every value of a column names a row that some batch has delivered."""

    level: ClassVar[Severity] = "warning"
    reason: ClassVar[str] = (
        "A row that names nobody known is kept and waits for the other; many of them mean a missing extract."
    )
    rows: ClassVar[str] = """
        select distinct batch._key from batch
        where batch.{column} is not null
            and not exists (select 1 from {parent} as parent where parent._key = batch.{column})
    """


class ExpectNoPersonalDataInText(UnexpectedKeysExpectation):
    """No free text holds an e-mail address or a telephone number."""

    level: ClassVar[Severity] = "warning"
    reason: ClassVar[str] = (
        "Personal data belongs in the vault alone. Ten digits or more in a note are a number somebody can be called at."
    )
    # Dates are taken out first. Braces are doubled once for each of the two formattings on the way.
    rows: ClassVar[str] = """
        , noted as (
            select _key, regexp_replace({column}, '[0-9]{{{{4}}}}-[0-9]{{{{2}}}}-[0-9]{{{{2}}}}', '', 'g') as note
            from batch
        )
        select _key from noted
        where note ~ '[[:alnum:]._%+-]+@[[:alnum:]-]+[.][[:alpha:]]'
            or note ~ '(^|[^[:alnum:]-])[+]?[(]?[0-9]([ ().-]?[ ().-]?[0-9]){{{{9,14}}}}($|[^[:alnum:]-])'
    """
