use super::*;
use crate::{
    Text,
    consent::{Answer, ConsentRecord, Link},
    notice::DataKind,
    sample,
};
use seal::SigningKey;

/// A notice whose strings all differ, in both languages, so that none can stand for another.
fn notice(id: &str) -> Notice {
    let mut notice = sample::notice(id, DataKind::Tax);
    let mut count = 0;
    let mut next = || {
        count += 1;
        Text::new(format!("{id}第{count}句"), format!("{id} sentence {count}"))
    };
    notice.adverse_effect = Some(next());
    notice.question = next();
    notice.lines.iter_mut().for_each(|(_, text)| *text = next());
    (notice.agree, notice.refuse, notice.if_refused) = (next(), next(), next());
    notice.necessary_because = Some(next());
    notice.full_text.iter_mut().for_each(|(_, text)| *text = next());
    notice
}

fn answered(notice: &Notice, locale: Locale, event: Event) -> VerifiedRecord {
    let answer = Answer { locale, event, ..sample::answer() };
    let link = Link { record_id: [0xab; 16], prev: None, device_seq: 1 };
    let bank = sample::catalogue().bank;
    signed(&ConsentRecord::of(notice, &bank, answer, sample::device().id(), link))
}

fn signed(record: &ConsentRecord) -> VerifiedRecord {
    let device = sample::device();
    VerifiedRecord::verify(&record.sign(&device), &device.public()).unwrap()
}

fn end(record: &VerifiedRecord, event: Event) -> VerifiedRecord {
    let link = Link { record_id: [2; 16], prev: None, device_seq: 2 };
    let mut times = record.times;
    times.wall = times.wall.plus_millis(60_000);
    signed(&record.ended(event, link, record.manner.clone(), times))
}

fn copy(notice: &Notice, record: &VerifiedRecord, end: Option<&VerifiedRecord>) -> Vec<Block> {
    copy_of(&sample::catalogue(), &[Copied { record, notice, end }]).unwrap()
}

fn fact<'b>(blocks: &'b [Block], label: &str) -> &'b str {
    &blocks.iter().find(|block| block.label.as_deref() == Some(label)).unwrap().text
}

#[test]
fn every_string_of_the_notice_stands_on_the_copy_in_its_language_and_once() {
    for locale in Locale::ALL {
        let notice = notice("a");
        let blocks = copy(&notice, &answered(&notice, locale, Event::Given), None);
        let all = blocks.iter().map(|b| b.text.as_str()).collect::<Vec<_>>().join("\n");
        for word in notice.words(locale) {
            let stands = |text: &str| text == word || text.contains(&format!("“{word}”"));
            let count = all.lines().filter(|line| stands(line)).count();
            assert_eq!(count, 1, "{word}");
        }
        let other = Locale::ALL.into_iter().find(|other| *other != locale).unwrap();
        assert!(notice.words(other).iter().all(|word| !all.contains(word)), "{locale:?}");
    }
}

#[test]
fn what_the_record_fixes_stands_on_the_copy_as_people_say_it() {
    let notice = notice("a");
    let record = answered(&notice, Locale::ZhHans, Event::Given);
    let blocks = copy(&notice, &record, None);
    for (label, text) in [
        ("哪家店", sample::enterprise_code()),
        ("交给谁", "行".into()),
        ("数据项", "x（来自 s）".into()),
        ("哪段时间", "2025年11月22日到2026年11月22日".into()),
        ("查几次", "1 次".into()),
        ("查到哪天", "2026年12月22日 10:00（北京时间）".into()),
        ("查到的留多久", "没批：从那天起留 30 天，到期删除".into()),
        ("公布在", "https://b.example/n/a/1".into()),
        ("授权书指纹", notice.digest(Locale::ZhHans).to_hex()),
        ("记录编号", "ab".repeat(16)),
        ("凭证指纹", record.digest().to_hex()),
    ] {
        assert_eq!(fact(&blocks, label), text, "{label}");
    }
    let blocks = copy(&notice, &answered(&notice, Locale::En, Event::Given), None);
    assert_eq!(fact(&blocks, "Which months"), "22 November 2025 to 22 November 2026");
    assert_eq!(fact(&blocks, "Read until"), "22 December 2026, 10:00 (Beijing time)");
    for (event, said) in [(Event::Given, "同意的范围"), (Event::Refused, "没同意，这些都不查")]
    {
        let blocks = copy(&notice, &answered(&notice, Locale::ZhHans, event), None);
        let scope = blocks.iter().position(|block| block.text.contains(said)).unwrap();
        assert_eq!(blocks[scope + 1].label.as_deref(), Some("哪家店"), "{said}");
    }
}

