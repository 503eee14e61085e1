//! The vault: passwords in one file under a passphrase.
//!
//! Layout of the file, all of it authenticated:
//!
//! | bytes | what |
//! |---|---|
//! | 13 | `fxpane vault\n` |
//! | 1 | version, 1 |
//! | 12 | argon2id: memory in KiB, passes, lanes, each 4 bytes, least first |
//! | 16 | salt |
//! | 32 | check: the second half of the derived 64 bytes |
//! | 24 | nonce, new at every write |
//! | rest | XChaCha20-Poly1305 under the first half, of a JSON object name → password |
//!
//! The check tells a wrong passphrase from a damaged file. It gives nothing away: who tries
//! passphrases can tell a right one by the seal anyway, and argon2's output halves do not tell of
//! each other.

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
/// Everything before the sealed part.
const HEADER: usize = MAGIC.len() + 1 + 12 + SALT + HALF + NONCE;

/// The cost of a try: 64 MiB and 3 passes, the second recommendation of RFC 9106 section 4.
const COST: Cost = Cost { memory: 64 * 1024, passes: 3, lanes: 4 };
/// A file that asks for more than this (1 GiB, 64 passes) is not ours.
const MOST: Cost = Cost { memory: 1024 * 1024, passes: 64, lanes: 64 };

/// Why the vault did not give or take a password. Never holds one.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// The passphrase must be asked for first.
    #[error("the vault is locked; its passphrase is needed")]
    Locked,
    /// There is no vault yet.
    #[error("there is no vault yet; choose a passphrase to make one")]
    Missing,
    /// There is one already.
    #[error("there is a vault already; open it with its passphrase")]
    Exists,
    /// The passphrase is wrong.
    #[error("the passphrase of the vault is wrong")]
    Wrong,
    /// An empty passphrase protects nothing.
    #[error("the passphrase is empty; choose one that nobody guesses")]
    Empty,
    /// The passphrase is right, but the file was changed or cut off.
    #[error(
        "the vault {} is damaged; put back a copy of it, or remove it and give the passwords again",
        .0
    )]
    Damaged(String),
    /// The file is no vault, or one of a later version of the program.
    #[error("{0} is no vault that this version of fxpane can read")]
    Unknown(String),
    /// The passphrase was changed by another process.
    #[error("the vault was given another passphrase meanwhile; open it again")]
    Changed,
    /// No such entry.
    #[error("the vault has no password called “{}”", text::visible_str(.0))]
    NoEntry(String),
    /// The system gives no random numbers, or too little memory.
    #[error("the vault cannot be sealed or opened: {0}")]
    System(&'static str),
    /// The file cannot be read or written.
    #[error(transparent)]
    File(#[from] ConfigError),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Cost {
    /// KiB.
    memory: u32,
    passes: u32,
    lanes: u32,
}

/// The vault of one file. Locked until [`Vault::unlock`]; open until [`Vault::lock`] or the end of
/// the program.
pub struct Vault {
    path: PathBuf,
    cost: Cost,
    open: Mutex<Option<Open>>,
}

/// What is known while it is open.
struct Open {
    salt: [u8; SALT],
    cost: Cost,
    keys: Keys,
    passwords: BTreeMap<String, Secret>,
}

struct Keys {
    seal: Zeroizing<[u8; HALF]>,
    check: [u8; HALF],
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let open = self.lock_state().is_some();
        f.debug_struct("Vault").field("path", &self.path).field("open", &open).finish()
    }
}

