with

ledger as (
    select * from {{ ref('stg_ledger__contact_points') }}
),

contact as (
    select * from {{ ref('stg_contact__contact_points') }}
),

-- Both feeds may hold a point; the statement learned last is believed, the contact center's on a tie. Said with
-- `not exists` and not with a window function, so that a filter on person or point reaches the indexes of both tables.
from_contact as (
    select
        contact.*,
        'contact' as feed
    from contact
    where
        {{ recoup.as_known('contact') }}
        and not exists (
            select 1
            from ledger
            where
                ledger.contact_point_id = contact.contact_point_id
                and {{ recoup.as_known('ledger') }}
                and ledger.known_from > contact.known_from
        )
),

from_ledger as (
    select
        ledger.*,
        'ledger' as feed
    from ledger
    where
        {{ recoup.as_known('ledger') }}
        and not exists (
            select 1
            from contact
            where
                contact.contact_point_id = ledger.contact_point_id
                and {{ recoup.as_known('contact') }}
                and contact.known_from >= ledger.known_from
        )
),

known as (
    select * from from_contact
    union all
    select * from from_ledger
),

described as (
    select
        contact_point_id,
        person_id,
        medium,
        area_code,
        type as point_type,
        postal_code,
        source,
        verified_at,
        valid_from,
        valid_to,
        feed,
        known_from
    from known
)

select * from described
