"""The semantic layer says of every KPI what the mart says of it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from recoup import warehouse
from recoup.errors import RecoupError
from recoup.semantic_layer import SemanticLayer

GENERIC = {"kpi_value", "kpi_numerator", "kpi_denominator"}

Values = dict[tuple[str, str | None], Decimal]


@pytest.fixture(scope="module")
def layer(company_run: Any) -> SemanticLayer:
    return SemanticLayer(company_run.settings)


@pytest.fixture(scope="module")
def in_the_mart(company_run: Any) -> Values:
    """Company-wide values of the day and its month: by name in the semantic layer and currency."""
    with warehouse.connect("bi_reader", company_run.settings) as connection:
        rows = connection.execute(
            "select metric || case period when 'month' then '_month' else '' end, currency, value"
            " from marts.kpi_values"
            " where as_of_date = %s and grain = 'total' and kpi_date in (as_of_date, date_trunc('month', as_of_date))",
            [company_run.day.as_of_date],
        ).fetchall()
    return {(str(name), currency): value for name, currency, value in rows}


def test_every_kpi_has_a_metric_and_every_metric_a_kpi(
    layer: SemanticLayer, in_the_mart: Values, company_run: Any
) -> None:
    declared = {metric.name for metric in layer.metrics()} - GENERIC
    assert {name for name, _ in in_the_mart} - declared == set()
    with warehouse.connect("bi_reader", company_run.settings) as connection:
        known = {name for (name,) in connection.execute("select distinct metric from marts.kpi_values")}
    # a day may have nothing for a metric to be about
    assert {name.removesuffix("_month") for name in declared} - known == set()


def test_every_metric_is_what_the_mart_says(layer: SemanticLayer, in_the_mart: Values, company_run: Any) -> None:
    names = sorted({metric.name for metric in layer.metrics()} - GENERIC)
    answered: Values = {}
    for first in range(0, len(names), 16):
        answer = layer.ask(names[first : first + 16], group_by=("metric_time__day", "kpi__currency"))
        for day, currency, *values in answer.rows:
            assert day.date() == company_run.day.as_of_date
            answered |= {
                (name, currency): value
                for name, value in zip(answer.columns[2:], values, strict=True)
                if value is not None
            }
    assert answered == {key: value for key, value in in_the_mart.items() if value is not None}
    assert len(answered) > 60


def test_any_grain_can_be_asked_for(layer: SemanticLayer, company_run: Any) -> None:
    answer = layer.ask(
        ["kpi_value"], group_by=["kpi__grain_value"],
        where=["{{ Dimension('kpi__metric') }} = 'rpc_rate_calls'", "{{ Dimension('kpi__period') }} = 'month'",
               "{{ Dimension('kpi__grain') }} = 'segment'"],
    )  # fmt: skip
    with warehouse.connect("bi_reader", company_run.settings) as connection:
        expected = connection.execute(
            "select grain_value, value from marts.kpi_values where metric = 'rpc_rate_calls' and period = 'month'"
            " and grain = 'segment' and as_of_date = %s",
            [company_run.day.as_of_date],
        ).fetchall()
    assert len(expected) > 1
    assert sorted(answer.rows) == sorted(expected)


def test_an_unknown_metric_is_refused_in_one_sentence(layer: SemanticLayer) -> None:
    with pytest.raises(RecoupError, match=r"cannot answer that .* `recoup metrics list`"):
        layer.ask(["no_such_metric"])
