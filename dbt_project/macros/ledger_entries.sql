{#- Rows of the ledger from a CTE of legs that hold over an interval of knowledge: the leg counts from known_from on and
    its negation from known_to on, so a balance is a plain sum over effective_on <= D and known_at <= K.

    `legs` needs source_row, account_id, invoice_id, currency, ledger_account, entry_kind, amount_cents, effective_on,
    known_from, known_to, _batch_id. A leg of zero says nothing and is dropped. -#}
{% macro entries_of(legs) -%}
    select
        source_row,
        account_id,
        invoice_id,
        currency,
        ledger_account,
        entry_kind,
        amount_cents,
        effective_on,
        known_from as known_at,
        false as is_negation,
        _batch_id
    from {{ legs }}
    where amount_cents <> 0
    union all
    select
        source_row,
        account_id,
        invoice_id,
        currency,
        ledger_account,
        entry_kind,
        -amount_cents as amount_cents,
        effective_on,
        known_to as known_at,
        true as is_negation,
        _batch_id
    from {{ legs }}
    where amount_cents <> 0 and known_to is not null
{%- endmacro %}

{#- The interval in which both `a` and `b` were what we knew. greatest and least skip nulls, and a null known_to is open. -#}
{% macro both_known_from(a, b) -%}
    greatest({{ a }}.known_from, {{ b }}.known_from)
{%- endmacro %}

{% macro both_known_to(a, b) -%}
    least({{ a }}.known_to, {{ b }}.known_to)
{%- endmacro %}

{% macro known_together(a, b) -%}
    (
        ({{ a }}.known_to is null or {{ a }}.known_to > {{ b }}.known_from)
        and ({{ b }}.known_to is null or {{ b }}.known_to > {{ a }}.known_from)
    )
{%- endmacro %}
