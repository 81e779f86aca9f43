//! From the drawing to a file: fonts, PNG, PDF.

use std::sync::Arc;

use resvg::tiny_skia::Pixmap;
use resvg::usvg::fontdb::{Database, Family, Query, Source, Weight};
use resvg::usvg::{Group, Node, Options, Transform, Tree};
use svg2pdf::{ConversionOptions, PageOptions};

use super::PosterError;

/// A4 at 300 dpi.
const PNG_SIZE_PX: (u32, u32) = (2480, 3508);
/// 300 dpi in pixels a metre, for the PNG's own mark.
const PNG_PIXELS_PER_M: u32 = 11_811;
/// CSS pixels an inch: what the renderer makes of millimetres.
const CSS_DPI: f32 = 96.0;

/// Families known to hold simplified Chinese, best first.
const KNOWN: [&str; 6] = [
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "PingFang SC",
    "Microsoft YaHei",
    "WenQuanYi Micro Hei",
];

/// Fonts to set a poster in.
#[derive(Clone)]
pub struct Fonts(Arc<Database>);

impl std::fmt::Debug for Fonts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Fonts({} faces)", self.0.len())
    }
}

impl Fonts {
    /// Finds the fonts installed on this machine.
    ///
    /// Prefers a family known for Chinese; without one, every font is kept and the renderer looks
    /// for one that has the characters.
    ///
    /// # Errors
    ///
    /// [`PosterError::NoChineseFont`] when no font is installed at all. That none has the
    /// characters shows when a poster is drawn.
    pub fn of_system() -> Result<Self, PosterError> {
        let mut system = Database::new();
        system.load_system_fonts();
        Self::of(system)
    }

    pub(super) fn of(mut system: Database) -> Result<Self, PosterError> {
        if system.is_empty() {
            return Err(PosterError::NoChineseFont);
        }
        for name in KNOWN {
            if let Some(mut chosen) = family(&system, name) {
                chosen.set_sans_serif_family(name);
                return Ok(Self(Arc::new(chosen)));
            }
        }
        let first = system.faces().find_map(|face| face.families.first().cloned());
        if let Some((name, _)) = first {
            system.set_sans_serif_family(name);
        }
        Ok(Self(Arc::new(system)))
    }
}

/// The two weights used of one family, read into memory: the renderer opens a font for each text.
fn family(system: &Database, name: &str) -> Option<Database> {
    let families = [Family::Name(name)];
    let mut chosen = Database::new();
    let mut loaded: Vec<std::path::PathBuf> = Vec::new();
    for weight in [Weight::NORMAL, Weight::BOLD] {
        let id = system.query(&Query { families: &families, weight, ..Query::default() })?;
        match system.face_source(id)?.0 {
            Source::File(path) if loaded.contains(&path) => {}
            Source::File(path) => {
                chosen.load_font_source(Source::Binary(Arc::new(std::fs::read(&path).ok()?)));
                loaded.push(path);
            }
            source => {
                chosen.load_font_source(source);
            }
        }
    }
    Some(chosen)
}

/// A4 at 300 dpi.
pub(super) fn png(drawing: &str, fonts: &Fonts) -> Result<Vec<u8>, PosterError> {
    let tree = parsed(drawing, fonts)?;
    let (width, height) = PNG_SIZE_PX;
    let mut pixmap = Pixmap::new(width, height).ok_or_else(|| fault("no room for the picture"))?;
    let scale = Transform::from_scale(
        width as f32 / tree.size().width(),
        height as f32 / tree.size().height(),
    );
    resvg::render(&tree, scale, &mut pixmap.as_mut());
    Ok(with_resolution(&pixmap.encode_png().map_err(fault)?))
}

/// One A4 page with its text as text.
pub(super) fn pdf(drawing: &str, fonts: &Fonts) -> Result<Vec<u8>, PosterError> {
    let tree = parsed(drawing, fonts)?;
    let page = PageOptions { dpi: CSS_DPI };
    svg2pdf::to_pdf(&tree, ConversionOptions::default(), page).map_err(fault)
}

/// Reads the drawing and makes sure that each of its characters has a glyph.
pub(super) fn parsed(drawing: &str, fonts: &Fonts) -> Result<Tree, PosterError> {
    let options = Options { fontdb: Arc::clone(&fonts.0), dpi: CSS_DPI, ..Options::default() };
    let tree = Tree::from_str(drawing, &options).map_err(fault)?;
    let texts_due = drawing.matches("<text ").count();
    match texts_with_glyphs(tree.root()) {
        Some(texts) if texts == texts_due => Ok(tree),
        _ => Err(PosterError::NoChineseFont),
    }
}

/// How many texts were set; `None` when one lacks a glyph.
fn texts_with_glyphs(group: &Group) -> Option<usize> {
    let mut texts = 0;
    for node in group.children() {
        match node {
            Node::Group(group) => texts += texts_with_glyphs(group)?,
            Node::Text(text) => {
                let mut glyphs =
                    text.layouted().iter().flat_map(|span| span.positioned_glyphs.iter());
                if glyphs.any(|glyph| glyph.id.0 == 0) {
                    return None;
                }
                texts += 1;
            }
            Node::Path(_) | Node::Image(_) => {}
        }
    }
    Some(texts)
}

fn fault(error: impl std::fmt::Display) -> PosterError {
    PosterError::Drawing(error.to_string())
}

/// Adds the resolution after the PNG's header, so that it prints at its true size.
fn with_resolution(png: &[u8]) -> Vec<u8> {
    /// Signature and header chunk.
    const HEADER_BYTES: usize = 8 + 25;
    let mut chunk = b"pHYs".to_vec();
    chunk.extend(PNG_PIXELS_PER_M.to_be_bytes());
    chunk.extend(PNG_PIXELS_PER_M.to_be_bytes());
    chunk.push(1);
    let mut out = Vec::with_capacity(png.len() + 21);
    out.extend(&png[..HEADER_BYTES]);
    out.extend(9_u32.to_be_bytes());
    out.extend(&chunk);
    out.extend(crc32(&chunk).to_be_bytes());
    out.extend(&png[HEADER_BYTES..]);
    out
}

/// The checksum of PNG chunks (ISO/IEC 15948, annex D).
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| (crc >> 1) ^ (0xEDB8_8320 * (crc & 1)))
    })
}
