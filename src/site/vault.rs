//! The vault: a file of passwords, encrypted with a passphrase.
//!
//! Layout of the file, all of it authenticated:
//!
//! | bytes | content |
//! |---|---|
//! | 13 | `fxpane vault\n` |
//! | 1 | version, 1 |
//! | 12 | argon2id: memory in KiB, passes, lanes, each 4 bytes, little-endian |
//! | 16 | salt |
//! | 32 | check: the second half of the derived 64 bytes |
//! | 24 | nonce, new at every write |
//! | rest | XChaCha20-Poly1305 under the first half, of a JSON object name → password |
//!
//! The check distinguishes a wrong passphrase from a damaged file. It reveals nothing: an attacker
//! can test a passphrase with the authentication tag anyway, and the two halves of argon2's output
//! are independent.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use argon2::{Algorithm, Argon2, Params, Version};
use chacha20poly1305::aead::{Aead as _, Payload};
use chacha20poly1305::{KeyInit as _, XChaCha20Poly1305, XNonce};
use ring::rand::{SecureRandom as _, SystemRandom};
use zeroize::{Zeroize as _, Zeroizing};

use crate::base::{Secret, text};
use crate::config::{ConfigError, files};

const MAGIC: &[u8] = b"fxpane vault\n";
const VERSION: u8 = 1;
const SALT: usize = 16;
const HALF: usize = 32;
const NONCE: usize = 24;
/// The length of everything before the encrypted part.
const HEADER: usize = MAGIC.len() + 1 + 12 + SALT + HALF + NONCE;

/// The cost of one attempt: 64 MiB and 3 passes, the second recommendation of RFC 9106 section 4.
const COST: Cost = Cost { memory: 64 * 1024, passes: 3, lanes: 4 };
/// The highest accepted cost (1 GiB, 64 passes), so that a foreign file cannot exhaust the memory.
const MAX_COST: Cost = Cost { memory: 1024 * 1024, passes: 64, lanes: 64 };

/// Why the vault could not be used. Never contains a password.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// The vault is locked.
    #[error("the vault is locked; its passphrase is required")]
    Locked,
    /// There is no vault yet.
    #[error("there is no vault yet; choose a passphrase to create one")]
    Missing,
    /// A vault already exists.
    #[error("a vault already exists; open it with its passphrase")]
    Exists,
    /// The passphrase is wrong.
    #[error("the passphrase of the vault is wrong")]
    WrongPassphrase,
    /// The passphrase is empty.
    #[error("the passphrase is empty; choose one that is hard to guess")]
    EmptyPassphrase,
    /// The passphrase is right, but the file was modified or truncated.
    #[error(
        "the vault {} is damaged; restore a backup, or remove it and store the passwords again",
        .0
    )]
    Damaged(String),
    /// The file is not a vault, or was written by a later version.
    #[error("{0} is not a vault that this version of fxpane can read")]
    Unknown(String),
    /// Another process changed the passphrase.
    #[error("the passphrase of the vault was changed; open it again")]
    Changed,
    /// No such entry.
    #[error("the vault has no password named “{}”", text::visible_str(.0))]
    NoEntry(String),
    /// Encryption, decryption or the random number generator failed.
    #[error("the vault cannot be encrypted or decrypted: {0}")]
    System(&'static str),
    /// The file cannot be read or written.
    #[error(transparent)]
    File(#[from] ConfigError),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Cost {
    /// Memory in KiB.
    memory: u32,
    passes: u32,
    lanes: u32,
}

/// The vault in one file. It is locked until [`Vault::unlock`], then open until [`Vault::lock`] or
/// the end of the program.
pub struct Vault {
    path: PathBuf,
    cost: Cost,
    open: Mutex<Option<Open>>,
}

/// The state of an open vault.
struct Open {
    salt: [u8; SALT],
    cost: Cost,
    keys: Keys,
    passwords: BTreeMap<String, Secret>,
}

struct Keys {
    encryption: Zeroizing<[u8; HALF]>,
    check: [u8; HALF],
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let open = self.lock_state().is_some();
        f.debug_struct("Vault").field("path", &self.path).field("open", &open).finish()
    }
}

