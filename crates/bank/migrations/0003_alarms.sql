-- What somebody must look at, and the ids of parts. Never edit this file once a bank runs on it.

create table envelope_conflict (
    -- An envelope whose id came again with another content: a device sealed twice, or somebody else
    -- uses its ids. One row for each envelope, however often, so that nobody fills the disk with it.
    envelope_id blob    not null,
    digest      blob    not null,  -- SHA-256 of the content that came last
    times       integer not null,
    first_at    integer not null,  -- Unix time in ms, the bank's clock
    last_at     integer not null,  -- Unix time in ms, the bank's clock
    constraint envelope_conflict_pk primary key (envelope_id),
    constraint envelope_conflict_of_envelope foreign key (envelope_id) references envelope (id),
    constraint envelope_conflict_digest_is_sha256 check (length(digest) = 32),
    constraint envelope_conflict_happened check (times > 0)
) strict;

-- The id that a part was sealed with; none of an envelope from before there were any, whose parts
-- were sealed with the envelope's own.
alter table envelope_part
    add column part_id blob
    constraint envelope_part_id_is_16_bytes check (part_id is null or length(part_id) = 16);
