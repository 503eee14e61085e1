//! The screen with an engine.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use crate::app::Parts;
use crate::app::engine::{self, Front};
use crate::base::SourceText;
use crate::base::text::counted;
use crate::cli::passphrase::QUESTION;
use crate::cli::verb::config::FileProblem;
use crate::cli::verb::demo;
use crate::cli::verb::open::Open;
use crate::cli::{Arguments, CliError, Exit};
use crate::config::settings::Transfer;
use crate::config::{self, Folders, files, locale};
use crate::queue::{Rules, Store, TreeRules};
use crate::site::{Location, PasswordRef, Site, Sites, Trust, import, sites_file};
use crate::ui::keymap::Keymap;
use crate::ui::model::msg::{ManageError, SitesNow, SitesOrder};
use crate::ui::theme::Theme;
use crate::ui::{self, ManageSites, Remember, Start, UserFile, UserFiles};

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
    let queue = store.clone();
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
    let known = Arc::new(Mutex::new(Arc::new(sites.clone())));
    let manage = manage(&parts.folders, Arc::clone(&known), demo);
    let start = Start {
        left,
        right,
        sites: sites.iter().cloned().collect(),
        files: UserFiles {
            parse: Arc::new(move |text| {
                let known = Arc::clone(&known.lock().unwrap_or_else(PoisonError::into_inner));
                Location::parse_remote(text, &known).map(|parsed| parsed.location)
            }),
            remember: remember(&parts.folders, demo),
            manage,
            queue,
        },
        history: if demo { Vec::new() } else { history(&parts.folders, &mut messages) },
        keymap,
        theme,
        wishes: config::Screen { ascii: screen.ascii || !locale::is_utf8(), ..screen.clone() },
        rules: rules(&parts.settings.transfer),
        tree: TreeRules { links: parts.settings.rules.links, ..TreeRules::default() },
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
        permissions: transfer.permissions,
        ..Rules::default()
    }
}

/// Changes the bookmarks in their file; in the demo only in memory.
fn manage(folders: &Folders, known: Arc<Mutex<Arc<Sites>>>, demo: bool) -> ManageSites {
    let file = folders.sites_file();
    Arc::new(move |order| {
        let own = || Arc::clone(&known.lock().unwrap_or_else(PoisonError::into_inner));
        let (changes, said) = match order {
            SitesOrder::Change(changes) => (changes, Vec::new()),
            SitesOrder::Import(program, path) => {
                let path = path.or_else(|| program.usual_file()).ok_or(ManageError::NoFile)?;
                let (changes, losses) = import::import(program, &path)?.changes(&own());
                let mut said: Vec<String> = losses.iter().map(ToString::to_string).collect();
                said.push(counted(changes.len() as u64, "site") + " imported");
                (changes, said)
            }
        };
        let sites = if demo {
            let all: Vec<Site> = own().iter().map(|site| Site::clone(site)).collect();
            let all: Vec<&Site> = all.iter().collect();
            let source = SourceText::new(&file, sites_file::export(&all, true));
            sites_file::changed(&source, &changes)?.1
        } else {
            sites_file::change(&file, &changes)?
        };
        let now = SitesNow { sites: sites.iter().cloned().collect(), said };
        *known.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(sites);
        Ok(now)
    })
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
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        Err(error) => {
            messages.push(format!("cannot read {name}: {error}"));
            None
        }
    }
}

/// What is wrong with the files that only the screen reads: keys and themes.
pub(super) fn check(folders: &Folders) -> Vec<FileProblem> {
    let mut problems = Vec::new();
    let mut note = |path: &Path, line, message: String| {
        problems.push(FileProblem { path: path.to_owned(), line, message });
    };
    let keymap = folders.keymap_file();
    match fs::read_to_string(&keymap) {
        Ok(text) => {
            for problem in Keymap::with_user(&text).1 {
                note(&keymap, Some(problem.line), problem.cause.to_string());
            }
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => note(&keymap, None, error.to_string()),
    }
    // without the folder there are no themes
    let themes = fs::read_dir(folders.themes()).into_iter().flatten().flatten();
    let mut themes: Vec<_> = themes.map(|entry| entry.path()).collect();
    themes.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    themes.sort();
    for theme in themes {
        match fs::read_to_string(&theme) {
            Ok(text) => {
                for problem in Theme::with_user(&text).1 {
                    note(&theme, Some(problem.line), problem.cause.to_string());
                }
            }
            Err(error) => note(&theme, None, error.to_string()),
        }
    }
    problems
}