impl Vault {
    /// The vault in this file, which does not need to exist yet.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), cost: COST, open: Mutex::new(None) }
    }

    /// True when the file exists.
    #[must_use]
    pub fn exists(&self) -> bool {
        self.path.exists()
    }

    /// True when the vault is unlocked.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.lock_state().is_some()
    }

    /// Creates a new, empty vault and leaves it open. Takes about one second of CPU time.
    ///
    /// # Errors
    /// [`VaultError::Exists`], [`VaultError::EmptyPassphrase`], and system errors.
    pub fn create(&self, passphrase: &Secret) -> Result<(), VaultError> {
        let _lock = files::lock(self.dir())?;
        if self.exists() {
            return Err(VaultError::Exists);
        }
        let open = Open::new(passphrase, self.cost, BTreeMap::new())?;
        self.write(&open)?;
        *self.lock_state() = Some(open);
        Ok(())
    }

    /// Opens the vault. Takes about one second of CPU time.
    ///
    /// # Errors
    /// [`VaultError::WrongPassphrase`], [`VaultError::Missing`], [`VaultError::Damaged`] and
    /// others.
    pub fn unlock(&self, passphrase: &Secret) -> Result<(), VaultError> {
        let file = self.read()?.ok_or(VaultError::Missing)?;
        let open = self.open_with(&file, passphrase)?;
        *self.lock_state() = Some(open);
        Ok(())
    }

    /// Locks the vault: discards the key and the passwords.
    pub fn lock(&self) {
        *self.lock_state() = None;
    }

    /// Reads a password from the current file, since another process may have changed it.
    ///
    /// # Errors
    /// [`VaultError::Locked`], [`VaultError::NoEntry`], [`VaultError::Changed`] when the
    /// passphrase has changed, and errors of the file.
    pub fn get(&self, name: &str) -> Result<Secret, VaultError> {
        let mut state = self.lock_state();
        let open = self.refresh(&mut state)?;
        open.passwords.get(name).cloned().ok_or_else(|| VaultError::NoEntry(name.to_owned()))
    }

    /// The names of all passwords, sorted.
    ///
    /// # Errors
    /// See [`Vault::get`].
    pub fn names(&self) -> Result<Vec<String>, VaultError> {
        let mut state = self.lock_state();
        Ok(self.refresh(&mut state)?.passwords.keys().cloned().collect())
    }

    /// Stores a password, replacing an existing one with this name.
    ///
    /// # Errors
    /// [`VaultError::Locked`], and system errors; nothing has changed then.
    pub fn set(&self, name: &str, password: Secret) -> Result<(), VaultError> {
        self.change(|passwords| {
            passwords.insert(name.to_owned(), password);
        })
    }

    /// Deletes a password.
    ///
    /// # Errors
    /// See [`Vault::set`].
    pub fn remove(&self, name: &str) -> Result<(), VaultError> {
        self.change(|passwords| {
            passwords.remove(name);
        })
    }

    /// Encrypts the vault with another passphrase. Takes about two seconds of CPU time.
    ///
    /// # Errors
    /// [`VaultError::WrongPassphrase`] when `old` is not the passphrase; see [`Vault::unlock`].
    pub fn change_passphrase(&self, old: &Secret, new: &Secret) -> Result<(), VaultError> {
        let _lock = files::lock(self.dir())?;
        let file = self.read()?.ok_or(VaultError::Missing)?;
        let current = self.open_with(&file, old)?;
        let open = Open::new(new, self.cost, current.passwords)?;
        self.write(&open)?;
        *self.lock_state() = Some(open);
        Ok(())
    }

    /// Changes the passwords that are currently in the file, which other processes may have
    /// written.
    fn change(&self, change: impl FnOnce(&mut BTreeMap<String, Secret>)) -> Result<(), VaultError> {
        let _lock = files::lock(self.dir())?;
        let mut state = self.lock_state();
        let open = self.refresh(&mut state)?;
        let mut passwords = open.passwords.clone();
        change(&mut passwords);
        let before = std::mem::replace(&mut open.passwords, passwords);
        self.write(open).inspect_err(|_| open.passwords = before)
    }

    /// Reads the passwords from the file again, with the key that is already known.
    fn refresh<'a>(&self, state: &'a mut Option<Open>) -> Result<&'a mut Open, VaultError> {
        let Some(salt) = state.as_ref().map(|open| open.salt) else {
            return Err(VaultError::Locked);
        };
        let file = self.read()?.ok_or(VaultError::Missing)?;
        let header = Header::parse(&file).ok_or_else(|| VaultError::Unknown(self.shown_path()))?;
        if *header.salt != salt {
            *state = None;
            return Err(VaultError::Changed);
        }
        let open = state.as_mut().ok_or(VaultError::Locked)?;
        open.passwords = self.decrypt(&file, &open.keys)?;
        Ok(open)
    }

    fn open_with(&self, file: &[u8], passphrase: &Secret) -> Result<Open, VaultError> {
        let header = Header::parse(file).ok_or_else(|| VaultError::Unknown(self.shown_path()))?;
        let keys = Keys::derive(passphrase, header.salt, header.cost)?;
        // timing reveals nothing: an attacker with the file can derive both sides
        if keys.check != *header.check {
            return Err(VaultError::WrongPassphrase);
        }
        let passwords = self.decrypt(file, &keys)?;
        Ok(Open { salt: *header.salt, cost: header.cost, keys, passwords })
    }

    fn decrypt(&self, file: &[u8], keys: &Keys) -> Result<BTreeMap<String, Secret>, VaultError> {
        let damaged = || VaultError::Damaged(self.shown_path());
        let (header, sealed) = file.split_at_checked(HEADER).ok_or_else(damaged)?;
        let nonce: &[u8; NONCE] = header.last_chunk().ok_or_else(damaged)?;
        let payload = Payload { msg: sealed, aad: header };
        let plain = XChaCha20Poly1305::new((&*keys.encryption).into())
            .decrypt(&XNonce::from(*nonce), payload)
            .map(Zeroizing::new)
            .map_err(|_| damaged())?;
        let passwords: BTreeMap<String, String> =
            serde_json::from_slice(&plain).map_err(|_| damaged())?;
        Ok(passwords.into_iter().map(|(name, text)| (name, Secret::new(text))).collect())
    }

    fn write(&self, open: &Open) -> Result<(), VaultError> {
        Ok(files::write(&self.path, &open.encrypt()?)?)
    }

    fn read(&self) -> Result<Option<Vec<u8>>, VaultError> {
        match fs::read(&self.path) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(ConfigError::Read { path: self.path.clone(), source }.into()),
        }
    }

    fn dir(&self) -> &Path {
        self.path.parent().unwrap_or_else(|| Path::new("."))
    }

    fn shown_path(&self) -> String {
        text::visible(self.path.as_os_str().as_encoded_bytes())
    }

    fn lock_state(&self) -> MutexGuard<'_, Option<Open>> {
        // the state is replaced as a whole, so a panic cannot leave it incomplete
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Open {
    fn new(
        passphrase: &Secret,
        cost: Cost,
        passwords: BTreeMap<String, Secret>,
    ) -> Result<Self, VaultError> {
        if passphrase.is_empty() {
            return Err(VaultError::EmptyPassphrase);
        }
        let salt = random()?;
        let keys = Keys::derive(passphrase, &salt, cost)?;
        Ok(Self { salt, cost, keys, passwords })
    }

    /// Encrypts the content of the file with a new nonce.
    fn encrypt(&self) -> Result<Vec<u8>, VaultError> {
        let nonce: [u8; NONCE] = random()?;
        let mut file = Vec::with_capacity(HEADER + 256);
        file.extend_from_slice(MAGIC);
        file.push(VERSION);
        for number in [self.cost.memory, self.cost.passes, self.cost.lanes] {
            file.extend_from_slice(&number.to_le_bytes());
        }
        file.extend_from_slice(&self.salt);
        file.extend_from_slice(&self.keys.check);
        file.extend_from_slice(&nonce);
        let passwords: BTreeMap<&str, &str> =
            self.passwords.iter().map(|(name, secret)| (name.as_str(), secret.reveal())).collect();
        let plain = serde_json::to_vec(&passwords)
            .map(Zeroizing::new)
            .map_err(|_| VaultError::System("the passwords cannot be serialized"))?;
        let sealed = XChaCha20Poly1305::new((&*self.keys.encryption).into())
            .encrypt(&XNonce::from(nonce), Payload { msg: &plain, aad: &file })
            .map_err(|_| VaultError::System("encryption failed"))?;
        file.extend_from_slice(&sealed);
        Ok(file)
    }
}

