use super::*;
use crate::testing::{Device, TestBank};
use lending::{
    consent::Event,
    countersignature::LogHead,
    evidence::{Bundle, Invalid, ProvedRecord},
};

fn id(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

#[tokio::test]
async fn the_evidence_of_a_case_holds_under_the_banks_root_and_no_other() {
    let test = TestBank::new();
    let bank = test.open();
    let device = Device::new(1);
    bank.admit(id(1), device.envelope(&test, id(1), 1)).await.unwrap();
    let bundle = bank.evidence(id(1)).await.unwrap();
    let root = test.published().root;
    let proved = Bundle::verify(&bundle.encode(), Some(&root)).unwrap();
    let events: Vec<_> = proved.records.iter().map(ProvedRecord::event).collect();
    assert_eq!(events, [Event::Given, Event::Given]);
    assert!(proved.records.iter().all(|record| record.received_at == Some(bank.now())));
    let other = seal::SigningKey::from_seed([9; 32]).public();
    let refused = Bundle::verify(&bundle.encode(), Some(&other)).unwrap_err();
    assert_eq!(refused, Invalid::OtherRoot);
    assert!(matches!(bank.evidence(id(2)).await, Err(EvidenceError::Unknown)));
}

#[tokio::test]
async fn a_withdrawal_stands_in_the_evidence_of_its_case() {
    let test = TestBank::new();
    let bank = test.open();
    let device = Device::new(1);
    bank.admit(id(1), device.envelope(&test, id(1), 1)).await.unwrap();
    bank.admit(id(10), device.withdrawal(&test, id(10), id(1))).await.unwrap();
    let bundle = bank.evidence(id(1)).await.unwrap();
    let proved = Bundle::verify(&bundle.encode(), None).unwrap();
    assert_eq!(proved.records.last().map(ProvedRecord::event), Some(Event::Withdrawn));
}

#[tokio::test]
async fn a_watcher_sees_that_the_log_only_grew() {
    let test = TestBank::new();
    let bank = test.open();
    let device = Device::new(1);
    let directory = &test.published().directory;
    let (first, _) = bank.log_since(0).await.unwrap();
    let mut before = LogHead::verify(&first, directory).unwrap();
    assert_eq!(before.size, 0);
    for n in 1..=4 {
        bank.admit(id(n), device.envelope(&test, id(n), n as u64)).await.unwrap();
        let (signed, proof) = bank.log_since(before.size).await.unwrap();
        let head = LogHead::verify(&signed, directory).unwrap();
        assert_eq!(head.size, before.size + 2);
        let (size, root) = (head.size, head.root);
        assert!(seal::tree::extends(before.size, before.root, size, root, &proof));
        before = head;
    }
}
