{#- The shape that all KPI marts share, from a CTE with kpi_date, period, metric, currency, grain, grain_value, numerator,
    denominator, multiplier and is_complete: value = numerator / denominator x multiplier, null when the denominator is
    0 or null. Money comes in major units of `currency`; a metric that is not money has a null currency. -#}
{% macro kpi_long_form(relation) -%}
    select
        {{ recoup.as_of_date() }} as as_of_date,
        kpi_date,
        period,
        metric,
        cast(currency as text) as currency,
        grain,
        grain_value,
        cast(numerator as numeric(28, 4)) as numerator,
        cast(denominator as numeric(28, 4)) as denominator,
        cast(multiplier as numeric(10, 4)) as multiplier,
        cast(numerator::numeric / nullif(denominator::numeric, 0) * multiplier as numeric(20, 6)) as value,
        is_complete
    from {{ relation }}
{%- endmacro %}

{#- The grains that a row with product, segment and region counts under, and further ones that are columns of it
    (`also`): a table to cross join with, one row a grain. -#}
{% macro grains_of(alias, also=[]) -%}
    lateral (
        values
        ('total', 'all'),
        ('product', {{ alias }}.product),
        ('segment', {{ alias }}.segment),
        ('region', {{ alias }}.region)
        {%- for column in also %},
        ('{{ column }}', {{ alias }}.{{ column }})
        {%- endfor %}
    )
{%- endmacro %}

{#- Product, segment and region of the account that `alias` may have found, in the words of the grains. -#}
{% macro account_dimensions(alias='accounts') -%}
    coalesce({{ alias }}.product, 'unknown') as product,
    coalesce({{ alias }}.segment, 'unknown') as segment,
    coalesce({{ alias }}.region, 'unknown') as region
{%- endmacro %}

{#- Periods of the CTE `periods` and `metrics` of which `relation` has no row in total: nothing happened, and the day still has
    its row. -#}
{% macro without_occasion(relation, metrics) -%}
    select
        periods.period,
        metrics.metric
    from periods
    cross join (values {% for metric in metrics %}('{{ metric }}'){{ ', ' if not loop.last }}{% endfor %}) as metrics (metric)
    where
        not exists (
            select 1
            from {{ relation }}
            where {{ relation }}.period = periods.period and {{ relation }}.metric = metrics.metric and {{ relation }}.grain = 'total'
        )
{%- endmacro %}
