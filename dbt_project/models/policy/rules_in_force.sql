{{ config(post_hook='analyze {{ this }}') }}

with

rules as (
    select * from {{ ref('contact_rules') }}
),

in_force as (
    -- what binds offers and third parties alone is no matter of these lists: the contact check asks it
    select * from rules
    where
        -- a list kept from before the column came is made again with rules that have none
        coalesce(purpose, 'any') in ('collection', 'any')
        and effective_from <= {{ recoup.list_date() }}
        and (effective_to is null or effective_to >= {{ recoup.list_date() }})
),

typed as (
    select
        {{ recoup.list_date() }} as list_date,
        rule_id,
        kind,
        purpose,
        scope,
        unit,
        case
            when medium = 'any' then cast(array['voice', 'sms', 'email', 'letter'] as text[])
            {%- if var('automated_voice') %}
            else array_replace({{ recoup.split('medium') }}, 'automated_voice', 'voice')
            {%- else %}
            else {{ recoup.split('medium') }}
            {%- endif %}
        end as media,
        {{ recoup.split('point_type') }} as point_types,
        window_days,
        window_hours,
        cap,
        cast({{ recoup.split('weekdays') }} as integer[]) as weekdays,
        local_from,
        local_to,
        {{ recoup.split('trigger_codes') }} as trigger_codes,
        {{ recoup.split('cleared_by') }} as cleared_by,
        jurisdiction,
        {{ recoup.split('collector_role') }} as collector_roles,
        effective_from,
        effective_to,
        reason,
        precedence,
        citation,
        rule_text,
        md5(
            concat_ws(
                '|', rule_id, kind, purpose, scope, unit, medium, point_type, coalesce(window_days::text, ''),
                coalesce(window_hours::text, ''), coalesce(cap::text, ''), coalesce(weekdays, ''),
                coalesce(local_from::text, ''), coalesce(local_to::text, ''), trigger_codes, cleared_by,
                jurisdiction, collector_role, effective_from, coalesce(effective_to::text, ''), reason,
                precedence, citation, rule_text
            )
        ) as rule_key
    from in_force
)

select * from typed
