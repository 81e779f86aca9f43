-- Parts, retention and reconciliation. Never edit this file once a build with it has left the
-- house: add the next number instead. It runs inside one transaction, after the file was copied
-- aside (src/store/migrate.rs).

create table part (
    -- One row for each sealed photo or file, everything but its bytes. It may come before the
    -- entry that names it: a photo is sealed when it is taken.
    digest          blob    not null,            -- SHA-256 of the sealed bytes, by the caller
    size_bytes      integer not null,            -- length of the sealed bytes
    saved_at_ms     integer not null,            -- Unix time, by the device's clock
    confirmed_bytes integer not null default 0,  -- how much the receiver said it has: a hint
    is_done         integer not null default 0,  -- 1: the receiver said it has the whole
    purged_at_ms    integer,                     -- Unix time; null: the bytes are here
    constraint part_pk primary key (digest),
    constraint part_digest_is_sha256 check (length(digest) = 32),
    constraint part_size_is_within_the_limit check (size_bytes between 1 and 20971520),
    constraint part_saved_at_is_a_time check (saved_at_ms >= 0),
    constraint part_confirms_no_more_than_it_has check (confirmed_bytes between 0 and size_bytes),
    constraint part_done_is_a_mark check (is_done in (0, 1)),
    constraint part_done_is_confirmed check (is_done = 0 or confirmed_bytes = size_bytes),
    constraint part_purged_at_is_a_time check (purged_at_ms is null or purged_at_ms >= 0)
) strict;

create table part_chunk (
    -- The sealed bytes of a part in pieces of 256 KiB, the last one shorter, so that reading a
    -- range never loads the whole.
    digest  blob    not null,
    ordinal integer not null,  -- from 0
    bytes   blob    not null,
    constraint part_chunk_pk primary key (digest, ordinal),
    constraint part_chunk_of_part foreign key (digest) references part (digest),
    constraint part_chunk_is_in_order check (ordinal >= 0),
    constraint part_chunk_is_small check (length(bytes) between 1 and 262144)
) strict;

create table entry_part (
    -- Which parts an entry names, in the caller's order. Never changes after the post.
    entry_id blob    not null,
    ordinal  integer not null,  -- from 0
    digest   blob    not null,
    constraint entry_part_pk primary key (entry_id, ordinal),
    constraint entry_part_names_once unique (entry_id, digest),
    constraint entry_part_of_entry foreign key (entry_id) references entry (id),
    constraint entry_part_is_a_part foreign key (digest) references part (digest),
    constraint entry_part_is_in_order check (ordinal >= 0)
) strict;

-- Whether a part is named, and by whom: shared parts, and parts that nobody named.
create index entry_part_by_part
    on entry_part (digest);

create table former_proof (
    -- The proof of an entry that was delivered, lost by the receiver and queued anew; kept until
    -- the new proof comes.
    entry_id        blob    not null,
    proof           blob    not null,
    delivered_at_ms integer not null,  -- Unix time of the delivery it proves
    constraint former_proof_pk primary key (entry_id),
    constraint former_proof_of_entry foreign key (entry_id) references entry (id),
    constraint former_proof_says_something check (length(proof) > 0),
    constraint former_proof_time_is_a_time check (delivered_at_ms >= 0)
) strict;

create table receiver (
    -- One row: what was last heard of the receiver itself. No row: nothing yet.
    only_row         integer not null,
    epoch            integer not null,  -- its epoch, 64 bits read as signed; a restore changes it
    reconciled_at_ms integer,           -- last reconciliation in this epoch, by its own clock
    constraint receiver_pk primary key (only_row),
    constraint receiver_is_one check (only_row = 1),
    constraint receiver_time_is_a_time check (reconciled_at_ms is null or reconciled_at_ms >= 0)
) strict;

-- The epoch of the last reconciliation in which the receiver said that it has the entry. Null: it
-- was not asked yet. The delivery itself does not count: its proof may be older than a restore.
alter table entry add column known_in_epoch integer;

-- When the body was purged; null: it is here. The row itself stays.
alter table entry add column purged_at_ms integer
    constraint entry_is_purged_after_its_end check (
        purged_at_ms is null
        or (purged_at_ms >= 0 and state in ('delivered', 'cancelled'))
    );

-- What a purge looks at: ended entries whose body is still here.
create index entry_kept
    on entry (ended_at_ms)
    where purged_at_ms is null and ended_at_ms is not null;
