//! What is printed with a branch's code on it: posters, counter cards, stickers.
//!
//! One drawing in SVG, in millimetres; the PNG (300 dpi) and the PDF are made from it, and the code
//! is read back from it before it leaves. Pure apart from the fonts, which come from the system:
//! see [`Fonts`].
//!
//! ```text
//! Piece ─► layout ─► sheet, card, sticker     what it says, how large the code is
//!   └────► Page                               a paper of its own, or stickers to be cut
//!            └─► Press ─► PDF, PNG            fonts, reading back
//! smallest ─► camera                          how small a code may be at a distance
//! ```

mod camera;
mod card;
mod code;
mod distance;
mod icons;
mod ink;
mod layout;
mod list;
mod page;
mod press;
mod sheet;
mod size;
mod smallest;
mod sticker;
mod svg;

pub use distance::{Distance, DistanceError, FARTHEST_MM, NEAREST_MM};
pub use list::{ListRow, list_pages, rows_a_page};
pub use page::{Page, stickers_a_sheet};
pub use press::{Fonts, Press};
pub use size::{Size, UnknownSize};
pub use smallest::{Trial, Trials, sample_code, smallest};

/// One thing to print.
#[derive(Debug, Clone, Copy)]
pub struct Piece<'p> {
    /// What it says.
    pub content: &'p PosterContent,
    /// On what.
    pub size: Size,
    /// The distance it must be readable from. Without one the code has its usual size, and the
    /// piece says from how far that is read.
    pub distance: Option<Distance>,
    /// The number of its place on a list.
    pub number: Option<u32>,
}

/// Everything printed on a poster. Texts are escaped; one that is too long is set smaller, down to
/// 3.3 mm (2.4 mm on stickers), and refused beyond. English too long is left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PosterContent {
    /// The bank's name, e.g. "临泉农商银行".
    pub bank_name: String,
    /// The bank's name in English; may be empty.
    pub bank_name_en: String,
    /// The branch's name, e.g. "临泉路支行".
    pub branch_name: String,
    /// The branch's own telephone number; never a mobile number.
    pub branch_phone: String,
    /// The branch's street address.
    pub branch_address: String,
    /// What an owner types when the code cannot be scanned, e.g. "LQ01-7".
    pub branch_number: String,
    /// What it is for, in one line, e.g. "小店要用钱，扫一扫就能申请".
    pub headline: String,
    /// The same in English; may be empty.
    pub headline_en: String,
    /// Lowest annual rate in percent, simple interest, without the sign, e.g. "3.85".
    pub apr_from: String,
    /// Highest annual rate in percent; equal to `apr_from` when there is one rate.
    pub apr_to: String,
    /// Smallest amount with its unit, e.g. "1万".
    pub amount_from: String,
    /// Largest amount with its unit, e.g. "50万元".
    pub amount_to: String,
    /// The term, e.g. "最长36个月".
    pub term: String,
    /// Last day the code is valid, e.g. "2027年12月31日".
    pub valid_until: String,
    /// The app's name, e.g. "三步贷".
    pub app_name: String,
    /// The code.
    pub code: PosterCode,
}

impl PosterContent {
    /// The yearly rates, e.g. "3.85%–6.00%".
    fn rate(&self) -> String {
        if self.apr_from == self.apr_to {
            format!("{}%", self.apr_from)
        } else {
            format!("{}%–{}%", self.apr_from, self.apr_to)
        }
    }

    /// The amounts, e.g. "1万–50万元".
    fn amount(&self) -> String {
        format!("{}–{}", self.amount_from, self.amount_to)
    }

    /// Rate, amount and term in words. Who names an offer names its yearly rate
    /// (中国人民银行公告〔2021〕第3号).
    fn facts(&self) -> [String; 2] {
        [format!("年化利率（单利）{}", self.rate()), format!("{} · {}", self.amount(), self.term)]
    }
}

/// What the code says, in the two parts that make it small: letters, then digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PosterCode {
    /// The address, in capitals, e.g. "HTTPS://APPLY.BANK.EXAMPLE/T/".
    pub prefix: String,
    /// Decimal digits.
    pub digits: String,
}

impl PosterCode {
    /// The text a scanner reads.
    pub fn text(&self) -> String {
        format!("{}{}", self.prefix, self.digits)
    }
}

/// The kind of file wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PosterFormat {
    /// 300 dpi, and marked so: 2480 x 3508 pixels for A4.
    Png,
    /// Millimetres; names its fonts with fallbacks, does not hold them.
    Svg,
    /// Vector, with the glyphs used. The only one that holds several pages.
    Pdf,
}

