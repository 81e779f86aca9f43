use super::*;
use proptest::prelude::*;
use seal::keys::DirectoryKey;

fn listed(n: u16) -> Listed {
    let digest = *Digest::of(&n.to_be_bytes()).as_bytes();
    Listed { id: digest[..16].try_into().unwrap(), digest }
}

fn list(count: u16) -> ReconciliationRequest {
    ReconciliationRequest { delivered: (0..count).map(listed).collect() }
}

fn as_listed(request: &ReconciliationRequest) -> Vec<([u8; 16], Digest)> {
    request.delivered.iter().map(|l| (l.id, Digest::from_bytes(l.digest))).collect()
}

fn setting(request: &[u8], missing: &[u16]) -> (SigningKey, KeyDirectory, Reconciliation) {
    let key = SigningKey::from_seed([1; 32]);
    let directory = KeyDirectory {
        bank: "B".into(),
        version: 1,
        issued_at: Timestamp::default(),
        keys: vec![DirectoryKey {
            public: key.public(),
            key_use: KeyUse::Acknowledgement,
            branches: Vec::new(),
            suite: 1,
            not_before: Timestamp::default(),
            not_after: Timestamp::from_millis(u64::MAX),
            revoked_at: None,
        }],
    };
    let answer = Reconciliation {
        request: Digest::of(request),
        at: Timestamp::from_millis(5),
        server_epoch: 2,
        missing: missing.iter().map(|n| listed(*n).id).collect(),
    };
    (key, directory, answer)
}

#[test]
fn the_longest_list_has_the_bytes_it_is_said_to_have() {
    let most = list(1_000);
    let bytes = most.encode();
    assert_eq!(bytes.len(), MAX_REQUEST_BYTES);
    assert_eq!(ReconciliationRequest::decode(&bytes).unwrap(), most);
    let over = list(1_001).encode();
    assert!(matches!(ReconciliationRequest::decode(&over), Err(RequestError::TooMany)));
}

#[test]
fn a_list_out_of_its_bounds_is_refused() {
    let mut twice = list(3);
    twice.delivered[2].id = twice.delivered[0].id;
    let refused = ReconciliationRequest::decode(&twice.encode());
    assert!(matches!(refused, Err(RequestError::Twice)), "{refused:?}");
    let sound = list(2).encode();
    let cases = [Vec::new(), vec![0xa0], sound[1..].to_vec(), [&sound[..], &[0]].concat()];
    for bytes in cases {
        let refused = ReconciliationRequest::decode(&bytes);
        assert!(matches!(refused, Err(RequestError::Shape(_))), "{bytes:x?}");
    }
    for length in 0..sound.len() {
        assert!(ReconciliationRequest::decode(&sound[..length]).is_err(), "cut at {length}");
    }
}

#[test]
fn an_answer_speaks_for_one_list_and_what_stands_in_it() {
    let request = list(4);
    let bytes = request.encode();
    let (key, directory, answer) = setting(&bytes, &[1, 3]);
    let verify = |answer: &Reconciliation, bytes: &[u8], listed: &[([u8; 16], Digest)]| {
        Reconciliation::verify(&answer.sign(&key), bytes, listed, &directory)
    };
    let all = as_listed(&request);
    let other = Err(ReconciliationError::OtherRequest);
    assert_eq!(verify(&answer, &bytes, &all), Ok(answer.clone()));
    let with = |missing: &[u16]| setting(&bytes, missing).2;
    assert_eq!(verify(&with(&[]), &bytes, &all), Ok(with(&[])), "nothing is missing");
    assert_eq!(verify(&answer, &list(5).encode(), &all), other, "another list");
    assert_eq!(verify(&answer, &bytes, &all[..3]), other, "one that was not listed");
    assert_eq!(verify(&with(&[1, 1]), &bytes, &all), other, "one twice");
    assert_eq!(verify(&with(&[9]), &bytes, &all), other, "a strange one");
}

#[test]
fn an_answer_by_any_other_key_or_for_another_purpose_is_forged() {
    let request = list(4);
    let bytes = request.encode();
    let (key, mut directory, answer) = setting(&bytes, &[0]);
    let listed = as_listed(&request);
    let verify = |signed: &[u8], directory: &KeyDirectory| {
        Reconciliation::verify(signed, &bytes, &listed, directory)
    };
    let forged = Err(ReconciliationError::Forged);
    assert_eq!(verify(&answer.sign(&SigningKey::from_seed([9; 32])), &directory), forged);
    let as_list = seal::sign::sign(Namespace::MissingParts, &cbor::encode(&answer), &key);
    assert_eq!(verify(&as_list, &directory), forged);
    let signed = answer.sign(&key);
    for bit in 0..signed.len() * 8 {
        let mut flipped = signed.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        assert!(verify(&flipped, &directory).is_err(), "bit {bit}");
    }
    directory.keys[0].key_use = KeyUse::Ticket;
    assert_eq!(verify(&signed, &directory), forged);
}

proptest! {
    #[test]
    fn lists_and_answers_come_back_as_they_were(count in 0u16..80, missing in any::<u128>()) {
        let request = list(count);
        let bytes = request.encode();
        prop_assert_eq!(&ReconciliationRequest::decode(&bytes).unwrap(), &request);
        let missing: Vec<u16> = (0..count).filter(|n| missing >> n & 1 == 1).collect();
        let (key, directory, answer) = setting(&bytes, &missing);
        let listed = as_listed(&request);
        let read = Reconciliation::verify(&answer.sign(&key), &bytes, &listed, &directory);
        prop_assert_eq!(read, Ok(answer));
    }

    #[test]
    fn no_bytes_make_a_list_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(request) = ReconciliationRequest::decode(&bytes) {
            prop_assert_eq!(request.encode(), bytes);
        }
    }
}
