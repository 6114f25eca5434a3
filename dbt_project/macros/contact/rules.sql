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

{#- True where the row `contacts` of recent_contacts is one that the frequency rule `rules` counts by its unit. -#}
{% macro counts_for(contacts, rules) -%}
    case {{ rules }}.unit
        when 'person' then {{ contacts }}.counts_by = 'person'
        when 'person_or_spouse' then {{ contacts }}.counts_by in ('person', 'spouse')
        else {{ contacts }}.counts_by = 'debt'
    end
{%- endmacro %}

{#- True where the row `contacts` of recent_contacts lies in the window of `rules`: that many local dates, the list date
    among them, or that many hours counted back from the first moment of the list date, when the most of them still count. -#}
{% macro is_in_window(contacts, rules) -%}
    case
        when {{ rules }}.window_hours is not null
            then
                {{ contacts }}.started_at
                > {{ recoup.end_of_day(recoup.as_of_date()) }} - {{ rules }}.window_hours * interval '1 hour'
        else {{ contacts }}.local_date > {{ recoup.list_date() }} - {{ rules }}.window_days
    end
{%- endmacro %}