#[test]
fn the_answer_and_its_end_are_told_with_their_times() {
    let notice = notice("a");
    let told = |record: &VerifiedRecord, end: Option<&VerifiedRecord>| -> Vec<String> {
        let blocks = copy(&notice, record, end);
        blocks.into_iter().filter(|b| b.style == Style::Answer).map(|b| b.text).collect()
    };
    let given = answered(&notice, Locale::ZhHans, Event::Given);
    let refused = answered(&notice, Locale::ZhHans, Event::Refused);
    assert_eq!(told(&given, None), ["已同意，2026年11月22日 10:00（北京时间）"]);
    assert_eq!(told(&refused, None), ["没同意，2026年11月22日 10:00（北京时间）"]);
    for (event, word) in [
        (Event::Withdrawn, "已撤回"),
        (Event::Expired, "已到期"),
        (Event::Superseded, "已重新问过"),
    ] {
        let ended = told(&given, Some(&end(&given, event)));
        assert_eq!(ended[1], format!("{word}，2026年11月22日 10:01（北京时间）"));
    }
}

#[test]
fn a_copy_says_whom_to_call_and_where_to_press() {
    let notice = notice("a");
    for locale in Locale::ALL {
        let blocks = copy(&notice, &answered(&notice, locale, Event::Given), None);
        let all: String = blocks.iter().map(|block| block.text.as_str()).collect();
        let press = match locale {
            Locale::ZhHans => ["“我的授权”", "“撤回”", "打行电话 1，", "打支行电话 1。"],
            Locale::En => ["“My consents”", "“Withdraw”", "call 行, 1,", "call 支行, 1."],
        };
        for word in press {
            assert!(all.contains(word), "{word}");
        }
    }
}

#[test]
fn nothing_is_copied_that_the_record_does_not_prove() {
    let (notice, other) = (notice("a"), notice("b"));
    let record = answered(&notice, Locale::ZhHans, Event::Given);
    let withdrawn = end(&record, Event::Withdrawn);
    let of = |record: &VerifiedRecord, notice: &Notice, end: Option<&VerifiedRecord>| {
        copy_of(&sample::catalogue(), &[Copied { record, notice, end }]).err()
    };
    let mut reworded = notice.clone();
    reworded.full_text[8].1.zh_hans.push('。');
    let mut newer = notice.clone();
    newer.version += 1;
    let mut more = notice.clone();
    more.months_back += 1;
    for wrong in [&other, &reworded, &newer, &more] {
        assert_eq!(of(&record, wrong, None), Some(CopyError::Words));
    }
    assert_eq!(of(&withdrawn, &notice, None), Some(CopyError::End), "an end is no answer");
    assert_eq!(of(&record, &notice, Some(&record)), Some(CopyError::End));
    let mut elsewhere = (*record).clone();
    elsewhere.record_id = [1; 16];
    let elsewhere = end(&signed(&elsewhere), Event::Withdrawn);
    assert_eq!(of(&record, &notice, Some(&elsewhere)), Some(CopyError::End));
    assert_eq!(of(&record, &notice, Some(&withdrawn)), None);
    assert_eq!(copy_of(&sample::catalogue(), &[]), Err(CopyError::Empty));
}

#[test]
fn one_records_words_that_do_not_hold_leave_no_copy_of_the_others() {
    let (notice, other) = (notice("a"), notice("b"));
    let record = answered(&notice, Locale::ZhHans, Event::Given);
    let good = Copied { record: &record, notice: &notice, end: None };
    let bad = Copied { notice: &other, ..good };
    assert_eq!(copy_of(&sample::catalogue(), &[good, bad]), Err(CopyError::Words));
}

#[test]
fn a_code_names_its_record_and_leads_a_stranger_to_the_words() {
    let notice = notice("a");
    let record = answered(&notice, Locale::ZhHans, Event::Given);
    let text = code_text("b.example", &record);
    assert!(text.starts_with("https://b.example/n/a/1#r=abab"), "{text}");
    let named = Named { record_id: [0xab; 16], digest: record.digest() };
    assert_eq!(named_in(&text, "b.example"), Some(named));
    assert_eq!(named_in(&text, "B.EXAMPLE"), Some(named));
    let blocks = copy(&notice, &record, None);
    assert!(blocks.iter().any(|block| block.style == Style::Code && block.text == text));
    // Nobody is named in it: the same person's number and shop are not there.
    assert!(!text.contains(&sample::enterprise_code()));
    for other in [
        text.replace("b.example", "c.example"),
        text.replace("/n/", "/t/"),
        text.replace("https", "http"),
        text.replace("#r=", "?r="),
        text.replace("#r=ab", "#r="),
        text.replace("#r=ab", "#r=+b"),
        format!("{text}0"),
        text[..text.len() - 1].to_owned(),
        "x".repeat(5_000),
        "https://b.example/n/a/1#r=字&d=字".into(),
        String::new(),
    ] {
        assert_eq!(named_in(&other, "b.example"), None, "{other}");
    }
}

#[test]
fn no_record_of_another_device_becomes_one() {
    let notice = notice("a");
    let record = answered(&notice, Locale::ZhHans, Event::Given);
    let stranger = SigningKey::from_seed([6; 32]).public();
    assert!(VerifiedRecord::verify(record.signed(), &stranger).is_err());
}
