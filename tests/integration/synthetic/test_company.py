"""The synthetic company's two databases: reproducible, continuable, exact, and closed where the truth lies."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import date, timedelta

import pytest
from psycopg import sql

from recoup import synthetic, warehouse
from recoup.entities import ENTITIES, FEEDS
from recoup.errors import RecoupError
from recoup.settings import Settings
from recoup.synthetic import state
from recoup.synthetic.store import DATABASES

END = date(2026, 3, 12)
CUSTOMERS, MONTHS = 250, 5
NewWarehouse = Callable[..., AbstractContextManager[Settings]]


def checksums(settings: Settings) -> dict[str, str]:
    """One digest a table, over all rows in a fixed order."""
    found = {}
    for feed in FEEDS:
        with warehouse.connect("company", settings, settings.source_database(DATABASES[feed])) as connection:
            for entity in (e for e in ENTITIES if feed in e.feeds):
                row = connection.execute(
                    sql.SQL("select md5(coalesce(string_agg(t::text, '|' order by t::text), '')) from {} as t").format(
                        sql.Identifier(entity.name)
                    )
                ).fetchone()
                assert row is not None
                found[f"{feed}.{entity.name}"] = row[0]
    return found


@pytest.fixture(scope="module")
def company(new_warehouse: NewWarehouse) -> Iterator[Settings]:
    """A utility of 1,500 customers."""
    with new_warehouse() as settings:
        synthetic.create(settings, END, 1_500, 12, "utility", 7)
        yield settings


def value(settings: Settings, database: str, query: str) -> int:
    with warehouse.connect("company", settings, settings.source_database(database)) as connection:
        row = connection.execute(query.encode()).fetchone()
    assert row is not None
    return int(row[0] or 0)


def deliberate_slips(settings: Settings) -> str:
    """The contacts put in to break a rule, as an array of SQL: the dialer's own manners are what is left."""
    with warehouse.connect("company", settings, settings.source_database("truth")) as connection:
        slips = [row[0] for row in connection.execute("select distinct attempt_id from breaches")]
    assert slips
    return "array[" + ", ".join(f"'{attempt_id}'" for attempt_id in slips) + "]::text[]"


def ledger(settings: Settings, query: str) -> int:
    return value(settings, "billing_ledger", query)


def test_the_same_seed_gives_the_same_rows_and_another_seed_does_not(new_warehouse: NewWarehouse) -> None:
    with new_warehouse() as one, new_warehouse() as two, new_warehouse() as three:
        synthetic.create(one, END, CUSTOMERS, 3, "telecom", 7)
        synthetic.create(two, END, CUSTOMERS, 3, "telecom", 7)
        synthetic.create(three, END, CUSTOMERS, 3, "telecom", 8)
        first, other = checksums(one), checksums(three)
        assert first == checksums(two)
        unlike = {name for name in first if first[name] != other[name]}
        assert {"ledger.invoices", "ledger.payments", "contact.attempts", "contact.contact_points"} <= unlike


@pytest.mark.parametrize("profile", ["utility", "subscription"])
def test_days_that_pass_one_by_one_give_the_company_that_is_made_at_once(
    new_warehouse: NewWarehouse, profile: str
) -> None:
    live = END - timedelta(days=8)
    with new_warehouse() as at_once, new_warehouse() as day_by_day:
        synthetic.create(at_once, END, CUSTOMERS, MONTHS, profile, 7, go_live_on=live)
        synthetic.create(day_by_day, live - timedelta(days=1), CUSTOMERS, MONTHS, profile, 7)
        for day in range(5):
            synthetic.advance(day_by_day, live + timedelta(days=day))
        synthetic.advance(day_by_day, END)
        assert synthetic.last_day(day_by_day) == END
        assert checksums(day_by_day) == checksums(at_once)


def test_making_the_company_that_stands_again_changes_nothing(company: Settings) -> None:
    before = ledger(company, "select xmin::text::bigint from invoices limit 1")
    synthetic.create(company, END, 1_500, 12, "utility", 7)
    assert ledger(company, "select xmin::text::bigint from invoices limit 1") == before


def test_a_company_that_does_not_exist_cannot_live_on(new_warehouse: NewWarehouse) -> None:
    with new_warehouse() as settings:
        assert synthetic.last_day(settings) is None
        with pytest.raises(RecoupError, match="recoup company create"):
            synthetic.advance(settings, END)