impl PosterFormat {
    /// The format of a file extension, without its dot and in any case; `None` for other kinds.
    pub fn from_extension(extension: &str) -> Option<Self> {
        match extension.to_ascii_lowercase().as_str() {
            "png" => Some(Self::Png),
            "svg" => Some(Self::Svg),
            "pdf" => Some(Self::Pdf),
            _ => None,
        }
    }
}

/// Why no poster was made.
#[derive(Debug, thiserror::Error)]
pub enum PosterError {
    /// The address has a character outside a code's capitals-and-digits alphabet, or the digits
    /// are none.
    #[error("poster code must be capitals and digits, then digits only")]
    CodeAlphabet,
    /// The code would need modules too fine for a cheap phone.
    #[error("poster code of {characters} characters is too long to print")]
    CodeTooLong {
        /// Length of the whole text.
        characters: usize,
    },
    /// The paper is too small for a code that is read from so far.
    #[error("{}", too_far(*.asked, *.size, *.serves, *.would_do, *.farthest))]
    TooFar {
        /// The distance asked for.
        asked: Distance,
        /// The paper.
        size: Size,
        /// What the paper can serve.
        serves: Option<Distance>,
        /// The smallest paper that would do.
        would_do: Option<Size>,
        /// What the largest paper can serve.
        farthest: Option<Distance>,
    },
    /// A text does not fit at a size that is read without glasses.
    #[error("{text:?} is too long to print at {least_mm} mm; shorten it in the catalogue")]
    TextTooLong {
        /// The text.
        text: String,
        /// The least size of type.
        least_mm: f64,
    },
    /// A picture at true size would be too large.
    #[error(
        "a code {side_mm:.0} mm wide is too large to show at its true size, which goes up to {most_mm:.0} mm; leave out the picture, or try a shorter distance"
    )]
    TooLargeToShow {
        /// Width of the code.
        side_mm: f64,
        /// Width that is shown.
        most_mm: f64,
    },
    /// The drawing's code was not read back, so nobody else could read it either.
    #[error("the code of the drawing does not read back; nothing was printed")]
    NotReadBack,
    /// No font of this machine has every character of the poster.
    #[error(
        "no font for the poster's Chinese text; install the package fonts-noto-cjk and try again"
    )]
    NoChineseFont,
    /// The renderer refused the drawing.
    #[error("could not draw the poster: {0}")]
    Drawing(String),
}

fn too_far(
    asked: Distance,
    size: Size,
    serves: Option<Distance>,
    would_do: Option<Size>,
    farthest: Option<Distance>,
) -> String {
    let metres = |distance: Option<Distance>| match distance {
        Some(distance) => format!("up to {distance} m"),
        None => "at no distance".into(),
    };
    let way_out = match would_do {
        Some(larger) => format!("use size {larger}, or a shorter distance"),
        None => format!("the largest paper, {}, is read {}", Size::A3, metres(farthest)),
    };
    format!("on size {size} this code is read {}, not {asked} m; {way_out}", metres(serves))
}

/// Draws an A4 poster with the system's fonts.
///
/// Loads them anew each time, about 0.1 s; for a batch load [`Fonts`] once.
///
/// # Errors
///
/// [`PosterError`].
pub fn render(content: &PosterContent, format: PosterFormat) -> Result<Vec<u8>, PosterError> {
    render_with(content, format, &Fonts::of_system()?)
}

/// Draws an A4 poster with fonts already loaded.
///
/// # Errors
///
/// [`PosterError`].
pub fn render_with(
    content: &PosterContent,
    format: PosterFormat,
    fonts: &Fonts,
) -> Result<Vec<u8>, PosterError> {
    let piece = Piece { content, size: Size::A4, distance: None, number: None };
    render_page(&Page::of(&piece, None)?, format, fonts)
}

/// One page as a file. Its codes are read back first, whatever the format.
///
/// # Errors
///
/// [`PosterError`].
pub fn render_page(
    page: &Page,
    format: PosterFormat,
    fonts: &Fonts,
) -> Result<Vec<u8>, PosterError> {
    match format {
        PosterFormat::Svg => press::svg(page, fonts),
        PosterFormat::Png => press::png(page, fonts),
        PosterFormat::Pdf => {
            let mut press = Press::new(fonts, "");
            press.print(page)?;
            press.finish()
        }
    }
}

#[cfg(test)]
mod tests;
