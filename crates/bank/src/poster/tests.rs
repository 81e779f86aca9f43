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
        app_name: "临泉农村商业银行三步贷".into(),
        ..content()
    }
}

fn fonts() -> Fonts {
    Fonts::of_system().unwrap()
}

fn piece(content: &PosterContent, size: Size) -> Piece<'_> {
    Piece { content, size, distance: None, number: None }
}

/// The drawing of a piece in its own millimetres.
fn drawing(piece: &Piece<'_>) -> String {
    Page::of(piece, Some("第 3 页 共 40 页 · 编号 0003")).unwrap().svg()
}

fn a4(content: &PosterContent) -> String {
    drawing(&piece(content, Size::A4))
}

fn distance(text: &str) -> Distance {
    text.parse().unwrap()
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
    let hostile = "</text><script>1</script>&lt;\u{0}\u{FFFF}\"";
    let content = PosterContent {
        bank_name: hostile.into(),
        branch_name: hostile.into(),
        branch_phone: hostile.into(),
        ..content()
    };
    let svg = String::from_utf8(render(&content, PosterFormat::Svg).unwrap()).unwrap();
    let document = roxmltree::Document::parse(&svg).unwrap();
    assert!(document.descendants().all(|node| !node.has_tag_name("script")));
    let shown = document.descendants().filter_map(|node| node.text());
    assert!(shown.into_iter().any(|text| text.starts_with("</text><script>1</script>&lt;")));
}

/// Texts of a page, in millimetres.
fn texts(svg: &str, fonts: &Fonts) -> Vec<(String, Rect)> {
    let tree = press::parsed(svg, fonts).unwrap();
    let mut found = Vec::new();
    boxes(tree.root(), &mut found);
    found
}

#[test]
fn no_text_leaves_the_paper_or_touches_another_or_the_code() {
    let fonts = fonts();
    for content in [content(), crowded()] {
        for size in Size::ALL {
            for far in [false, true] {
                let mut piece = Piece { number: Some(10_000), ..piece(&content, size) };
                if far && matches!(size, Size::A3 | Size::A4) {
                    piece.distance = Some(distance("0.75m"));
                }
                let found = texts(&drawing(&piece), &fonts);
                assert!(found.len() >= 8, "{size}");
                let (width, height) = size.paper_mm();
                let edge = if size.is_sticker() { 2.0 } else { 7.0 } as f32;
                for (at, (words, area)) in found.iter().enumerate() {
                    let inside = area.left() >= edge
                        && area.right() <= width as f32 - edge
                        && area.top() >= edge
                        && area.bottom() <= height as f32 - edge;
                    assert!(inside, "{size}: {words} at {area:?}");
                    for (others, other) in &found[at + 1..] {
                        let apart = area.right() <= other.left()
                            || other.right() <= area.left()
                            || area.bottom() <= other.top()
                            || other.bottom() <= area.top();
                        assert!(apart, "{size}: {words} {area:?} touches {others} {other:?}");
                    }
                }
            }
        }
    }
}

#[test]
fn no_type_is_smaller_than_people_can_read() {
    for content in [content(), crowded()] {
        for size in Size::ALL {
            let svg = drawing(&Piece { number: Some(3), ..piece(&content, size) });
            let document = roxmltree::Document::parse(&svg).unwrap();
            let least = if size.is_sticker() { 2.4 } else { 3.3 };
            let sizes = document.descendants().filter_map(|node| node.attribute("font-size"));
            for written in sizes {
                assert!(written.parse::<f64>().unwrap() >= least, "{size}: {written}");
            }
        }
    }
}

#[test]
fn a_name_that_would_be_too_small_to_read_is_refused() {
    let content = PosterContent { bank_name: "长".repeat(31), ..content() };
    for size in Size::ALL {
        let error = Page::of(&piece(&content, size), None).unwrap_err();
        assert!(matches!(error, PosterError::TextTooLong { .. }), "{size}: {error}");
        assert!(error.to_string().contains("shorten it in the catalogue"));
    }
}

#[test]
fn a_sticker_says_who_how_how_long_and_how_far() {
    for size in [Size::Sticker80x100, Size::Sticker60x80] {
        let svg = drawing(&Piece { number: Some(3), ..piece(&content(), size) });
        for words in [
            "临泉农商银行",
            "临泉路支行",
            "用「三步贷」App 扫",
            "扫不了？输网点号 LQ01-7",
            "放款前不收费，先要钱的是骗子",
            "有效期至 2027年12月31日",
            "厘米内扫",
            ">0003<",
        ] {
            assert!(svg.contains(words), "{size}: {words}");
        }
    }
}

