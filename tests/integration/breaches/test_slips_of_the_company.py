"""In the made-up company's year of contacts breach detection finds the slips that were put in, and nothing else."""

from __future__ import annotations

from typing import Any

from recoup import warehouse


def test_found_is_what_was_put_in(company_run: Any) -> None:
    settings = company_run.settings
    with warehouse.connect("company", settings, settings.source_database("truth")) as connection:
        put_in = set(connection.execute("select attempt_id, rule_id from breaches").fetchall())
    with warehouse.connect("auditor", settings) as connection:
        found = set(
            connection.execute(
                "select attempt_id, rule_id from audit.breach_findings where retracted_at is null"
            ).fetchall()
        )
    assert len({rule_id for _, rule_id in put_in}) >= 3, "too few slips for this to prove anything"
    assert found == put_in


def test_each_is_an_alert_of_high_severity_and_the_figure_counts_them(company_run: Any) -> None:
    with warehouse.connect("bi_reader", company_run.settings) as connection:
        alerts = connection.execute(
            "select count(*), bool_and(severity = 'high') from monitoring.alerts where kind = 'contact_breach'"
        ).fetchone()
        figure = connection.execute(
            "select numerator, denominator from monitoring.kpi_breaches where grain = 'total'"
        ).fetchone()
    rows = company_run.rows["detect_breaches"]
    assert alerts == (rows["breaches"], True), "one rule of one contact is one alert; no slip is about two debts"
    assert figure is not None
    assert 0 < figure[0] <= rows["breaches"]
    assert figure[1] == rows["judged"]
