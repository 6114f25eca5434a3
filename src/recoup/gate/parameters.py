"""What company.yml says and the contact check must know, written to gate.parameters."""

from __future__ import annotations

from recoup import warehouse
from recoup.contact_log import keeps_contact_log
from recoup.settings import Settings


def write_parameters(settings: Settings) -> None:
    """Tell the contact check whose rules bind, in which zone, and whether there is a contact log; safe to repeat.

    Raises:
        RecoupError: The warehouse cannot be reached.
    """
    company = settings.company
    with warehouse.connect("gate_owner", settings) as connection:
        connection.execute(
            "select gate.set_parameters(%s, %s, %s, %s, %s, %s)",
            [
                company.collector_role,
                company.time_zone,
                company.contact.automated_voice,
                keeps_contact_log(company),
                company.prior_contacts.is_declared_none,
                company.contact.reservation_minutes * 60,
            ],
        )
