//! The one list of Debian packages.

/// When a package is needed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Group {
    /// Building anything and printing posters.
    Build,
    /// Building and opening the window.
    Window,
    /// Building the decoder for the page, where the toolchain cannot.
    Page,
    /// Tests, demo, screenshots, bench.
    Test,
}

/// A Debian package.
pub struct Package {
    /// Its name in Debian 12 and later.
    pub name: &'static str,
    /// When it is needed.
    pub group: Group,
    /// Why.
    pub what_for: &'static str,
}

const fn package(group: Group, name: &'static str, what_for: &'static str) -> Package {
    Package { name, group, what_for }
}

/// Everything that is not Rust or Node. Recommended packages are left out on purpose.
pub const PACKAGES: &[Package] = &[
    package(Group::Build, "gcc", "links programs, compiles SQLite and ring"),
    package(Group::Build, "libc6-dev", "headers for gcc"),
    package(Group::Build, "fonts-noto-cjk", "Chinese on posters and in pictures"),
    package(Group::Window, "pkg-config", "finds WebKitGTK"),
    package(Group::Window, "libwebkit2gtk-4.1-dev", "the web view of the app's window"),
    package(
        Group::Page,
        "rustc-web",
        "compiles for web pages (or: rustup target add wasm32-unknown-unknown)",
    ),
    package(Group::Page, "cargo-web", "calls rustc-web"),
    package(Group::Page, "rust-web-src", "the standard library, to be built for web pages"),
    package(Group::Page, "lld", "links for web pages (wasm-ld)"),
    package(Group::Test, "xvfb", "a display for the real-window tests"),
    package(Group::Test, "x11-utils", "reads the title of the real window (xwininfo)"),
    package(Group::Test, "webkit2gtk-driver", "drives the real window (WebKitWebDriver)"),
    package(Group::Test, "chromium", "browser tests"),
    package(Group::Test, "python3-venv", "checks by others' libraries what is signed and sealed"),
    package(Group::Test, "qrencode", "codes that are not ours, for the tests"),
];
