{#- Every version of one raw entity with the interval in which it was what we knew: known_from inclusive, known_to
    exclusive, null = newest.

    On an incremental run: all versions of the keys that batches newer than the model's newest have touched, and no
    other, so that the work is the day's changes. -#}
{% macro versioned_entity(feed, entity) -%}
    {%- set raw = source('raw_' ~ feed, entity) -%}
    select
        held.*,
        held._known_at as known_from,
        -- by the clock and not by the batch: one pull may bring several versions of a key, and landing keeps them apart by it
        lead(held._known_at) over (partition by held._key order by held._known_at) as known_to
    from {{ raw }} as held
    {%- if is_incremental() %}
    where
        held._key in (
            select fresh._key
            from {{ raw }} as fresh
            where {{ recoup.arrived_since_last_build('fresh') }}
        )
    {%- endif %}
{%- endmacro %}
