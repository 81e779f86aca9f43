//! The printed poster: one A4 sheet with a branch's code, to hang on a wall.
//!
//! One drawing in SVG, in millimetres; the PNG (300 dpi) and the PDF are made from it. Pure apart
//! from the fonts, which come from the system: see [`Fonts`].

mod code;
mod icons;
mod press;
mod sheet;
mod svg;

pub use press::Fonts;

/// Everything printed on a poster. Texts are escaped; one that is too long is set smaller.
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
    /// 2480 x 3508 pixels: A4 at 300 dpi, and marked so.
    Png,
    /// Millimetres; names its fonts with fallbacks, does not hold them.
    Svg,
    /// One A4 page, vector, with the glyphs used.
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
    /// The code would need modules under 1.2 mm, too fine for a cheap phone.
    #[error("poster code of {characters} characters is too long to print")]
    CodeTooLong {
        /// Length of the whole text.
        characters: usize,
    },
    /// No font of this machine has every character of the poster.
    #[error(
        "no font for the poster's Chinese text; install the package fonts-noto-cjk and try again"
    )]
    NoChineseFont,
    /// The renderer refused the drawing.
    #[error("could not draw the poster: {0}")]
    Drawing(String),
}

/// Draws a poster with the system's fonts.
///
/// Loads them anew each time, about 0.1 s; for a batch load [`Fonts`] once and call
/// [`render_with`].
///
/// # Errors
///
/// [`PosterError`].
pub fn render(content: &PosterContent, format: PosterFormat) -> Result<Vec<u8>, PosterError> {
    match format {
        PosterFormat::Svg => Ok(sheet::draw(content)?.into_bytes()),
        PosterFormat::Png | PosterFormat::Pdf => render_with(content, format, &Fonts::of_system()?),
    }
}

/// Draws a poster with fonts already loaded.
///
/// # Errors
///
/// [`PosterError`].
pub fn render_with(
    content: &PosterContent,
    format: PosterFormat,
    fonts: &Fonts,
) -> Result<Vec<u8>, PosterError> {
    let drawing = sheet::draw(content)?;
    match format {
        PosterFormat::Svg => Ok(drawing.into_bytes()),
        PosterFormat::Png => press::png(&drawing, fonts),
        PosterFormat::Pdf => press::pdf(&drawing, fonts),
    }
}

#[cfg(test)]
mod tests;
