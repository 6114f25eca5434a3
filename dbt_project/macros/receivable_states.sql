{#- What a receivable can be at the end of a period, in order: still open in one of the buckets, settled one of three ways,
    or overpaid. -#}
{% macro receivable_states() -%}
    {{- return(recoup.buckets_and(['paid', 'credited', 'written_off', 'credit balance'])) -}}
{%- endmacro %}

{#- The buckets in order, then `names`. -#}
{% macro buckets_and(names) -%}
    {%- set all_names = [] -%}
    {%- for bucket in recoup.aging_buckets() -%}
        {%- do all_names.append(bucket) -%}
    {%- endfor -%}
    {%- for name in names -%}
        {%- do all_names.append(name) -%}
    {%- endfor -%}
    {{- return(all_names) -}}
{%- endmacro %}

{#- Rows (name, position) of a list of names, for a VALUES list. -#}
{% macro numbered(names) -%}
    {%- for name in names %}
    ('{{ name }}', {{ loop.index }}){{ ',' if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{#- What of an item of the CTE `items` left the open balance for `settled.to_state`; `prefix` of its columns. -#}
{% macro settled_cents(prefix='') -%}
    case settled.to_state
        when 'paid' then items.{{ prefix }}paid_cents
        when 'credited' then items.{{ prefix }}credited_cents
        else items.{{ prefix }}written_off_cents
    end
{%- endmacro %}
