//! The three steps as line drawings, each in a square of 24 units.

/// A frame around a small code: scan.
pub(super) const SCAN: &str = concat!(
    r#"<path d="M2.5 8V4a1.5 1.5 0 0 1 1.5-1.5H8M16 2.5h4A1.5 1.5 0 0 1 21.5 4v4M21.5 16v4"#,
    r#"a1.5 1.5 0 0 1-1.5 1.5h-4M8 21.5H4A1.5 1.5 0 0 1 2.5 20v-4"/>"#,
    r#"<path d="M7 7h4v4H7zM13.5 7H17v3.5M7 13.5V17h3.5M14 14h3v3h-3z"/>"#,
);

/// Two boxes, one ticked and one left empty: two consents, each its own.
pub(super) const CONSENT: &str = concat!(
    r#"<rect x="2.5" y="3" width="7.5" height="7.5" rx="1.6"/>"#,
    r#"<path d="M4.4 6.8 5.9 8.3 8.3 5.2M13.5 6.75h8"/>"#,
    r#"<rect x="2.5" y="13.5" width="7.5" height="7.5" rx="1.6"/>"#,
    r#"<path d="M13.5 17.25h8"/>"#,
);

/// A paper plane: submit.
pub(super) const SUBMIT: &str =
    r#"<path d="M21.5 2.5 2.5 9.6l7.8 4.1 4.1 7.8zM21.5 2.5 10.3 13.7"/>"#;

/// An icon at a place and size in millimetres, in one colour.
pub(super) fn drawn(icon: &str, left: f64, top: f64, side_mm: f64, colour: &str) -> String {
    let scale = side_mm / 24.0;
    format!(
        r#"<g transform="translate({left:.2} {top:.2}) scale({scale:.4})" fill="none" stroke="{colour}" stroke-width="1.5" stroke-linecap="round" stroke-linejoin="round">{icon}</g>"#
    )
}
