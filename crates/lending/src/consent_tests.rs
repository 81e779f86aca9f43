use super::*;
use crate::{notice::DataKind, sample};

fn notice() -> Notice {
    sample::notice("tax", DataKind::Tax)
}

#[test]
fn data_ranges_are_calendar_months_in_chinese_time() {
    // 2026-11-21T17:00Z is 2026-11-22 01:00 in Beijing.
    let at = Timestamp::from_millis(1_795_280_400_000);
    let range = data_range(at, 24);
    assert_eq!((range.from.text(), range.to.text()), ("2024-11-22".into(), "2026-11-22".into()));
    assert_eq!(range.to, Day(20_779));
    // The last day of February stands for the 31st.
    let at = Timestamp::from_millis(1_774_929_600_000);
    assert_eq!(data_range(at, 1).from.text(), "2026-02-28");
}

#[test]
fn a_record_is_read_as_it_was_signed_whatever_happened() {
    let device = sample::device();
    let given = sample::record(&notice(), 1, None);
    for &event in Event::ALL {
        let link = Link { record_id: [2; 16], prev: Some(Digest::of(b"1")), device_seq: 2 };
        let record = if event.is_answer() {
            ConsentRecord { happened: Happened { event, ends: None }, ..given.clone() }
        } else {
            given.ended(event, link, given.manner.clone(), given.times)
        };
        let signed = record.sign(&device);
        let read = VerifiedRecord::verify(&signed, &device.public()).unwrap();
        assert_eq!(*read, record);
        assert_eq!(cbor::encode(&*read), cbor::encode(&record));
        let stranger = SigningKey::from_seed([6; 32]).public();
        assert!(VerifiedRecord::verify(&signed, &stranger).is_err());
    }
}

#[test]
fn an_answer_ends_nothing_and_an_end_ends_something() {
    let device = sample::device();
    let verify = |event, ends| {
        let happened = Happened { event, ends };
        let record = ConsentRecord { happened, ..sample::record(&notice(), 1, None) };
        VerifiedRecord::verify(&record.sign(&device), &device.public()).map(|_| ())
    };
    for &event in Event::ALL {
        let (without, with) = (verify(event, None), verify(event, Some(ByteArray::new([2; 16]))));
        assert_eq!(without.is_ok(), event.is_answer(), "{event:?}");
        assert_eq!(with.is_ok(), !event.is_answer(), "{event:?}");
    }
}

/// The record with nothing left out is a map of 27 keys; most fit one byte, as CBOR counts.
#[test]
fn every_field_has_its_number_and_a_signed_record_is_small() {
    let mut notice = notice();
    notice.id = "public_records".into();
    notice.upstream = Some("funds-flow".into());
    notice.items.push(notice.items[0].clone());
    let mut bank = sample::catalogue().bank;
    bank.name.zh_hans = "三步示范农村商业银行".into();
    let link = Link { record_id: [2; 16], prev: Some(Digest::of(b"1")), device_seq: 100_000 };
    let mut answer = sample::answer();
    answer.ticket = Some(Digest::of(b"ticket"));
    answer.times.last_server_time = Some(sample::SAVED_AT);
    answer.app.build = Some(ByteArray::new([1; 8]));
    let device = sample::device();
    let record = ConsentRecord::of(&notice, &bank, answer, device.id(), link);
    assert_eq!(cbor::encode(&record)[..2], [0xb8, 27]);
    let signed = record.sign(&device);
    assert!(signed.len() <= MAX_SIGNED_BYTES, "{} bytes", signed.len());
}

#[test]
fn a_member_of_a_closed_list_is_a_word_for_people_and_a_number_when_signed() {
    for &event in Event::ALL {
        assert_eq!(serde_json::to_value(event).unwrap(), event.as_str());
        assert_eq!(cbor::encode(&event), [event as u8]);
        assert_eq!(cbor::decode::<Event>(&[event as u8]).ok(), Some(event));
    }
    assert!(cbor::decode::<Event>(&[0]).is_err());
    assert!(serde_json::from_str::<Event>("\"agreed\"").is_err());
}
