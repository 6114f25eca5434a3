-- role: gate_owner
-- What the contact check holds in its hands while it judges one question: arrays of these.
do $$
begin
    if to_regtype('gate.rule') is null then
        -- A row of policy.contact_rules that binds the question, its lists as arrays.
        create type gate.rule as (
            rule_id text, kind text, scope text, unit text, media text [], point_types text [], window_days integer,
            window_hours integer, cap integer, local_from time, local_to time, weekdays integer [], trigger_codes text [],
            cleared_by text [], purpose text, reason text, precedence integer, citation text
        );
        -- One debt of one of the person's accounts, or an account without any (debt_id null).
        create type gate.debt as (
            account_id text, debt_id text, unit text, group_key text, collector_role text, debt_kind text,
            default_on date, opened_on date, currency text, region text, is_asked boolean
        );
        create type gate.debt_unit as (unit text, names text []);
        create type gate.point as (
            contact_point_id text, person_id text, medium text, point_type text, postal_code text, area_code text,
            verified_at timestamptz, is_valid boolean
        );
        create type gate.status as (
            person_id text, account_id text, debt_id text, status text, from_at timestamptz, to_at timestamptz, detail text
        );
        create type gate.statement as (
            is_of_point boolean, purpose text, state text, stated_at timestamptz
        );
        -- frees_at: when a reservation expires; null where the contact was made.
        create type gate.contact as (
            started_at timestamptz, medium text, point_type text, is_own boolean, is_counted boolean,
            is_conversation boolean, debt_ids text [], is_about_all boolean, frees_at timestamptz
        );
        create type gate.block as (
            rule_id text, reason text, precedence integer, citation text, ends_at timestamptz
        );
    end if;
end
$$;
