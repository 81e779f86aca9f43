//! Builds the app: plugins, the client, the window, and the one event.

use anyhow::Context;
use client::{Config, Ports, Start, Trust};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};
use tauri::{
    App, AppHandle, Emitter, Manager, RunEvent, WebviewWindow, WebviewWindowBuilder, WindowEvent,
    webview::{PermissionKind, PermissionResponse},
};
use tauri_plugin_deep_link::DeepLinkExt;
use wire::ipc::CHANGED_EVENT;

/// What commands find in the app's state: the client, or why it could not start.
pub type Shell = Arc<Start>;

/// Runs the app until its window is closed.
pub fn run(
    trust: Option<PathBuf>,
    data: Option<PathBuf>,
    link: Option<String>,
) -> anyhow::Result<()> {
    let builder = tauri::Builder::default();
    #[cfg(desktop)]
    let builder = builder
        // First, as its documentation asks: a second start only brings the window to the front.
        // A link in the arguments of a second start reaches the deep-link plugin through it.
        .plugin(tauri_plugin_single_instance::init(|app, _, _| show_window(app)))
        .plugin(tauri_plugin_window_state::Builder::default().build());
    let app = builder
        .plugin(tauri_plugin_deep_link::init())
        // The scanner asks for pictures, never for sound; nothing asks for the place.
        .on_permission_request(|_, kind| match kind {
            PermissionKind::Camera => PermissionResponse::Allow,
            _ => PermissionResponse::Deny,
        })
        .invoke_handler(crate::commands::handler())
        .setup(move |app| Ok(set_up(app, trust.as_deref(), data.as_deref(), link)?))
        .build(tauri::generate_context!())
        .context("the app cannot be built")?;
    app.run(|app, event| {
        // None before set-up, and while the store could not be opened.
        let client = || app.try_state::<Shell>()?.client().ok();
        match event {
            RunEvent::Exit => {
                if let Some(client) = client() {
                    tauri::async_runtime::block_on(client.stop());
                }
            }
            // Back in the hand, perhaps in another place: what waits may go now.
            RunEvent::Resumed | RunEvent::WindowEvent { event: WindowEvent::Focused(true), .. } => {
                if let Some(client) = client() {
                    client.resumed();
                }
            }
            _ => {}
        }
    });
    Ok(())
}

fn set_up(
    app: &App,
    trust: Option<&Path>,
    data: Option<&Path>,
    link: Option<String>,
) -> anyhow::Result<()> {
    let config = config(app, trust, data)?;
    let shell = Shell::new(Start::open(config, Ports::system()));
    hand_links_over(app, &shell);
    let link = link.or(started_with(app)?);
    tauri::async_runtime::spawn(run_client(app.handle().clone(), Arc::clone(&shell), link));
    app.manage(shell);
    let window = &app.config().app.windows[0];
    let window = WebviewWindowBuilder::from_config(app.handle(), window)?.build()?;
    allow_camera(&window)?;
    Ok(())
}

/// WebKitGTK has no `getUserMedia` until its setting says so; the other web views need nothing.
fn allow_camera(window: &WebviewWindow) -> tauri::Result<()> {
    #[cfg(target_os = "linux")]
    window.with_webview(|webview| {
        use webkit2gtk::{SettingsExt, WebViewExt};
        match webview.inner().settings() {
            Some(settings) => settings.set_enable_media_stream(true),
            None => tracing::warn!("the web view has no settings: no live camera"),
        }
    })?;
    #[cfg(not(target_os = "linux"))]
    let _ = window;
    Ok(())
}

/// Starts the courier once there is a client, hands over the link that started the app, and passes
/// "look again" on to the page.
async fn run_client(app: AppHandle, shell: Shell, link: Option<String>) {
    let Some(client) = shell.started().await else { return };
    client.start();
    if let Some(link) = link {
        client.hand_over(link);
    }
    let mut changes = client.changes();
    while changes.changed().await.is_ok() {
        if let Err(e) = app.emit(CHANGED_EVENT, ()) {
            tracing::warn!("the page was not told of a change: {e}");
        }
    }
}

/// Links that the system opens with the app wait in the client for the screen: the one that
/// started it (an argument on Linux and Windows), and those that come later. They are as untrusted
/// as any code.
fn hand_links_over(app: &App, shell: &Shell) {
    let shell = Arc::clone(shell);
    app.deep_link().on_open_url(move |event| {
        if let (Some(link), Ok(client)) = (event.urls().into_iter().next(), shell.client()) {
            client.hand_over(link.into());
        }
    });
}

fn started_with(app: &App) -> anyhow::Result<Option<String>> {
    let links = app.deep_link().get_current()?.unwrap_or_default();
    Ok(links.into_iter().next().map(Into::into))
}

fn config(app: &App, trust: Option<&Path>, data: Option<&Path>) -> anyhow::Result<Config> {
    let trust_file = match trust {
        Some(file) => file.to_owned(),
        None => app.path().app_config_dir()?.join("trust.json"),
    };
    let json = std::fs::read(&trust_file)
        .with_context(|| format!("no bank to trust: {} cannot be read", trust_file.display()))?;
    Ok(Config {
        data: data.map_or_else(|| app.path().app_local_data_dir(), |data| Ok(data.to_owned()))?,
        trust: Trust::from_json(&json)?,
        app_version: app.package_info().version.to_string(),
        // A phone runs the system's program, not ours.
        program: std::env::current_exe().ok().filter(|_| cfg!(desktop)),
    })
}

#[cfg(desktop)]
fn show_window(app: &AppHandle) {
    if let Some(window) = app.get_webview_window("main") {
        // A window manager may refuse either; nothing depends on it.
        let _ = window.unminimize();
        let _ = window.set_focus();
    }
}
