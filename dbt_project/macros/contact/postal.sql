{#- Country of a postal code by its whole shape: ZIP or ZIP+4 = US, A1B 2C3 = CA, anything else unknown (null): London's
    E1W 1AA begins as a code of New Brunswick does. -#}
{% macro postal_country(postal_code) -%}
    case
        when trim({{ postal_code }}) ~ '^[0-9]{5}(-[0-9]{4})?$' then 'US'
        when trim({{ postal_code }}) ~ '^[A-Za-z][0-9][A-Za-z] ?[0-9][A-Za-z][0-9]$' then 'CA'
    end
{%- endmacro %}

{#- The part of a postal code that the seed postal_zones is keyed by: three digits (US), the first letter (CA). -#}
{% macro postal_prefix(postal_code) -%}
    case
        when trim({{ postal_code }}) ~ '^[0-9]{5}(-[0-9]{4})?$' then left(trim({{ postal_code }}), 3)
        when trim({{ postal_code }}) ~ '^[A-Za-z][0-9][A-Za-z] ?[0-9][A-Za-z][0-9]$' then upper(left(trim({{ postal_code }}), 1))
    end
{%- endmacro %}