impl Vault {
    /// The vault in that file, which needs not exist yet.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), cost: COST, open: Mutex::new(None) }
    }

    /// True when the file is there.
    #[must_use]
    pub fn exists(&self) -> bool {
        self.path.exists()
    }

    /// True when passwords can be had without asking.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.lock_state().is_some()
    }

    /// Makes a new, empty vault and leaves it open. Takes about a second of one core.
    ///
    /// # Errors
    /// [`VaultError::Exists`], [`VaultError::Empty`], and what the system refuses.
    pub fn create(&self, passphrase: &Secret) -> Result<(), VaultError> {
        let _lock = files::lock(self.folder())?;
        if self.exists() {
            return Err(VaultError::Exists);
        }
        let open = Open::new(passphrase, self.cost, BTreeMap::new())?;
        self.write(&open)?;
        *self.lock_state() = Some(open);
        Ok(())
    }

    /// Opens the vault. Takes about a second of one core.
    ///
    /// # Errors
    /// [`VaultError::Wrong`], [`VaultError::Missing`], [`VaultError::Damaged`] and others.
    pub fn unlock(&self, passphrase: &Secret) -> Result<(), VaultError> {
        let file = self.read()?.ok_or(VaultError::Missing)?;
        let open = self.opened(&file, passphrase)?;
        *self.lock_state() = Some(open);
        Ok(())
    }

    /// Forgets key and passwords.
    pub fn lock(&self) {
        *self.lock_state() = None;
    }

    /// A password, as the file has it now: another process may have changed it.
    ///
    /// # Errors
    /// [`VaultError::Locked`], [`VaultError::NoEntry`], [`VaultError::Changed`] when the
    /// passphrase is another one now, and what is wrong with the file.
    pub fn get(&self, name: &str) -> Result<Secret, VaultError> {
        let mut state = self.lock_state();
        let open = self.refresh(&mut state)?;
        open.passwords.get(name).cloned().ok_or_else(|| VaultError::NoEntry(name.to_owned()))
    }

    /// The names of all passwords, in order.
    ///
    /// # Errors
    /// See [`Vault::get`].
    pub fn names(&self) -> Result<Vec<String>, VaultError> {
        let mut state = self.lock_state();
        Ok(self.refresh(&mut state)?.passwords.keys().cloned().collect())
    }

    /// Keeps a password, over an old one of that name.
    ///
    /// # Errors
    /// [`VaultError::Locked`], and what the system refuses; then nothing has changed.
    pub fn set(&self, name: &str, password: Secret) -> Result<(), VaultError> {
        self.change(|passwords| {
            passwords.insert(name.to_owned(), password);
        })
    }

    /// Forgets a password.
    ///
    /// # Errors
    /// See [`Vault::set`].
    pub fn remove(&self, name: &str) -> Result<(), VaultError> {
        self.change(|passwords| {
            passwords.remove(name);
        })
    }

    /// Seals the vault with another passphrase. Takes about two seconds of one core.
    ///
    /// # Errors
    /// [`VaultError::Wrong`] when `old` is not the passphrase; see [`Vault::unlock`].
    pub fn change_passphrase(&self, old: &Secret, new: &Secret) -> Result<(), VaultError> {
        let _lock = files::lock(self.folder())?;
        let file = self.read()?.ok_or(VaultError::Missing)?;
        let was = self.opened(&file, old)?;
        let open = Open::new(new, self.cost, was.passwords)?;
        self.write(&open)?;
        *self.lock_state() = Some(open);
        Ok(())
    }

    /// Changes the passwords as they are in the file now, whatever other processes have written.
    fn change(&self, change: impl FnOnce(&mut BTreeMap<String, Secret>)) -> Result<(), VaultError> {
        let _lock = files::lock(self.folder())?;
        let mut state = self.lock_state();
        let open = self.refresh(&mut state)?;
        let mut passwords = open.passwords.clone();
        change(&mut passwords);
        let before = std::mem::replace(&mut open.passwords, passwords);
        self.write(open).inspect_err(|_| open.passwords = before)
    }

    /// What is known, brought up to the file as it is now; needs no passphrase.
    fn refresh<'a>(&self, state: &'a mut Option<Open>) -> Result<&'a mut Open, VaultError> {
        let Some(salt) = state.as_ref().map(|open| open.salt) else {
            return Err(VaultError::Locked);
        };
        let file = self.read()?.ok_or(VaultError::Missing)?;
        let header = Header::parse(&file).ok_or_else(|| VaultError::Unknown(self.shown()))?;
        if *header.salt != salt {
            *state = None;
            return Err(VaultError::Changed);
        }
        let open = state.as_mut().ok_or(VaultError::Locked)?;
        open.passwords = self.unseal(&file, &open.keys)?;
        Ok(open)
    }

    fn opened(&self, file: &[u8], passphrase: &Secret) -> Result<Open, VaultError> {
        let header = Header::parse(file).ok_or_else(|| VaultError::Unknown(self.shown()))?;
        let keys = Keys::derive(passphrase, header.salt, header.cost)?;
        // both sides are derived by the one who asks: there is nothing to learn from the time
        if keys.check != *header.check {
            return Err(VaultError::Wrong);
        }
        let passwords = self.unseal(file, &keys)?;
        Ok(Open { salt: *header.salt, cost: header.cost, keys, passwords })
    }

    fn unseal(&self, file: &[u8], keys: &Keys) -> Result<BTreeMap<String, Secret>, VaultError> {
        let damaged = || VaultError::Damaged(self.shown());
        let (header, sealed) = file.split_at_checked(HEADER).ok_or_else(damaged)?;
        let nonce: &[u8; NONCE] = header.last_chunk().ok_or_else(damaged)?;
        let payload = Payload { msg: sealed, aad: header };
        let plain = XChaCha20Poly1305::new((&*keys.seal).into())
            .decrypt(&XNonce::from(*nonce), payload)
            .map(Zeroizing::new)
            .map_err(|_| damaged())?;
        let passwords: BTreeMap<String, String> =
            serde_json::from_slice(&plain).map_err(|_| damaged())?;
        Ok(passwords.into_iter().map(|(name, text)| (name, Secret::new(text))).collect())
    }

    fn write(&self, open: &Open) -> Result<(), VaultError> {
        Ok(files::write(&self.path, &open.seal()?)?)
    }

    fn read(&self) -> Result<Option<Vec<u8>>, VaultError> {
        match fs::read(&self.path) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(ConfigError::Read { path: self.path.clone(), source }.into()),
        }
    }

    fn folder(&self) -> &Path {
        self.path.parent().unwrap_or_else(|| Path::new("."))
    }

    fn shown(&self) -> String {
        text::visible(self.path.as_os_str().as_encoded_bytes())
    }

    fn lock_state(&self) -> MutexGuard<'_, Option<Open>> {
        // the state is replaced as a whole, so a panic elsewhere cannot have left half of it
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
            return Err(VaultError::Empty);
        }
        let salt = random()?;
        let keys = Keys::derive(passphrase, &salt, cost)?;
        Ok(Self { salt, cost, keys, passwords })
    }

    /// The content of the file, with a nonce that was never used before.
    fn seal(&self) -> Result<Vec<u8>, VaultError> {
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
            .map_err(|_| VaultError::System("the passwords cannot be put into words"))?;
        let sealed = XChaCha20Poly1305::new((&*self.keys.seal).into())
            .encrypt(&XNonce::from(nonce), Payload { msg: &plain, aad: &file })
            .map_err(|_| VaultError::System("encryption failed"))?;
        file.extend_from_slice(&sealed);
        Ok(file)
    }
}

