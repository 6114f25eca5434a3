{#- First calendar day at whose 05:00-after-midnight close an instant of learning was in: a fact learned by 05:00 of
    day D + 1 (company time zone) was known when day D was closed.

    What the run itself knows (up to known_at) counts as known at its as_of_date, also where a second pull came later
    than 05:00. -#}
{% macro known_on(known_at) -%}
    least(
        cast(({{ known_at }} at time zone '{{ var("time_zone") }}') - interval '5 hours 1 microsecond' as date),
        {{ recoup.as_of_date() }}
    )
{%- endmacro %}

{#- First day on which a fact both had happened and was known. Null where its learning lies beyond the run's cut-off. -#}
{% macro visible_on(effective_on, known_at) -%}
    case
        when {{ known_at }} <= {{ recoup.known_at() }}
            then greatest({{ effective_on }}, {{ recoup.known_on(known_at) }})
    end
{%- endmacro %}