impl Keys {
    fn derive(passphrase: &Secret, salt: &[u8; SALT], cost: Cost) -> Result<Self, VaultError> {
        let params = Params::new(cost.memory, cost.passes, cost.lanes, Some(2 * HALF))
            .map_err(|_| VaultError::System("the cost parameters are out of range"))?;
        let mut derived = Zeroizing::new([0; 2 * HALF]);
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into(passphrase.reveal().as_bytes(), salt, &mut *derived)
            .map_err(|_| VaultError::System("the key cannot be derived"))?;
        let mut keys = Self { encryption: Zeroizing::new([0; HALF]), check: [0; HALF] };
        keys.encryption.copy_from_slice(&derived[..HALF]);
        keys.check.copy_from_slice(&derived[HALF..]);
        derived.zeroize();
        Ok(keys)
    }
}

/// The unencrypted part of a file.
struct Header<'a> {
    cost: Cost,
    salt: &'a [u8; SALT],
    check: &'a [u8; HALF],
}

impl<'a> Header<'a> {
    /// `None` when the file is not a vault, or its cost parameters are too high.
    fn parse(file: &'a [u8]) -> Option<Self> {
        let (version, rest) = file.strip_prefix(MAGIC)?.split_first()?;
        let number = |at: usize| {
            let bytes = rest.get(at..)?.first_chunk()?;
            Some(u32::from_le_bytes(*bytes))
        };
        let cost = Cost { memory: number(0)?, passes: number(4)?, lanes: number(8)? };
        let salt = rest.get(12..)?.first_chunk()?;
        let check = rest.get(12 + SALT..)?.first_chunk()?;
        let is_ours = *version == VERSION
            && cost.memory <= MAX_COST.memory
            && cost.passes <= MAX_COST.passes
            && cost.lanes <= MAX_COST.lanes;
        is_ours.then_some(Self { cost, salt, check })
    }
}

fn random<const N: usize>() -> Result<[u8; N], VaultError> {
    let mut bytes = [0; N];
    SystemRandom::new()
        .fill(&mut bytes)
        .map_err(|_| VaultError::System("the system provides no random numbers"))?;
    Ok(bytes)
}

#[cfg(test)]
#[path = "vault_tests.rs"]
mod tests;
