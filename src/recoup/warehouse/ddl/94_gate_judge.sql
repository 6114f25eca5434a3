-- role: gate_owner
-- The judgement: which rules block this contact at this instant. docs/contact_rules.md says what each word of a rule means; the
-- rules themselves are rows of policy.contact_rules, taken by kind.

-- The first instant from from_at on that every hours rule and every stated time allow in every zone; null if none in eight days.
create or replace function gate.next_allowed(
    rules gate.rule [], stated text [], zones text [], from_at timestamptz
) returns timestamptz
language sql
stable
as $$
    with

    days as (
        select z.zone, (from_at at time zone z.zone)::date + shift.days as day
        from unnest(zones) as z (zone)
        cross join generate_series(-1, 8) as shift (days)
    ),

    open_by_rule as (
        select
            range_agg(
                case
                    when not bound.is_bound
                        then tstzrange(d.day::timestamp at time zone d.zone, (d.day + 1)::timestamp at time zone d.zone)
                    when r.local_from < r.local_to
                        then tstzrange((d.day + r.local_from) at time zone d.zone, (d.day + r.local_to) at time zone d.zone)
                    else 'empty'
                end
            ) as windows
        from unnest(rules) as r
        cross join days as d
        cross join lateral (
            select coalesce(extract(isodow from d.day)::integer = any(nullif(r.weekdays, '{}')), true) as is_bound
        ) as bound
        where r.kind = 'hours'
        group by r.rule_id, r.local_from, r.local_to, r.weekdays, d.zone
    ),

    closed as (
        select
            range_agg(tstzrange(
                (d.day + split_part(s.detail, '-', 1)::interval) at time zone d.zone,
                (
                    d.day + split_part(s.detail, '-', 2)::interval
                    + case
                        when split_part(s.detail, '-', 2)::interval <= split_part(s.detail, '-', 1)::interval
                            then interval '1 day' else interval '0'
                    end
                ) at time zone d.zone
            )) as windows
        from unnest(stated) as s (detail)
        cross join days as d
    )

    select lower(
        coalesce((select range_intersect_agg(o.windows) from open_by_rule as o), '{(,)}'::tstzmultirange)
        * tstzmultirange(tstzrange(from_at, from_at + interval '8 days'))
        - coalesce((select c.windows from closed as c), '{}'::tstzmultirange)
    )
$$;

create or replace function gate.judge(
    person_id text, debt_ids text [], contact_point_id text, channel text, purpose text, at timestamptz
) returns table (
    is_allowed boolean, rule_ids text [], reasons text [], citations text [], blocked_until timestamptz,
    attempts_remaining integer, owed_cents bigint, currency text
)
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
-- Planned once a connection, by index wherever there is one: also when the tables' statistics are of yesterday or of nothing.
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
as $$
#variable_conflict use_variable
declare
    v_medium text := case channel when 'voicemail' then 'voice' else channel end;
    v_media text [];
    v_purpose text := case purpose when 'servicing' then 'collection' else purpose end;
    v_set gate.parameters;
    v_date date;
    v_dates date [];
    v_debts gate.debt [];
    v_asked gate.debt [];
    v_units gate.debt_unit [];
    v_points gate.point [];
    v_point gate.point;
    v_zones text [];
    v_places text [];
    v_is_placed boolean;
    v_roles text [];
    v_rules gate.rule [];
    v_kinds text [];
    v_statuses gate.status [];
    v_statements gate.statement [];
    v_contacts gate.contact [] := '{}';
    v_blocks gate.block [] := '{}';
    v_found gate.block [];
    v_stated text [] := '{}';
    v_purposes text [];
    v_owed record;
    v_ends_at timestamptz;
    v_is_open_ended boolean;
