{{ config(materialized='table') }}

with

spells as (
    select * from {{ ref('int_accounts__past_due_spells') }}
    where began_on > {{ as_of_date() }} - 365
),

attempts as (
    select * from {{ ref('int_attempts__by_account') }}
),

accounts as (
    select * from {{ ref('int_accounts__known') }}
),

spans as (
    select * from {{ ref('int_customers__spans') }}
),

landmarks (past_due_band, landmark_days) as (
    values ('1-30 days', 14), ('31-60 days', 44), ('61-90 days', 74)
),

candidates as (
    -- Dunned and undunned are compared on the same day of their delinquency, both still past due: counted from the
    -- first attempt, the dunned would have had to stay long enough to get one.
    select
        spells.account_id,
        spells.began_on,
        landmarks.past_due_band,
        spells.began_on + landmarks.landmark_days as landmark_on
    from spells
    cross join landmarks
    where
        spells.began_on + landmarks.landmark_days <= {{ as_of_date() }}
        and (spells.ended_on is null or spells.ended_on > spells.began_on + landmarks.landmark_days)
),

contacted as (
    select
        candidates.account_id,
        candidates.landmark_on,
        min(attempts.company_date) as first_attempt_on,
        count(*) filter (where attempts.company_date > candidates.landmark_on - 14) as attempt_count
    from candidates
    inner join attempts
        on
            candidates.account_id = attempts.account_id
            and attempts.company_date between candidates.began_on and candidates.landmark_on
    where attempts.direction = 'outbound' and {{ as_known('attempts') }}
    group by candidates.account_id, candidates.landmark_on
),

judged as (
    select
        candidates.account_id,
        candidates.began_on,
        candidates.past_due_band,
        candidates.landmark_on,
        contacted.first_attempt_on is not null as is_dunned,
        coalesce(contacted.attempt_count, 0) as attempt_count
    from candidates
    left join contacted
        on candidates.account_id = contacted.account_id and candidates.landmark_on = contacted.landmark_on
    where
        -- a sequence counts where it begins; an account dunned earlier in the spell is in neither group any more
        contacted.first_attempt_on is null
        or contacted.first_attempt_on > candidates.landmark_on - 14
),

followed as (
    select
        judged.account_id,
        judged.landmark_on,
        nullif(max(coalesce(spans.ended_on, date 'infinity')), date 'infinity') as ended_on
    from judged
    inner join spans
        on
            judged.account_id = spans.account_id
            and spans.started_on <= judged.landmark_on
            and (spans.ended_on is null or spans.ended_on > judged.landmark_on)
    group by judged.account_id, judged.landmark_on
),

described as (
    select
        judged.account_id,
        judged.landmark_on,
        accounts.product,
        accounts.segment,
        case
            when judged.landmark_on - accounts.opened_on < 183 then 'under 6 months'
            when judged.landmark_on - accounts.opened_on < 731 then '6 to 24 months'
            else 'over 24 months'
        end as tenure_band,
        judged.past_due_band,
        judged.is_dunned,
        case
            when not judged.is_dunned then 'none'
            when judged.attempt_count = 1 then '1 attempt'
            when judged.attempt_count <= 3 then '2-3 attempts'
            when judged.attempt_count <= 6 then '4-6 attempts'
            else '7+ attempts'
        end as intensity,
        case when followed.ended_on <= {{ as_of_date() }} then followed.ended_on end as ended_on
    from judged
    inner join accounts on judged.account_id = accounts.account_id
    inner join followed on judged.account_id = followed.account_id and judged.landmark_on = followed.landmark_on
)

select * from described