def test_every_entity_has_rows(company: Settings) -> None:
    # It makes no offers by phone, so it scrubs no number.
    for entity in (e for e in ENTITIES if e.name != "number_scrubs"):
        feed = "contact" if "contact" in entity.feeds else "ledger"
        with warehouse.connect("company", company, company.source_database(DATABASES[feed])) as connection:
            found = connection.execute(
                sql.SQL("select count(*) from {}").format(sql.Identifier(entity.name))
            ).fetchone()
        assert found != (0,), f"{entity.name} is empty"


def test_nothing_is_recorded_after_three_in_the_morning_and_nothing_before_it_happens(company: Settings) -> None:
    end = f"timestamptz '{END + timedelta(days=1)} 03:00 America/New_York'"
    for feed in FEEDS:
        for entity in (e for e in ENTITIES if feed in e.feeds):
            table = f"select count(*) from {entity.name}"
            assert value(company, DATABASES[feed], f"{table} where recorded_at > {end}") == 0, entity.name
            is_planned = entity.name == "shifts"
            if entity.effective and not is_planned and entity.column(entity.effective).type == "timestamptz":
                early = value(company, DATABASES[feed], f'{table} where recorded_at < "{entity.effective}"')
                assert early == 0, entity.name


def test_an_invoice_is_the_sum_of_its_lines_and_tax_but_where_an_error_was_put_in(company: Settings) -> None:
    assert ledger(company, "select count(*) from invoices") > 5_000
    with warehouse.connect("company", company, company.source_database("billing_ledger")) as connection:
        unequal = {
            row[0]
            for row in connection.execute(
                """
                select invoice_id from invoices
                left join (
                    select invoice_id, sum(amount_cents) as billed from invoice_lines group by invoice_id
                ) as l using (invoice_id)
                where coalesce(billed, 0) + coalesce(tax_cents, 0) <> total_cents
                """
            )
        }
    with warehouse.connect("company", company, company.source_database("truth")) as connection:
        put_in, voided = (
            {row[0] for row in connection.execute(f"select evidence_key from leaks where {condition}".encode())}
            for condition in ("kind in ('lines_not_total', 'tax_not_in_total')", "kind = 'voided_copy'")
        )
    assert put_in
    assert unequal - voided == put_in


OPEN_INVOICES = """
    select
        i.invoice_id, i.status,
        i.total_cents - coalesce(applied, 0) + coalesce(adjusted, 0) as open_cents
    from invoices as i
    left join (
        select invoice_id, sum(case when reverses is null then amount_cents else -amount_cents end) as applied
        from applications group by invoice_id
    ) as a using (invoice_id)
    left join (
        select invoice_id, sum(case kind when 'write_off' then -amount_cents else amount_cents end) as adjusted
        from adjustments where kind in ('late_fee', 'interest', 'debit', 'write_off') group by invoice_id
    ) as j using (invoice_id)
    where i.status <> 'void'
"""


def test_no_invoice_is_paid_beyond_what_it_bears_and_its_status_says_so(company: Settings) -> None:
    assert ledger(company, f"select count(*) from ({OPEN_INVOICES}) as o where open_cents < 0") == 0
    assert (
        ledger(company, f"select count(*) from ({OPEN_INVOICES}) as o where (open_cents > 0) <> (status = 'open')") == 0
    )
    assert ledger(company, f"select count(*) from ({OPEN_INVOICES}) as o where open_cents > 0") > 0
    assert ledger(company, "select count(*) from applications where reverses is not null") > 0


def test_a_voided_invoice_bears_nothing(company: Settings) -> None:
    assert ledger(company, "select count(*) from invoices where status = 'void'") > 0
    for table in ("applications", "adjustments"):
        assert (
            ledger(
                company,
                f"select count(*) from {table} inner join invoices as i using (invoice_id) where i.status = 'void'",
            )
            == 0
        )


def test_cash_is_applied_recovered_refunded_charged_back_or_still_unapplied(company: Settings) -> None:
    assert (
        ledger(
            company,
            """
        with applied as (
            select payment_id, sum(case when reverses is null then amount_cents else -amount_cents end) as amount_cents
            from applications where payment_id is not null group by payment_id
        )
        select count(*) from payments as p inner join applied as a using (payment_id)
        where a.amount_cents > case p.status when 'settled' then p.amount_cents else 0 end
        """,
        )
        == 0
    )
    left = ledger(
        company,
        """
        select
            (select sum(amount_cents) from payments where status = 'settled')
            - (select coalesce(sum(amount_cents), 0) from adjustments where kind in ('refund', 'recovery'))
            - (select coalesce(sum(amount_cents), 0) from disputes where kind = 'chargeback' and outcome = 'lost')
            - (
                select sum(case when reverses is null then amount_cents else -amount_cents end)
                from applications where payment_id is not null
            )
        """,
    )
    with state.open_truth(company) as connection:
        _, world, _ = state.load(connection)
    assert left == int(world.credits.left[world.credits.is_payment].sum())
    assert left > 0


