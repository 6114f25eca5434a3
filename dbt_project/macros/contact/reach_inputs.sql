{#- Part of the day that an hour (0–23, local) falls in. -#}
{% macro daypart(local_hour) -%}
    case
        when {{ local_hour }} <= 10 then 1
        when {{ local_hour }} <= 13 then 2
        when {{ local_hour }} <= 16 then 3
        else 4
    end
{%- endmacro %}

{#- Columns of the CTE `contributions` that reach_inputs() needs, from the relation `attempts` of int_attempts: an outbound
    call counts from the day on which it had happened and was known, and a version that was replaced is taken back on the
    day of its replacement. -#}
{% macro reach_contributions(attempts) -%}
    select
        contact_point_id,
        person_id,
        {{ recoup.visible_on('local_date', 'known_from') }} as on_date,
        local_date as called_on,
        local_hour,
        1 as attempts,
        case when is_right_party then 1 else 0 end as right_parties
    from {{ attempts }}
    where known_from <= {{ recoup.known_at() }}
    union all
    select
        contact_point_id,
        person_id,
        {{ recoup.visible_on('local_date', 'known_to') }} as on_date,
        local_date as called_on,
        local_hour,
        -1 as attempts,
        case when is_right_party then -1 else 0 end as right_parties
    from {{ attempts }}
    where known_to <= {{ recoup.known_at() }}
{%- endmacro %}

{#- The inputs of the reach model that come from earlier calls, one row per row of `queries`: the one definition for
    training and scoring. Everything lies strictly before the query's local_date, at most 180 days back (the days since: 365).

    queries: CTE with query_id, contact_point_id, person_id, local_date, local_hour
    contributions: CTE with contact_point_id, person_id, on_date (happened and known), called_on, local_hour, attempts,
    right_parties -#}
{% macro reach_inputs(queries, contributions) -%}
    select
        query_id,
        point_attempts_180d,
        point_rpc_180d,
        point_daypart_attempts,
        point_daypart_rpc,
        point_hour_attempts,
        point_hour_rpc,
        person_attempts_180d,
        person_rpc_180d,
        days_since_point_attempt,
        days_since_point_rpc,
        last_rpc_hour_distance
    from (
        select
            query_id,
            greatest(coalesce(sum(attempts) over last_180_of_point, 0), 0)::integer as point_attempts_180d,
            greatest(coalesce(sum(right_parties) over last_180_of_point, 0), 0)::integer as point_rpc_180d,
            greatest(coalesce(sum(attempts) over last_180_of_daypart, 0), 0)::integer as point_daypart_attempts,
            greatest(coalesce(sum(right_parties) over last_180_of_daypart, 0), 0)::integer as point_daypart_rpc,
            point_hour_attempts,
            point_hour_rpc,
            greatest(coalesce(sum(attempts) over last_180_of_person, 0), 0)::integer as person_attempts_180d,
            greatest(coalesce(sum(right_parties) over last_180_of_person, 0), 0)::integer as person_rpc_180d,
            case
                when on_date - max(called_on) filter (where attempts > 0) over all_of_point <= 365
                    then on_date - max(called_on) filter (where attempts > 0) over all_of_point
            end as days_since_point_attempt,
            case
                when on_date - max(called_on) filter (where right_parties > 0) over all_of_point <= 365
                    then on_date - max(called_on) filter (where right_parties > 0) over all_of_point
            end as days_since_point_rpc,
            case
                when on_date - max(called_on) filter (where right_parties > 0) over all_of_point <= 365
                    -- the newest right-party call as one number, day and hour: its remainder is the hour
                    then abs(
                        mod(
                            max((called_on - date '2000-01-01') * 24 + local_hour)
                                filter (where right_parties > 0) over all_of_point,
                            24
                        )
                        - local_hour
                    )
            end as last_rpc_hour_distance
        from (
            select
                cast(null as text) as query_id,
                contact_point_id,
                person_id,
                on_date,
                called_on,
                local_hour,
                attempts,
                right_parties,
                cast(null as integer) as point_hour_attempts,
                cast(null as integer) as point_hour_rpc
            from {{ contributions }}
            union all
            select
                query_id,
                contact_point_id,
                person_id,
                on_date,
                cast(null as date) as called_on,
                hour_of_day as local_hour,
                0 as attempts,
                0 as right_parties,
                greatest(coalesce(hour_attempts, 0), 0)::integer as point_hour_attempts,
                greatest(coalesce(hour_right_parties, 0), 0)::integer as point_hour_rpc
            from (
                -- a call counts in its own hour and the two beside it; a query is asked in its own
                select
                    query_id,
                    contact_point_id,
                    person_id,
                    on_date,
                    hour_of_day,
                    sum(attempts) over last_180_of_hour as hour_attempts,
                    sum(right_parties) over last_180_of_hour as hour_right_parties
                from (
                    select
                        cast(null as text) as query_id,
                        contact_point_id,
                        person_id,
                        on_date,
                        local_hour + beside.hours as hour_of_day,
                        attempts,
                        right_parties
                    from {{ contributions }}
                    cross join (values (-1), (0), (1)) as beside (hours)
                    union all
                    select
                        query_id,
                        contact_point_id,
                        person_id,
                        local_date as on_date,
                        local_hour as hour_of_day,
                        0 as attempts,
                        0 as right_parties
                    from {{ queries }}
                ) as hourly_events
                window
                    last_180_of_hour as (
                        partition by contact_point_id, hour_of_day order by on_date
                        range between interval '180 days' preceding and interval '1 day' preceding
                    )
            ) as by_hour
            where query_id is not null
        ) as events
        window
            last_180_of_point as (
                partition by contact_point_id order by on_date
                range between interval '180 days' preceding and interval '1 day' preceding
            ),
            last_180_of_daypart as (
                partition by contact_point_id, {{ recoup.daypart('local_hour') }} order by on_date
                range between interval '180 days' preceding and interval '1 day' preceding
            ),
            last_180_of_person as (
                partition by person_id order by on_date
                range between interval '180 days' preceding and interval '1 day' preceding
            ),
            all_of_point as (
                partition by contact_point_id order by on_date
                range between unbounded preceding and interval '1 day' preceding
            )
    ) as by_point
    where query_id is not null
{%- endmacro %}
