use super::*;
use crate::{
    consent::{ConsentRecord, Day, Link},
    notice::{DataKind, Repeat},
    sample,
};
use proptest::prelude::*;

/// A consent to one kind of data, read every 30 days, three times at most.
fn consent(edit: impl FnOnce(&mut ConsentRecord)) -> VerifiedRecord {
    let mut notice = sample::notice("tax", DataKind::Tax);
    notice.repeat = Some(Repeat { every_days: 30, max_count: 3 });
    notice.valid_days = 90;
    let mut record = sample::record(&notice, 1, None);
    edit(&mut record);
    verified(&record)
}

fn verified(record: &ConsentRecord) -> VerifiedRecord {
    let device = sample::device();
    VerifiedRecord::verify(&record.sign(&device), &device.public()).unwrap()
}

fn end(of: &VerifiedRecord, event: Event) -> VerifiedRecord {
    let link = Link { record_id: [8; 16], prev: None, device_seq: 2 };
    verified(&of.ended(event, link, of.manner.clone(), of.times))
}

fn days(days: u64) -> Timestamp {
    sample::SAVED_AT.plus_millis(days * DAY_MS)
}

fn reading() -> Reading {
    Reading {
        enterprise_code: sample::enterprise_code(),
        purpose: "credit-decision".into(),
        items: vec!["x".into()],
        source: "s".into(),
        range: consent(|_| ()).data_range.clone(),
        at: days(0),
    }
}

#[test]
fn what_was_agreed_to_may_be_read_and_the_permit_says_on_what_it_rests() {
    let consent = consent(|_| ());
    let permit = may_read(&consent, &[], &[], reading()).unwrap();
    assert_eq!(permit.record_id(), consent.record_id);
    assert_eq!(permit.reading(), &reading());
    let less = Reading {
        range: DataRange { from: Day(reading().range.from.0 + 30), ..reading().range },
        ..reading()
    };
    assert!(may_read(&consent, &[], &[], less).is_ok());
    assert!(
        may_read(&consent, &[], &[days(0), days(30)], Reading { at: days(60), ..reading() })
            .is_ok()
    );
}

#[test]
fn every_kind_of_overreach_is_refused_for_its_reason() {
    let given = consent(|_| ());
    let with = |edit: fn(&mut Reading)| {
        let mut wanted = reading();
        edit(&mut wanted);
        wanted
    };
    let refused = consent(|record| record.happened.event = Event::Refused);
    let withdrawn = end(&given, Event::Withdrawn);
    let none: &[VerifiedRecord] = &[];
    let cases = [
        (may_read(&refused, none, &[], reading()), Overreach::NotGiven),
        (may_read(&withdrawn, none, &[], reading()), Overreach::NotGiven),
        (may_read(&given, std::slice::from_ref(&withdrawn), &[], reading()), Overreach::Withdrawn),
        (may_read(&given, &[end(&given, Event::Expired)], &[], reading()), Overreach::Ended),
        (may_read(&given, &[end(&given, Event::Superseded)], &[], reading()), Overreach::Ended),
        (
            may_read(&given, none, &[], with(|r| r.enterprise_code = "other".into())),
            Overreach::OtherSubject,
        ),
        (
            may_read(&given, none, &[], with(|r| r.purpose = "marketing".into())),
            Overreach::OtherPurpose,
        ),
        (may_read(&given, none, &[], with(|r| r.items.clear())), Overreach::OtherData),
        (may_read(&given, none, &[], with(|r| r.items.push("y".into()))), Overreach::OtherData),
        (may_read(&given, none, &[], with(|r| r.source = "other".into())), Overreach::OtherData),
        (may_read(&given, none, &[], with(|r| r.range.from.0 -= 1)), Overreach::OtherDays),
        (may_read(&given, none, &[], with(|r| r.range.to.0 += 1)), Overreach::OtherDays),
        (
            may_read(&given, none, &[], with(|r| r.range.from.0 = r.range.to.0 + 1)),
            Overreach::OtherDays,
        ),
        (
            may_read(
                &given,
                none,
                &[],
                with(|r| r.at = Timestamp::from_millis(r.at.as_millis() - 1)),
            ),
            Overreach::TooEarly,
        ),
        (may_read(&given, none, &[], with(|r| r.at = days(90).plus_millis(1))), Overreach::TooLate),
        (
            may_read(&given, none, &[days(0), days(1), days(2)], with(|r| r.at = days(60))),
            Overreach::UsedUp,
        ),
        (
            may_read(&given, none, &[days(0), days(30)], with(|r| r.at = days(59))),
            Overreach::TooOften,
        ),
    ];
    let mut seen = Vec::new();
    for (result, expected) in cases {
        assert_eq!(result.unwrap_err(), expected);
        seen.push(expected);
    }
    assert!(Overreach::ALL.iter().all(|reason| seen.contains(reason)));
}

#[test]
fn the_end_of_another_consent_ends_nothing_here() {
    let given = consent(|_| ());
    let other = consent(|record| record.record_id = [7; 16]);
    assert!(may_read(&given, &[end(&other, Event::Withdrawn)], &[], reading()).is_ok());
}

proptest! {
    /// However reads are spread, no more are made than was agreed to, none too soon, none too late.
    #[test]
    fn no_order_of_reads_goes_beyond_the_consent(at in prop::collection::vec(0u64..120, 0..40)) {
        let given = consent(|_| ());
        let mut made: Vec<Timestamp> = Vec::new();
        for day in at {
            let wanted = Reading { at: days(day), ..reading() };
            if may_read(&given, &[], &made, wanted).is_ok() {
                made.push(days(day));
            }
        }
        prop_assert!(made.len() <= 3);
        prop_assert!(made.iter().all(|at| *at <= days(90)));
        let mut sorted = made.clone();
        sorted.sort();
        prop_assert!(sorted.windows(2).all(|two| two[1] >= two[0].plus_millis(30 * DAY_MS)));
    }
}
