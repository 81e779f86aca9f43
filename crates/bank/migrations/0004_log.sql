-- The log of countersignatures. Never edit this file once a bank runs on it.

create table log_entry (
    -- One row for each consent record that the bank countersigned, in the order in which it did.
    number  integer not null,  -- from 0, without a gap
    record  blob    not null,  -- SHA-256 of the signed record
    countersignature blob    not null,  -- the bank's signed countersignature: the leaf's bytes
    constraint log_entry_pk primary key (number),
    constraint log_entry_once_per_record unique (record),
    constraint log_entry_counts check (number >= 0),
    constraint log_entry_record_is_sha256 check (length(record) = 32),
    constraint log_entry_has_a_receipt check (length(countersignature) > 0)
) strict;

create table log_node (
    -- The root of each whole subtree of the log's tree (RFC 9162, section 2.1).
    level   integer not null,  -- 0 are the leaves
    ordinal integer not null,  -- from the left, from 0
    digest  blob    not null,
    constraint log_node_pk primary key (level, ordinal),
    constraint log_node_has_a_level check (level between 0 and 63),
    constraint log_node_counts check (ordinal >= 0),
    constraint log_node_digest_is_sha256 check (length(digest) = 32)
) strict;

-- Nothing is taken out of the log, and nothing in it changes.
create trigger log_entry_is_kept before delete on log_entry
begin
    select raise(abort, 'a countersignature is never deleted');
end;

create trigger log_entry_stays before update on log_entry
begin
    select raise(abort, 'a countersignature never changes');
end;
