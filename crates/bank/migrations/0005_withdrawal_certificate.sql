-- What was done after a withdrawal. Never edit this file once a bank runs on it.

create table withdrawal_certificate (
    -- One row for each withdrawal whose stop is done; written in the transaction that does it.
    envelope_id blob    not null,  -- the envelope that brought the withdrawal
    signed      blob    not null,  -- the certificate, COSE_Sign1 by the bank
    stopped_at  integer not null,  -- Unix time in ms, the bank's clock
    constraint withdrawal_certificate_pk primary key (envelope_id),
    constraint withdrawal_certificate_of_envelope
        foreign key (envelope_id) references envelope (id),
    constraint withdrawal_certificate_is_signed check (length(signed) > 0)
) strict;

-- The bank does not take back what it signed; this makes a mistake loud.
create trigger withdrawal_certificate_is_kept before delete on withdrawal_certificate
begin
    select raise(abort, 'a certificate is never deleted');
end;

create trigger withdrawal_certificate_stays before update on withdrawal_certificate
begin
    select raise(abort, 'a certificate never changes');
end;
