{#- Number of digits after the decimal point of a currency's major unit (ISO 4217). Everything not named has two. -#}
{% macro currency_exponent(currency) -%}
    case
        when {{ currency }} in (
            'BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'UGX', 'UYI', 'VND', 'VUV', 'XAF',
            'XOF', 'XPF'
        ) then 0
        when {{ currency }} in ('BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND') then 3
        when {{ currency }} in ('CLF', 'UYW') then 4
        else 2
    end
{%- endmacro %}

{#- Integer minor units to numeric(20,4) major units of their own currency. The only place where money stops being an
    integer: at the border of marts and lists. -#}
{% macro amount(cents, currency) -%}
    cast(({{ cents }}) / power(10::numeric, {{ recoup.currency_exponent(currency) }}) as numeric(20, 4))
{%- endmacro %}
