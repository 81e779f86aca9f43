use resvg::usvg::fontdb::Database;
use resvg::usvg::{Group, Node, Rect, roxmltree};

use super::*;

fn content() -> PosterContent {
    PosterContent {
        bank_name: "临泉农商银行".into(),
        bank_name_en: "Linquan Rural Commercial Bank".into(),
        branch_name: "临泉路支行".into(),
        branch_phone: "0558-555 0101".into(),
        branch_address: "临泉县临泉路 18 号".into(),
        branch_number: "LQ01-7".into(),
        headline: "小店要用钱，扫一扫就能申请".into(),
        headline_en: "Need funds for your shop? Scan to apply.".into(),
        apr_from: "3.85".into(),
        apr_to: "6.00".into(),
        amount_from: "1万".into(),
        amount_to: "50万元".into(),
        term: "最长36个月".into(),
        valid_until: "2027年12月31日".into(),
        app_name: "三步贷".into(),
        code: PosterCode {
            prefix: "HTTPS://APPLY.LINQUANBANK.EXAMPLE/T/".into(),
            digits: "73029155400281644177093522612849".repeat(11),
        },
    }
}

/// Every text as long as a bank could make it.
fn crowded() -> PosterContent {
    PosterContent {
        bank_name: "临泉县城乡统筹发展农村商业银行股份有限公司".into(),
        bank_name_en: "Linquan County Urban and Rural Development Rural Commercial Bank Co., Ltd."
            .into(),
        branch_name: "临泉县经济技术开发区中原农产品批发市场支行".into(),
        branch_phone: "0558-555 0101 转 8026（工作日 8:30–17:30）".into(),
        branch_address: "安徽省阜阳市临泉县经济技术开发区临泉路与迎宾大道交叉口东北角 1018 号 1 层"
            .into(),
        branch_number: "LQXQ-ZYNCP-0123456".into(),
        headline: "小店要用钱，批发市场的摊主扫一扫，当天就能申请".into(),
        headline_en:
            "Need funds for your shop, your stall, your workshop or your farm? Scan the code."
                .into(),
        apr_from: "12.85".into(),
        apr_to: "16.005".into(),
        amount_from: "5000元".into(),
        amount_to: "1000万元".into(),
        term: "最短3个月，最长120个月".into(),
        valid_until: "2027年12月31日24时".into(),
        app_name: "临泉农村商业银行三步贷".into(),
        ..content()
    }
}

fn fonts() -> Fonts {
    Fonts::of_system().unwrap()
}

fn boxes(group: &Group, found: &mut Vec<(String, Rect)>) {
    for node in group.children() {
        match node {
            Node::Group(group) => boxes(group, found),
            Node::Text(text) => {
                let words = text.chunks().iter().map(|chunk| chunk.text()).collect();
                // The ink in millimetres, not the line box with its room for accents.
                found.push((words, text.flattened().abs_bounding_box()));
            }
            Node::Path(_) | Node::Image(_) => {}
        }
    }
}

#[test]
fn the_png_reads_back_as_the_code() {
    for content in [content(), crowded()] {
        let png = render(&content, PosterFormat::Png).unwrap();
        let frame = lens::read_photo(&png).unwrap();
        assert_eq!((frame.width(), frame.height()), (2480, 3508));
        let found = lens::decode(&frame, lens::Effort::Photo);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].text, content.code.text());
    }
}

#[test]
fn the_pdf_is_one_a4_page_with_text() {
    let pdf = render(&content(), PosterFormat::Pdf).unwrap();
    assert!(pdf.starts_with(b"%PDF-"));
    let plain = String::from_utf8_lossy(&pdf);
    assert_eq!(plain.matches("/Type /Page\n").count(), 1);
    assert!(plain.contains("/Count 1"));
    assert!(plain.contains("/ToUnicode"), "the text can be searched and read aloud");
    assert!(pdf.len() < 2_000_000, "{} bytes", pdf.len());
}

