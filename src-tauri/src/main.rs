//! The shell: one window around the pages, and a client behind it. No rule lives here.
#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

mod commands;
mod shell;

use clap::Parser;
use std::path::PathBuf;

/// Loan applications in three steps.
#[derive(Parser)]
struct Arguments {
    /// The bank's trust file; else `trust.json` in the app's configuration folder.
    #[arg(long)]
    trust: Option<PathBuf>,
    /// Folder of the app's files; else the system's place for it.
    #[arg(long)]
    data: Option<PathBuf>,
    /// A link to open, as the system hands it over: sanbu://<bank>/T/<digits>.
    link: Option<String>,
}

fn main() -> anyhow::Result<()> {
    avoid_blank_windows();
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_env_filter(
            tracing_subscriber::EnvFilter::builder()
                .with_default_directive(tracing::Level::INFO.into())
                .from_env_lossy(),
        )
        .init();
    let arguments = Arguments::parse();
    shell::run(arguments.trust, arguments.data, arguments.link)
}

/// WebKitGTK's DMA-BUF renderer shows blank windows on some NVIDIA and Wayland systems. It is
/// switched off by a variable that must be there before the process starts, so the process
/// replaces itself once; a person who sets the variable is left alone. Still blank? See README.
#[cfg(target_os = "linux")]
fn avoid_blank_windows() {
    use std::os::unix::process::CommandExt;
    const VARIABLE: &str = "WEBKIT_DISABLE_DMABUF_RENDERER";
    if std::env::var_os(VARIABLE).is_some() {
        return;
    }
    let Ok(own) = std::env::current_exe() else { return };
    let error =
        std::process::Command::new(own).args(std::env::args_os().skip(1)).env(VARIABLE, "1").exec();
    // Only reached when the replacement failed; the window may well work without it.
    tracing::warn!("could not set {VARIABLE}: {error}");
}

#[cfg(not(target_os = "linux"))]
fn avoid_blank_windows() {}
