-- The first shape of the ledger. Never edit this file once a bank runs on it: add the next number
-- instead. It runs inside one transaction (src/ledger/sqlite/open.rs).

create table device (
    -- One row for each device that ever delivered an envelope, known by its public key.
    public_key    blob    not null,  -- Ed25519, 32 bytes
    last_seq      integer not null,  -- highest number seen among its applications; 0 is none
    first_seen_at integer not null,  -- Unix time in ms, the bank's clock
    last_seen_at  integer not null,  -- Unix time in ms, the bank's clock
    constraint device_pk primary key (public_key),
    constraint device_key_is_a_key check (length(public_key) = 32),
    constraint device_seq_counts check (last_seq >= 0)
) strict;

create table envelope (
    -- One row for each envelope acknowledged. Never deleted: a replay must get its first answer,
    -- also from a tablet that slept in a drawer for a year.
    id          blob    not null,  -- UUID, 16 bytes
    digest      blob    not null,  -- SHA-256 of the sealed bytes
    device      blob    not null,  -- public key of the device that sent it
    schema      integer not null,  -- 1 application, 2 withdrawal
    reference   text    not null,  -- the number a person can quote (受理号)
    ack         blob    not null,  -- the signed acknowledgement, sent again for a replay
    received_at integer not null,  -- Unix time in ms, the bank's clock
    constraint envelope_pk primary key (id),
    constraint envelope_reference_is_unique unique (reference),
    constraint envelope_of_device foreign key (device) references device (public_key),
    constraint envelope_id_is_a_uuid check (length(id) = 16),
    constraint envelope_digest_is_sha256 check (length(digest) = 32),
    constraint envelope_schema_is_a_byte check (schema between 1 and 255),
    constraint envelope_has_an_ack check (length(ack) > 0)
) strict;

create table envelope_body (
    -- The sealed bytes, apart from the row, so that looking for a replay never reads them.
    envelope_id blob not null,
    bytes       blob not null,
    constraint envelope_body_pk primary key (envelope_id),
    constraint envelope_body_of_envelope foreign key (envelope_id) references envelope (id)
) strict;

create table application (
    -- One row for each application, also for one whose content intake could not accept.
    envelope_id       blob    not null,
    device            blob    not null,  -- public key of the device
    device_seq        integer not null,  -- its number on the device; a reused one is in seq_fault
    status            text    not null,  -- a word of lending::status
    refused_code      text,              -- why intake could not accept the content (不予受理)
    branch            text    not null,
    grid              text,
    product           text    not null,
    officer           text,              -- staff number
    enterprise_code   text    not null,  -- 统一社会信用代码
    mobile            text    not null,
    amount_fen        integer not null,
    term_months       integer not null,
    purpose           text,
    catalogue_version integer not null,
    saved_at          integer not null,  -- Unix time in ms, the device's clock, which may be wrong
    constraint application_pk primary key (envelope_id),
    constraint application_of_envelope foreign key (envelope_id) references envelope (id),
    constraint application_of_device foreign key (device) references device (public_key),
    constraint application_refused_has_a_code
        check ((status = 'refused') = (refused_code is not null))
) strict;

create index application_by_device
    on application (device, device_seq);

create index application_by_branch
    on application (branch, status);

create table consent_record (
    -- One row for each signed consent record. A device names its own records: two devices may use
    -- one id, so that nobody can block another's record by guessing it.
    device      blob    not null,  -- public key of the device that signed it
    record_id   blob    not null,  -- 16 bytes, chosen by the device
    envelope_id blob    not null,  -- the envelope that brought it
    case_id     blob    not null,  -- the application's envelope it is about; may not have come yet
    notice      text    not null,  -- notice id; its version and digest are in the signed bytes
    event       text    not null,  -- given, refused, withdrawn; expired, superseded are reserved
    supersedes  blob,              -- record id of the same device that it takes the place of
    signed      blob    not null,  -- COSE_Sign1, the evidence
    at          integer not null,  -- Unix time in ms, the device's clock
    constraint consent_record_pk primary key (device, record_id),
    constraint consent_record_of_device foreign key (device) references device (public_key),
    constraint consent_record_of_envelope foreign key (envelope_id) references envelope (id),
    constraint consent_record_id_is_16_bytes check (length(record_id) = 16),
    constraint consent_record_event_is_known
        check (event in ('given', 'refused', 'withdrawn', 'expired', 'superseded')),
    constraint consent_record_withdrawn_supersedes
        check (event <> 'withdrawn' or supersedes is not null)
) strict;

create index consent_record_by_id
    on consent_record (record_id);

create index consent_record_by_case
    on consent_record (case_id);

create table seq_fault (
    -- A device whose numbers are not dense: an envelope was lost, or a copy of the device is in use.
    id          integer not null,
    device      blob    not null,
    envelope_id blob    not null,  -- the envelope that showed it
    kind        text    not null,  -- gap, reused
    expected    integer not null,  -- the next number that would have fitted
    found       integer not null,
    constraint seq_fault_pk primary key (id),
    constraint seq_fault_of_device foreign key (device) references device (public_key),
    constraint seq_fault_of_envelope foreign key (envelope_id) references envelope (id),
    constraint seq_fault_kind_is_known check (kind in ('gap', 'reused'))
) strict;

create table job (
    -- What is to be done next; written with what caused it, so that nothing is left lying.
    -- Kinds and states are words of the code: a new one must not need a new table.
    id          integer not null,
    envelope_id blob    not null,
    kind        text    not null,  -- decide, ask_for_more (refused content), stop_fetching
    state       text    not null,  -- ready, done
    not_before  integer not null,  -- Unix time in ms
    attempts    integer not null,
    constraint job_pk primary key (id),
    constraint job_of_envelope foreign key (envelope_id) references envelope (id),
    constraint job_once_per_envelope unique (envelope_id, kind),
    constraint job_kind_is_a_word check (length(kind) between 1 and 64),
    constraint job_state_is_a_word check (length(state) between 1 and 64),
    constraint job_attempts_count check (attempts >= 0)
) strict;

create index job_ready
    on job (not_before, id)
    where state = 'ready';

-- No code path drops an envelope; this makes a mistake loud.
create trigger envelope_is_kept
    before delete on envelope
begin
    select raise(abort, 'an envelope is never deleted');
end;
