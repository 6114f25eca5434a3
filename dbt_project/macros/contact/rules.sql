{#- True where the rule row `rules` binds a collector in any of the roles of `roles` (text[]). -#}
{% macro binds_role(rules, roles) -%}
    ('any' = any({{ rules }}.collector_roles) or {{ rules }}.collector_roles && {{ roles }})
{%- endmacro %}

{#- True where the rule row `rules` protects a person in any of the places of `jurisdictions` (text[]). -#}
{% macro protects_place(rules, jurisdictions) -%}
    ({{ rules }}.jurisdiction = 'any' or {{ rules }}.jurisdiction = any({{ jurisdictions }}))
{%- endmacro %}

{#- The media that the company contacts by, as a text[] literal. -#}
{% macro contact_media() -%}
    cast(array['{{ var("contact_media") | join("', '") }}'] as text[])
{%- endmacro %}

{#- Joins one row per channel that the rule row `rules` closes: a single null where it closes every medium in use. -#}
{% macro closed_channels(rules) -%}
    cross join lateral unnest(
        case
            when {{ rules }}.media @> {{ recoup.contact_media() }} then cast(array[null] as text[])
            else array(
                select used.medium from unnest({{ recoup.contact_media() }}) as used (medium)
                where used.medium = any({{ rules }}.media)
            )
        end
    ) as closed (channel)
{%- endmacro %}
