"""The engine's stages on a real Postgres: whole lists, the same twice, and sensible answers where data are missing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from recoup.day import Day
from recoup.errors import RecoupError
from recoup.settings import Settings
from recoup.warehouse import connect
from recoup_ml import stages
from recoup_ml.params import load_params
from recoup_ml.registry import champion_at, load_payment, load_reach, model_set, register
from recoup_ml.train import train_payment, train_reach

Reader = Callable[..., list[tuple[Any, ...]]]
STAGES = (stages.train_reach_model, stages.train_payment_model, stages.score_accounts, stages.propose_lists)
OUTPUTS = (
    "reach", "contact_value", "slot_propensity", "proposed_contact_priority", "proposed_best_time_to_contact",
    "proposed_excluded",
)  # fmt: skip


def hashes(rows_of: Reader, settings: Settings) -> dict[str, str]:
    query = "select md5(string_agg(t::text, '|' order by t::text)) from scores.{} as t"
    return {name: rows_of(settings, query.format(name))[0][0] for name in OUTPUTS}


def test_listed_and_excluded_are_disjoint_and_the_population(scored_day: Any, rows_of: Reader) -> None:
    settings, counts = scored_day
    assert counts["propose_lists"]["contact_priority"] > 50
    listed, excluded, both, population = rows_of(
        settings,
        """
        select
            (select count(*) from scores.proposed_contact_priority),
            (select count(distinct account_id) from scores.proposed_excluded),
            (select count(*) from scores.proposed_contact_priority inner join scores.proposed_excluded using
                (account_id)),
            (select count(*) from policy.population)
        """,
    )[0]
    assert both == 0
    assert listed + excluded == population == 400


def test_amounts_tie_to_the_population_to_the_cent(scored_day: Any, rows_of: Reader) -> None:
    query = """
        select count(*) from scores.proposed_contact_priority as l inner join policy.population as p using
            (list_date, account_id)
        where (l.balance_amount, l.past_due_amount, l.currency, l.days_past_due, l.aging_bucket, l.person_id)
            = (p.balance_amount, p.past_due_amount, p.currency, p.days_past_due, p.aging_bucket, p.person_id)
    """
    settings, counts = scored_day
    assert rows_of(settings, query)[0][0] == counts["propose_lists"]["contact_priority"]


def test_slots_and_best_times_lie_inside_the_allowed_windows_and_the_zones_hours(
    scored_day: Any, rows_of: Reader
) -> None:
    settings, counts = scored_day
    wrong_slots = """
        select count(*) from scores.proposed_contact_priority
        where not allowed_windows_utc @> tstzrange(assigned_slot_start_utc, assigned_slot_end_utc)
    """
    wrong_times = """
        select count(*) from scores.proposed_best_time_to_contact as b
        inner join policy.eligible_contacts as e using (list_date, account_id, contact_point_id)
        where not e.allowed_windows_utc @> tstzrange(b.window_start_utc, b.window_end_utc)
            or (b.window_start_utc at time zone b.time_zone)::time <> b.window_start_local
            or (b.window_end_utc at time zone b.time_zone)::time <> b.window_end_local
    """
    assert rows_of(settings, wrong_slots) == rows_of(settings, wrong_times) == [(0,)]
    assert counts["propose_lists"]["best_time_to_contact"] >= counts["propose_lists"]["contact_priority"]


def test_no_hour_holds_more_calls_than_its_agents_can_make(scored_day: Any, rows_of: Reader) -> None:
    settings, _ = scored_day
    contact = settings.company.contact
    most = rows_of(
        settings,
        """
        select max(calls) from (
            select count(*) as calls from scores.proposed_contact_priority group by date_trunc('hour',
                assigned_slot_start_utc)
        ) as hours
        """,
    )[0][0]
    assert 0 < most <= contact.agents * contact.attempts_per_agent_hour


def test_the_score_follows_from_the_row_alone(scored_day: Any, rows_of: Reader) -> None:
    query = """
        select count(*) filter (where abs(priority_score - (p_right_party * uplift_amount - cost_amount)) >
            0.005), count(*)
        from scores.proposed_contact_priority
    """
    wrong, rows = rows_of(scored_day[0], query)[0]
    assert rows > 0
    assert wrong == 0


def test_listed_rows_say_why_in_codes_with_words(scored_day: Any, rows_of: Reader) -> None:
    from recoup_ml.reasons import load_reasons

    settings, _ = scored_day
    known = {
        reason.code
        for entry in load_reasons(settings).values()
        for reason in (entry.high, entry.low, entry.any)
        if reason is not None
    }
    codes = rows_of(settings, "select reason_codes from scores.proposed_contact_priority")
    assert all(len(row) <= 3 and len(set(row)) == len(row) and set(row) <= known for (row,) in codes)
    assert sum(bool(row) for (row,) in codes) > 0.9 * len(codes)
    kept = "select count(*) from scores.contact_value where reason_codes <> '{}'"
    assert rows_of(settings, kept)[0][0] == sum(bool(row) for (row,) in codes)


def test_control_is_left_alone_and_says_so(scored_day: Any, rows_of: Reader) -> None:
    query = """
        select count(*), count(x.account_id), count(l.account_id)
        from policy.experiment_arms as a
        left join scores.proposed_excluded as x on x.account_id = a.account_id and x.reason = 'CONTROL'
        left join scores.proposed_contact_priority as l on l.account_id = a.account_id
        where a.arm = 'control'
    """
    control, excluded, listed = rows_of(scored_day[0], query)[0]
    assert control == excluded > 0
    assert listed == 0


def test_a_second_run_changes_nothing_trains_nothing_and_leaves_other_dates_alone(
    loaded: Settings, day: Day, rows_of: Reader
) -> None:
    first_counts = {run.__name__: run(day, loaded) for run in STAGES}
    first, models = (
        hashes(rows_of, loaded),
        rows_of(loaded, "select * from scores.model_registry order by model_version"),
    )
    second_counts = {run.__name__: run(day, loaded) for run in STAGES}
    assert hashes(rows_of, loaded) == first
    assert rows_of(loaded, "select * from scores.model_registry order by model_version") == models
    assert second_counts["train_reach_model"] == second_counts["train_payment_model"] == {"trained": 0}
    assert second_counts["propose_lists"] == first_counts["propose_lists"]
    # Another date's run leaves this one's rows alone.
    later = Day(day.as_of_date + timedelta(days=1), day.recorded_at + timedelta(days=1))
    stages.score_accounts(later, loaded)
    stages.propose_lists(later, loaded)
    assert hashes(rows_of, loaded) == first


def test_training_again_from_the_same_data_gives_the_registered_hash(scored_day: Any, day: Day) -> None:
    settings, _ = scored_day
    params = load_params(settings)
    for name, train in (("reach", train_reach), ("payment", train_payment)):
        champion = champion_at(name, day.as_of_date, settings)
        assert champion is not None
        assert train(day, params, settings).version == champion.version


def test_a_model_comes_back_from_the_registry_to_the_bit(scored_day: Any, day: Day, rows_of: Reader) -> None:
    settings, _ = scored_day
    models = model_set(day, settings)
    artifacts = dict(rows_of(settings, "select model_version, artifact from scores.model_registry"))
    import json

    for model in (load_reach(models.reach, settings), load_payment(models.payment, settings)):
        text = json.dumps(model.to_json(), sort_keys=True, separators=(",", ":"))
        assert text in artifacts.values()


def test_an_altered_artifact_is_refused(loaded: Settings, day: Day, rows_of: Reader) -> None:
    stages.train_reach_model(day, loaded)
    with connect("scorer", loaded) as connection:
        connection.execute(
            "update scores.model_registry set artifact = replace(artifact, 'own_history', 'own_hist0ry')"
        )
    champion = champion_at("reach", day.as_of_date, loaded)
    assert champion is not None
    with pytest.raises(RecoupError, match="does not match its SHA-256"):
        load_reach(champion.version, loaded)


def test_a_learnt_champion_is_kept_for_a_week_and_a_past_date_keeps_its_own(loaded: Settings, day: Day) -> None:
    assert stages.train_payment_model(day, loaded)["trained"] == 1
    first = champion_at("payment", day.as_of_date, loaded)
    for later, expected in ((6, 0), (7, 1)):
        moved = Day(day.as_of_date + timedelta(days=later), day.recorded_at + timedelta(days=later))
        assert stages.train_payment_model(moved, loaded)["trained"] == expected
    assert champion_at("payment", day.as_of_date, loaded) is not None
    assert champion_at("payment", day.as_of_date, loaded).version == first.version  # type: ignore[union-attr]
    assert champion_at("payment", day.as_of_date - timedelta(days=1), loaded) is None


def test_a_published_date_keeps_its_frozen_models(loaded: Settings, day: Day) -> None:
    params = load_params(loaded)
    model = train_reach(day, params, loaded)
    other = replace(model, artifact={**model.artifact, "own_prior_attempts": 1.5})
    payment = train_payment(day, params, loaded)
    with connect("scorer", loaded) as connection:
        for each in (model, other, payment):
            register(connection, each, is_promoted=True)
    assert model_set(day, loaded).reach == other.version
    with connect("auditor", loaded) as connection:
        connection.execute(
            "select audit.freeze_cutoff(%s, 1, now(), 'r', %s)", [day.list_date, f"{payment.version} + {model.version}"]
        )
    frozen = model_set(day, loaded)
    assert (frozen.reach, frozen.payment) == (model.version, payment.version)


def test_a_company_without_contacts_gets_empty_lists_and_every_reason(
    loaded: Settings, day: Day, rows_of: Reader
) -> None:
    with connect("transformer", loaded) as connection:
        for table in (
            "features.ftr_reach_attempt",
            "features.ftr_reach_slot",
            "policy.eligible_contacts",
            "policy.block_reasons",
        ):
            connection.execute(f"truncate {table}")  # type: ignore[arg-type]
        connection.execute("update features.lbl_account_outcome set arm = null, had_rpc = null")
        connection.execute("update policy.experiment_arms set arm = 'treated'")
        connection.execute("update policy.population set person_id = null")
        connection.execute("update policy.experiment_arms set person_id = null")
        connection.execute(
            """
            insert into policy.block_reasons (list_date, account_id, rule_id, reason, citation, precedence)
            select list_date, account_id, 'NO_CONTACT_POINT', 'NO_CONTACT_POINT', 'data', 900 from policy.population
            """
        )
    counts = {run.__name__: run(day, loaded) for run in STAGES}
    assert counts["propose_lists"] == {
        "contact_priority": 0, "best_time_to_contact": 0, "excluded": 400, "slot_propensity": 0
    }  # fmt: skip
    kinds = dict(rows_of(loaded, "select model_name, metrics ->> 'kind' from scores.model_registry"))
    assert kinds["reach"] == "default"
    effect = rows_of(
        loaded, "select metrics -> 'effect' ->> 'kind' from scores.model_registry where model_name = 'payment'"
    )
    assert effect == [("assumed",)]


def test_a_cold_start_lists_by_the_default_and_says_so(loaded: Settings, day: Day, rows_of: Reader) -> None:
    with connect("transformer", loaded) as connection:
        connection.execute("truncate features.ftr_reach_attempt, features.lbl_account_outcome, features.ftr_reach_slot")
    counts = {run.__name__: run(day, loaded) for run in STAGES}
    assert counts["propose_lists"]["contact_priority"] > 50
    evidence = rows_of(loaded, "select distinct evidence, n_attempts_seen from scores.proposed_best_time_to_contact")
    assert evidence == [("default", 0)]


def test_an_empty_population_gives_empty_lists(loaded: Settings, day: Day) -> None:
    with connect("transformer", loaded) as connection:
        connection.execute(
            "truncate policy.population, policy.experiment_arms, policy.eligible_contacts, policy.block_reasons"
        )
        connection.execute("truncate features.ftr_reach_slot, features.ftr_reach_attempt, features.lbl_account_outcome")
    counts = {run.__name__: run(day, loaded) for run in STAGES}
    assert set(counts["propose_lists"].values()) == {0}
    assert counts["score_accounts"] == {"reach": 0, "contact_value": 0}


def test_stages_out_of_order_say_which_one_is_missing(loaded: Settings, day: Day) -> None:
    with pytest.raises(RecoupError, match="run the stage score_accounts"):
        stages.propose_lists(day, loaded)
    with pytest.raises(RecoupError, match="run the stage train_reach_model first"):
        stages.score_accounts(day, loaded)


def test_a_feature_that_its_table_lacks_is_named(loaded: Settings, day: Day) -> None:
    with connect("transformer", loaded) as connection:
        connection.execute("alter table features.ftr_reach_attempt drop column point_age_days")
    with pytest.raises(RecoupError, match=r"ftr_reach_attempt has no column point_age_days"):
        stages.train_reach_model(day, loaded)


def test_missing_features_are_one_sentence(warehouse: Settings, day: Day) -> None:
    with pytest.raises(
        RecoupError, match=r"^There is no table features\.ftr_reach_attempt yet: run the stage build_features"
    ):
        stages.train_reach_model(day, warehouse)


def test_the_run_writes_a_card_for_each_model(scored_day: Any, day: Day) -> None:
    settings, _ = scored_day
    models = model_set(day, settings)
    text = (settings.artifacts / "model_cards" / f"{models.payment}.md").read_text(encoding="utf-8")
    assert "days_past_due" in text
    assert "| effect |" in text or "effect at even chance" in text
    assert (settings.artifacts / "model_cards" / f"{models.reach}.md").exists()
