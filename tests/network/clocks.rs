//! Clocks that are wrong, and two programs on one folder.

use super::{Street, entry, saved, state};
use client::{courier::TurnEnd, ipc::*};
use sanbu_tests::{
    clock::{DAY_MS, FakeClock, START},
    proxy::{Fault, answer},
};
use seal::Timestamp;

const TEN_YEARS_MS: u64 = 3652 * DAY_MS;

fn ten_years_before() -> Timestamp {
    Timestamp::from_millis(START.as_millis() - TEN_YEARS_MS)
}

#[tokio::test]
async fn a_saved_case_is_delivered_whatever_the_clock_of_the_device_becomes() {
    for at in [ten_years_before(), START.plus_millis(TEN_YEARS_MS), Timestamp::from_millis(0)] {
        let street = Street::new().await;
        let clock = FakeClock::at(START);
        let device = street.device("phone").with_clock(clock.clone());
        let (client, case) = saved(&street.world, &device).await;
        clock.set(at);
        client.deliver_due().await;
        assert_eq!(state(&client, &case).await, CaseState::Delivered, "{at:?}");
        assert_eq!(
            street.world.bank_number("select count(*) from application where status = 'received'"),
            1
        );
    }
}

#[tokio::test]
async fn a_device_whose_clock_was_always_ten_years_behind_can_apply() {
    let street = Street::new().await;
    let device = street.device("phone").with_clock(FakeClock::at(ten_years_before()));
    let (client, case) = saved(&street.world, &device).await;
    client.deliver_due().await;
    assert_eq!(state(&client, &case).await, CaseState::Delivered);
    assert_eq!(
        street.world.bank_number("select count(*) from application where status = 'received'"),
        1
    );
}

#[tokio::test]
async fn a_clock_set_back_or_ahead_during_a_pause_does_not_hold_an_entry_for_long() {
    let back = ten_years_before();
    for at in [back, START.plus_millis(TEN_YEARS_MS), Timestamp::from_millis(0)] {
        let street = Street::new().await;
        let clock = FakeClock::at(START);
        let device = street.device("phone").with_clock(clock.clone());
        let (client, case) = saved(&street.world, &device).await;
        street.proxy.set("PUT", "/", 1, Fault::Answer(answer(503, "", b"")));
        assert!(matches!(client.deliver_due().await, TurnEnd::Rest(_)));
        assert_eq!(entry(&client).await, (CaseState::Queued, 1));
        clock.set(at);
        // 15 min is the longest pause of an entry.
        for _ in 0..15 {
            clock.pass_ms(60_000);
            street.world.clock.pass_ms(60_000);
            client.deliver_due().await;
        }
        assert_eq!(state(&client, &case).await, CaseState::Delivered, "{at:?}");
    }
}

#[tokio::test]
async fn a_second_client_on_the_same_folder_is_refused_with_words_and_changes_nothing() {
    let street = Street::new().await;
    let device = street.device("phone");
    let (client, case) = saved(&street.world, &device).await;
    let refused = device.try_start().map(drop).unwrap_err().to_string();
    assert!(refused.contains("open elsewhere"), "{refused}");
    client.deliver_due().await;
    assert_eq!(state(&client, &case).await, CaseState::Delivered);
    drop(client);
    let client = device.try_start().unwrap();
    assert_eq!(state(&client, &case).await, CaseState::Delivered);
}
