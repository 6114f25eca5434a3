"""recoup company: the synthetic company's source systems."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Annotated

import numpy as np
import typer

from recoup import warehouse
from recoup.cli import screen
from recoup.cli.options import AsOfDate, CompanyFile, last_closed, parsed_date, settings_for
from recoup.settings import Settings

if TYPE_CHECKING:
    from recoup import synthetic

console = screen.console()
app = typer.Typer(
    help="Make up a company: its billing ledger and contact center, as real databases, and let its days pass.",
    no_args_is_help=True,
)


@app.command()
def create(
    customers: Annotated[int, typer.Option(min=1, help="How many customers it has at the end.")] = 20_000,
    months: Annotated[int, typer.Option(min=1, help="How many months of history it has.")] = 18,
    profile: Annotated[
        str, typer.Option(help="utility, telecom, lender, subscription, random:SEED, or a YAML file.")
    ] = "utility",
    seed: Annotated[int, typer.Option(help="The same seed gives the same company.")] = 1,
    as_of_date: AsOfDate = None,
    company: CompanyFile = None,
) -> None:
    """Create the company and fill its two source databases. What stood in them goes."""
    from recoup import synthetic

    settings = settings_for(company)
    end = parsed_date(as_of_date, "--as-of-date") if as_of_date else last_closed(settings)
    warehouse.initialize(settings)
    with console.status("Creating the company") as status:
        synthetic.create(settings, end, customers, months, profile, seed, status.update)
    console.print(f"The company has {customers:,} customers and {months} months of history, up to {end}.")


@app.command()
def advance(
    to: Annotated[str, typer.Option("--to", metavar="YYYY-MM-DD", help="Last day that passes, inclusive.")],
    follow_lists: Annotated[
        bool,
        typer.Option("--follow-lists", help="On a day with a published list, contact whom it names, when it says."),
    ] = False,
    company: CompanyFile = None,
) -> None:
    """Let days pass: invoices, payments, and contacts by the company's former habit or by the published lists."""
    from recoup import synthetic

    settings = settings_for(company)
    end = parsed_date(to, "--to")
    warehouse.ensure_running(settings)
    contacts = partial(contacts_of_the_list, settings) if follow_lists else None
    with console.status("Days pass") as status:
        synthetic.advance(settings, end, status.update, contacts=contacts)
    console.print(f"The company stands at {end}.")


def contacts_of_the_list(settings: Settings, list_date: date) -> synthetic.Contacts | None:
    """What a dialer that works through the day's list would do; None on a day without one."""
    from recoup.synthetic import Contacts

    with warehouse.connect("dialer", settings) as connection:
        published = connection.execute("select from lists.manifest where list_date = %s", [list_date]).fetchone()
        rows = connection.execute(
            """
            select
                account_id, contact_point_id, channel, arm, row_hash,
                -- one after the other, evenly over the hour that the list assigns
                (assigned_slot_start_utc + (assigned_slot_end_utc - assigned_slot_start_utc)
                * (row_number() over slot - 1) / count(*) over (partition by assigned_slot_start_utc))
                at time zone 'UTC'
            from lists.contact_priority as listed
            where
                list_date = %s
                and channel in ('voice', 'sms', 'email')
                and list_version = (select max(list_version) from lists.manifest where list_date = listed.list_date)
            window slot as (partition by assigned_slot_start_utc order by seq)
            """,
            [list_date],
        ).fetchall()
    if published is None:
        return None
    account, point, channel, arm, row_hash, start = zip(*rows, strict=True) if rows else ((),) * 6
    return Contacts(
        account_id=np.array(account, dtype=str),
        contact_point_id=np.array(point, dtype=str),
        channel=np.array(channel, dtype=str),
        start_at=np.array(start, dtype="datetime64[us]"),
        campaign=np.where(np.array(arm, dtype=str) == "explore", "explore", "list"),
        list_row_hash=np.array(row_hash, dtype=object),
    )
