-- The first run, a changed rule or a changed zone: everybody's contacts are judged, from the beginning.
create temporary table touched (person_id text primary key, since timestamptz not null) on commit drop;

insert into touched (person_id, since)
select distinct
    person_id,
    '-infinity'::timestamptz
from raw_contact.attempts;

analyze touched;
