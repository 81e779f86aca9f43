-- Parts: photos and files that travel before the envelope that names them. Never edit this file
-- once a bank runs on it.

create table part (
    -- One row for each part of a device: begun, complete, or taken by an envelope. Two devices that
    -- upload the same bytes have a row each and know nothing of each other. The bytes are objects
    -- outside of the ledger, named by `upload` (src/parts/objects.rs).
    device     blob    not null,  -- public key of the device; it may have sent no envelope yet
    digest     blob    not null,  -- SHA-256 of the sealed bytes
    upload     blob    not null,  -- 16 random bytes, new for each start; names the objects
    size       integer not null,  -- bytes, as declared
    received   integer not null,  -- bytes from the start that are durable in the object store
    state      text    not null,  -- uploading, complete (digest checked), attached (to an envelope)
    created_at integer not null,  -- Unix time in ms, the bank's clock
    updated_at integer not null,  -- Unix time in ms, the bank's clock
    expires_at integer,           -- Unix time in ms; none once attached
    constraint part_pk primary key (device, digest),
    constraint part_upload_is_unique unique (upload),
    constraint part_device_is_a_key check (length(device) = 32),
    constraint part_digest_is_sha256 check (length(digest) = 32),
    constraint part_upload_is_16_bytes check (length(upload) = 16),
    constraint part_has_bytes check (size > 0),
    constraint part_received_fits check (received between 0 and size),
    constraint part_state_is_known check (state in ('uploading', 'complete', 'attached')),
    constraint part_complete_is_whole check (state = 'uploading' or received = size),
    constraint part_attached_is_kept check ((state = 'attached') = (expires_at is null))
) strict;

create index part_pending
    on part (device)
    where state <> 'attached';

create index part_by_expiry
    on part (expires_at)
    where expires_at is not null;

create table envelope_part (
    -- Which parts an envelope names, in its order. The reference keeps a named part from being
    -- dropped.
    envelope_id blob    not null,
    position    integer not null,  -- from 0
    device      blob    not null,
    digest      blob    not null,
    kind        text    not null,  -- what it shows, a word of the device's
    media_type  text    not null,
    constraint envelope_part_pk primary key (envelope_id, position),
    constraint envelope_part_once unique (envelope_id, digest),
    constraint envelope_part_of_envelope foreign key (envelope_id) references envelope (id),
    constraint envelope_part_of_part
        foreign key (device, digest) references part (device, digest)
) strict;

create index envelope_part_by_part
    on envelope_part (device, digest);

create table part_litter (
    -- Objects that nothing counts on any more. Written in the transaction that lets go of them, so
    -- that a crash before they are deleted leaves no bytes behind for ever.
    upload blob not null,
    what   text not null,  -- pieces (the whole is kept), everything
    constraint part_litter_pk primary key (upload),
    constraint part_litter_upload_is_16_bytes check (length(upload) = 16),
    constraint part_litter_what_is_known check (what in ('pieces', 'everything'))
) strict;

-- No code path drops a part that an envelope names; this makes a mistake loud.
create trigger part_attached_is_never_deleted
    before delete on part
    when old.state = 'attached'
begin
    select raise(abort, 'a part of an envelope is never deleted');
end;
