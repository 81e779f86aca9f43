//! The owner's copy of a consent is there at once, with no network, and says only what is proved.

use client::ipc::*;
use data_encoding::BASE64;
use sanbu_tests::{World, network::Fault, world::Person};
use wire::problem::ProblemCode;

fn of_case(case: &CaseView) -> CopyRequest {
    CopyRequest { of: CopyOf::Case, id: case.case_id.clone() }
}

fn of_record(record: &ConsentRecordView) -> CopyRequest {
    CopyRequest { of: CopyOf::Record, id: record.record_id.clone() }
}

fn codes(copy: &CopyView) -> Vec<String> {
    let codes = copy.blocks.iter().filter(|block| block.style == CopyStyle::Code);
    codes.map(|block| block.text.clone()).collect()
}

/// A sheet with every word of a copy on it, drawn by nobody.
fn sheet(copy: &CopyView, image: &[u8]) -> CopySheetRequest {
    let line = |text: String| CopyLineRequest { text, x: 10, y: 20, width: 30, size: 10 };
    let words = copy.blocks.iter().flat_map(|block| {
        let text = (block.style != CopyStyle::Code).then(|| block.text.clone());
        block.label.clone().into_iter().chain(text)
    });
    CopySheetRequest {
        image: BASE64.encode(image),
        width: 1588,
        height: 2246,
        lines: words.map(line).collect(),
    }
}

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n drawn";
const JPEG: &[u8] = b"\xff\xd8\xff drawn";

#[tokio::test]
async fn a_copy_is_there_at_once_offline_and_after_the_bank_changed_its_words() {
    let world = World::new().await;
    let client = world.device("phone").start();
    client.deliver_due().await;
    world.network.set(Fault::Down);
    let person = Person { client: &client, shop: 1 };
    let case = person.apply(&world.code(), ConsentAnswer::Give).await;
    let copy = client.consent_copy(of_case(&case)).await.unwrap();
    assert_eq!(copy.locale, Locale::ZhHans);
    assert_eq!(codes(&copy).len(), 2, "one code for each consent");

    world.network.set(Fault::None);
    world.republish(|catalogue| {
        catalogue.notices[0].version += 1;
        catalogue.notices[0].full_text[0].1.zh_hans.push_str("新的话。");
    });
    world.clock.pass_ms(2 * 24 * 3_600_000);
    client.deliver_due().await;
    assert_eq!(client.consent_copy(of_case(&case)).await.unwrap(), copy, "as it was shown");
}

#[tokio::test]
async fn a_withdrawal_stands_on_the_copy_of_its_record_only() {
    let world = World::new().await;
    let client = world.device("phone").start();
    client.deliver_due().await;
    let person = Person { client: &client, shop: 1 };
    person.apply(&world.code(), ConsentAnswer::Give).await;
    let records = client.consents().await.unwrap().records;
    let request = WithdrawConsentRequest { record_id: records[0].record_id.clone() };
    client.withdraw_consent(request).await.unwrap();
    for (record, answers) in records.iter().zip([2, 1]) {
        let copy = client.consent_copy(of_record(record)).await.unwrap();
        let told = copy.blocks.iter().filter(|block| block.style == CopyStyle::Answer);
        assert_eq!(told.count(), answers);
        let has = |text: &str| copy.blocks.iter().any(|block| block.text == text);
        assert!(has(&record.digest) && has(&record.question.zh_hans));
    }
}

#[tokio::test]
async fn a_copy_bears_nothing_that_names_a_person() {
    let world = World::new().await;
    let client = world.device("phone").start();
    client.deliver_due().await;
    let person = Person { client: &client, shop: 1 };
    let case = person.apply(&world.code(), ConsentAnswer::Give).await;
    let copy = client.consent_copy(of_case(&case)).await.unwrap();
    let said = format!("{copy:?}");
    assert!(!said.contains(&sanbu_tests::builders::mobile(1)));
    let shop = sanbu_tests::builders::enterprise_code(1);
    assert!(codes(&copy).iter().all(|code| !code.contains(&shop)), "no code names the shop");
}

