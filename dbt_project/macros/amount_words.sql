{#- A major-unit amount as people write it, with the digits of its currency: 1,234.50 USD, 1,235 JPY. -#}
{% macro amount_words(amount, currency) -%}
    (
        trim(to_char(
            {{ amount }},
            'FM999,999,999,999,990' || case {{ recoup.currency_exponent(currency) }}
                when 0 then '' else rpad('.', 1 + {{ recoup.currency_exponent(currency) }}, '0')
            end
        )) || ' ' || {{ currency }}
    )
{%- endmacro %}
