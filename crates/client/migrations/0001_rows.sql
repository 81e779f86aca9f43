create table public_value (
  -- What is not about a person: the catalogue bundle, preferences, counters.
  name text not null,
  value blob not null,
  constraint public_value_pk primary key (name)
) strict, without rowid;

create table sealed_row (
  -- Everything about a person, encrypted row by row under the vault's key.
  -- `kind`, `id` and `version` are bound to the ciphertext, so that a row can neither be moved
  -- nor rolled back unnoticed.
  kind text not null,
  id blob not null,
  version integer not null,
  saved_at_ms integer not null,
  body blob not null,
  constraint sealed_row_pk primary key (kind, id),
  constraint sealed_row_version_counts check (version >= 1)
) strict, without rowid;

create table vault (
  -- How the key of `sealed_row` is kept. One row; absent before first use.
  only_row integer not null,
  -- 'os_store', 'passphrase', 'credential' or 'memory'
  rung text not null,
  -- a known text under the key: tells the right key from a wrong one
  key_check blob not null,
  -- the key under a passphrase, for that rung
  wrapped blob,
  constraint vault_pk primary key (only_row),
  constraint vault_one_row check (only_row = 1),
  constraint vault_rung_known check (rung in ('os_store', 'passphrase', 'credential', 'memory')),
  constraint vault_wrapped_by_passphrase check ((wrapped is not null) = (rung = 'passphrase'))
) strict;
