-- role: transformer
-- One question about one person and one day: called or not, why, under which rules and models, with the contacts that were
-- counted. Keys only, so BI may ask it. It reads with its owner's rights; its body is text, because dbt makes the tables that it
-- names anew, and some of them do not exist before the first day.
create or replace function monitoring.contact_proof(of_person_id text, on_date date)
returns table (
    list_date date,
    list_version integer,
    person_id text,
    account_id text,
    -- listed, excluded, or not in the population of that day (one row without an account)
    verdict text,
    -- contacts that were made on the day, inbound ones apart
    was_contacted boolean,
    list_row jsonb,
    exclusions jsonb,
    blocks jsonb,
    counted jsonb,
    contacts jsonb,
    checks jsonb,
    breaches jsonb,
    rule_version text,
    model_version text,
    knowledge_cutoff timestamptz,
    row_hash text
)
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
set timezone = 'UTC'
as $function$
declare
    zone text;
    version integer;
    rules text;
    models text;
    cutoff timestamptz;
    made jsonb := '[]';
    asked jsonb := '[]';
    broken jsonb := '[]';
    counts jsonb := '[]';
    day_begins timestamptz;
    day_ends timestamptz;
begin
    select m.list_version, m.rule_version, m.model_version, m.knowledge_cutoff
    into version, rules, models, cutoff
    from lists.manifest as m
    where m.list_date = on_date
    order by m.list_version desc
    limit 1;

    select coalesce(max(e.made_with -> 'company' ->> 'time_zone'), 'UTC') into zone
    from (
        select l.made_with from audit.list_editions as l
        where l.made_with is not null
        order by l.list_date = on_date desc, l.list_date desc, l.list_version desc
        limit 1
    ) as e;
    day_begins := on_date::timestamp at time zone zone;
    day_ends := (on_date + 1)::timestamp at time zone zone;

    if to_regclass('intermediate.int_attempts') is not null then
        select coalesce(jsonb_agg(to_jsonb(c) order by c.started_at, c.attempt_id), '[]') into made
        from (
            select
                a.attempt_id, a.started_at, a.channel, a.direction, a.contact_point_id, a.debt_ids, a.disposition,
                a.is_conversation, a.campaign, a.list_row_hash,
                exists (
                    select 1 from lists.contact_priority as l
                    where l.list_date = on_date and l.row_hash = a.list_row_hash and l.person_id = of_person_id
                ) as is_of_a_list_row
            from intermediate.int_attempts as a
            where a.person_id = of_person_id and a.known_to is null
                and a.local_date between on_date - 1 and on_date + 1
                and a.started_at >= day_begins and a.started_at < day_ends
        ) as c;
    end if;
    if to_regclass('policy.counted_contacts') is not null then
        execute $counted$
            select coalesce(jsonb_agg(to_jsonb(c) - 'list_date' - 'person_id' order by c.rule_id, c.debt_unit), '[]')
            from policy.counted_contacts as c
            where c.list_date = $1 and c.person_id = $2
        $counted$ into counts using on_date, of_person_id;
    end if;
    if to_regclass('gate.check_log') is not null then
        execute $checks$
            select coalesce(jsonb_agg(to_jsonb(c) - 'person_id' order by c.check_id), '[]')
            from gate.check_log as c
            where c.person_id = $1 and c.contact_at >= $2 and c.contact_at < $3
        $checks$ into asked using of_person_id, day_begins, day_ends;
    end if;
    if to_regclass('audit.breach_findings') is not null then
        execute $breaches$
            select coalesce(jsonb_agg(to_jsonb(b) - 'person_id' order by b.attempt_id, b.rule_id, b.debt_unit), '[]')
            from audit.breach_findings as b
            where b.person_id = $1 and b.started_at >= $2 and b.started_at < $3
        $breaches$ into broken using of_person_id, day_begins, day_ends;
    end if;

    return query
    with accounts as (
        select l.account_id from lists.contact_priority as l
        where l.list_date = on_date and l.list_version = version and l.person_id = of_person_id
        union
        select x.account_id from lists.excluded as x
        where x.list_date = on_date and x.list_version = version and x.person_id = of_person_id
        union
        -- who owes beside the one that the list names
        select b.account_id from policy.block_reasons as b
        where b.list_date = on_date and b.person_id = of_person_id and version is not null
        union
        select e.account_id from policy.eligible_contacts as e
        where e.list_date = on_date and e.person_id = of_person_id and version is not null
    ),
    subjects as (
        select a.account_id from accounts as a
        union all
        select null where not exists (select 1 from accounts)
    )
    select
        on_date,
        version,
        of_person_id,
        s.account_id,
        case
            when l.account_id is not null then 'listed'
            when x.rows is not null then 'excluded'
            when version is null then 'no list that day'
            else 'not in the population'
        end,
        jsonb_path_exists(made, '$[*] ? (@.direction == "outbound")'),
        to_jsonb(l) - 'row_hash' - 'run_id',
        coalesce(x.rows, '[]'),
        coalesce(k.rows, '[]'),
        counts,
        made,
        asked,
        broken,
        rules,
        models,
        cutoff,
        l.row_hash
    from subjects as s
    left join lists.contact_priority as l
        on l.list_date = on_date and l.list_version = version and l.account_id = s.account_id
    left join lateral (
        select jsonb_agg(
            jsonb_build_object(
                'rule_id', e.rule_id, 'reason', e.reason, 'citation', e.citation, 'detail', e.detail,
                'blocked_from_utc', e.blocked_from_utc, 'blocked_until_utc', e.blocked_until_utc,
                'person_id', e.person_id, 'row_hash', e.row_hash,
                'rule_text', (
                    select max(r.rule_text) from audit.rule_rows as r
                    where r.rule_version = rules and r.rule_id = e.rule_id and r.citation = e.citation
                )
            ) order by e.rule_id, e.reason
        ) as rows
        from lists.excluded as e
        where e.list_date = on_date and e.list_version = version and e.account_id = s.account_id
    ) as x on true
    left join lateral (
        -- every reason that a rule gives about this person, also where another way was left open
        select jsonb_agg(
            jsonb_build_object(
                'rule_id', b.rule_id, 'reason', b.reason, 'citation', b.citation, 'detail', b.detail,
                'contact_point_id', b.contact_point_id, 'channel', b.channel, 'debt_id', b.debt_id,
                'blocked_until_utc', b.blocked_until_utc
            ) order by b.precedence, b.rule_id, b.contact_point_id, b.channel, b.debt_id
        ) as rows
        from policy.block_reasons as b
        where b.list_date = on_date and b.account_id = s.account_id and b.person_id = of_person_id
    ) as k on true
    order by s.account_id;
end
$function$;

comment on function monitoring.contact_proof(text, date) is
'Why a person was called on a day, or not: the list row or every exclusion, the rules and models of then, what was counted, what was asked and made. Keys only.';

revoke all on function monitoring.contact_proof(text, date) from public;
grant usage on schema monitoring to recoup_auditor;
grant execute on function monitoring.contact_proof(text, date) to recoup_bi_reader, recoup_auditor;
