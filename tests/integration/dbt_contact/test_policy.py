"""What policy says about a whole company: complete, disjoint where it must be, and nobody is contacted in the dark."""

from __future__ import annotations

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


def _count(built_company: Any, table: str, condition: str) -> int:
    """Rows of one policy table for the list date of the company's day."""
    statement = f"select count(*) from policy.{table} where list_date = %s and {condition}"
    return built_company.query(statement, built_company.day.list_date)[0][0]