#[tokio::test]
async fn a_drawn_copy_becomes_a_file_only_with_the_words_of_the_copy() {
    let world = World::new().await;
    let device = world.device("phone");
    let client = device.start();
    client.deliver_due().await;
    world.network.set(Fault::Down);
    let person = Person { client: &client, shop: 1 };
    let case = person.apply(&world.code(), ConsentAnswer::Give).await;
    let copy = client.consent_copy(of_case(&case)).await.unwrap();
    let save =
        |file, sheets| client.save_copy(SaveCopyRequest { copy: of_case(&case), file, sheets });

    let picture = save(CopyFile::Picture, vec![sheet(&copy, PNG)]).await.unwrap();
    assert_eq!(picture.file_name, format!("授权书-{}.png", case.device_number));
    assert_eq!(std::fs::read(&picture.path).unwrap(), PNG);
    let pages = save(CopyFile::Pages, vec![sheet(&copy, JPEG)]).await.unwrap();
    let pdf = std::fs::read(&pages.path).unwrap();
    assert!(pages.file_name.ends_with(".pdf") && pdf.starts_with(b"%PDF-"));
    assert_eq!(pages.size_bytes, pdf.len() as u64);

    let mut less = sheet(&copy, PNG);
    less.lines.pop();
    let mut other = sheet(&copy, PNG);
    other.lines[3].text.push('不');
    let mut wide = sheet(&copy, PNG);
    wide.width = 40_000;
    for (file, sheets) in [
        (CopyFile::Picture, vec![]),
        (CopyFile::Picture, vec![less]),
        (CopyFile::Picture, vec![other]),
        (CopyFile::Picture, vec![wide]),
        (CopyFile::Picture, vec![sheet(&copy, JPEG)]),
        (CopyFile::Pages, vec![sheet(&copy, PNG)]),
        (CopyFile::Picture, vec![sheet(&copy, PNG), sheet(&copy, PNG)]),
    ] {
        assert_eq!(save(file, sheets).await.unwrap_err().code, ProblemCode::Malformed);
    }
}

#[tokio::test]
async fn what_is_not_here_has_no_copy() {
    let world = World::new().await;
    let client = world.device("phone").start();
    client.deliver_due().await;
    for (of, id) in [
        (CopyOf::Case, "00000000-0000-0000-0000-000000000000"),
        (CopyOf::Record, "00000000-0000-0000-0000-000000000000"),
        (CopyOf::Case, "not an id"),
    ] {
        let refused = client.consent_copy(CopyRequest { of, id: id.into() }).await.unwrap_err();
        assert_eq!(refused.code, ProblemCode::ConsentUnknown);
    }
}

#[tokio::test]
async fn the_code_of_a_copy_leads_to_its_consent_here_and_says_what_it_is_elsewhere() {
    let world = World::new().await;
    let client = world.device("phone").start();
    client.deliver_due().await;
    let person = Person { client: &client, shop: 1 };
    let case = person.apply(&world.code(), ConsentAnswer::Give).await;
    let codes = codes(&client.consent_copy(of_case(&case)).await.unwrap());
    let records = client.consents().await.unwrap().records;
    assert_eq!(client.consents().await.unwrap().asked, None);

    let stranger = world.device("other").start();
    stranger.deliver_due().await;
    assert_eq!(codes.len(), records.len());
    for record in &records {
        let id = record.record_id.replace('-', "");
        let names_it = |code: &&String| code.contains(&id) && code.contains(&record.digest);
        let code = codes.iter().find(names_it).unwrap();
        let request =
            || OpenCodesRequest { texts: vec!["https://example.com".into(), code.clone()] };
        let told = client.open_codes(request()).await.unwrap_err();
        assert_eq!(told.code, ProblemCode::CodeIsConsent);
        let asked = client.consents().await.unwrap().asked;
        assert_eq!(asked.as_ref(), Some(&record.record_id));
        assert_eq!(client.consents().await.unwrap().asked, None, "told once");

        let told = stranger.open_codes(request()).await.unwrap_err();
        assert_eq!(told.code, ProblemCode::CodeIsConsentElsewhere);
        assert_eq!(stranger.consents().await.unwrap().asked, None);
    }
    // Another digest than the record's: somebody changed the code or the record.
    let digest = &records[0].digest;
    let code = codes.iter().find(|code| code.contains(digest)).unwrap();
    let turned: String = digest.chars().rev().collect();
    let request = OpenCodesRequest { texts: vec![code.replace(digest, &turned)] };
    let told = client.open_codes(request).await.unwrap_err();
    assert_eq!(told.code, ProblemCode::CodeIsConsentElsewhere);
}
