//! The response table: what each answer to an envelope makes of its entry.

use super::{ENVELOPES, NOTHING, Street, not_reached, state};
use client::{courier::TurnEnd, ipc::*};
use sanbu_tests::world::FIRST_PAGE;
use sanbu_tests::{
    proxy::{Fault, answer, answer_with},
    world::Person,
};
use wire::{
    bank::{PROBLEM_TYPE, SIGNED_TYPE},
    problem::{Problem, ProblemCode as Code},
};

/// What becomes of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    /// Nothing was learnt about it; the courier pauses.
    Untouched,
    /// It goes again, after a pause of its own.
    Later,
    /// It needs a person.
    Parked,
}

fn problem(status: u16, code: Code) -> Vec<u8> {
    answer(status, PROBLEM_TYPE, &serde_json::to_vec(&Problem::new(code, "said")).unwrap())
}

fn html(status: u16) -> Vec<u8> {
    answer(status, "text/html", b"<h1>said</h1>")
}

#[tokio::test]
async fn each_answer_has_its_one_meaning() {
    let mut rows = vec![
        ("200 signed by nobody", answer(200, SIGNED_TYPE, b"x"), Fate::Untouched),
        ("200 of another type", answer(200, "application/json", b"{}"), Fate::Untouched),
        ("201 with a page", html(201), Fate::Untouched),
        ("202 signed by nobody", answer(202, SIGNED_TYPE, b"x"), Fate::Untouched),
        ("401", problem(401, Code::Unauthorised), Fate::Later),
        ("401 with a page", html(401), Fate::Untouched),
        ("403 with a page", html(403), Fate::Untouched),
        ("404", problem(404, Code::NotFound), Fate::Later),
        ("405", problem(405, Code::MethodNotAllowed), Fate::Later),
        ("410 with a page", html(410), Fate::Untouched),
        ("421 with a page", html(421), Fate::Untouched),
        ("409", problem(409, Code::EnvelopeConflict), Fate::Parked),
        ("409 with a page", html(409), Fate::Untouched),
        ("400", problem(400, Code::Malformed), Fate::Parked),
        ("413", problem(413, Code::TooLarge), Fate::Parked),
        ("413 of a proxy", html(413), Fate::Untouched),
        ("415", problem(415, Code::ContentType), Fate::Parked),
        ("422", problem(422, Code::EnvelopeContent), Fate::Parked),
        ("422 of a newer bank", answer(422, PROBLEM_TYPE, br#"{"code":"new"}"#), Fate::Untouched),
        ("507", problem(507, Code::DiskFull), Fate::Later),
    ];
    for status in [300, 301, 302, 303, 304, 307, 308, 511] {
        rows.push(("a redirect, or a network's own", html(status), Fate::Untouched));
    }
    for status in [408, 425, 429, 500, 502, 503, 504, 507, 599] {
        rows.push(("a fault that passes", html(status), Fate::Later));
    }
    let street = Street::new().await;
    let (client, mut case) = street.saved().await;
    let person = Person { client: &client, shop: 1 };
    let mut delivered = 0;
    for (name, said, fate) in rows {
        let head = String::from_utf8_lossy(&said[..13]).into_owned();
        let said = Fault::Answer(said);
        match fate {
            // Whoever said it says it to everything.
            Fate::Untouched => street.after_greeting(said.clone(), said),
            Fate::Later | Fate::Parked => street.proxy.set("PUT", ENVELOPES, 1, said),
        }
        let end = client.deliver_due().await;
        let outbox = client.outbox(FIRST_PAGE).await.unwrap();
        let entry = outbox.entries.iter().find(|entry| entry.case_id == case.case_id).unwrap();
        let found = match (end, entry.state, entry.attempts) {
            (TurnEnd::NotReached(_), CaseState::Queued, 0) => Some(Fate::Untouched),
            (TurnEnd::Rest(_), CaseState::Queued, 1) => Some(Fate::Later),
            (TurnEnd::Rest(_), CaseState::Parked, _) => Some(Fate::Parked),
            _ => None,
        };
        assert_eq!(found, Some(fate), "{name} ({head}): {end:?} {entry:?}");
        assert_eq!(street.world.applications(), delivered, "{name}");
        street.proxy.clear();
        if fate != Fate::Parked {
            client.send_now(FIRST_PAGE).await.unwrap();
            client.deliver_due().await;
            assert_eq!(
                state(&client, &case).await,
                CaseState::Delivered,
                "{name}: goes on at once"
            );
            delivered += 1;
            assert_eq!(street.world.applications(), delivered, "{name}");
        }
        case = person.apply_again(&street.world.code()).await;
    }
}

#[tokio::test]
async fn the_banks_own_acknowledgement_counts_under_any_success_and_under_nothing_else() {
    for (status, delivered) in [(200, true), (201, true), (299, true), (302, false), (503, false)] {
        let street = Street::new().await;
        let (client, case) = street.saved().await;
        street.after_greeting(Fault::Status(status), NOTHING);
        client.deliver_due().await;
        let now = state(&client, &case).await;
        assert_eq!(now == CaseState::Delivered, delivered, "{status}: {now:?}");
        street.proxy.clear();
        client.send_now(FIRST_PAGE).await.unwrap();
        client.deliver_due().await;
        assert_eq!(state(&client, &case).await, CaseState::Delivered, "{status}");
        assert_eq!(street.world.applications(), 1, "{status}");
    }
}

#[tokio::test]
async fn a_pause_that_was_asked_for_is_kept_up_to_an_hour() {
    for (asked, kept) in [("30", 30), ("3600", 3600), ("999999", 3600)] {
        let street = Street::new().await;
        let (client, _) = street.saved().await;
        let busy = answer_with(503, &[("retry-after", asked)], b"");
        street.proxy.set("PUT", ENVELOPES, 1, Fault::Answer(busy));
        let TurnEnd::Rest(pause) = client.deliver_due().await else { panic!("reached") };
        assert_eq!(pause.as_secs(), kept, "asked for {asked}");
        street.world.clock.pass_ms(u64::try_from(pause.as_millis()).unwrap() + 1);
        client.deliver_due().await;
        assert_eq!(street.world.applications(), 1);
    }
}

#[tokio::test]
async fn not_reached_says_which_way_to_the_screen() {
    let street = Street::new().await;
    let (client, _) = street.saved().await;
    street.proxy.set("GET", "/v1/ping", 1, Fault::CutReply(0));
    assert_eq!(client.deliver_due().await, not_reached(Connection::Offline));
    street.proxy.set("GET", "/v1/ping", 1, Fault::Answer(html(503)));
    assert_eq!(client.deliver_due().await, not_reached(Connection::Offline), "busy at the door");
    assert_eq!(street.world.network.deliveries(), 0);
}

#[tokio::test]
async fn an_envelope_that_some_box_does_not_let_through_delays_no_other() {
    let street = Street::new().await;
    let (client, held) = street.saved().await;
    let person = Person { client: &client, shop: 1 };
    let other = person.apply_again(&street.world.code()).await;
    let path = format!("{ENVELOPES}{}", held.case_id);
    street.proxy.set("PUT", path, usize::MAX, Fault::Answer(html(403)));
    assert!(matches!(client.deliver_due().await, TurnEnd::Rest(_)), "the way is good");
    assert_eq!(state(&client, &other).await, CaseState::Delivered);
    assert_eq!(state(&client, &held).await, CaseState::Queued);
    street.proxy.clear();
    client.send_now(FIRST_PAGE).await.unwrap();
    client.deliver_due().await;
    assert_eq!(state(&client, &held).await, CaseState::Delivered);
    assert_eq!(street.world.applications(), 2);
}