#[test]
fn every_size_reads_back_from_its_picture() {
    let fonts = fonts();
    let content = content();
    for size in [Size::A5, Size::Sticker80x100, Size::Sticker60x80] {
        let page = Page::of(&piece(&content, size), None).unwrap();
        let png = render_page(&page, PosterFormat::Png, &fonts).unwrap();
        let frame = lens::read_photo(&png).unwrap();
        let (width, _) = size.paper_mm();
        assert_eq!(f64::from(frame.width()), (width * 300.0 / 25.4).round());
        let found = lens::decode(&frame, lens::Effort::Photo);
        assert_eq!(found[0].text, content.code.text(), "{size}");
    }
}

#[test]
fn a_code_that_something_covers_is_not_printed() {
    let content = content();
    let mut page = Page::of(&piece(&content, Size::Sticker60x80), None).unwrap();
    page.codes[0].text.push('1');
    let error = render_page(&page, PosterFormat::Pdf, &fonts()).unwrap_err();
    assert!(matches!(error, PosterError::NotReadBack));
}

#[test]
fn what_hangs_farther_off_gets_a_larger_code_or_is_refused_with_a_way_out() {
    let content = content();
    let at = |size, metres| {
        let distance = Some(distance(metres));
        Page::of(&Piece { distance, ..piece(&content, size) }, None)
    };
    let module = |page: Page| page.codes[0].module_mm;
    let (usual, far) =
        (module(at(Size::A4, "0.3m").unwrap()), module(at(Size::A4, "0.75m").unwrap()));
    assert!(usual < distance("0.75m").least_module_mm());
    assert!(far >= distance("0.75m").least_module_mm());
    assert!(module(at(Size::A3, "1m").unwrap()) >= distance("1m").least_module_mm());
    for (size, metres, way_out) in [
        (Size::Sticker60x80, "0.3m", "use size 80x100, or a shorter distance"),
        (Size::Sticker60x80, "40cm", "up to 0.25 m, not 0.4 m; use size a5"),
        (Size::A5, "0.7m", "use size a4"),
        (Size::A4, "1m", "use size a3"),
        (Size::A4, "5m", "the largest paper, a3, is read up to 1.2 m"),
    ] {
        let message = at(size, metres).unwrap_err().to_string();
        assert!(message.contains(way_out), "{message}");
    }
}

#[test]
fn stickers_share_a_sheet_and_each_is_read_back() {
    let (first, second) = (content(), crowded());
    let second = PosterContent { code: sample_code(), ..second };
    for size in [Size::Sticker80x100, Size::Sticker60x80] {
        let pieces = [piece(&first, size), piece(&second, size), piece(&first, size)];
        let page = Page::of_stickers(size, &pieces, Some("第 1 页 共 1 页")).unwrap();
        assert_eq!(page.paper_mm(), Size::A4.paper_mm());
        let texts: Vec<_> = page.codes.iter().map(|code| code.text.clone()).collect();
        let (a, b) = (first.code.text(), second.code.text());
        assert_eq!(texts, [a.clone(), b, a]);
        assert!(render_page(&page, PosterFormat::Pdf, &fonts()).is_ok());
    }
    assert!(Page::of_stickers(Size::A4, &[], None).is_err());
}

#[test]
fn pages_share_their_fonts() {
    let fonts = fonts();
    let content = content();
    let page = || Page::of(&piece(&content, Size::A5), None).unwrap();
    let mut press = Press::new(&fonts, "三步");
    let one = render_page(&page(), PosterFormat::Pdf, &fonts).unwrap().len();
    for _ in 0..5 {
        press.print(&page()).unwrap();
    }
    let pdf = press.finish().unwrap();
    let plain = String::from_utf8_lossy(&pdf);
    assert_eq!(plain.matches("/Type /Page\n").count(), 5);
    assert!(pdf.len() < 3 * one, "{} bytes for five pages, {one} for one", pdf.len());
}

#[test]
fn the_yearly_rate_is_the_largest_figure() {
    let svg = a4(&content());
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
    let svg = a4(&content);
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
