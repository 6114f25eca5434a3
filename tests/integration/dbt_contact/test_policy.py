"""What policy says about a whole company: complete, disjoint where it must be, and nobody is contacted in the dark."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from psycopg import sql

from recoup import transform, warehouse

PUBLISHED = ("population", "experiment_arms", "contact_windows", "block_reasons", "eligible_contacts")


def test_the_company_has_contacts_and_blocks_of_many_kinds(built_company: Any) -> None:
    counts = {table: built_company.query(f"select count(*) from policy.{table}")[0][0] for table in PUBLISHED}
    assert min(counts.values()) > 0, counts
    assert len(built_company.query("select distinct rule_id from policy.block_reasons")) >= 4


def test_every_account_may_be_contacted_or_says_why_not(built_company: Any) -> None:
    unexplained = built_company.query(
        """
        select list_date, account_id from policy.population
        where (list_date, account_id) not in (select list_date, account_id from policy.eligible_contacts)
            and (list_date, account_id) not in (select list_date, account_id from policy.block_reasons)
        """
    )
    assert unexplained == []


def test_no_eligible_person_has_a_standing_refusal(built_company: Any) -> None:
    blocked = built_company.query(
        """
        select eligible.person_id, statuses.status
        from policy.eligible_contacts as eligible
        inner join staging.stg_contact__status_events as statuses
            on statuses.person_id = eligible.person_id and statuses.known_to is null
        where statuses.status in ('do_not_contact', 'cease', 'deceased', 'bankruptcy_petition')
            and statuses.account_id is null
            and (statuses.to_at is null or statuses.status = 'cease')
            and not exists (
                select 1 from staging.stg_contact__status_events as later
                where later.person_id = statuses.person_id and later.from_at >= statuses.from_at
                    and later.status in ('bankruptcy_dismissed', 'bankruptcy_discharged')
                    and statuses.status = 'bankruptcy_petition'
            )
        """
    )
    assert blocked == []


def test_work_phones_are_never_eligible(built_company: Any) -> None:
    assert built_company.query("select count(*) from policy.contact_candidates where point_type = 'work'")[0][0] > 0
    at_work = built_company.query(
        """
        select eligible.contact_point_id from policy.eligible_contacts as eligible
        inner join policy.points_in_scope as points on points.contact_point_id = eligible.contact_point_id
        where points.point_type = 'work'
        """
    )
    assert at_work == []


def test_every_zone_in_the_seeds_is_known_to_the_server(built_company: Any) -> None:
    unknown = built_company.query(
        """
        select zone.name
        from (
            select time_zones from policy.area_code_zones
            union all select time_zones from policy.postal_zones
            union all select time_zones from policy.region_zones
        ) as seeds
        cross join unnest(string_to_array(seeds.time_zones, '|')) as zone (name)
        except select name from pg_timezone_names
        """
    )
    assert unknown == []


def test_the_same_day_built_again_is_the_same(built_company: Any) -> None:
    def content() -> dict[str, Any]:
        return {
            table: built_company.query(
                f"select md5(string_agg(t::text, '|' order by t::text)) from policy.{table} as t"
            )[0][0]
            for table in PUBLISHED
        }

    before = content()
    transform.build_features(built_company.day, built_company.settings)
    assert content() == before


def test_a_pull_that_never_came_closes_the_whole_list(built_company: Any) -> None:
    settings, day = built_company.settings, built_company.day
    absent = sql.SQL("update raw_contact.batches set is_absent = %s where as_of_date >= %s")
    with warehouse.connect("admin", settings) as admin:
        admin.execute(absent, [True, day.as_of_date])
    try:
        transform.build_features(day, settings)
        population = _count(built_company, "population", "true")
        assert _count(built_company, "block_reasons", "rule_id = 'NO_CONTACT_LOG'") == population > 0
        assert _count(built_company, "eligible_contacts", "true") == 0
    finally:
        with warehouse.connect("admin", settings) as admin:
            admin.execute(absent, [False, day.as_of_date])
        transform.build_features(day, settings)
    assert _count(built_company, "eligible_contacts", "true") > 0


STATE_RULES = """
    insert into policy.contact_rules (
        rule_id, kind, purpose, scope, unit, medium, point_type, window_days, cap, local_from, local_to, jurisdiction,
        collector_role, effective_from, reason, precedence, citation, rule_text
    )
    values
    ('XX_1IN180', 'frequency', 'collection', 'person', 'person', 'any', 'any', 180, 1, null, null, %(state)s,
        'any', '2020-01-01', 'XX_1_IN_180', 350, 'Code of XX', 'At most one contact in 180 days.'),
    ('XX_HOURS', 'hours', 'any', 'person', 'person', 'voice|sms|email', 'any', null, null, '10:00', '11:00', %(state)s,
        'any', '2020-01-01', 'XX_HOURS', 430, 'Code of XX', 'Contact from ten to eleven only.'),
    ('XX_TOMORROW', 'hours', 'any', 'person', 'person', 'any', 'any', null, null, '00:00', '00:00', 'any',
        'any', '2099-01-01', 'XX_TOMORROW', 430, 'Code of XX', 'Not in force yet.')
