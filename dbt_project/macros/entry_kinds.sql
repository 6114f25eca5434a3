{#- Entries that make a customer owe more. -#}
{% macro is_charge(entry_kind) -%}
    {{ entry_kind }} in ('invoice', 'late_fee', 'interest', 'debit')
{%- endmacro %}

{#- Entries that match cash to an invoice, and those that take the match back. -#}
{% macro is_cash_application(entry_kind) -%}
    {{ entry_kind }} in ('application', 'application_reversal', 'application_return')
{%- endmacro %}

{#- Entries that match a granted credit to an invoice, and those that take the match back. -#}
{% macro is_credit_application(entry_kind) -%}
    {{ entry_kind }} in ('credit_application', 'credit_reversal')
{%- endmacro %}
