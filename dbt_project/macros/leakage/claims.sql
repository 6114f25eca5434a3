{#- First calendar day at whose close (05:00 of the day after, company time zone) an instant of learning was in. It does not
    depend on the run's own day, so that a date found by an incremental run is found again by a full one. -#}
{% macro learned_on(known_from) -%}
    cast(({{ known_from }} at time zone '{{ var("time_zone") }}') - interval '5 hours 1 microsecond' as date)
{%- endmacro %}

{#- The causes, in order of precedence: where several claim a cent the first has it. -#}
{% macro leakage_causes() -%}
    {{- return([
        'failed_payment', 'chargeback', 'unbilled_service', 'billing_gap', 'underbilled', 'invoice_error',
        'duplicate_credit', 'unapplied_cash', 'late_fee_not_charged', 'discount_taken_late', 'untouched_overdue',
        'broken_promise_not_followed', 'written_off_collectable'
    ]) -}}
{%- endmacro %}

{#- Place of a cause in the order of precedence, from 1. -#}
{% macro leakage_cause_order(cause) -%}
    case {{ cause }}
        {%- for name in recoup.leakage_causes() %}
        when '{{ name }}' then {{ loop.index }}
        {%- endfor %}
    end
{%- endmacro %}

{#- Set of the cents from the `begins`-th (exclusive) to the `ends`-th (inclusive) of an anchor's amount. -#}
{% macro cents_between(begins, ends) -%}
    int8multirange(int8range({{ begins }}, {{ ends }}))
{%- endmacro %}

{#- How many cents a set holds. -#}
{% macro count_cents(cents) -%}
    (select coalesce(sum(upper(piece) - lower(piece)), 0)::bigint from unnest({{ cents }}) as pieces (piece))
{%- endmacro %}
