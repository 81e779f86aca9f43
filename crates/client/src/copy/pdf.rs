//! Drawn pages to a PDF: each a picture, with its words over it unseen, so that they can be
//! searched, copied and read aloud.
//!
//! The words are set in a font that the file does not hold, in text rendering mode 3, which paints
//! nothing (ISO 32000-2, 9.3.6). A code is the place of its letter among those used; a `ToUnicode` map
//! says which letter that is.

use pdf_writer::{
    Content, Filter, Finish, Name, Pdf, Rect, Ref, Str, TextStr,
    types::{CidFontType, FontFlags, SystemInfo, TextRenderingMode, UnicodeCmap},
};
use std::collections::{BTreeMap, BTreeSet};
use wire::ipc::CopyLineRequest;

/// Width of A4, points: 210 mm.
const A4_WIDTH_PT: f32 = 595.28;
/// The font that is named and not there.
const UNSEEN: Name<'_> = Name(b"SanbuUnseen");

/// A drawn page. Lengths are pixels.
pub(super) struct Sheet<'a> {
    /// JPEG.
    pub image: Vec<u8>,
    pub width: u32,
    pub height: u32,
    pub lines: &'a [CopyLineRequest],
}

/// A PDF of pages as wide as A4.
pub(super) fn of(sheets: &[Sheet<'_>]) -> Vec<u8> {
    let mut pdf = Pdf::new();
    let mut last = 0;
    let mut next = || {
        last += 1;
        Ref::new(last)
    };
    let (catalog, tree, font) = (next(), next(), next());
    let ids: Vec<[Ref; 3]> = sheets.iter().map(|_| [next(), next(), next()]).collect();
    pdf.catalog(catalog).pages(tree).lang(TextStr("zh-CN"));
    let count = i32::try_from(sheets.len()).unwrap_or(i32::MAX);
    pdf.pages(tree).kids(ids.iter().map(|[page, ..]| *page)).count(count);
    let used = codes_of(sheets);
    unseen_font(&mut pdf, font, [next(), next(), next()], &used);
    for (sheet, [page_id, image_id, content_id]) in sheets.iter().zip(ids) {
        let scale = A4_WIDTH_PT / px(sheet.width);
        let height = px(sheet.height) * scale;
        let mut page = pdf.page(page_id);
        page.media_box(Rect::new(0.0, 0.0, A4_WIDTH_PT, height)).parent(tree).contents(content_id);
        let mut resources = page.resources();
        resources.x_objects().pair(Name(b"Sheet"), image_id);
        resources.fonts().pair(UNSEEN, font);
        resources.finish();
        page.finish();
        let mut image = pdf.image_xobject(image_id, &sheet.image);
        image.filter(Filter::DctDecode);
        image.width(side(sheet.width)).height(side(sheet.height)).bits_per_component(8);
        image.color_space().device_rgb();
        image.finish();
        pdf.stream(content_id, &content(sheet, &used, scale, height));
    }
    pdf.finish()
}

/// The code of each letter used.
type Codes = BTreeMap<char, u16>;

fn codes_of(sheets: &[Sheet<'_>]) -> Codes {
    let lines = sheets.iter().flat_map(|sheet| sheet.lines);
    let letters: BTreeSet<char> = lines.flat_map(|line| line.text.chars()).collect();
    // Code 0 is no letter. More than 65,535 different ones do not exist in these languages.
    letters.into_iter().zip(1..=u16::MAX).collect()
}

fn content(sheet: &Sheet<'_>, used: &Codes, scale: f32, height: f32) -> Vec<u8> {
    let mut content = Content::new();
    content.save_state();
    content.transform([A4_WIDTH_PT, 0.0, 0.0, height, 0.0, 0.0]);
    content.x_object(Name(b"Sheet"));
    content.restore_state();
    content.begin_text().set_text_rendering_mode(TextRenderingMode::Invisible);
    for line in sheet.lines {
        let codes = line.text.chars().filter_map(|letter| used.get(&letter));
        let codes: Vec<u8> = codes.flat_map(|code| code.to_be_bytes()).collect();
        let size = px(line.size.max(1)) * scale;
        // Each code is as wide as the type is high; the line is squeezed to the width it was drawn in.
        let natural = size * px(u32::try_from(codes.len() / 2).unwrap_or(1).max(1));
        content.set_font(UNSEEN, size);
        content.set_horizontal_scaling(100.0 * px(line.width) * scale / natural);
        let (x, y) = (px(line.x) * scale, height - px(line.y) * scale);
        content.set_text_matrix([1.0, 0.0, 0.0, 1.0, x, y]).show(Str(&codes));
    }
    content.end_text();
    content.finish().into_vec()
}

fn unseen_font(pdf: &mut Pdf, font: Ref, [letters, descriptor, map]: [Ref; 3], used: &Codes) {
    let system = SystemInfo { registry: Str(b"Adobe"), ordering: Str(b"Identity"), supplement: 0 };
    pdf.type0_font(font)
        .base_font(UNSEEN)
        .encoding_predefined(Name(b"Identity-H"))
        .descendant_font(letters)
        .to_unicode(map);
    pdf.cid_font(letters)
        .subtype(CidFontType::Type2)
        .base_font(UNSEEN)
        .system_info(system)
        .font_descriptor(descriptor)
        .default_width(1000.0)
        .cid_to_gid_map_predefined(Name(b"Identity"));
    pdf.font_descriptor(descriptor)
        .name(UNSEEN)
        .flags(FontFlags::SYMBOLIC)
        .bbox(Rect::new(0.0, -200.0, 1000.0, 800.0))
        .italic_angle(0.0)
        .ascent(800.0)
        .descent(-200.0)
        .cap_height(800.0)
        .stem_v(80.0);
    let name = Name(b"Sanbu-UTF16");
    let mut unicode = UnicodeCmap::<u16>::new(name, system);
    for (letter, code) in used {
        unicode.pair(*code, *letter);
    }
    pdf.cmap(map, &unicode.finish()).name(name).system_info(system);
}

/// Pixels are at most 32,767, which `f32` holds exactly.
#[allow(clippy::cast_precision_loss)]
fn px(length: u32) -> f32 {
    length as f32
}

fn side(length: u32) -> i32 {
    i32::try_from(length).unwrap_or(i32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str, y: u32) -> CopyLineRequest {
        CopyLineRequest { text: text.into(), x: 100, y, width: 300, size: 30 }
    }

    /// The file in letters; what is no letter does not matter here.
    fn file(sheets: &[Sheet<'_>]) -> String {
        String::from_utf8_lossy(&of(sheets)).into_owned()
    }

    #[test]
    fn a_page_is_as_wide_as_a4_and_holds_its_picture_as_it_came() {
        let lines = [line("授权", 100)];
        let image = b"\xff\xd8\xff drawn".to_vec();
        let sheet = Sheet { image: image.clone(), width: 1588, height: 2246, lines: &lines };
        let bytes = of(&[sheet]);
        let text = String::from_utf8_lossy(&bytes);
        assert!(text.starts_with("%PDF-") && text.trim_end().ends_with("%%EOF"));
        assert!(text.contains("/MediaBox [0 0 595.28 841.9"), "{text}");
        assert!(bytes.windows(image.len()).any(|part| part == image));
    }

    #[test]
    fn words_lie_over_the_picture_unseen_and_each_letter_is_named_once() {
        let lines = [line("授权授权", 100), line("𠮷", 200)];
        let sheet = || Sheet { image: Vec::new(), width: 1588, height: 2246, lines: &lines };
        let text = file(&[sheet(), sheet()]);
        assert_eq!(text.matches("3 Tr").count(), 2, "invisible on each page");
        assert_eq!(text.matches("beginbfchar").count(), 1);
        for letter in ["<6388>", "<6743>", "<D842DFB7>"] {
            assert_eq!(text.matches(letter).count(), 1, "{letter}");
        }
        assert!(text.contains("/Count 2"));
    }
}
