//! From the drawing to a file: fonts, reading back, PNG, PDF.

use std::sync::Arc;

use krilla::metadata::Metadata;
use krilla::page::PageSettings;
use krilla_svg::{SurfaceExt, SvgSettings};
use resvg::tiny_skia::Pixmap;
use resvg::usvg::fontdb::{Database, Family, Query, Source, Weight};
use resvg::usvg::{Group, Node, Options, Transform, Tree};

use super::PosterError;
use super::page::{CodeOnPage, Page};

/// 300 dpi in pixels a millimetre.
pub(super) const PNG_PIXELS_PER_MM: f64 = 300.0 / 25.4;
/// Points of a PDF in a millimetre.
const POINTS_PER_MM: f64 = 72.0 / 25.4;
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

/// Prints pages into one PDF; the glyphs that its pages share are held once.
pub struct Press<'f> {
    fonts: &'f Fonts,
    document: krilla::Document,
    title: String,
}

impl std::fmt::Debug for Press<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Press({:?})", self.title)
    }
}

impl<'f> Press<'f> {
    /// An empty document. The title is what a reader shows instead of the file's name.
    pub fn new(fonts: &'f Fonts, title: &str) -> Self {
        Self { fonts, document: krilla::Document::new(), title: title.into() }
    }

    /// Reads the page's codes back from its drawing and adds it as the next page.
    ///
    /// # Errors
    ///
    /// [`PosterError`]; then the page was not added.
    pub fn print(&mut self, page: &Page) -> Result<(), PosterError> {
        let tree = proved(page, self.fonts)?;
        let points = |mm: f64| (mm * POINTS_PER_MM) as f32;
        let (width, height) = (points(page.paper_mm().0), points(page.paper_mm().1));
        let no_room = || fault("no room for the page");
        let settings = PageSettings::from_wh(width, height).ok_or_else(no_room)?;
        let size = krilla::geom::Size::from_wh(width, height).ok_or_else(no_room)?;
        let mut sheet = self.document.start_page_with(settings);
        let mut surface = sheet.surface();
        let drawn = surface.draw_svg(&tree, size, SvgSettings::default());
        surface.finish();
        sheet.finish();
        drawn.ok_or_else(|| fault("the drawing could not be set as a page"))
    }

    /// The whole document.
    ///
    /// # Errors
    ///
    /// [`PosterError::Drawing`].
    pub fn finish(mut self) -> Result<Vec<u8>, PosterError> {
        let mut metadata = Metadata::new().language("zh-Hans".into());
        if !self.title.is_empty() {
            metadata = metadata.title(self.title);
        }
        self.document.set_metadata(metadata);
        self.document.finish().map_err(|error| fault(format_args!("{error:?}")))
    }
}

/// The drawing itself.
pub(super) fn svg(page: &Page, fonts: &Fonts) -> Result<Vec<u8>, PosterError> {
    proved(page, fonts)?;
    Ok(page.svg().into_bytes())
}

/// At 300 dpi.
pub(super) fn png(page: &Page, fonts: &Fonts) -> Result<Vec<u8>, PosterError> {
    picture(&proved(page, fonts)?, page.paper_mm(), PNG_PIXELS_PER_MM)
        .and_then(|pixmap| Ok(with_resolution(&pixmap.encode_png().map_err(fault)?)))
}

/// The page's drawing, once each of its codes was read back from it.
///
/// At four pixels a module, which is near to what a camera has, and so quick.
fn proved(page: &Page, fonts: &Fonts) -> Result<Tree, PosterError> {
    const PIXELS_A_MODULE: f64 = 4.0;
    let tree = parsed(&page.svg(), fonts)?;
    let Some(finest_mm) = page.codes.iter().map(|code| code.module_mm).reduce(f64::min) else {
        return Ok(tree);
    };
    let pixels_per_mm = PIXELS_A_MODULE / finest_mm;
    let pixmap = picture(&tree, page.paper_mm(), pixels_per_mm)?;
    for code in &page.codes {
        let frame = cut_out(&pixmap, code, pixels_per_mm).ok_or(PosterError::NotReadBack)?;
        let found = lens::decode(&frame, lens::Effort::Photo);
        if !matches!(&found[..], [only] if only.text == code.text) {
            return Err(PosterError::NotReadBack);
        }
    }
    Ok(tree)
}

/// The part of the picture where one code is due, in grey.
fn cut_out(pixmap: &Pixmap, code: &CodeOnPage, pixels_per_mm: f64) -> Option<lens::GreyFrame> {
    let pixels = |mm: f64| (mm * pixels_per_mm).max(0.0) as u32;
    let (left, top) = (pixels(code.left_mm), pixels(code.top_mm));
    let right = pixels(code.left_mm + code.width_mm).min(pixmap.width());
    let bottom = pixels(code.top_mm + code.height_mm).min(pixmap.height());
    let row = |y: u32| (left..right).filter_map(move |x| pixmap.pixel(x, y));
    // Weights of ITU-R BT.601.
    let grey = |ink: resvg::tiny_skia::PremultipliedColorU8| {
        let part = |value: u8, weight: u32| u32::from(value) * weight;
        let sum = part(ink.red(), 299) + part(ink.green(), 587) + part(ink.blue(), 114);
        (sum / 1000) as u8
    };
    let luma: Vec<u8> = (top..bottom).flat_map(row).map(grey).collect();
    lens::GreyFrame::new(right.checked_sub(left)?, bottom.checked_sub(top)?, luma).ok()
}

fn picture(tree: &Tree, paper_mm: (f64, f64), pixels_per_mm: f64) -> Result<Pixmap, PosterError> {
    let pixels = |mm: f64| (mm * pixels_per_mm).round() as u32;
    let (width, height) = (pixels(paper_mm.0), pixels(paper_mm.1));
    let mut pixmap = Pixmap::new(width, height).ok_or_else(|| fault("no room for the picture"))?;
    let scale = Transform::from_scale(
        width as f32 / tree.size().width(),
        height as f32 / tree.size().height(),
    );
    resvg::render(tree, scale, &mut pixmap.as_mut());
    Ok(pixmap)
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
