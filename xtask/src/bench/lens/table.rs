//! What a person reads before the figures.

use super::pictures::Reading;
use super::score::Row;
use super::{cpu_ms, percent_read};
use std::collections::{BTreeMap, BTreeSet};

/// Pictures named in a list of the worst.
const WORST: usize = 5;
/// Longest text shown of a misread, in characters.
const SHOWN: usize = 60;

/// Share of the pictures read: by set, of the synthetic ones by severity, and of all.
pub fn rates(decoders: &[(&str, &[Reading])]) {
    let Some((_, readings)) = decoders.first() else { return };
    let sets: BTreeSet<&str> = readings.iter().map(|reading| reading.row.group()).collect();
    let severities: BTreeSet<u8> = readings.iter().filter_map(|r| r.row.severity).collect();
    print!("\n{:<24}{:>6}", "read, percent", "n");
    decoders.iter().for_each(|(name, _)| print!("{name:>11}"));
    println!();
    if sets.len() > 1 {
        sets.into_iter().for_each(|set| rate(set, decoders, |row| row.group() == set));
    }
    for severity in severities {
        let name = format!("synthetic, severity {severity}");
        rate(&name, decoders, |row| row.severity == Some(severity));
    }
    rate("all", decoders, |_| true);
}

/// Says nothing of a set without codes.
fn rate(name: &str, decoders: &[(&str, &[Reading])], which: impl Fn(&Row) -> bool) {
    let of = |readings: &[Reading]| percent_read(readings.iter().filter(|r| which(r.row)));
    let shares: Option<Vec<f64>> = decoders.iter().map(|(_, readings)| of(readings)).collect();
    let (Some(shares), Some((_, readings))) = (shares, decoders.first()) else { return };
    let count = readings.iter().filter(|r| r.row.has_code() && which(r.row)).count();
    print!("{name:<24}{count:>6}");
    shares.iter().for_each(|share| print!("{share:>11.1}"));
    println!();
}

/// Above lines of [`times`].
pub fn times_head(title: &str) {
    println!("\n{title}; median / p95 / max in ms, ratio of medians");
    println!("{:<28}{:>5}  {:<24}{:<24}{:>7}", "", "n", "ours", "zxing-cpp", "ratio");
}

/// CPU times on some of the pictures.
pub fn times(name: &str, which: fn(&Row) -> bool, ours: &[Reading], wheel: Option<&[Reading]>) {
    let count = ours.iter().filter(|reading| which(reading.row)).count();
    let triple = |readings: &[Reading]| {
        let at = |percent| cpu_ms(readings, which, percent);
        format!("{:.1} / {:.1} / {:.1}", at(50), at(95), at(100))
    };
    print!("{name:<28}{count:>5}  {:<24}", triple(ours));
    if let Some(wheel) = wheel {
        let ratio = cpu_ms(ours, which, 50) / cpu_ms(wheel, which, 50);
        print!("{:<24}{ratio:>7.2}", triple(wheel));
    }
    println!();
}

/// Names the pictures that took longest.
pub fn worst(readings: &[Reading]) {
    let mut slowest: BTreeMap<&str, f64> = BTreeMap::new();
    for reading in readings {
        let known = slowest.entry(&reading.row.file).or_default();
        *known = known.max(reading.cpu_ms);
    }
    let mut slowest: Vec<_> = slowest.into_iter().collect();
    slowest.sort_by(|(_, one), (_, other)| other.total_cmp(one));
    let named = slowest.iter().take(WORST).map(|(file, ms)| format!("{file} {ms:.1}"));
    println!("slowest, ms: {}", named.collect::<Vec<_>>().join(", "));
}

/// Names the pictures that only one of the two reads, and those that neither does.
pub fn differences(ours: &[Reading], wheel: &[Reading]) {
    let list = |title: &str, we: bool, it: bool| {
        let both = ours.iter().zip(wheel).filter(|(ours, _)| ours.row.has_code());
        let such = both.filter(|(ours, wheel)| (ours.is_read(), wheel.is_read()) == (we, it));
        let files: Vec<&str> = such.map(|(ours, _)| ours.row.file.as_str()).collect();
        println!(
            "{title}: {}{}",
            files.len(),
            files.iter().map(|f| format!("\n  {f}")).collect::<String>()
        );
    };
    println!();
    list("read by ours only", true, false);
    list("read by zxing-cpp only", false, true);
    list("read by neither", false, false);
}

/// Names misread pictures and says how many they are. `other` tells further codes from misreads.
pub fn misreads(name: &str, readings: &[Reading], other: &[Reading]) -> usize {
    let mut lines = BTreeSet::new();
    for (at, reading) in readings.iter().enumerate() {
        let other = other.get(at).map_or(&[][..], |other| &other.texts);
        for text in reading.row.misread(&reading.texts, other) {
            let text: String = text.chars().take(SHOWN).collect();
            lines.insert(format!("  {} {text:?}", reading.row.file));
        }
    }
    println!("misreads, {name}: {}", lines.len());
    lines.iter().for_each(|line| println!("{line}"));
    lines.len()
}
