"""Two people read the rules' text apart: what breach detection finds and what the oracle finds are the same."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime
from random import Random

import pytest
from oracle.generate import make_companies, make_history
from oracle.history import Company, History, readable
from oracle.judge import breaches
from play import raw_rows

from recoup import warehouse
from recoup.company import Company as CompanyFile
from recoup.day import Day
from recoup.settings import Settings
from recoup_audit.breaches import detect

HISTORIES = 40
DAY = Day(date(2027, 1, 31), datetime(2027, 2, 1, 10, tzinfo=UTC))
WarehouseMaker = Callable[..., AbstractContextManager[Settings]]


def company_of(template: CompanyFile, company: Company) -> CompanyFile:
    """The company file of an oracle's company."""
    contact = template.contact.model_copy(update={"automated_voice": company.automated_voice})
    return template.model_copy(update={"collector_role": company.role, "time_zone": company.zone, "contact": contact})


def found_in(settings: Settings) -> set[tuple[str, str]]:
    """(attempt_id, rule_id) of the findings that stand."""
    with warehouse.connect("auditor", settings) as connection:
        rows = connection.execute("select attempt_id, rule_id from audit.breach_findings where retracted_at is null")
        return {(attempt_id, rule_id) for attempt_id, rule_id in rows}


@pytest.mark.parametrize("company", make_companies(), ids=lambda company: company.role)
def test_every_breach_of_a_drawn_history_is_found_and_no_other(
    cluster: Settings, new_warehouse: WarehouseMaker, company: Company
) -> None:
    rng = Random(f"breaches {company.role}")
    histories = [make_history(rng, company, f"h{number:04d}") for number in range(HISTORIES)]
    expected = {finding: history for history in histories for finding in breaches(history)}
    assert len({rule_id for _, rule_id in expected}) > 15, "too few rules are broken for this to prove anything"
    with new_warehouse(company=company_of(cluster.company, company)) as settings:
        raw_rows.write(settings, histories, DAY.recorded_at, as_of_date=DAY.as_of_date)
        detect(DAY, settings)
        found = found_in(settings)
    assert found == expected.keys(), _first_difference(found, expected, histories)


def _first_difference(
    found: set[tuple[str, str]], expected: dict[tuple[str, str], History], histories: list[History]
) -> str:
    wrong = sorted(found ^ expected.keys())[:1]
    if not wrong:
        return ""
    attempt_id, _ = wrong[0]
    history = next(h for h in histories if any(a.attempt_id == attempt_id for a in h.attempts))
    side = "found, and no breach" if wrong[0] in found else "a breach, and not found"
    return f"{len(found ^ expected.keys())} differences; {wrong[0]} is {side} in\n{readable(history)}"