def test_no_credit_is_applied_beyond_its_amount(company: Settings) -> None:
    assert (
        ledger(
            company,
            """
        select count(*) from adjustments as j
        inner join (
            select credit_id,
            sum(amount_cents) as applied from applications where credit_id is not null group by credit_id
        ) as a on a.credit_id = j.adjustment_id
        where applied > j.amount_cents or j.kind <> 'credit'
        """,
        )
        == 0
    )


def test_some_payments_are_learned_of_days_after_they_settled(company: Settings) -> None:
    assert ledger(company, "select count(*) from payments where recorded_at > settled_at + interval '1 day'") > 20


def test_the_former_dialer_keeps_legal_hours_and_the_weekly_cap(company: Settings) -> None:
    assert value(
        company, "contact_center",
        """
        select count(*) from (
            select count(*) over (
                partition by person_id order by started_at range between interval '6 days' preceding and current row
            ) as calls
            from attempts where channel = 'voice' and direction = 'outbound'
        ) as c where calls > 7
        """,
    ) == 0  # fmt: skip
    assert value(
        company, "contact_center",
        """
        select count(*) from attempts as a
        inner join contact_points as p using (contact_point_id)
        where direction = 'outbound' and p.address like '+1602%'
        and (started_at at time zone 'America/Phoenix')::time not between '08:00' and '21:00'
        """,
    ) == 0  # fmt: skip


def test_holdout_accounts_are_never_contacted(company: Settings) -> None:
    with warehouse.connect("company", company, company.source_database("truth")) as connection:
        held = {row[0] for row in connection.execute("select person_id from persons where team = 'holdout'")}
    with warehouse.connect("company", company, company.source_database("contact_center")) as connection:
        called = {
            row[0] for row in connection.execute("select distinct person_id from attempts where direction = 'outbound'")
        }
        explored = connection.execute("select count(*) from attempts where campaign = 'explore'").fetchone()
    assert held
    assert called
    assert not held & called
    assert explored
    assert explored[0] > 0


def test_the_pipeline_cannot_read_the_truth(company: Settings) -> None:
    for role in ("source_reader", "loader", "transformer", "scorer", "bi_reader"):
        with pytest.raises(RecoupError):
            warehouse.connect(role, company, company.source_database("truth"))
    with warehouse.connect("source_reader", company, company.source_database("billing_ledger")) as connection:
        assert connection.execute("select count(*) from invoices").fetchone() != (0,)


def test_put_in_leaks_stand_in_the_truth_with_their_evidence(company: Settings) -> None:
    with warehouse.connect("company", company, company.source_database("truth")) as connection:
        causes = {row[0] for row in connection.execute("select distinct cause from leaks")}
    assert {"unbilled_service", "billing_gap", "underbilled", "invoice_error", "late_fee_not_charged"} <= causes


def test_the_former_dialer_leaves_alone_who_asked_or_must_be_left_alone(company: Settings) -> None:
    stops = "'do_not_contact', 'cease', 'attorney', 'deceased', 'bankruptcy_petition'"
    calls = """
        select count(*) from attempts as a
        inner join status_events as s on s.person_id = a.person_id and s.from_at < a.started_at
        left join status_events as e
            on e.person_id = s.person_id and e.status = 'bankruptcy_dismissed' and e.from_at < a.started_at
        where a.direction = 'outbound' and s.status in ({stops}) and (e.person_id is null or s.status <> {petition})
        and a.attempt_id <> all({slips})
    """.format(stops=stops, petition="'bankruptcy_petition'", slips=deliberate_slips(company))
    # what somebody says at noon reaches the reminders of the next day
    assert value(company, "contact_center", calls + " and s.from_at < a.started_at - interval '12 hours'") == 0
    assert value(company, "contact_center", f"select count(*) from status_events where status in ({stops})") > 10


def test_the_former_dialer_waits_seven_days_after_a_conversation(company: Settings) -> None:
    assert value(
        company, "contact_center",
        f"""
        select count(*) from attempts as a
        inner join attempts as t using (person_id)
        where a.channel = 'voice' and a.direction = 'outbound' and t.conversation and t.started_at < a.started_at
        and a.started_at < t.started_at + interval '5 days 12 hours'
        and a.attempt_id <> all({deliberate_slips(company)})
        """,
    ) == 0  # fmt: skip