begin
    if person_id is null or at is null then
        raise exception 'the contact check needs a person_id and an instant'
            using errcode = 'null_value_not_allowed';
    end if;
    if v_medium is null or v_medium not in ('voice', 'sms', 'email', 'letter') then
        raise exception 'unknown channel: voice, voicemail, sms, email or letter' using errcode = 'invalid_parameter_value';
    end if;
    if v_purpose is null or v_purpose not in ('collection', 'solicitation', 'location') then
        raise exception 'unknown purpose: collection, servicing, solicitation or location'
            using errcode = 'invalid_parameter_value';
    end if;
    select * into v_set from gate.parameters;
    if not found then
        raise exception 'the contact check has no parameters yet: run `recoup init`' using errcode = 'object_not_in_prerequisite_state';
    end if;
    v_date := (at at time zone v_set.time_zone)::date;
    -- What a row may call this channel.
    v_media := array[channel, v_medium]
        || case when v_set.has_automated_voice and v_medium = 'voice' then '{automated_voice}'::text [] end;

    -- Who, about what, at which point, and where the person may be.
    v_debts := gate.debts_of(person_id, coalesce(debt_ids, '{}'), v_purpose, v_date);
    v_asked := array(select d from unnest(v_debts) as d where (d).is_asked);
    v_units := gate.units_of(v_asked);
    v_points := gate.points_of(person_id, contact_point_id, v_date, v_set.time_zone);
    select p.* into v_point from unnest(v_points) as p
    where p.contact_point_id = judge.contact_point_id and p.person_id = judge.person_id;
    select p.zones, p.jurisdictions, p.is_known into v_zones, v_places, v_is_placed
    from gate.place_of(
        array(select p from unnest(v_points) as p where (p).is_valid and (p).person_id = judge.person_id),
        array(select distinct d.region from unnest(v_debts) as d where d.region is not null)
    ) as p;
    if not v_is_placed then
        v_zones := array[v_set.time_zone];
    end if;
    v_dates := array(select distinct (at at time zone z.zone)::date from unnest(v_zones) as z (zone));
    v_roles := array(select d.collector_role from unnest(v_asked) as d where d.collector_role is not null)
        || v_set.collector_role;

    -- The rules that bind this question.
    v_rules := array(
        select
            row(
                r.rule_id, r.kind, r.scope, r.unit,
                case when r.medium = 'any' then '{voice,sms,email,letter}'::text [] else string_to_array(r.medium, '|') end,
                string_to_array(r.point_type, '|'), r.window_days, r.window_hours, r.cap, r.local_from, r.local_to,
                string_to_array(r.weekdays, '|')::integer [], coalesce(string_to_array(r.trigger_codes, '|'), '{}'),
                coalesce(string_to_array(r.cleared_by, '|'), '{}'), r.purpose, r.reason, r.precedence, r.citation
            )::gate.rule
        from policy.contact_rules as r
        where
            (r.collector_role = 'any' or string_to_array(r.collector_role, '|') && v_roles)
            and (r.jurisdiction = 'any' or r.jurisdiction = any(v_places))
            and exists (
                select from unnest(v_dates) as d (day)
                where d.day >= r.effective_from and (r.effective_to is null or d.day <= r.effective_to)
            )
            and (
                coalesce(r.purpose, 'any') in ('any', v_purpose)
                or (r.purpose = 'collection' and v_purpose = 'solicitation')
            )
            and (
                r.kind = 'not_counted'
                or (
                    (r.medium = 'any' or string_to_array(r.medium, '|') && v_media)
                    and (
                        r.point_type = 'any'
                        or coalesce(v_point.point_type, 'unknown') = any(string_to_array(r.point_type, '|'))
                    )
                )
            )
    );
    v_kinds := array(select distinct r.kind from unnest(v_rules) as r);
    if cardinality(v_kinds) = 0 then
        -- A table that is empty, or being filled: nobody may be contacted on that.
        raise exception 'no contact rule is loaded: run the day first (build_staging loads the rules)'
            using errcode = 'object_not_in_prerequisite_state';
    end if;

    -- What the data cannot say; these have an end only when the data change.
    v_owed := gate.owed_of(v_debts, v_date, v_set.time_zone);
    v_blocks := array(
        select row(said.rule_id, coalesce(r.reason, said.rule_id), coalesce(r.precedence, 0),
                   coalesce(r.citation, 'policy (contact check)'), null)::gate.block
        from (
            values
            (
                'UNKNOWN_DEBT', false,
                coalesce(cardinality(debt_ids), 0) = 0
                or exists (
                    select from unnest(debt_ids) as asked (id)
                    where asked.id is null
                        or not exists (select from unnest(v_asked) as d where asked.id = coalesce(d.debt_id, d.account_id))
                )
                or not exists (select from raw_ledger.persons as p where p._key = judge.person_id)
            ),
            ('NOTHING_OWED', false, v_purpose = 'collection' and cardinality(v_asked) > 0 and not v_owed.is_anything_owed),
            (
                'NO_CONTACT_POINT', true,
                not coalesce(v_point.is_valid and v_point.medium = v_medium, false)
            ),
            ('UNKNOWN_TIME_ZONE', true, not v_is_placed),
            (
                'NO_CONTACT_LOG', true,
                case
                    when v_set.has_contact_feed
                        then not exists (
                            select from raw_contact.batches as b
                            where
                                b.as_of_date >= v_date - 1 and b.finished_at is not null and not b.is_absent
                                -- A pull during that day did not see the whole of it.
                                and b.recorded_at >= v_date::timestamp at time zone v_set.time_zone
                                and exists (
                                    -- A pull that brought contact points and no attempts says nothing about who was called.
                                    select from raw_contact.manifest as m
                                    where m.batch_id = b.batch_id and m.entity = 'attempts'
                                )
                        )
                    else
                        not v_set.is_declared_uncontacted
                        -- Once a list has been published the declaration says nothing about what came of it.
                        or exists (select from lists.manifest as m where m.list_date < v_date and m.rows > 0)
                end
            )
        ) as said (rule_id, is_of_table, is_so)
        left join unnest(v_rules) as r on r.rule_id = said.rule_id and r.kind = 'data'
        where said.is_so and (r.rule_id is not null or not said.is_of_table)
    );

    -- Statuses: of the person, the account or the debt, unless one of the same subject or a wider one ended them later.
    v_statuses := gate.statuses_of(
        person_id,
        array(select d.account_id from unnest(v_asked) as d),
        array(select d.debt_id from unnest(v_asked) as d where d.debt_id is not null),
        at
    );
    if cardinality(v_statuses) > 0 then
        with

        subjects as (
            select d.account_id, d.debt_id, d.opened_on
            from unnest(v_asked) as d
            union all
            select null, null, null where cardinality(v_asked) = 0
        ),

        concerned as (
            select
                s.*, d.account_id as about_account_id, d.debt_id as about_debt_id, d.opened_on
            from unnest(v_statuses) as s
            inner join subjects as d
                on
                    (s.person_id is null or s.person_id = judge.person_id)
                    and (s.account_id is null or s.account_id = d.account_id)
                    and (s.debt_id is null or s.debt_id = d.debt_id)
        ),

        standing as (
            select
                r.rule_id, r.kind, r.reason, r.precedence, r.citation, s.detail, s.from_at,
                case when 'never' = any(r.cleared_by) then null else s.to_at end as to_at
            from unnest(v_rules) as r
            inner join concerned as s on s.status = any(r.trigger_codes)
            where
                r.kind in ('status', 'discharge', 'dispute', 'place', 'hours')
                and (s.to_at is null or s.to_at > at or 'never' = any(r.cleared_by))
                and not exists (
                    select from unnest(v_statuses) as c
                    where
                        c.status = any(r.cleared_by)
                        and 'never' <> all(r.cleared_by)
                        and c.from_at >= s.from_at
                        and (c.person_id is null or c.person_id = s.person_id)
                        and (c.account_id is null or c.account_id = s.account_id)
                        and (c.debt_id is null or c.debt_id = s.debt_id)
                )
                -- After a discharge only what the person took on later may be collected.
                and (
                    r.kind <> 'discharge'
                    or coalesce(s.opened_on <= (s.from_at at time zone v_set.time_zone)::date, true)
                )
                -- A dispute raised after the validation period only flags the debt.
                and (
                    r.kind <> 'dispute'
                    or coalesce(
                        (
                            select bool_or(s.from_at <= v.from_at + r.window_days * interval '24 hours')
                            from concerned as v
                            where
                                v.status = 'validation_sent'
                                and v.from_at <= s.from_at
                                and v.about_account_id is not distinct from s.about_account_id
                                and v.about_debt_id is not distinct from s.about_debt_id
                        ),
                        true
                    )
                )
                -- A place that cannot be read closes every point.
                and (
                    r.kind <> 'place'
                    or coalesce(s.detail not in ('work', 'home', 'mobile'), true)
                    or s.detail = coalesce(v_point.point_type, 'unknown')
                )
        ),

        timed as (
            select
                t.*,
                coalesce(
                    t.detail ~ '^([01][0-9]|2[0-3]):[0-5][0-9]-(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$', false
                ) as is_readable
            from standing as t
            where t.kind = 'hours' and v_is_placed
        ),

        stated as (
            -- "HH:MM-HH:MM" on the wall clock of any zone; an end at or before the start is on the next day.
            select t.*
            from timed as t
            where
                not t.is_readable
                or exists (
                    select
                    from unnest(v_zones) as z (zone)
                    cross join lateral (
                        select
                            (at at time zone z.zone)::time as now,
                            split_part(t.detail, '-', 1)::time as starts,
                            split_part(t.detail, '-', 2)::time as stops
                    ) as clock
                    where
                        case
                            when clock.stops > clock.starts then clock.now >= clock.starts and clock.now < clock.stops
                            else clock.now >= clock.starts or clock.now < clock.stops
                        end
                )
        ),

        blocking as (
            select t.rule_id, t.reason, t.precedence, t.citation, t.to_at from standing as t where t.kind <> 'hours'
            union all
            -- next_allowed() finds the end of a stated time.
            select
                t.rule_id, t.reason, t.precedence, t.citation, case when t.is_readable then at else t.to_at end
            from stated as t
        )

        select
            array(
                select row(
                    b.rule_id, b.reason, b.precedence, b.citation,
                    case when bool_and(b.to_at is not null) then max(b.to_at) end
                )::gate.block
                from blocking as b
                group by b.rule_id, b.reason, b.precedence, b.citation
            ),
            array(select distinct t.detail from timed as t where t.is_readable)
        into v_found, v_stated;
        v_blocks := v_blocks || v_found;
    end if;

    -- An open billing dispute of an invoice disputes its debt, or the whole account where it names none.
    if 'dispute' = any(v_kinds) then
        v_found := array(
            select row(
                r.rule_id, r.reason, r.precedence, r.citation,
                case when bool_and(open.closed_at is not null) then max(open.closed_at) end
            )::gate.block
            from unnest(v_rules) as r
            cross join (
                select dispute.closed_at
                from (select distinct d.account_id from unnest(v_asked) as d) as account
                inner join raw_ledger.invoices as i on i.account_id = account.account_id
                inner join raw_ledger.disputes as dispute on dispute.invoice_id = i.invoice_id
                where
                    dispute.kind = 'billing'
                    and dispute.opened_at <= at
                    and (dispute.closed_at is null or dispute.closed_at > at)
                    and exists (
                        select from unnest(v_asked) as d
                        where
                            d.account_id = i.account_id
                            and (i.debt_id is null or d.debt_id is null or d.debt_id = i.debt_id)
                    )
                    and not exists (
                        select from raw_ledger.disputes as n
                        where n._key = dispute._key and n._known_at > dispute._known_at
                    )
                    and not exists (
                        select from raw_ledger.invoices as n where n._key = i._key and n._known_at > i._known_at
                    )
            ) as open
            where r.kind = 'dispute'
            group by r.rule_id, r.reason, r.precedence, r.citation
        );
        v_blocks := v_blocks || v_found;
    end if;

    -- The point itself, and what was said about using it.
    v_statements := gate.statements_of(
        person_id, case when v_point.contact_point_id is not null then contact_point_id end, v_medium, at
    );
    v_purposes := case
        when v_purpose = 'solicitation' then '{servicing,collection,solicitation}' else '{servicing,collection}'
    end;
    v_found := array(
        select row(r.rule_id, r.reason, r.precedence, r.citation, null)::gate.block
        from unnest(v_rules) as r
        where
            case r.kind
                when 'point' then true
                when 'consent_refused' then exists (
                    select from unnest(v_statements) as s
                    where
                        s.is_of_point = (r.scope = 'contact_point')
                        and s.state <> 'given'
                        and s.purpose = any(case when r.purpose = 'solicitation' then '{solicitation}' else v_purposes end)
                )
                when 'consent_required' then
                    not exists (
                        select from unnest(v_statements) as s
                        where
                            s.state = 'given'
                            and case
                                when v_purpose = 'solicitation' then s.purpose = 'solicitation'
                                else s.purpose = any(v_purposes)
                            end
                            and (
                                r.window_days is null
                                or (s.stated_at at time zone v_set.time_zone)::date > v_date - r.window_days
                            )
                    )
                    and not coalesce(
                        v_medium = 'sms'
                        and v_point.verified_at <= at
                        and (v_point.verified_at at time zone v_set.time_zone)::date > v_date - r.window_days,
                        false
                    )
                else false
            end
    );
    v_blocks := v_blocks || v_found;

    -- Numbers on a do-not-call list, or not checked against it lately.
    if 'scrub_required' = any(v_kinds) then
        v_found := array(
            select row(r.rule_id, r.reason, r.precedence, r.citation, null)::gate.block
            from unnest(v_rules) as r
            cross join unnest(r.trigger_codes) as named (list)
            left join gate.scrubs_of(contact_point_id, at) as s on s.list = named.list
            where
                r.kind = 'scrub_required'
                and (
                    s.state = 'listed'
                    or (
                        r.window_days is not null
                        and coalesce((s.checked_at at time zone v_set.time_zone)::date <= v_date - r.window_days, true)
                    )
                )
            group by r.rule_id, r.reason, r.precedence, r.citation
        );
        v_blocks := v_blocks || v_found;
    end if;

    -- Debts whose validation information was never sent, and debts too old.
    if 'validation_required' = any(v_kinds) then
        v_found := array(
            select row(r.rule_id, r.reason, r.precedence, r.citation, null)::gate.block
            from unnest(v_rules) as r
            where
                r.kind = 'validation_required'
                and exists (
                    select from unnest(v_asked) as d
                    where not exists (
                        select from unnest(v_statuses) as s
                        where
                            s.status = any(r.trigger_codes)
                            and (s.person_id is null or s.person_id = judge.person_id)
                            and (s.account_id is null or s.account_id = d.account_id)
                            and (s.debt_id is null or s.debt_id = d.debt_id)
                    )
                )
        );
        v_blocks := v_blocks || v_found;
    end if;
    if 'time_barred' = any(v_kinds) then
        v_found := array(
            select row(r.rule_id, r.reason, r.precedence, r.citation, null)::gate.block
            from unnest(v_rules) as r
            where
                r.kind = 'time_barred'
                and exists (
                    select
                    from policy.limitation_periods as l
                    cross join unnest(v_asked) as d
                    cross join unnest(v_dates) as today (day)
                    where
                        l.effect = 'block'
                        and l.jurisdiction = any(v_places)
                        and l.effective_from <= today.day
                        and (l.debt_kind = 'any' or l.debt_kind = d.debt_kind)
                        and coalesce(today.day >= (d.default_on + make_interval(years => l.years))::date, true)
                )
        );
        v_blocks := v_blocks || v_found;
    end if;

    -- Third parties, asked where somebody is.
    if 'third_party' = any(v_kinds) then
        v_found := array(
            select row(r.rule_id, r.reason, r.precedence, r.citation, null)::gate.block
            from unnest(v_rules) as r
            where
                r.kind = 'third_party'
                and gate.outbound_ever(person_id, at, make_interval(secs => v_set.reservation_seconds)) >= r.cap
        );
        v_blocks := v_blocks || v_found;
    end if;

    -- Hours on the wall clock of every zone; the end is found below.
    if v_is_placed and v_medium <> 'letter' then
        v_found := array(
            select row(r.rule_id, r.reason, r.precedence, r.citation, at)::gate.block
            from unnest(v_rules) as r
            where
                r.kind = 'hours'
                and exists (
                    select
                    from unnest(v_zones) as z (zone)
                    cross join lateral (select at at time zone z.zone as now) as local
                    where
                        coalesce(extract(isodow from local.now)::integer = any(nullif(r.weekdays, '{}')), true)
                        and not (local.now::time >= r.local_from and local.now::time < r.local_to)
                )
        );
        v_blocks := v_blocks || v_found;
    end if;

    -- Caps and cooldowns.
    if v_kinds && '{frequency,cooldown}'::text [] then
        v_contacts := gate.contacts_of(
            person_id,
            case
                when exists (select from unnest(v_rules) as r where r.unit = 'person_or_spouse')
                    then gate.pooled_persons(person_id, v_date)
                else array[person_id]
            end,
            array(select coalesce(d.debt_id, d.account_id) from unnest(v_debts) as d)
            || array(select n.name from unnest(v_units) as u cross join unnest(u.names) as n (name)),
            v_points,
            array(
                select code.code from unnest(v_rules) as r cross join unnest(r.trigger_codes) as code (code)
                where r.kind = 'not_counted'
            ),
            -- Two days more: the dates of the zones lie up to that far apart.
            at - (
                select make_interval(days => 2 + max(coalesce(r.window_days, r.window_hours / 24 + 1)))
                from unnest(v_rules) as r where r.kind in ('frequency', 'cooldown')
            ),
            at,
            make_interval(secs => v_set.reservation_seconds)
        );
        with

        counted as (
            select
                r.rule_id, r.reason, r.precedence, r.citation, r.cap, u.unit, z.zone,
                count(c.started_at)::integer as counted,
                array_agg(
                    coalesce(
                        c.frees_at,
                        c.started_at + make_interval(hours => r.window_hours),
                        ((c.started_at at time zone z.zone)::date + r.window_days)::timestamp at time zone z.zone
                    )
                    order by coalesce(
                        c.frees_at,
                        c.started_at + make_interval(hours => r.window_hours),
                        ((c.started_at at time zone z.zone)::date + r.window_days)::timestamp at time zone z.zone
                    )
                ) as frees_at
            from unnest(v_rules) as r
            inner join (
                select null as unit, null::text [] as names
                union all
                select u.unit, u.names from unnest(v_units) as u
            ) as u on (u.unit is not null) = (r.unit = 'person_debt')
            cross join unnest(v_zones) as z (zone)
            left join unnest(v_contacts) as c
                on
                    c.is_counted
                    and (c.is_own or r.unit = 'person_or_spouse')
                    and c.medium = any(r.media)
                    and ('any' = any(r.point_types) or c.point_type = any(r.point_types))
                    and (u.unit is null or c.is_about_all or c.debt_ids && u.names)
                    and case
                        when r.window_hours is not null
                            then c.started_at > at - make_interval(hours => r.window_hours)
                        else
                            (c.started_at at time zone z.zone)::date > (at at time zone z.zone)::date - r.window_days
                    end
            where r.kind = 'frequency'
            group by r.rule_id, r.reason, r.precedence, r.citation, r.cap, u.unit, z.zone, r.window_days, r.window_hours
        )

        select
            min(greatest(c.cap - c.counted, 0)),
            array(
                select row(
                    f.rule_id, f.reason, f.precedence, f.citation, max(f.frees_at[f.counted - f.cap + 1])
                )::gate.block
                from counted as f
                where f.counted >= f.cap
                group by f.rule_id, f.reason, f.precedence, f.citation
            )
        into attempts_remaining, v_found
        from counted as c;
        v_blocks := v_blocks || v_found;
        if exists (select from unnest(v_contacts) as c where c.is_conversation) then
            v_found := array(
                select row(r.rule_id, r.reason, r.precedence, r.citation, max(over.over_at))::gate.block
                from unnest(v_rules) as r
                inner join unnest(v_contacts) as c
                    on c.is_conversation and c.is_own and c.medium = any(r.media)
                cross join unnest(v_zones) as z (zone)
                cross join lateral (
                    -- Day 1 is the day of the conversation.
                    select
                        ((c.started_at at time zone z.zone)::date + r.window_days)::timestamp at time zone z.zone
                            as over_at
                ) as over
                where
                    r.kind = 'cooldown'
                    and (at at time zone z.zone)::date < (c.started_at at time zone z.zone)::date + r.window_days
                    and (
                        r.unit <> 'person_debt'
                        or exists (select from unnest(v_units) as u where c.is_about_all or c.debt_ids && u.names)
                    )
                group by r.rule_id, r.reason, r.precedence, r.citation
            );
            v_blocks := v_blocks || v_found;
        end if;
    end if;

    select
        coalesce(array_agg(distinct b.rule_id), '{}'), max(b.ends_at), coalesce(bool_or(b.ends_at is null), false)
    into rule_ids, v_ends_at, v_is_open_ended
    from unnest(v_blocks) as b;
    select coalesce(array_agg(b.reason), '{}'), coalesce(array_agg(b.citation), '{}')
    into reasons, citations
    from (
        select b.precedence, b.reason, b.citation
        from unnest(v_blocks) as b
        group by b.precedence, b.reason, b.citation
        order by b.precedence, b.reason, b.citation
    ) as b;
    is_allowed := cardinality(rule_ids) = 0;
    if not is_allowed and not v_is_open_ended then
        blocked_until := case
            when v_medium = 'letter' then v_ends_at
            else gate.next_allowed(v_rules, v_stated, v_zones, greatest(v_ends_at, at))
        end;
    end if;
    owed_cents := v_owed.owed_cents;
    currency := v_owed.currency;
    return next;
end
$$;
