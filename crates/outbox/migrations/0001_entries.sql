-- The first shape of the outbox. Never edit this file once a build with it has left the house:
-- add the next number instead. It runs inside one transaction (src/store/open.rs).

create table entry (
    -- One row for each thing to send, everything but its bytes. Rows are added and moved, never
    -- deleted: a row outlives its body, so that a repeated post is recognised.
    id            blob    not null,  -- UUID, 16 bytes
    lane          text    not null,  -- urgent goes before normal
    note          blob    not null,  -- for the caller's list; encrypted by the caller
    digest        blob    not null,  -- SHA-256 of the body, computed by the caller
    size_bytes    integer not null,  -- length of the body
    saved_at_ms   integer not null,  -- Unix time, by the device's clock
    state         text    not null,  -- "sending" is not a state: it lives in memory only
    attempts      integer,           -- queued: failed attempts so far
    not_before_ms integer,           -- queued: Unix time of the next attempt, null is at once
    park_reason   text,              -- parked: the caller's code for why
    ended_at_ms   integer,           -- delivered, cancelled: Unix time
    proof         blob,              -- delivered: what the receiver signed, verified by the caller
    constraint entry_pk primary key (id),
    constraint entry_id_is_a_uuid check (length(id) = 16),
    constraint entry_lane_is_known check (lane in ('urgent', 'normal')),
    constraint entry_digest_is_sha256 check (length(digest) = 32),
    constraint entry_size_is_a_size check (size_bytes >= 0),
    constraint entry_saved_at_is_a_time check (saved_at_ms >= 0),
    constraint entry_columns_fit_the_state check (
        case state
            when 'queued' then
                attempts is not null and attempts >= 0
                and (not_before_ms is null or not_before_ms >= 0)
                and park_reason is null and ended_at_ms is null and proof is null
            when 'parked' then
                park_reason is not null and length(park_reason) between 1 and 64
                and attempts is null and not_before_ms is null
                and ended_at_ms is null and proof is null
            when 'delivered' then
                proof is not null and length(proof) > 0
                and ended_at_ms is not null and ended_at_ms >= 0
                and attempts is null and not_before_ms is null and park_reason is null
            when 'cancelled' then
                ended_at_ms is not null and ended_at_ms >= 0
                and attempts is null and not_before_ms is null
                and park_reason is null and proof is null
            else false
        end
    )
) strict;

-- What the courier asks for at every step: only the rows that can still be sent.
create index entry_pending
    on entry (saved_at_ms, id)
    where state = 'queued';

-- The list that the person sees, oldest first.
create index entry_by_age
    on entry (saved_at_ms, id);

create table entry_body (
    -- The sealed bytes of an entry, apart from its row, so that lists never read them.
    entry_id blob not null,
    bytes    blob not null,
    constraint entry_body_pk primary key (entry_id),
    constraint entry_body_of_entry foreign key (entry_id) references entry (id)
) strict;

-- No code path drops an entry; this makes a mistake loud.
create trigger entry_is_kept
    before delete on entry
begin
    select raise(abort, 'an entry is never deleted');
end;
