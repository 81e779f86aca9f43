//! The page's clock: the standard library has none on `wasm32-unknown-unknown`.

use std::time::Duration;

#[cfg(target_family = "wasm")]
#[allow(unsafe_code, reason = "declares a function of the page, as `performance.now` is typed")]
mod page {
    #[link(wasm_import_module = "page")]
    unsafe extern "C" {
        /// Milliseconds since some fixed moment, never less than before.
        pub safe fn now_ms() -> f64;
    }
}

/// Time since some fixed moment.
#[cfg(target_family = "wasm")]
pub fn now() -> Duration {
    // What is no time at all (negative, not a number) is the fixed moment itself.
    Duration::try_from_secs_f64(page::now_ms() / 1000.0).unwrap_or_default()
}

/// Time since this was first called: for checks on a machine that is no web page.
#[cfg(not(target_family = "wasm"))]
pub fn now() -> Duration {
    static START: std::sync::OnceLock<std::time::Instant> = std::sync::OnceLock::new();
    START.get_or_init(std::time::Instant::now).elapsed()
}
