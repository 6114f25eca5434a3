-- What somebody asked for and what happened to somebody. A status speaks of a contact debt by debt: every key that it
-- names must agree. It stands from its first instant to before its last.
create temporary table concerned on commit drop as
with

questions as (
    select
        attempt_id,
        person_id,
        started_at,
        debt_id,
        account_id,
        unit
    from asked
    union all
    -- about no debt of the person that is known: what was said of the person alone still binds
    select
        judged.attempt_id,
        judged.person_id,
        judged.started_at,
        null,
        null,
        ''
    from judged
    where not exists (select 1 from asked where asked.attempt_id = judged.attempt_id)
),

pairs as (
    select
        questions.attempt_id,
        questions.started_at,
        questions.debt_id,
        questions.unit,
        status.status_key
    from questions
    inner join status on questions.person_id = status.person_id
    where
        status.from_at <= questions.started_at
        and (status.account_id is null or status.account_id = questions.account_id)
        and (status.of_debt_id is null or status.of_debt_id = questions.debt_id)
    union all
    select
        questions.attempt_id,
        questions.started_at,
        questions.debt_id,
        questions.unit,
        status.status_key
    from questions
    inner join status on questions.account_id = status.account_id
    where
        status.person_id is null
        and status.from_at <= questions.started_at
        and (status.of_debt_id is null or status.of_debt_id = questions.debt_id)
    union all
    select
        questions.attempt_id,
        questions.started_at,
        questions.debt_id,
        questions.unit,
        status.status_key
    from questions
    inner join status on questions.debt_id = status.of_debt_id
    where
        status.person_id is null
        and status.account_id is null
        and status.from_at <= questions.started_at
)

select
    pairs.attempt_id,
    pairs.debt_id,
    pairs.unit,
    status.status_key,
    status.status,
    status.person_id,
    status.account_id,
    status.of_debt_id,
    status.from_at,
    status.detail,
    status.to_at is null or status.to_at > pairs.started_at as is_standing
from pairs
inner join status on pairs.status_key = status.status_key;

create index on concerned (attempt_id, status);

analyze concerned;

with

standing as (
    select
        binding.attempt_id,
        binding.rule_id,
        binding.citation,
        case binding.unit when 'debt' then concerned.unit else '' end as debt_unit,
        concerned.status,
        concerned.from_at
    from binding
    inner join concerned on binding.attempt_id = concerned.attempt_id and binding.family = concerned.status
    left join debt on concerned.debt_id = debt.debt_id
    left join account on debt.account_id = account.account_id
    cross join this_run
    where
        case concerned.status
            -- for good: an end clears nothing
            when 'cease' then true
            when 'bankruptcy_petition'
                then concerned.is_standing and not exists (
                    select 1 from concerned as ending
                    where
                        ending.attempt_id = concerned.attempt_id
                        and ending.debt_id is not distinct from concerned.debt_id
                        and ending.status in ('bankruptcy_discharged', 'bankruptcy_dismissed')
                        and ending.from_at >= concerned.from_at
                        -- it names the same, or less of it and so more
                        and (ending.person_id is null or ending.person_id = concerned.person_id)
                        and (ending.account_id is null or ending.account_id = concerned.account_id)
                        and (ending.of_debt_id is null or ending.of_debt_id = concerned.of_debt_id)
                )
            -- what was owed before it; what is not known, a date or the debt itself, is no later one
            when 'bankruptcy_discharged'
                then concerned.is_standing and not coalesce(
                    account.opened_on > (concerned.from_at at time zone this_run.company_zone)::date, false
                )
            when 'attorney' then concerned.is_standing
            when 'do_not_contact' then concerned.is_standing
            when 'deceased' then concerned.is_standing
            when 'minor' then concerned.is_standing
            when 'erased' then concerned.is_standing
            when 'revoke_all' then concerned.is_standing
            when 'hardship' then concerned.is_standing
            when 'fraud' then concerned.is_standing
            when 'disaster' then concerned.is_standing
            else false
        end
)

insert into found (attempt_id, rule_id, debt_unit, is_breach, counted, cap, detail, citation)
select distinct on (attempt_id, rule_id, debt_unit)
    attempt_id,
    rule_id,
    debt_unit,
    true,
    null::integer,
    null::integer,
    format('%s since %s', status, to_char(from_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI "UTC"')),
    citation
from standing
order by attempt_id, rule_id, debt_unit, from_at;
