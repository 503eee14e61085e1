//! The screen with an engine.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use crate::app::Parts;
use crate::app::engine::{self, Front};
use crate::cli::passphrase::QUESTION;
use crate::cli::verb::demo;
use crate::cli::verb::open::Open;
use crate::cli::{Arguments, CliError, Exit};
use crate::config::settings::Transfer;
use crate::config::{Folders, files};
use crate::queue::{Rules, Store};
use crate::site::{Location, PasswordRef, Site, Sites, Trust, sites_file};
use crate::ui::{self, Remember, Start, UserFile};

/// Opens the screen at the places that the command line names.
pub(super) async fn open(
    arguments: &Arguments,
    open: &Open,
    parts: Parts,
) -> Result<Exit, CliError> {
    let mut messages = Vec::new();
    let sites = match sites_file::load(&parts.folders.sites_file()) {
        Ok(loaded) => {
            messages.extend(loaded.warnings.iter().map(ToString::to_string));
            loaded.sites
        }
        // a broken file of bookmarks does not keep the user from connecting by address
        Err(error) if open.is_plain() => {
            messages.extend(error.to_string().lines().map(str::to_owned));
            Sites::new()
        }
        Err(error) => return Err(error.into()),
    };
    let places = open.places(&sites)?;
    show(arguments, parts, sites, places, messages, false).await
}

/// Starts the sample servers and opens the screen on both. Nothing of it is remembered.
pub(super) async fn demo(arguments: &Arguments, parts: Parts) -> Result<Exit, CliError> {
    let samples = demo::start().await?;
    let mut sites = Vec::new();
    for sample in &samples {
        let at = Location::parse(sample.url(), &Sites::new())?.location;
        if let Some((site, path)) = at.remote() {
            let mut site = Site::clone(site);
            site.name = sample.name.to_owned();
            site.password = PasswordRef::Plain(sample.server.password().into());
            // the certificate was made a moment ago, by this same process
            site.accept_certs.extend(sample.server.fingerprint().map(str::to_owned));
            site.start_path = Some(path.clone());
            sites.push(site);
        }
    }
    let sites: Sites = sites.into_iter().collect();
    let place = |at: usize| {
        let site = sites.iter().nth(at)?;
        let path = site.start_path.clone().unwrap_or_default();
        Some(Location::Remote { site: site.clone(), path })
    };
    let places = [place(0), place(1)];
    let parts = Parts { trust: Arc::new(Trust::in_memory()), ..parts };
    show(arguments, parts, sites, places, Vec::new(), true).await
}

async fn show(
    arguments: &Arguments,
    parts: Parts,
    sites: Sites,
    [left, right]: [Option<Location>; 2],
    mut messages: Vec<String>,
    demo: bool,
) -> Result<Exit, CliError> {
    let store = if demo {
        Store::in_memory()
    } else {
        let (store, message) = engine::store(&parts);
        messages.extend(message);
        store
    };
    let engine = engine::start(arguments, &parts, Front::Screen, store);
    let passphrase = arguments.passphrase();
    if passphrase.is_in_file() && parts.folders.vault_file().exists() && !demo {
        let opened = passphrase.get(QUESTION, &mut arguments.output());
        let opened = match opened {
            Ok(passphrase) => engine.unlock(passphrase).await.map_err(CliError::from),
            Err(error) => Err(error),
        };
        messages.extend(opened.err().map(|error| error.to_string()));
    }
    let keymap = user_file(&parts.folders.keymap_file(), &mut messages);
    let screen = &parts.settings.screen;
    let theme = parts.folders.themes().join(format!("{}.toml", screen.theme));
    let theme = user_file(&theme, &mut messages);
    let known = sites.clone();
    let start = Start {
        left,
        right,
        sites: sites.iter().cloned().collect(),
        parse_location: Arc::new(move |text| {
            Location::parse_remote(text, &known).map(|parsed| parsed.location)
        }),
        history: if demo { Vec::new() } else { history(&parts.folders, &mut messages) },
        remember: remember(&parts.folders, demo),
        keymap,
        theme,
        wishes: screen.clone(),
        rules: rules(&parts.settings.transfer),
        no_color: std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty()),
        demo,
        messages,
    };
    let shown = ui::run(engine.clone(), start).await;
    engine.shutdown().await;
    shown.map_err(|error| CliError::Start(Box::new(error)))?;
    Ok(Exit::Done)
}

/// The rules that the copy dialog begins with.
fn rules(transfer: &Transfer) -> Rules {
    Rules {
        exists: transfer.exists,
        verify: transfer.verify,
        via: transfer.via,
        parallel: transfer.parallel,
    }
}

/// The addresses opened in earlier runs.
fn history(folders: &Folders, messages: &mut Vec<String>) -> Vec<String> {
    let text = user_file(&folders.history_file(), messages).map(|file| file.text);
    text.map_or_else(Vec::new, |text| text.lines().map(str::to_owned).collect())
}

/// Keeps the addresses opened before; the demo's are not worth it.
fn remember(folders: &Folders, demo: bool) -> Remember {
    let file = folders.history_file();
    Arc::new(move |addresses| {
        if demo {
            return;
        }
        let (file, text) = (file.clone(), format!("{}\n", addresses.join("\n")));
        // the disk may be slow, and the screen waits for nothing
        tokio::task::spawn_blocking(move || {
            if let Err(error) = files::write(&file, text.as_bytes()) {
                tracing::warn!("{error}");
            }
        });
    })
}

/// A file of the user's that need not be there.
fn user_file(path: &Path, messages: &mut Vec<String>) -> Option<UserFile> {
    let name = path.file_name()?.to_string_lossy().into_owned();
    match fs::read_to_string(path) {
        Ok(text) => Some(UserFile { name, text }),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => {
            messages.push(format!("cannot read {name}: {error}"));
            None
        }
    }
}
