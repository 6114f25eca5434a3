{#- Country of a postal code by its shape: five digits = US, letter-digit-letter = CA, anything else unknown (null). -#}
{% macro postal_country(postal_code) -%}
    case
        when trim({{ postal_code }}) ~ '^[0-9]{5}' then 'US'
        when trim({{ postal_code }}) ~ '^[A-Za-z][0-9][A-Za-z]' then 'CA'
    end
{%- endmacro %}

{#- The part of a postal code that the seed postal_zones is keyed by: three digits (US), the first letter (CA). -#}
{% macro postal_prefix(postal_code) -%}
    case
        when trim({{ postal_code }}) ~ '^[0-9]{5}' then left(trim({{ postal_code }}), 3)
        when trim({{ postal_code }}) ~ '^[A-Za-z][0-9][A-Za-z]' then upper(left(trim({{ postal_code }}), 1))
    end
{%- endmacro %}
