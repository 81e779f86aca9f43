//! One list of commands, in five places that must agree.

use super::{read, root};
use std::collections::BTreeSet;
use wire::ipc::COMMANDS;

fn commands() -> BTreeSet<String> {
    COMMANDS.iter().map(|command| (*command).to_owned()).collect()
}

/// Text between two marks.
fn between<'t>(text: &'t str, from: &str, to: &str) -> &'t str {
    let rest = text.split_once(from).unwrap_or_else(|| panic!("{from} not found")).1;
    rest.split_once(to).unwrap_or_else(|| panic!("{to} not found")).0
}

#[test]
fn bindings_are_up_to_date() {
    let path = root().join("ui/src/bindings/ipc.ts");
    let generated = wire::bindings::typescript();
    if std::env::var_os("SANBU_UPDATE").is_some() {
        std::fs::write(&path, &generated).unwrap();
    }
    assert!(read(&path) == generated, "run `cargo xtask bindings`");
}

#[test]
fn handlers_are_the_commands() {
    let source = read("src-tauri/src/commands.rs");
    let handlers: BTreeSet<String> = between(&source, "generate_handler![", "]")
        .split(',')
        .map(|name| name.trim().to_owned())
        .filter(|name| !name.is_empty())
        .collect();
    assert_eq!(handlers, commands());
}

#[test]
fn capabilities_grant_the_commands_by_name_and_nothing_else_of_ours() {
    let json: serde_json::Value =
        serde_json::from_str(&read("src-tauri/capabilities/main.json")).unwrap();
    let granted: BTreeSet<String> = json["permissions"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|permission| permission.as_str().unwrap().strip_prefix("allow-"))
        .map(|name| name.replace('-', "_"))
        .collect();
    assert_eq!(granted, commands());
    let capabilities = std::fs::read_dir(root().join("src-tauri/capabilities")).unwrap().count();
    assert_eq!(capabilities, 1, "one capability file");
}

#[test]
fn the_methods_of_host_are_the_commands() {
    let source = read("ui/src/host/host.ts");
    let methods: BTreeSet<String> = between(&source, "export interface Host {", "\n}")
        .lines()
        .filter_map(|line| line.trim().split_once('(').map(|(name, _)| name))
        .filter(|name| *name != "onChanged" && name.chars().all(char::is_alphanumeric))
        .map(snake)
        .collect();
    assert_eq!(methods, commands());
}

#[test]
fn the_loopback_host_knows_the_commands() {
    let source = read("tests/loopback/dispatch.rs");
    let known: BTreeSet<String> = source
        .lines()
        .filter_map(|line| line.trim().strip_prefix('"')?.split_once("\" =>"))
        .map(|(name, _)| name.to_owned())
        .collect();
    assert_eq!(known, commands());
}

fn snake(camel: &str) -> String {
    camel.chars().fold(String::new(), |mut out, c| {
        if c.is_uppercase() {
            out.push('_');
        }
        out.extend(c.to_lowercase());
        out
    })
}
