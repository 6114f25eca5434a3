{#- Two-sided 95 % quantile of Student's t for `df` degrees of freedom, by the Cornish-Fisher expansion with four terms
    (Abramowitz and Stegun 26.7.5): 0.001 below the exact one at 4 degrees, 0.004 at 3, 0.03 at 2. -#}
{% macro student_t_95(df) -%}
    (
        1.959964
        + 2.372271 / ({{ df }})
        + 2.822499 / power(({{ df }}), 2)
        + 2.555850 / power(({{ df }}), 3)
        + 1.589534 / power(({{ df }}), 4)
    )
{%- endmacro %}

{#- Half width of Welch's 95 % interval of the difference of two means, from their sample variances and counts. Null where
    a side has fewer than two members or nothing varies. -#}
{% macro welch_half_width(variance_a, count_a, variance_b, count_b) -%}
    {%- set error_a = '(' ~ variance_a ~ ')::double precision / nullif(' ~ count_a ~ ', 0)' -%}
    {%- set error_b = '(' ~ variance_b ~ ')::double precision / nullif(' ~ count_b ~ ', 0)' -%}
    {%- set df -%}
        power({{ error_a }} + {{ error_b }}, 2)
        / nullif(
            power({{ error_a }}, 2) / nullif({{ count_a }} - 1, 0)
            + power({{ error_b }}, 2) / nullif({{ count_b }} - 1, 0),
            0
        )
    {%- endset -%}
    {{ recoup.student_t_95(df) }} * sqrt({{ error_a }} + {{ error_b }})
{%- endmacro %}
