-- Fewer pages for each post. Never edit this file once a build with it has left the house: add the
-- next number instead. It runs inside one transaction, after the file was copied aside
-- (src/store/migrate.rs).
--
-- A body was found by an index over the ids of bodies, a page that each post wrote beside the table
-- and beside the index over the ids of entries. Now the entry names it by a number.

create table numbered_body (
    -- The sealed bytes of an entry, apart from its row, so that lists never read them. The id is
    -- for a second look, and for a reader of a damaged file.
    number   integer not null,  -- from 1, in the order of the posts
    entry_id blob    not null,
    bytes    blob    not null,
    constraint entry_body_pk primary key (number),
    constraint entry_body_of_entry foreign key (entry_id) references entry (id)
) strict;

-- Where the body is. Null: it was purged.
alter table entry add column body_number integer;

insert into numbered_body (number, entry_id, bytes)
select rowid, entry_id, bytes
from entry_body
order by rowid;

update entry
set body_number = (select rowid from entry_body where entry_id = entry.id);

drop table entry_body;
alter table numbered_body rename to entry_body;

-- Sorting 100,000 heads, most of which are in order, takes some milliseconds (src/store/rows.rs).
drop index entry_by_age;
