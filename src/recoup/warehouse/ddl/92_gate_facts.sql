-- role: gate_owner
-- What the contact check looks up in raw: always the newest version of a row, each found through an index.
-- Only gate.judge and gate.contact_check call these, with a search path of their own; to pin it again here would cost a tenth of the
-- time of a check for each.

-- Persons whose contacts count together where a rule counts those with the spouse: everybody who shares an account with the person
-- when one of the two is the spouse there; the person too.
create or replace function gate.pooled_persons(of_person_id text, on_date date) returns text []
language plpgsql
stable
as $$
begin
    return array(
        select of_person_id
        union
        select other.person_id
        from raw_ledger.account_parties as own
        inner join raw_ledger.account_parties as other on other.account_id = own.account_id
        where
            own.person_id = of_person_id
            and 'spouse' in (own.role, other.role)
            and 'third_party' not in (own.role, other.role)
            and on_date between own.from_on and coalesce(own.to_on, 'infinity')
            and on_date between other.from_on and coalesce(other.to_on, 'infinity')
            and not exists (
                select from raw_ledger.account_parties as n where n._key = own._key and n._known_at > own._known_at
            )
            and not exists (
                select from raw_ledger.account_parties as n where n._key = other._key and n._known_at > other._known_at
            )
        order by 1
    );
end
$$;

-- The accounts of which the person is a party on the day, debt by debt.
create or replace function gate.debts_of(of_person_id text, asked_ids text [], asked_purpose text, on_date date)
returns gate.debt []
language plpgsql
stable
as $$
begin
    return array(
        select
            row(
                party.account_id, debt.debt_id,
                coalesce('group:' || debt.group_key, debt.debt_id, 'account:' || party.account_id), debt.group_key,
                debt.collector_role, debt.kind, debt.default_on, account.opened_on, account.currency, account.region,
                coalesce(debt.debt_id, party.account_id) = any(asked_ids)
            )::gate.debt
        from (
            select distinct p.account_id
            from raw_ledger.account_parties as p
            where
                p.person_id = of_person_id
                and (p.role <> 'third_party' or asked_purpose = 'location')
                and on_date between p.from_on and coalesce(p.to_on, 'infinity')
                and not exists (
                    select from raw_ledger.account_parties as n where n._key = p._key and n._known_at > p._known_at
                )
        ) as party
        left join raw_ledger.accounts as account
            on
                account._key = party.account_id
                and not exists (
                    select from raw_ledger.accounts as n
                    where n._key = account._key and n._known_at > account._known_at
                )
        left join raw_ledger.debts as debt
            on
                debt.account_id = party.account_id
                and not exists (
                    select from raw_ledger.debts as n where n._key = debt._key and n._known_at > debt._known_at
                )
        where coalesce(debt.debt_id, account.account_id) is not null
    );
end
$$;

-- What each unit asked about is called in the log: its debts, also those of the group on other accounts; the account without debts.
create or replace function gate.units_of(debts gate.debt []) returns gate.debt_unit []
language plpgsql
stable
as $$
begin
    return array(
        select
            row(
                d.unit,
                array_agg(coalesce(d.debt_id, d.account_id))
                || array(
                    select g.debt_id from raw_ledger.debts as g
                    where
                        g.group_key = d.group_key
                        and not exists (
                            select from raw_ledger.debts as n where n._key = g._key and n._known_at > g._known_at
                        )
                )
            )::gate.debt_unit
        from unnest(debts) as d
        where d.is_asked
        group by d.unit, d.group_key
    );
end
$$;

-- The person's points, and the one asked about whosever it is. Both feeds may hold a point: the statement learned last is believed,
-- the contact center's on a tie.
create or replace function gate.points_of(of_person_id text, asked_point_id text, on_date date, company_zone text)
returns gate.point []
language plpgsql
stable
as $$
begin
    return array(
        select
            row(
                p.contact_point_id, p.person_id, p.medium, coalesce(p.type, 'unknown'), nullif(trim(p.postal_code), ''),
                p.area_code, p.verified_at,
                coalesce((p.valid_from at time zone company_zone)::date <= on_date, true)
                and coalesce((p.valid_to at time zone company_zone)::date > on_date, true)
            )::gate.point
        from (
            select c.*
            from raw_contact.contact_points as c
            where
                (c.person_id = of_person_id or c._key = asked_point_id)
                and not exists (
                    select from raw_contact.contact_points as n where n._key = c._key and n._known_at > c._known_at
                )
                and not exists (
                    select from raw_ledger.contact_points as n where n._key = c._key and n._known_at > c._known_at
                )
            union all
            select l.*
            from raw_ledger.contact_points as l
            where
                (l.person_id = of_person_id or l._key = asked_point_id)
                and not exists (
                    select from raw_ledger.contact_points as n where n._key = l._key and n._known_at > l._known_at
                )
                and not exists (
                    select from raw_contact.contact_points as n where n._key = l._key and n._known_at >= l._known_at
                )
        ) as p
    );