impl Keys {
    fn derive(passphrase: &Secret, salt: &[u8; SALT], cost: Cost) -> Result<Self, VaultError> {
        let params = Params::new(cost.memory, cost.passes, cost.lanes, Some(2 * HALF))
            .map_err(|_| VaultError::System("the cost of its passphrase is out of range"))?;
        let mut derived = Zeroizing::new([0; 2 * HALF]);
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into(passphrase.reveal().as_bytes(), salt, &mut *derived)
            .map_err(|_| VaultError::System("the key cannot be derived"))?;
        let mut keys = Self { seal: Zeroizing::new([0; HALF]), check: [0; HALF] };
        keys.seal.copy_from_slice(&derived[..HALF]);
        keys.check.copy_from_slice(&derived[HALF..]);
        derived.zeroize();
        Ok(keys)
    }
}

/// The readable part of a file.
struct Header<'a> {
    cost: Cost,
    salt: &'a [u8; SALT],
    check: &'a [u8; HALF],
}

impl<'a> Header<'a> {
    /// `None` for what is no vault, or one that would take unreasonably long to open.
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
            && cost.memory <= MOST.memory
            && cost.passes <= MOST.passes
            && cost.lanes <= MOST.lanes;
        is_ours.then_some(Self { cost, salt, check })
    }
}

fn random<const N: usize>() -> Result<[u8; N], VaultError> {
    let mut bytes = [0; N];
    SystemRandom::new()
        .fill(&mut bytes)
        .map_err(|_| VaultError::System("the system gives no random numbers"))?;
    Ok(bytes)
}

#[cfg(test)]
#[path = "vault_tests.rs"]
mod tests;
