"""Whether a company can say whom it has contacted: without that, nobody may be.

A company without a contact log may start on a signed declaration that nobody was contacted before. The declaration
speaks of the time before the first list; once a list has been published it says nothing about what came of it.
"""

from __future__ import annotations

from recoup import warehouse
from recoup.company import Company
from recoup.company_sources import FileSource
from recoup.day import Day
from recoup.settings import Settings


def keeps_contact_log(company: Company) -> bool:
    """True if the contact center's feed is one that delivers attempts; contact points alone are no log.

    Of a source database this only says that it may: whether it did is asked of the batch.
    """
    source = company.sources.contact_center
    if isinstance(source, FileSource):
        return bool(source.mappings("attempts"))
    return source is not None


def is_declared_uncontacted(day: Day, settings: Settings) -> bool:
    """True if the signed declaration that nobody was contacted before still speaks for `day`'s list."""
    declared = settings.company.prior_contacts
    if not declared.is_declared_none:
        return False
    with warehouse.connect("auditor", settings) as connection:
        row = connection.execute(
            "select exists (select 1 from lists.manifest where list_date < %s and rows > 0)", [day.list_date]
        ).fetchone()
    return row == (False,)
