"""What the command line shows of a day is what the warehouse holds."""

from __future__ import annotations

import pytest

from recoup import cli, pipeline, warehouse
from recoup.settings import Settings

MARTS = """
create table marts.ar_aging_summary (
    as_of_date date, currency text, aging_bucket text, invoice_count bigint, open_amount numeric(20, 4),
    bucket_order integer
);
insert into marts.ar_aging_summary values
    ('2026-03-31', 'USD', '91-120', 1, 20.00, 5), ('2026-03-31', 'USD', 'current', 3, 100.00, 1),
    ('2026-03-31', 'USD', '1-30', 2, 30.50, 2), ('2026-03-30', 'USD', 'current', 9, 999.00, 1);
create table marts.ar_control_total (
    as_of_date date, currency text, opening_amount numeric(20, 4), invoices_amount numeric(20, 4),
    fees_and_interest_amount numeric(20, 4), debit_adjustments_amount numeric(20, 4), reversals_amount numeric(20, 4),
    applications_amount numeric(20, 4), applied_credits_amount numeric(20, 4), write_offs_amount numeric(20, 4)
);
insert into marts.ar_control_total values ('2026-03-31', 'USD', 120, 50, 5.50, 0, 0, 25, 0, 0);
"""


def shown(settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: str):
    """Exit code and output of a command for this warehouse."""
    monkeypatch.setenv("RECOUP_HOME", str(settings.home))
    monkeypatch.setenv("RECOUP_DATABASE", settings.database)
    monkeypatch.setenv("COLUMNS", "240")
    with pytest.raises(SystemExit) as leaving:
        cli.main(arguments)
    said = capsys.readouterr()
    return leaving.value.code, said.out + said.err


def test_the_aging_lists_buckets_in_order_and_ties_to_the_movements(warehouse_, monkeypatch, capsys):
    code, said = shown(warehouse_, monkeypatch, capsys, "aging", "show")
    assert code == 0
    assert said.index("current") < said.index("1-30") < said.index("91-120")
    assert "2026-03-31, USD" in said
    assert said.count("150.50") == 2, "the buckets' sum and the ledger's"
    assert "999" not in said
    assert "ties" in said


def test_an_aging_off_by_a_cent_is_shown_and_leaves_with_1(warehouse_, monkeypatch, capsys):
    with warehouse.connect("transformer", warehouse_) as connection:
        connection.execute(
            "update marts.ar_aging_summary set open_amount = open_amount + 0.01 where aging_bucket = '1-30'"
        )
    code, said = shown(warehouse_, monkeypatch, capsys, "aging", "show")
    with warehouse.connect("transformer", warehouse_) as connection:
        connection.execute(
            "update marts.ar_aging_summary set open_amount = open_amount - 0.01 where aging_bucket = '1-30'"
        )
    assert code == 1
    assert "differs by 0.01" in said
    assert "does not tie" in said


def test_a_currency_that_the_ledger_does_not_know_does_not_tie(warehouse_, monkeypatch, capsys):
    with warehouse.connect("transformer", warehouse_) as connection:
        connection.execute("insert into marts.ar_aging_summary values ('2026-03-31', 'EUR', 'current', 1, 1)")
    code, _ = shown(warehouse_, monkeypatch, capsys, "aging", "show")
    with warehouse.connect("transformer", warehouse_) as connection:
        connection.execute("delete from marts.ar_aging_summary where currency = 'EUR'")
    assert code == 1


def test_a_view_of_what_was_never_built_says_what_to_run(warehouse, monkeypatch, capsys):
    for command in (("aging", "show"), ("alerts", "show"), ("kpis", "show"), ("leakage", "show"), ("lists", "show")):
        code, said = shown(warehouse, monkeypatch, capsys, *command)
        assert code == 2
        assert "run the day first (`recoup run`)" in said


def test_alerts_that_were_never_built_say_which_stage_builds_them(warehouse_, monkeypatch, capsys):
    code, said = shown(warehouse_, monkeypatch, capsys, "alerts", "show")
    assert code == 2
    assert "run the stage build_monitoring first" in said


def test_doctor_finds_an_initialized_warehouse_well_but_for_its_empty_sources(warehouse, monkeypatch, capsys):
    code, said = shown(warehouse, monkeypatch, capsys, "doctor")
    assert code == 2
    states = {line.split()[1]: line.split()[0] for line in said.splitlines() if line.startswith(("ok", "mend"))}
    assert states.pop("source") == "mend"
    assert set(states) == {"python", "company", "disk", "stages", "binaries", "server", "roles", "schemas"}
    assert set(states.values()) == {"ok"}


def test_a_run_is_shown_in_status_with_every_stage_done(company_run, monkeypatch, capsys):
    code, said = shown(company_run.settings, monkeypatch, capsys, "status")
    assert code == 0
    for stage in pipeline.STAGES:
        line = next(line for line in said.splitlines() if stage.name in line)
        assert "done" in line
    assert "Lists published" in said
    assert str(company_run.day.list_date) in said


def test_after_a_run_every_view_has_rows(company_run, monkeypatch, capsys):
    for command in (
        ("lists", "show"), ("lists", "show", "best-time"), ("lists", "show", "excluded"), ("kpis", "show"),
        ("leakage", "show"),
    ):  # fmt: skip
        code, said = shown(company_run.settings, monkeypatch, capsys, *command)
        assert code == 0, said
        assert "No row." not in said
    code, said = shown(company_run.settings, monkeypatch, capsys, "aging", "show")
    assert code == 0, said
    assert "ties" in said
    code, said = shown(company_run.settings, monkeypatch, capsys, "alerts", "show")
    assert code == 0, said
    assert "today's list" in said
    code, said = shown(company_run.settings, monkeypatch, capsys, "doctor")
    assert code == 0, said


@pytest.fixture(scope="module")
def warehouse_(module_warehouse: Settings) -> Settings:
    """A warehouse whose two aging marts hold a day worked out by hand."""
    with warehouse.connect("transformer", module_warehouse) as connection:
        connection.execute(MARTS)
    return module_warehouse
