"""Every metric of the dictionary is there after a day of the whole pipeline, and says what its two numbers say."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import psycopg
import pytest

from recoup import transform, warehouse

# Name in the dictionary → its rows in marts.kpi_values. One name may be several metrics: horizons, parts, conventions.
METRICS: dict[str, tuple[str, ...]] = {
    "dso": ("dso",),
    "dso_countback": ("dso_countback",),
    "best_possible_dso": ("best_possible_dso",),
    "average_days_delinquent": ("average_days_delinquent",),
    "days_past_due_weighted": ("days_past_due_weighted",),
    "cei_percent": ("cei_percent",),
    "cei_monthly_average_percent": ("cei_monthly_average_percent",),
    "collector_effectiveness": ("collector_effectiveness",),
    "true_dso": ("true_dso",),
    "collection_rate": ("collection_rate",),
    "average_days_to_pay": ("average_days_to_pay",),
    "invoice_cycle_days": ("invoice_cycle_days",),
    "coverage": ("coverage",),
    "penetration": ("penetration",),
    "intensity": ("intensity",),
    "connect_rate": ("connect_rate",),
    "rpc_rate_contacts": ("rpc_rate_contacts",),
    "rpc_rate_calls": ("rpc_rate_calls",),
    "ptp_rate_rpc": ("ptp_rate_rpc",),
    "ptp_rate_calls": ("ptp_rate_calls",),
    "kept_promise_rate": ("kept_promise_rate",),
    "kept_promise_amount_rate": ("kept_promise_amount_rate",),
    "average_handle_time": ("average_handle_time",),
    "recovery_rate": tuple(
        f"{name}{horizon}"
        for name in ("recovery_rate", "recovery_rate_placed")
        for horizon in ("", *(f"_{days}_days" for days in (7, 14, 30, 60, 90)))
    ),
    "success_rate": ("success_rate",),
    "time_to_recover_days": ("time_to_recover_days_median", "time_to_recover_days_p90"),
    "cost_to_collect": ("cost_to_collect",),
    "retry_success_rate": ("retry_success_rate",),
    "dispute_days": ("dispute_days",),
    "dispute_win_rate": ("dispute_win_rate",),
    "chargeback_rate": ("chargeback_rate_by_count", "chargeback_rate_by_amount"),
    "opt_out_rate": ("opt_out_rate",),
    "complaint_rate": ("complaint_rate",),
    "revenue_growth_rate": ("revenue_growth_rate",),
    "mrr": (
        "mrr", "mrr_opening", "mrr_new", "mrr_expansion", "mrr_contraction", "mrr_churned", "mrr_reactivated",
    ),
    "customer_lifetime_value": ("customer_lifetime_value", "customer_realized_value"),
    "customer_acquisition_cost": ("customer_acquisition_cost",),
    "ltv_to_cac": ("ltv_to_cac",),
    "churn_rate": ("churn_rate", "churn_rate_voluntary", "churn_rate_involuntary", "churn_rate_unknown"),
    "churn_after_dunning": tuple(
        f"{name}_{days}_days"
        for name in ("churn_after_dunning", "churn_of_undunned_matched")
        for days in (30, 60, 90)
    ),
    "sales_conversion_rate": ("sales_conversion_rate",),
    "abandon_rate": ("abandon_rate",),
    "contacts with complete documentation": ("documented_contact_share",),
}  # fmt: skip

# Not in kpi_values, and where it is instead.
ELSEWHERE: dict[str, str] = {
    "aging": "no ratio: marts.ar_aging_*, tied by marts.ar_control_total",
    "roll_rate": "a matrix: marts.ar_roll_rates",
    "incremental_recovery": "lives in monitoring, as the dictionary says: monitoring.incremental_recovery",
    "revenue_leakage_rate": "by cause: marts.revenue_leakage_monthly",
    "net_revenue_leakage_rate": "by cause: marts.revenue_leakage_monthly",
    "attempts blocked by rule": "reads policy, which is built after the marts: monitoring.kpi_contact_rules",
    "near misses": "reads policy, which is built after the marts: monitoring.kpi_contact_rules",
    "breaches found after the fact": "found in the log before anything is built: monitoring.kpi_breaches",
}


@pytest.fixture(scope="module")
def connection(company_run: Any) -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
    with warehouse.connect("bi_reader", company_run.settings) as opened:
        yield opened


def test_every_metric_of_the_dictionary_is_there_or_has_a_reason(connection: Any) -> None:
    found = {name for (name,) in connection.execute("select distinct metric from marts.kpi_values")}
    missing = {f"{name}: {row}" for name, rows in METRICS.items() for row in rows if row not in found}
    assert missing == set()
    assert not METRICS.keys() & ELSEWHERE.keys()
    named = {row for rows in METRICS.values() for row in rows} | ELSEWHERE.keys()
    assert found <= named, "a metric that the dictionary does not name"


def test_the_values_of_most_metrics_are_known_on_the_day(connection: Any) -> None:
    """A mart of nulls would have every name."""
    unknown = {
        name for (name,) in connection.execute(
            "select metric from marts.kpi_values group by metric having count(value) = 0"
        )
    }  # fmt: skip
    assert unknown == set()


def test_a_value_is_its_numerator_over_its_denominator(connection: Any) -> None:
    wrong = connection.execute(
        """
        select metric, grain, grain_value, numerator, denominator, multiplier, value
        from marts.kpi_values
        where
            multiplier is not null
            and case
                when coalesce(denominator, 0) = 0 or numerator is null then value is not null
                -- both numbers are shown to four decimals
                else value is null or abs(value - numerator / denominator * multiplier)
                    > 0.00001 + 0.0001 * multiplier * (abs(value) + 1) / abs(denominator)
            end
        limit 5
        """
    ).fetchall()
    assert wrong == []


def test_the_view_holds_every_kpi_mart_whole(connection: Any) -> None:
    marts = [
        name for (name,) in connection.execute(
            "select table_name from information_schema.tables"
            " where table_schema = 'marts' and table_type = 'BASE TABLE' and table_name like 'kpi\\_%'"
        )
    ]  # fmt: skip
    assert len(marts) >= 9
    rows = sum(connection.execute(f"select count(*) from marts.{mart}").fetchone()[0] for mart in marts)
    assert connection.execute("select count(*) from marts.kpi_values").fetchone() == (rows,)


def test_the_parts_of_a_grain_add_up_to_the_total(connection: Any) -> None:
    """Counts and amounts of accounts do, in every grain of the account."""
    wrong = connection.execute(
        """
        with sums as (
            select
                as_of_date, kpi_date, period, metric, currency, grain,
                sum(numerator) as numerator, sum(denominator) as denominator
            from marts.kpi_values
            where
                grain in ('total', 'product', 'segment', 'region')
                and (
                    metric like 'recovery\\_rate%' or metric like 'churn\\_rate%' or metric like 'chargeback%'
                    or metric in ('success_rate', 'retry_success_rate', 'sales_conversion_rate', 'kept_promise_rate')
                )
            group by as_of_date, kpi_date, period, metric, currency, grain
        )
        select parts.metric, parts.grain, parts.numerator, total.numerator
        from sums as parts
        inner join sums as total
            on
                parts.as_of_date = total.as_of_date and parts.kpi_date = total.kpi_date
                and parts.period = total.period and parts.metric = total.metric
                and parts.currency is not distinct from total.currency
        where
            total.grain = 'total' and parts.grain <> 'total'
            and (parts.numerator <> total.numerator or parts.denominator <> total.denominator)
        """
    ).fetchall()
    assert wrong == []


def test_each_step_of_the_funnel_is_a_part_of_the_one_before(connection: Any) -> None:
    steps = connection.execute(
        "select period, step, account_count from marts.collections_funnel order by period, step_order"
    ).fetchall()
    for period in ("day", "month"):
        counts = [count for p, _, count in steps if p == period]
        assert len(counts) == 6
        assert counts[0] > 0
        assert counts == sorted(counts, reverse=True)


def test_the_recovery_curve_is_kaplan_and_meiers(company_run: Any, connection: Any) -> None:
    """The same estimate by plain arithmetic over the spells."""
    with warehouse.connect("transformer", company_run.settings) as reader:
        spells = reader.execute(
            "select days_followed, is_resolved from intermediate.int_accounts__past_due_spells"
            " where began_on > %s - 365",
            [company_run.day.as_of_date],
        ).fetchall()
    days = np.array([spell[0] for spell in spells])
    resolved = np.array([spell[1] for spell in spells])
    assert (~resolved).sum() > 20, "nothing is censored: the test would not see it dropped"
    survival, expected = 1.0, {0: 0.0}
    for day in np.unique(days[resolved]):
        survival *= 1 - (resolved & (days == day)).sum() / (days >= day).sum()
        expected[int(day)] = 1 - survival
    found = dict(
        connection.execute(
            "select days, recovered_share::float from marts.recovery_curves where grain = 'total'"
        ).fetchall()
    )
    assert found.keys() == expected.keys()
    assert np.allclose([found[day] for day in expected], list(expected.values()), atol=1e-6)


def test_who_is_past_due_in_the_spells_is_past_due_in_the_aging(company_run: Any, connection: Any) -> None:
    with warehouse.connect("transformer", company_run.settings) as reader:
        open_spells = {
            account for (account,) in reader.execute(
                "select account_id from intermediate.int_accounts__past_due_spells where ended_on is null"
            )
        }  # fmt: skip
    past_due = {
        account for (account,) in connection.execute(
            "select distinct account_id from marts.ar_aging_by_invoice where days_past_due > 0 and open_amount > 0"
        )
    }  # fmt: skip
    assert len(past_due) > 50
    assert open_spells == past_due


def test_the_lists_effect_comes_with_its_interval(connection: Any) -> None:
    rows = connection.execute(
        "select treated_account_count, control_account_count, effect_low_amount, effect_per_account_amount,"
        " effect_high_amount from monitoring.incremental_recovery"
    ).fetchall()
    assert rows, "the history's own randomized arm should have been found"
    for treated, control, low, effect, high in rows:
        assert treated > control > 1
        assert low < effect < high


def test_a_benchmark_is_of_a_metric_that_we_have(connection: Any) -> None:
    orphans = connection.execute(
        "select metric from marts.peer_benchmarks where metric not in (select kpi_values.metric from marts.kpi_values)"
    ).fetchall()
    assert orphans == []
    assert connection.execute("select count(*) from marts.peer_benchmarks").fetchone()[0] > 10


def test_every_kpi_mart_has_a_contract_its_formula_and_its_source(company_run: Any) -> None:
    with transform._environment(company_run.settings):
        manifest = transform._manifest(company_run.settings)
    marts = [
        node for node in manifest.nodes.values()
        if str(node.resource_type) == "model" and node.name.startswith("kpi_") and node.name != "kpi_values"
    ]  # fmt: skip
    assert len(marts) >= 10
    for mart in marts:
        assert mart.config.contract.enforced, mart.name
        assert "=" in mart.description, mart.name
        assert [column.name for column in mart.columns.values() if not column.description] == [], mart.name
        if not mart.name.startswith("kpi_receivables"):
            assert "Source of the formula" in mart.description, mart.name
