"""What the people on the proposed list were promised. Worked out anew, from the raw rows where that can be done.

The policy models decide who may be contacted; these rules share no line with them: one mistake is not made twice.
"""

from __future__ import annotations

from typing import ClassVar

from recoup_audit.rules.unexpected_keys import UnexpectedKeysExpectation


class ExpectNobodyUnderProtection(UnexpectedKeysExpectation):
    """Nobody is listed with an active do-not-contact, cease, attorney, bankruptcy, dispute, death, minority or erasure.

    Read from both feeds' raw status events as they were known at the cut-off. A status binds where every key that it
    names is that of the listed row: the person, the account, one of the account's debts.
    """

    reason: ClassVar[str] = "One such call is a violation with a name and a claim attached; no list is worth it."
    rows: ClassVar[str] = """
        , known as (
            select _key, _known_at, person_id, account_id, debt_id, status, from_at, to_at
            from raw_ledger.status_events where _known_at <= {known_at}
            union all
            select _key, _known_at, person_id, account_id, debt_id, status, from_at, to_at
            from raw_contact.status_events where _known_at <= {known_at}
        ),
        placed as (
            select *, row_number() over (partition by _key order by _known_at desc) as place from known
        ),
        begun as (
            select * from placed
            where place = 1 and from_at < ({list_date} + 1)::timestamp at time zone {time_zone}
        ),
        lasting as (
            select * from begun
            where to_at is null or to_at > {list_date}::timestamp at time zone {time_zone}
        ),
        binding as (
            select lasting.* from lasting
            where status in ('do_not_contact', 'cease', 'attorney', 'deceased', 'minor', 'erased')
            union all
            select petition.* from lasting as petition
            where petition.status = 'bankruptcy_petition' and not exists (
                select 1 from begun as ending
                where ending.status in ('bankruptcy_discharged', 'bankruptcy_dismissed')
                    and ending.from_at >= petition.from_at
                    and (ending.person_id = petition.person_id or ending.account_id = petition.account_id
                        or ending.debt_id = petition.debt_id)
            )
            union all
            -- A dispute binds until verification is sent; one that came long after the validation notice only flags.
            select dispute.* from lasting as dispute
            where dispute.status = 'dispute' and not exists (
                select 1 from begun as answer
                where (answer.status = 'verification_sent' and answer.from_at >= dispute.from_at
                        or answer.status = 'validation_sent' and answer.from_at < dispute.from_at - interval '30 days')
                    and (answer.person_id = dispute.person_id or answer.account_id = dispute.account_id
                        or answer.debt_id = dispute.debt_id)
            )
        ),
        debts as (select distinct account_id, debt_id from raw_ledger.debts where _known_at <= {known_at})
        select distinct batch.account_id
        from batch inner join binding
            on (binding.person_id is null or binding.person_id = batch.person_id)
            and (binding.account_id is null or binding.account_id = batch.account_id)
            and (binding.debt_id is null or exists (
                select 1 from debts where debts.account_id = batch.account_id and debts.debt_id = binding.debt_id
            ))
        where num_nonnulls(binding.person_id, binding.account_id, binding.debt_id) > 0
    """


class ExpectSlotInsideAllowedWindows(UnexpectedKeysExpectation):
    """The assigned slot lies inside the row's allowed windows."""

    reason: ClassVar[str] = "The slot is when the call is made; outside the windows it is a call at a forbidden hour."
    rows: ClassVar[str] = """
        select account_id from batch
        where not allowed_windows_utc @> tstzrange(assigned_slot_start_utc, assigned_slot_end_utc, '[)')
    """


class ExpectValidUntilTheLastWindow(UnexpectedKeysExpectation):
    """`valid_until_utc` is the end of the last allowed window."""

    reason: ClassVar[str] = "Dialers stop by this instant; a later one lets them call after the windows closed."
    rows: ClassVar[str] = """
        select account_id from batch where valid_until_utc is distinct from upper(allowed_windows_utc)
    """


