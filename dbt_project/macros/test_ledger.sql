{#- The legs of one source row do not balance at some instant of knowledge in some currency. -#}
{% test legs_sum_to_zero(model) %}
with

unbalanced as (
    select
        source_row,
        currency,
        known_at,
        sum(amount_cents) as difference_cents
    from {{ model }}
    group by source_row, currency, known_at
    having sum(amount_cents) <> 0
)

select * from unbalanced
{% endtest %}