"""


def test_a_states_rule_is_a_row_and_two_collector_roles_are_one_reason(built_company: Any) -> None:
    """The company takes another role than its debts have, and a state passes two laws."""
    settings, day = built_company.settings, built_company.day
    own_debts = settings.company.model_copy(update={"collector_role": "first_party"})
    assert built_company.query("select distinct collector_role from raw_ledger.debts") == [("third_party",)]
    state = built_company.query(
        """
        select place.name from policy.person_places cross join unnest(jurisdictions) as place (name)
        group by 1 order by count(*) desc, 1 limit 1
        """
    )[0][0]
    with warehouse.connect("transformer", settings) as connection:
        connection.execute(STATE_RULES, {"state": state})
    try:
        transform.build_features(day, replace(settings, company=own_debts))
        protected = "person_id in (select person_id from policy.person_places where %s = any(jurisdictions))"
        lost = built_company.query(
            f"""
            select count(*) from policy.contact_windows
            cross join unnest(allowed_windows_utc) as opening (span)
            where list_date = %s and {protected} and (
                (lower(span) at time zone primary_time_zone)::time < '10:00'
                or (upper(span) at time zone primary_time_zone)::time > '11:00'
            )
            """,
            day.list_date, state,
        )  # fmt: skip
        assert lost == [(0,)]
        assert _count(built_company, "contact_windows", "not isempty(allowed_windows_utc)") > 0
        assert _count(built_company, "block_reasons", "rule_id = 'XX_1IN180'") > 0
        called = built_company.query(
            f"""
            select count(*) from policy.eligible_contacts as e
            inner join policy.recent_contacts as c on c.person_id = e.person_id and c.counts_by = 'person'
            where e.list_date = %s and e.{protected} and c.is_counted and c.local_date > %s - 180
            """,
            day.list_date, state, day.list_date,
        )  # fmt: skip
        assert called == [(0,)]
        assert _count(built_company, "block_reasons", "rule_id = 'XX_TOMORROW'") == 0
        # both roles' rows of REGF_WORK bind: one reason a number, that of the law
        cited = built_company.query(
            """
            select citation, count(*), count(distinct (account_id, contact_point_id)) from policy.block_reasons
            where list_date = %s and rule_id = 'REGF_WORK' group by 1
            """,
            day.list_date,
        )
        assert len(cited) == 1
        assert cited[0][1] == cited[0][2] > 0
        assert cited[0][0].startswith("12 CFR")
    finally:
        with warehouse.connect("transformer", settings) as connection:
            connection.execute("delete from policy.contact_rules where rule_id like 'XX%'")
        transform.build_features(day, settings)


def test_nobody_of_a_third_party_is_eligible_before_the_validation_notice(built_company: Any) -> None:
    told = "select s.debt_id from raw_contact.status_events as s where s.status = 'validation_sent'"
    assert built_company.query(f"select count(*) > 0 from raw_ledger.debts where debt_id not in ({told})") == [(True,)]
    untold = built_company.query(
        f"""
        select e.account_id from policy.eligible_contacts as e cross join unnest(e.debt_ids) as about (debt_id)
        where about.debt_id not in ({told} and s.from_at < e.list_date)
        """
    )
    assert untold == []


def _count(built_company: Any, table: str, condition: str) -> int:
    """Rows of one policy table for the list date of the company's day."""
    statement = f"select count(*) from policy.{table} where list_date = %s and {condition}"
    return built_company.query(statement, built_company.day.list_date)[0][0]
