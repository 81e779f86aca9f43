//! Declares the commands, so that each is granted by name in `capabilities/`.

fn main() {
    let commands = tauri_build::AppManifest::new().commands(wire::ipc::COMMANDS);
    tauri_build::try_build(tauri_build::Attributes::new().app_manifest(commands))
        .expect("tauri.conf.json and capabilities/ are well formed");
}