end
$$;

-- Where the person may be: time zones, jurisdictions, and whether every code that tells is on record.
create or replace function gate.place_of(
    points gate.point [], regions text [], out zones text [], out jurisdictions text [], out is_known boolean
)
language plpgsql
stable
as $$
begin
    with

    codes as (
        select distinct
            case
                when p.postal_code ~ '^[0-9]{5}(-[0-9]{4})?$' then 'US'
                when p.postal_code ~ '^[A-Za-z][0-9][A-Za-z] ?[0-9][A-Za-z][0-9]$' then 'CA'
            end as country,
            -- Three digits of a ZIP, the first letter of a Canadian code. Any other shape is not on record.
            coalesce(substring(p.postal_code from '^[0-9]{3}'), upper(left(p.postal_code, 1)))
                as prefix
        from unnest(points) as p
        where p.postal_code is not null
    ),

    found as (
        select z.time_zones, z.jurisdictions
        from codes
        left join policy.postal_zones as z on z.country = codes.country and z.postal_prefix = codes.prefix
        union all
        select z.time_zones, null
        from (select distinct p.area_code from unnest(points) as p where p.medium in ('voice', 'sms')) as number
        left join policy.area_code_zones as z on z.area_code = number.area_code
        union all
        -- The region of an account speaks only for a person of whom no postal code is known.
        select z.time_zones, z.jurisdictions
        from unnest(regions) as r (region)
        left join policy.region_zones as z on upper(trim(r.region)) in (z.region, z.country || '-' || z.region)
        where not exists (select from codes)
    )

    select
        string_to_array(string_agg(nullif(f.time_zones, ''), '|'), '|'),
        string_to_array(string_agg(nullif(f.jurisdictions, ''), '|'), '|'),
        bool_and(f.time_zones is not null)
    into zones, jurisdictions, is_known
    from found as f;
    is_known := coalesce(is_known, false) and cardinality(coalesce(zones, '{}')) > 0;
    zones := array(select distinct z from unnest(zones) as z);
    jurisdictions := coalesce(jurisdictions, '{}');
end
$$;

-- Everything ever said of the person, of the accounts or of the debts, that has begun.
create or replace function gate.statuses_of(of_person_id text, account_ids text [], debt_ids text [], until_at timestamptz)
returns gate.status []
language plpgsql
stable
as $$
begin
    return array(
        select row(s.person_id, s.account_id, s.debt_id, s.status, s.from_at, s.to_at, s.detail)::gate.status
        from (
            select c.*
            from raw_contact.status_events as c
            where
                (c.person_id = of_person_id or c.account_id = any(account_ids) or c.debt_id = any(debt_ids))
                and not exists (
                    select from raw_contact.status_events as n where n._key = c._key and n._known_at > c._known_at
                )
            union all
            select l.*
            from raw_ledger.status_events as l
            where
                (l.person_id = of_person_id or l.account_id = any(account_ids) or l.debt_id = any(debt_ids))
                and not exists (
                    select from raw_ledger.status_events as n where n._key = l._key and n._known_at > l._known_at
                )
        ) as s
        where s.from_at <= until_at
    );
end
$$;

-- The newest statement for the point, and for the person without a point, by purpose; of equal instants the stricter.
create or replace function gate.statements_of(
    of_person_id text, of_point_id text, of_medium text, until_at timestamptz
) returns gate.statement []
language plpgsql
stable
as $$
begin
    return array(
        select row(s.is_of_point, s.purpose, s.state, s.at)::gate.statement
        from (
            select distinct on (c.contact_point_id is not null, c.purpose)
                c.contact_point_id is not null as is_of_point, c.purpose, c.state, c.at
            from raw_contact.consents as c
            where
                (c.contact_point_id = of_point_id or (c.person_id = of_person_id and c.contact_point_id is null))
                and c.medium in (of_medium, 'any')
                and c.at <= until_at
                and not exists (
                    select from raw_contact.consents as n where n._key = c._key and n._known_at > c._known_at
                )
            order by
                c.contact_point_id is not null, c.purpose, c.at desc,
                array_position('{revoked,refused,given}'::text [], c.state)
        ) as s
    );
end
$$;

-- The newest check of a number against each list; of equal instants the one that found it.
create or replace function gate.scrubs_of(of_point_id text, until_at timestamptz)
returns table (list text, state text, checked_at timestamptz)
language plpgsql
stable
as $$
begin
    return query
    select distinct on (s.list) s.list, s.state, s.checked_at
    from raw_contact.number_scrubs as s
    where
        s.contact_point_id = of_point_id
        and s.checked_at <= until_at
        and not exists (select from raw_contact.number_scrubs as n where n._key = s._key and n._known_at > s._known_at)
    order by s.list, s.checked_at desc, s.state desc;
end
$$;
