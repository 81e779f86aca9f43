//! How many tests passed and failed, read from what the tools say.

/// Tests that passed and failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Passed.
    pub passed: u64,
    /// Failed.
    pub failed: u64,
}

/// From `cargo test`: one line for each test binary.
pub fn cargo(output: &str) -> Option<Counts> {
    let mut counts: Option<Counts> = None;
    for line in output.lines() {
        let Some(result) = line.trim_start().strip_prefix("test result:") else { continue };
        let sum = counts.get_or_insert_default();
        // "ok. 12 passed; 0 failed; 0 ignored; ..."
        for part in result.split(['.', ';']) {
            if let Some((number, word)) = part.trim().split_once(' ') {
                let number: u64 = number.parse().unwrap_or(0);
                match word {
                    "passed" => sum.passed += number,
                    "failed" => sum.failed += number,
                    _ => {}
                }
            }
        }
    }
    counts
}

/// From Vitest's JSON report.
pub fn vitest(json: &[u8]) -> Option<Counts> {
    let report: serde_json::Value = serde_json::from_slice(json).ok()?;
    let broken_files = report["testResults"].as_array()?.iter().filter(|file| {
        file["status"] == "failed" && file["assertionResults"].as_array().is_none_or(Vec::is_empty)
    });
    Some(Counts {
        passed: report["numPassedTests"].as_u64()?,
        failed: report["numFailedTests"].as_u64()? + u64::try_from(broken_files.count()).ok()?,
    })
}

/// From the end of `node --test` with the spec reporter.
pub fn node(output: &str) -> Option<Counts> {
    let number = |word: &str| {
        output.lines().rev().find_map(|line| {
            let (found, number) = line.trim_start_matches(['ℹ', '#', ' ']).split_once(' ')?;
            if found == word { number.trim().parse::<u64>().ok() } else { None }
        })
    };
    let failed = number("fail")? + number("cancelled").unwrap_or(0);
    Some(Counts { passed: number("pass")?, failed })
}

/// From Python's unittest: `Ran 9 tests in 7.0s`, then `OK` or `FAILED (failures=1, errors=2)`.
pub fn unittest(output: &str) -> Option<Counts> {
    let mut lines = output.lines().skip_while(|line| !line.starts_with("Ran "));
    let ran: u64 = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let failed = match lines.find_map(|line| line.strip_prefix("FAILED (")) {
        None => 0,
        // One test may fail in several of its parts.
        Some(kinds) => kinds
            .split(|c: char| !c.is_ascii_digit())
            .filter_map(|number| number.parse::<u64>().ok())
            .sum::<u64>()
            .min(ran),
    };
    Some(Counts { passed: ran - failed, failed })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cargo_results_are_summed_over_binaries() {
        let output = "\
running 2 tests
test passed_is_a_word ... ok
test result: ok. 2 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s
test result: FAILED. 40 passed; 3 failed; 1 ignored; 0 measured; 0 filtered out; finished in 1.52s
";
        assert_eq!(cargo(output), Some(Counts { passed: 42, failed: 3 }));
        assert_eq!(cargo("error: could not compile"), None);
    }

    #[test]
    fn a_vitest_file_that_does_not_load_is_a_failure() {
        let json = br#"{"numPassedTests":5,"numFailedTests":1,"testResults":[
            {"status":"failed","assertionResults":[{"status":"failed"}]},
            {"status":"failed","assertionResults":[]},
            {"status":"passed","assertionResults":[{"status":"passed"}]}]}"#;
        assert_eq!(vitest(json), Some(Counts { passed: 5, failed: 2 }));
        assert_eq!(vitest(b"{}"), None);
    }

    #[test]
    fn unittest_failures_and_errors_are_both_failures() {
        let output = "test_a (x) ... ok\n\nRan 9 tests in 7.002s\n\n";
        assert_eq!(unittest(&format!("{output}OK\n")), Some(Counts { passed: 9, failed: 0 }));
        let failed = format!("{output}FAILED (failures=2, errors=1)\n");
        assert_eq!(unittest(&failed), Some(Counts { passed: 6, failed: 3 }));
        assert_eq!(unittest("ModuleNotFoundError: No module named 'cwt'"), None);
    }

    #[test]
    fn cancelled_node_tests_are_failures() {
        let output = "✔ pass 9 (1ms)\nℹ tests 6\nℹ pass 4\nℹ fail 1\nℹ cancelled 1\nℹ skipped 0\n";
        assert_eq!(node(output), Some(Counts { passed: 4, failed: 2 }));
        assert_eq!(node("SyntaxError"), None);
    }
}