#[test]
fn hostile_texts_stay_text() {
    let hostile = "</text><script>alert('1')</script>&amp;\u{0}\u{FFFF}\"";
    let content = PosterContent {
        bank_name: hostile.into(),
        branch_name: hostile.into(),
        branch_phone: hostile.into(),
        term: hostile.into(),
        ..content()
    };
    let svg = String::from_utf8(render(&content, PosterFormat::Svg).unwrap()).unwrap();
    let document = roxmltree::Document::parse(&svg).unwrap();
    assert!(document.descendants().all(|node| !node.has_tag_name("script")));
    let shown = document.descendants().filter_map(|node| node.text());
    assert!(
        shown.into_iter().any(|text| text.starts_with("</text><script>alert('1')</script>&amp;"))
    );
}

#[test]
fn no_text_leaves_the_paper_or_touches_another() {
    let fonts = fonts();
    for content in [content(), crowded()] {
        let svg = sheet::draw(&content).unwrap();
        let tree = press::parsed(&svg, &fonts).unwrap();
        let mut found = Vec::new();
        boxes(tree.root(), &mut found);
        assert!(found.len() > 18);
        for (at, (words, area)) in found.iter().enumerate() {
            let inside = area.left() >= 16.0
                && area.right() <= 210.0 - 16.0
                && area.top() >= 12.0
                && area.bottom() <= 297.0 - 7.0;
            assert!(inside, "{words} at {area:?}");
            for (others, other) in &found[at + 1..] {
                let apart = area.right() <= other.left()
                    || other.right() <= area.left()
                    || area.bottom() <= other.top()
                    || other.bottom() <= area.top();
                assert!(apart, "{words} at {area:?} touches {others} at {other:?}");
            }
        }
    }
}

#[test]
fn the_yearly_rate_is_the_largest_figure() {
    let svg = sheet::draw(&content()).unwrap();
    let document = roxmltree::Document::parse(&svg).unwrap();
    let size_of = |wanted: &str| {
        let mut texts = document.descendants().filter(|node| node.tag_name().name() == "text");
        let node = texts.find(|node| node.text() == Some(wanted)).unwrap();
        node.attribute("font-size").unwrap().parse::<f64>().unwrap()
    };
    let rate = size_of("3.85%–6.00%");
    assert!(rate > size_of("1万–50万元") && rate > size_of("最长36个月"));
}

#[test]
fn one_rate_is_printed_once() {
    let content = PosterContent { apr_to: "3.85".into(), ..content() };
    let svg = sheet::draw(&content).unwrap();
    assert!(svg.contains(">3.85%<"));
}

#[test]
fn a_machine_without_a_chinese_font_says_what_to_install() {
    let error = Fonts::of(Database::new()).unwrap_err();
    assert!(matches!(error, PosterError::NoChineseFont));
    assert!(error.to_string().contains("fonts-noto-cjk"));
}

#[test]
fn a_character_that_no_font_has_is_refused_and_not_left_blank() {
    let content = PosterContent { branch_name: "\u{10FFFD}支行".into(), ..content() };
    let error = render_with(&content, PosterFormat::Png, &fonts()).unwrap_err();
    assert!(matches!(error, PosterError::NoChineseFont));
}

#[test]
fn the_format_follows_from_the_file_extension() {
    assert_eq!(PosterFormat::from_extension("PNG"), Some(PosterFormat::Png));
    assert_eq!(PosterFormat::from_extension("svg"), Some(PosterFormat::Svg));
    assert_eq!(PosterFormat::from_extension("pdf"), Some(PosterFormat::Pdf));
    assert_eq!(PosterFormat::from_extension("docx"), None);
}

/// Writes the samples to look at: `SANBU_POSTER_OUT=/tmp/out cargo test -p bank samples`.
#[test]
fn samples_are_written_where_asked() {
    let Some(folder) = std::env::var_os("SANBU_POSTER_OUT").map(std::path::PathBuf::from) else {
        return;
    };
    let fonts = fonts();
    for (name, content) in [("plain", content()), ("crowded", crowded())] {
        for (format, extension) in
            [(PosterFormat::Png, "png"), (PosterFormat::Pdf, "pdf"), (PosterFormat::Svg, "svg")]
        {
            let bytes = render_with(&content, format, &fonts).unwrap();
            std::fs::write(folder.join(name).with_extension(extension), bytes).unwrap();
        }
    }
}
