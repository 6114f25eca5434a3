"""The made-up company that the demo runs for: created once, then its days pass."""

from __future__ import annotations

from datetime import date

from rich.console import Console

from recoup import synthetic
from recoup.company_sources import SqlSource
from recoup.errors import RecoupError
from recoup.settings import Settings


def ensure(
    settings: Settings, as_of_date: date, customers: int, months: int, profile: str, seed: int, console: Console
) -> None:
    """Create the company if there is none, or let its days pass up to `as_of_date`.

    Raises:
        RecoupError: The company that stands has already lived past `as_of_date`, or company.yml names sources that are
            not ours to make up.
    """
    for source in (settings.company.sources.billing_ledger, settings.company.sources.contact_center):
        if not isinstance(source, SqlSource) or source.database is None:
            raise RecoupError(
                f"The demo makes up both source systems, but {settings.company_file} names sources of its own: "
                "use `recoup run` for this company."
            )
    stands_at = synthetic.last_day(settings)
    if stands_at is None:
        with console.status("Making up a company") as status:
            synthetic.create(settings, as_of_date, customers, months, profile, seed, status.update)
        console.print(f"A company of {customers:,} customers with {months} months of history, up to {as_of_date}.")
    elif stands_at < as_of_date:
        with console.status("Days pass") as status:
            synthetic.advance(settings, as_of_date, status.update)
        console.print(f"The company of an earlier demo now stands at {as_of_date}.")
    elif stands_at == as_of_date:
        console.print(
            f"The company of an earlier demo is used as it is, up to {as_of_date}; `recoup destroy` removes it."
        )
    else:
        raise RecoupError(
            f"The made-up company has lived up to {stands_at} already: ask for that day or a later one, "
            "or begin anew with `recoup destroy`."
        )
