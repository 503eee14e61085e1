//! Tests of the vault: passphrases, concurrent processes, damage at every byte.

use super::*;

/// Cheap parameters for fast tests.
const CHEAP: Cost = Cost { memory: 8, passes: 1, lanes: 1 };

struct Home {
    folder: tempfile::TempDir,
}

impl Home {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("data/vault")
    }

    fn vault(&self) -> Vault {
        Vault { cost: CHEAP, ..Vault::new(self.path()) }
    }
}

fn secret(text: &str) -> Secret {
    Secret::from(text)
}

#[test]
fn passwords_are_readable_only_with_the_passphrase() {
    let home = Home::new();
    let vault = home.vault();
    assert!(matches!(vault.unlock(&secret("x")), Err(VaultError::Missing)));
    assert!(matches!(vault.create(&secret("")), Err(VaultError::EmptyPassphrase)));
    assert!(!vault.exists());
    vault.create(&secret("open sesame")).unwrap();
    vault.set("nas", secret("hunter2 ü\n\"")).unwrap();
    vault.set("mirror", secret("x")).unwrap();
    vault.remove("mirror").unwrap();
    assert!(matches!(vault.create(&secret("y")), Err(VaultError::Exists)));

    let later = home.vault();
    assert!(matches!(later.get("nas"), Err(VaultError::Locked)));
    assert!(matches!(later.set("a", secret("b")), Err(VaultError::Locked)));
    assert!(matches!(later.unlock(&secret("open says me")), Err(VaultError::WrongPassphrase)));
    assert!(!later.is_open());
    later.unlock(&secret("open sesame")).unwrap();
    assert_eq!(later.get("nas").unwrap().reveal(), "hunter2 ü\n\"");
    assert!(matches!(later.get("mirror"), Err(VaultError::NoEntry(_))));
    assert_eq!(later.names().unwrap(), ["nas"]);
    later.lock();
    assert!(matches!(later.get("nas"), Err(VaultError::Locked)));

    let bytes = fs::read(home.path()).unwrap();
    assert!(!bytes.windows(7).any(|window| window == b"hunter2"));
    if cfg!(unix) {
        assert_eq!(files::mode(&home.path()), Some(0o600));
    }
    let debug = format!("{vault:?}");
    assert!(!debug.contains("hunter2"), "{debug}");
}

#[test]
fn the_passphrase_can_be_changed() {
    let home = Home::new();
    let vault = home.vault();
    vault.create(&secret("old")).unwrap();
    vault.set("a", secret("1")).unwrap();
    let other = home.vault();
    other.unlock(&secret("old")).unwrap();
    assert!(matches!(
        vault.change_passphrase(&secret("no"), &secret("new")),
        Err(VaultError::WrongPassphrase)
    ));
    assert!(matches!(
        vault.change_passphrase(&secret("old"), &secret("")),
        Err(VaultError::EmptyPassphrase)
    ));
    vault.change_passphrase(&secret("old"), &secret("new")).unwrap();
    vault.set("b", secret("2")).unwrap();
    // a process that opened the vault with the old passphrase cannot overwrite it
    assert!(matches!(other.set("c", secret("3")), Err(VaultError::Changed)));
    assert!(matches!(other.unlock(&secret("old")), Err(VaultError::WrongPassphrase)));
    other.unlock(&secret("new")).unwrap();
    assert_eq!(other.names().unwrap(), ["a", "b"]);
}

#[test]
fn two_processes_do_not_lose_each_others_passwords() {
    let home = Home::new();
    let one = home.vault();
    one.create(&secret("p")).unwrap();
    let two = home.vault();
    two.unlock(&secret("p")).unwrap();
    one.set("a", secret("1")).unwrap();
    two.set("b", secret("2")).unwrap();
    assert_eq!(two.names().unwrap(), ["a", "b"]);
}

#[test]
fn damage_anywhere_is_detected() {
    let home = Home::new();
    let vault = home.vault();
    vault.create(&secret("p")).unwrap();
    vault.set("a", secret("hunter2")).unwrap();
    let good = fs::read(home.path()).unwrap();
    for at in 0..good.len() {
        let open = home.vault();
        open.unlock(&secret("p")).unwrap();
        let mut bad = good.clone();
        bad[at] ^= 1;
        fs::write(home.path(), &bad).unwrap();
        let fresh = home.vault();
        let error = fresh.unlock(&secret("p")).expect_err(&format!("byte {at} was changed"));
        assert!(!fresh.is_open());
        let expected = match at {
            _ if at < MAGIC.len() + 1 => matches!(error, VaultError::Unknown(_)),
            // other costs give a different key, or are out of range
            _ if at < HEADER - NONCE => {
                matches!(
                    error,
                    VaultError::WrongPassphrase | VaultError::Unknown(_) | VaultError::System(_)
                )
            }
            _ => matches!(error, VaultError::Damaged(_)),
        };
        assert!(expected, "byte {at}: {error:?}");
        // a damaged vault is not overwritten
        assert!(open.set("b", secret("x")).is_err(), "byte {at}");
        assert_eq!(fs::read(home.path()).unwrap(), bad);
        fs::write(home.path(), &good).unwrap();
    }
    for length in 0..good.len() {
        fs::write(home.path(), &good[..length]).unwrap();
        assert!(home.vault().unlock(&secret("p")).is_err(), "cut off at {length}");
    }
}

#[test]
fn every_write_has_a_new_nonce_and_every_passphrase_a_new_salt() {
    let home = Home::new();
    let vault = home.vault();
    vault.create(&secret("p")).unwrap();
    let one = fs::read(home.path()).unwrap();
    vault.set("a", secret("1")).unwrap();
    let two = fs::read(home.path()).unwrap();
    assert_eq!(one[..HEADER - NONCE], two[..HEADER - NONCE]);
    assert_ne!(one[HEADER - NONCE..HEADER], two[HEADER - NONCE..HEADER]);
    vault.change_passphrase(&secret("p"), &secret("p")).unwrap();
    let three = fs::read(home.path()).unwrap();
    assert_ne!(two[..HEADER - NONCE], three[..HEADER - NONCE]);
}

#[test]
fn the_default_cost_follows_the_standard() {
    let home = Home::new();
    let vault = Vault::new(home.path());
    vault.create(&secret("p")).unwrap();
    let file = fs::read(home.path()).unwrap();
    let cost = Header::parse(&file).unwrap().cost;
    assert_eq!(cost, Cost { memory: 65_536, passes: 3, lanes: 4 });
    let fresh = Vault::new(home.path());
    fresh.unlock(&secret("p")).unwrap();
    assert!(fresh.names().unwrap().is_empty());
}
