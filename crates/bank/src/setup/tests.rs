use super::*;
use crate::{
    TicketOrder, issue_ticket,
    testing::{NOW, SeededEntropy, TestBank},
};
use lending::ticket::{TicketError, VerifiedTicket};
use std::collections::BTreeMap;

fn files(dir: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.insert(path.clone(), fs::read(&path).unwrap());
        }
    }
    found
}

fn init_sandbox(dir: &Path, seed: u64) -> Result<Trust, InitError> {
    init(dir, &InitOptions::default(), NOW, &SeededEntropy::new(seed))
}

#[test]
fn a_new_bank_verifies_from_its_trust_file_alone() {
    let bank = TestBank::new();
    let published = Published::load(&bank.folder()).unwrap();
    assert_eq!(published.directory.bank, "SANBU");
    assert_eq!(published.catalogue().issued_at, NOW);
    assert!(published.directory.sealing_key(NOW).is_some());
    assert_ne!(&published.catalogue().bank.pseudonym_salt, sandbox::SALT_PLACEHOLDER.as_bytes());
}

#[test]
fn a_second_init_changes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    init_sandbox(dir.path(), 1).unwrap();
    let before = files(dir.path());
    assert!(matches!(init_sandbox(dir.path(), 2), Err(InitError::AlreadyThere(_))));
    assert_eq!(files(dir.path()), before);
}

#[test]
fn an_init_killed_after_any_file_is_completed_by_the_next_with_the_keys_already_made() {
    let whole = tempfile::tempdir().unwrap();
    init_sandbox(whole.path(), 1).unwrap();
    let steps = [
        "keys/root.key",
        "keys/ticket.key",
        "keys/catalogue.key",
        "keys/acknowledgement.key",
        "keys/sealing.key",
        "directory.cose",
        "catalogue.json",
        "catalogues/1.cose",
        "catalogue.cose",
        "trust.json",
    ];
    for killed_after in 0..=steps.len() {
        let dir = tempfile::tempdir().unwrap();
        for sub in ["keys", "catalogues"] {
            fs::create_dir(dir.path().join(sub)).unwrap();
        }
        for step in &steps[..killed_after] {
            fs::copy(whole.path().join(step), dir.path().join(step)).unwrap();
        }
        if let Some(next) = steps.get(killed_after) {
            fs::write(dir.path().join(format!("{next}.part")), b"torn").unwrap();
        }
        init_sandbox(dir.path(), 2).unwrap();
        Published::load(&Folder::at(dir.path())).unwrap();
        for step in steps[..killed_after].iter().filter(|step| step.starts_with("keys/")) {
            let (kept, made) = (dir.path().join(step), whole.path().join(step));
            assert_eq!(fs::read(kept).unwrap(), fs::read(made).unwrap(), "{step}");
        }
    }
}

#[test]
fn a_folder_with_something_else_in_it_is_left_alone() {
    for file in ["thesis.doc", "ledger.sqlite"] {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join(file), b"mine").unwrap();
        assert!(matches!(init_sandbox(dir.path(), 1), Err(InitError::Foreign { .. })), "{file}");
        assert_eq!(files(dir.path()).len(), 1);
    }
}

#[test]
fn a_faulty_catalogue_or_address_makes_no_bank() {
    let dir = tempfile::tempdir().unwrap();
    let address = InitOptions { address: "http://bank.example".into(), ..InitOptions::default() };
    let catalogue = InitOptions {
        catalogue: sandbox::CATALOGUE.replace("first_repayment", "upfront"),
        ..InitOptions::default()
    };
    for options in [address, catalogue] {
        assert!(init(dir.path(), &options, NOW, &SeededEntropy::new(1)).is_err());
        assert!(!Folder::at(dir.path()).is_complete());
    }
}

#[cfg(unix)]
#[test]
fn only_the_owner_can_read_the_keys() {
    use std::os::unix::fs::PermissionsExt;
    let bank = TestBank::new();
    let mode = |path: PathBuf| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(bank.folder().path().into()), 0o700);
    assert_eq!(mode(bank.folder().file("keys")), 0o700);
    for name in ["root", "ticket", "catalogue", "acknowledgement", "sealing"] {
        assert_eq!(mode(bank.folder().key_path(name)), 0o600, "{name}");
    }
}

#[test]
fn a_new_sealing_key_is_named_first_and_the_old_one_still_opens() {
    let bank = TestBank::new();
    let folder = bank.folder();
    let old = *Published::load(&folder).unwrap().directory.sealing_key(NOW).unwrap();
    let later = NOW.plus_millis(1000);
    let new = rotate_sealing_key(folder.path(), later, &SeededEntropy::new(5)).unwrap();
    let directory = Published::load(&folder).unwrap().directory;
    assert_eq!(directory.sealing_key(later), Some(&new));
    assert_eq!(directory.version, 2);
    let held: Vec<_> = folder.sealing_keys().unwrap().iter().map(|key| key.public()).collect();
    assert!(held.contains(&old) && held.contains(&new));
}

#[test]
fn tickets_of_a_rotated_key_stay_good_and_those_of_a_revoked_one_do_not() {
    let bank = TestBank::new();
    let folder = bank.folder();
    let (host, later) = (bank.published().catalogue().bank.host.clone(), NOW.plus_millis(1_500));
    let issue = || {
        let published = Published::load(&folder).unwrap();
        let order = TicketOrder {
            branch: "LQ01",
            product: "FLOW",
            grid: None,
            officer: None,
            campaign: None,
            valid_for_s: 3600,
        };
        let entropy = SeededEntropy::new(3);
        issue_ticket(&folder, published.catalogue(), &order, later, &entropy).unwrap().code()
    };
    let verify = |code: &str| {
        let directory = Published::load(&folder).unwrap().directory;
        let now = later.plus_millis(2_000);
        VerifiedTicket::verify(code, &host, &directory, now, now).map(|_| ())
    };
    let first = issue();
    rotate_ticket_key(folder.path(), false, later, &SeededEntropy::new(5)).unwrap();
    let second = issue();
    assert_eq!((verify(&first), verify(&second)), (Ok(()), Ok(())));
    rotate_ticket_key(folder.path(), true, later, &SeededEntropy::new(6)).unwrap();
    assert_eq!((verify(&first), verify(&second)), (Ok(()), Err(TicketError::Revoked)));
    assert_eq!(verify(&issue()), Ok(()));
}

#[test]
fn the_epoch_changes_each_time_it_is_renewed() {
    let bank = TestBank::new();
    let before = bank.folder().identity().unwrap().server_epoch;
    let first = renew_epoch(bank.folder().path(), NOW).unwrap();
    let second = renew_epoch(bank.folder().path(), NOW).unwrap();
    assert!(before < first && first < second);
    assert_eq!(bank.folder().identity().unwrap().server_epoch, second);
}