class ExpectWindowsFromEightToNineEverywhere(UnexpectedKeysExpectation):
    """Every allowed window lies between 08:00 and 21:00 in every zone of the row; letters are bound to no hour."""

    reason: ClassVar[str] = (
        "The hours of 12 CFR 1006.6(b)(1)(i), by IANA rules of that date, wherever the person may be. An empty set of "
        "zones or windows fails too: an unknown place is no permission."
    )
    rows: ClassVar[str] = """
        , hours as (
            select account_id, unnest(allowed_windows_utc) as span, time_zone_set from batch where channel <> 'letter'
        ),
        local as (
            select
                hours.account_id,
                lower(hours.span) at time zone zone.name as starts,
                upper(hours.span) at time zone zone.name as stops
            from hours cross join unnest(hours.time_zone_set) as zone (name)
        )
        select account_id from local
        where starts::time < time '08:00' or stops::time > time '21:00' or starts::date <> stops::date
            or starts is null or stops is null
        union
        select account_id from batch
        where channel <> 'letter' and (isempty(allowed_windows_utc) or cardinality(time_zone_set) = 0)
    """


class ExpectEveryPlausibleZone(UnexpectedKeysExpectation):
    """The row's zones hold every zone of each contact point of the person, not only that of the number called."""

    reason: ClassVar[str] = (
        "A window taken from the area code alone calls people who moved at six in the morning: numbers travel."
    )
    rows: ClassVar[str] = """
        select distinct batch.account_id
        from batch inner join policy.time_zones as zones
            on zones.list_date = batch.list_date and zones.person_id = batch.person_id
        where batch.channel <> 'letter' and not batch.time_zone_set @> zones.time_zone_set
    """


class ExpectContactToBeEligible(UnexpectedKeysExpectation):
    """Person, contact point and channel are ones that the policy allows that day, within its windows and caps."""

    reason: ClassVar[str] = (
        "The policy says who may be contacted, how and when; the list may choose among that and nothing else."
    )
    rows: ClassVar[str] = """
        select batch.account_id from batch
        where not exists (
            select 1 from policy.eligible_contacts as allowed
            where allowed.list_date = batch.list_date and allowed.account_id = batch.account_id
                and allowed.person_id = batch.person_id and allowed.contact_point_id = batch.contact_point_id
                and allowed.channel = batch.channel
                and allowed.allowed_windows_utc @> batch.allowed_windows_utc
                and coalesce(allowed.attempts_remaining, 2147483647) >= coalesce(batch.attempts_remaining, 2147483647)
        )
    """


class ExpectPersonOnOneRowASlot(UnexpectedKeysExpectation):
    """A person with several accounts is planned once an hour at most."""

    reason: ClassVar[str] = (
        "Two agents calling one person in the same hour about two accounts is what harassment looks like."
    )
    rows: ClassVar[str] = """
        , planned as (
            select account_id, count(*) over (partition by person_id, assigned_slot_start_utc) as rows_at_once
            from batch
        )
        select account_id from planned where rows_at_once > 1
    """


class ExpectBestWindowToBeAllowed(UnexpectedKeysExpectation):
    """Each best time lies inside the windows that the policy allows for that contact point."""

    reason: ClassVar[str] = "A best time at a forbidden hour is an invitation to call then."
    rows: ClassVar[str] = """
        select distinct batch.account_id, batch.contact_point_id, batch.rank from batch
        where not exists (
            select 1 from policy.eligible_contacts as allowed
            where allowed.list_date = batch.list_date and allowed.account_id = batch.account_id
                and allowed.contact_point_id = batch.contact_point_id
                and allowed.allowed_windows_utc @> tstzrange(batch.window_start_utc, batch.window_end_utc, '[)')
        )
    """


class ExpectLocalTimesToBeTheZones(UnexpectedKeysExpectation):
    """The local times of a best window are its instants in its zone."""

    reason: ClassVar[str] = "People read the local time and machines the instant: both must name the same hour."
    rows: ClassVar[str] = """
        select account_id, contact_point_id, rank from batch
        where (window_start_utc at time zone time_zone)::time <> window_start_local
            or (window_end_utc at time zone time_zone)::time <> window_end_local
    """


class ExpectRanksFromOne(UnexpectedKeysExpectation):
    """The ranks of a contact point count from 1, and a better rank is not the less likely one."""

    reason: ClassVar[str] = "A reader that takes rank 1 must get the best hour."
    rows: ClassVar[str] = """
        , placed as (
            select
                account_id, contact_point_id, rank, p_right_party,
                dense_rank() over one_point as place,
                first_value(p_right_party) over (
                    partition by account_id, contact_point_id order by rank
                    groups between 1 preceding and current row
                ) as better
            from batch
            window one_point as (partition by account_id, contact_point_id order by rank)
        )
        select account_id, contact_point_id, rank from placed where rank <> place or p_right_party > better
    """
