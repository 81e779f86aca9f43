//! What was once said must be understood for ever: every fixture decodes, and encodes to itself.

use serde::{Serialize, de::DeserializeOwned};
use wire::{bank::ApplicationStatus, ipc, problem::Problem, trust::Trust};

fn understood<T: Serialize + DeserializeOwned>(json: &str) {
    let value: T = serde_json::from_str(json).expect("a released shape still decodes");
    let before: serde_json::Value = serde_json::from_str(json).expect("JSON");
    assert_eq!(serde_json::to_value(&value).expect("encodes"), before);
}

#[test]
fn answers_of_version_1_are_understood() {
    understood::<ipc::HomeView>(include_str!("../fixtures/v1/home_view.json"));
    understood::<ipc::DraftView>(include_str!("../fixtures/v1/draft_view.json"));
    understood::<ipc::CaseView>(include_str!("../fixtures/v1/case_view_queued.json"));
    understood::<ipc::CaseView>(include_str!("../fixtures/v1/case_view_delivered.json"));
    understood::<ipc::OutboxView>(include_str!("../fixtures/v1/outbox_view.json"));
    understood::<ipc::ConsentsView>(include_str!("../fixtures/v1/consents_view.json"));
    understood::<ipc::CaseRequest>(include_str!("../fixtures/v1/case_request.json"));
    understood::<Problem>(include_str!("../fixtures/v1/problem_rules.json"));
    understood::<ApplicationStatus>(include_str!("../fixtures/v1/application_status.json"));
    understood::<Trust>(include_str!("../fixtures/v1/trust.json"));
    understood::<Trust>(include_str!("../fixtures/v1/trust_https.json"));
}

#[test]
fn codes_keep_their_names_on_the_wire() {
    use wire::problem::{ProblemCode, ViolationCode};
    let problems: Vec<_> = ProblemCode::ALL.iter().map(|code| code.as_str()).collect();
    let rules: Vec<_> = ViolationCode::ALL.iter().map(|code| code.as_str()).collect();
    insta::assert_json_snapshot!("problem_codes", problems);
    insta::assert_json_snapshot!("violation_codes", rules);
    for code in ProblemCode::ALL {
        assert_eq!(serde_json::to_value(code).expect("encodes"), code.as_str());
    }
}

#[test]
fn requests_keep_their_shapes() {
    let press = ipc::DecideConsentRequest {
        draft_id: "d".into(),
        notice_id: "n".into(),
        version: 3,
        locale: ipc::Locale::ZhHans,
        answer: ipc::ConsentAnswer::Refuse,
        dwell_ms: 1200,
        pressed_with: ipc::PressedWith::Keyboard,
        scrolled_to_end: true,
        full_text_opened: true,
        screen_width: 360,
        screen_height: 740,
        adapted: vec![ipc::Adapted::LargeType],
    };
    insta::assert_json_snapshot!("decide_consent_request", press);
    let field = ipc::SetFieldRequest {
        draft_id: "d".into(),
        field: wire::problem::Field::EnterpriseCode,
        value: "9".into(),
    };
    insta::assert_json_snapshot!("set_field_request", field);
    let preferences = ipc::SetPreferencesRequest { locale: ipc::Locale::En, large_type: true };
    insta::assert_json_snapshot!("set_preferences_request", preferences);
    insta::assert_json_snapshot!(
        "open_codes_request",
        ipc::OpenCodesRequest { texts: vec!["t".into()] }
    );
    let branch = ipc::EnterBranchRequest { number: "LQ01-9".into() };
    insta::assert_json_snapshot!("enter_branch_request", branch);
    insta::assert_json_snapshot!("draft_request", ipc::DraftRequest { draft_id: "d".into() });
    let withdraw = ipc::WithdrawConsentRequest { record_id: "r".into() };
    insta::assert_json_snapshot!("withdraw_consent_request", withdraw);
    let passphrase = ipc::PassphraseRequest { passphrase: "p".into() };
    assert!(!format!("{passphrase:?}").contains("\"p\""), "a passphrase cannot be logged");
    insta::assert_json_snapshot!("passphrase_request", passphrase);
}
