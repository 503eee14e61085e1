//! Runs the screen with an engine.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use crate::app::Environment;
use crate::app::engine::{self, FrontEnd};
use crate::base::SourceText;
use crate::base::text::counted;
use crate::cli::passphrase::QUESTION;
use crate::cli::verb::config::FileProblem;
use crate::cli::verb::demo;
use crate::cli::verb::open::Open;
use crate::cli::{Arguments, CliError, Exit};
use crate::config::settings::TransferSettings;
use crate::config::{self, UserDirs, files, locale};
use crate::queue::{JobRules, Store, TreeRules};
use crate::site::{Location, PasswordRef, Site, Sites, Trust, import, sites_file};
use crate::ui::keymap::Keymap;
use crate::ui::model::msg::{ManageError, SavedSites, SitesRequest};
use crate::ui::theme::Theme;
use crate::ui::{self, ManageSites, Remember, Start, UserFile, UserFiles};

/// Opens the screen at the locations given on the command line.
pub(super) async fn open(
    arguments: &Arguments,
    open: &Open,
    environment: Environment,
) -> Result<Exit, CliError> {
    let mut messages = Vec::new();
    let sites = match sites_file::load(&environment.dirs.sites_file()) {
        Ok(loaded) => {
            messages.extend(loaded.warnings.iter().map(ToString::to_string));
            loaded.sites
        }
        // with an invalid sites.toml, users can still connect by address
        Err(error) if open.is_empty() => {
            messages.extend(error.to_string().lines().map(str::to_owned));
            Sites::new()
        }
        Err(error) => return Err(error.into()),
    };
    let locations = open.locations(&sites)?;
    show(arguments, environment, sites, locations, messages, false).await
}

/// Starts the demo servers and opens the screen on both. Nothing is saved.
pub(super) async fn demo(
    arguments: &Arguments,
    environment: Environment,
) -> Result<Exit, CliError> {
    let servers = demo::start().await?;
    let mut sites = Vec::new();
    for demo_server in &servers {
        let at = Location::parse(demo_server.url(), &Sites::new())?.location;
        if let Some((site, path)) = at.remote() {
            let mut site = Site::clone(site);
            site.name = demo_server.name.to_owned();
            site.password = PasswordRef::Plain(demo_server.server.password().into());
            // this process has just created the certificate itself
            site.accept_certs.extend(demo_server.server.fingerprint().map(str::to_owned));
            site.start_path = Some(path.clone());
            sites.push(site);
        }
    }
    let sites: Sites = sites.into_iter().collect();
    let location = |at: usize| {
        let site = sites.iter().nth(at)?;
        let path = site.start_path.clone().unwrap_or_default();
        Some(Location::Remote { site: site.clone(), path })
    };
    let locations = [location(0), location(1)];
    let environment = Environment { trust: Arc::new(Trust::in_memory()), ..environment };
    show(arguments, environment, sites, locations, Vec::new(), true).await
}

async fn show(
    arguments: &Arguments,
    environment: Environment,
    sites: Sites,
    [left, right]: [Option<Location>; 2],
    mut messages: Vec<String>,
    demo: bool,
) -> Result<Exit, CliError> {
    let store = if demo {
        Store::in_memory()
    } else {
        let (store, message) = engine::open_store(&environment);
        messages.extend(message);
        store
    };
    let queue = store.clone();
    let engine = engine::start(arguments, &environment, FrontEnd::Screen, store);
    let passphrase = arguments.passphrase();
    if passphrase.is_in_file() && environment.dirs.vault_file().exists() && !demo {
        let opened = passphrase.get(QUESTION, &mut arguments.output());
        let opened = match opened {
            Ok(passphrase) => engine.unlock(passphrase).await.map_err(CliError::from),
            Err(error) => Err(error),
        };
        messages.extend(opened.err().map(|error| error.to_string()));
    }
    let keymap = user_file(&environment.dirs.keymap_file(), &mut messages);
    let screen = &environment.settings.screen;
    let theme = environment.dirs.themes().join(format!("{}.toml", screen.theme));
    let theme = user_file(&theme, &mut messages);
    let known = Arc::new(Mutex::new(Arc::new(sites.clone())));
    let manage = manage(&environment.dirs, Arc::clone(&known), demo);
    let start = Start {
        left,
        right,
        sites: sites.iter().cloned().collect(),
        files: UserFiles {
            parse: Arc::new(move |text| {
                let known = Arc::clone(&known.lock().unwrap_or_else(PoisonError::into_inner));
                Location::parse_remote(text, &known).map(|parsed| parsed.location)
            }),
            remember: remember(&environment.dirs, demo),
            manage,
            queue,
        },
        history: if demo { Vec::new() } else { history(&environment.dirs, &mut messages) },
        keymap,
        theme,
        settings: config::ScreenSettings {
            ascii: screen.ascii || !locale::is_utf8(),
            ..screen.clone()
        },
        rules: rules(&environment.settings.transfer),
        tree: TreeRules { links: environment.settings.rules.links, ..TreeRules::default() },
        no_color: std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty()),
        demo,
        messages,
    };
    let shown = ui::run(engine.clone(), start).await;
    engine.shutdown().await;
    shown.map_err(|error| CliError::Start(Box::new(error)))?;
    Ok(Exit::Done)
}

/// The initial rules of the copy dialog.
fn rules(transfer: &TransferSettings) -> JobRules {
    JobRules {
        exists: transfer.exists,
        verify: transfer.verify,
        via: transfer.via,
        parallel: transfer.parallel,
        permissions: transfer.permissions,
        ..JobRules::default()
    }
}

/// The callback that changes sites.toml; in the demo it changes the sites in memory only.
fn manage(dirs: &UserDirs, known: Arc<Mutex<Arc<Sites>>>, demo: bool) -> ManageSites {
    let file = dirs.sites_file();
    Arc::new(move |order| {
        let own = || Arc::clone(&known.lock().unwrap_or_else(PoisonError::into_inner));
        let (changes, messages) = match order {
            SitesRequest::Change(changes) => (changes, Vec::new()),
            SitesRequest::Import(program, path) => {
                let path = path.or_else(|| program.default_file()).ok_or(ManageError::NoFile)?;
                let (changes, losses) = import::import(program, &path)?.changes(&own());
                let mut messages: Vec<String> = losses.iter().map(ToString::to_string).collect();
                messages.push(counted(changes.len() as u64, "site") + " imported");
                (changes, messages)
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
        let now = SavedSites { sites: sites.iter().cloned().collect(), messages };
        *known.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(sites);
        Ok(now)
    })
}

/// The addresses that were opened in earlier runs.
fn history(dirs: &UserDirs, messages: &mut Vec<String>) -> Vec<String> {
    let text = user_file(&dirs.history_file(), messages).map(|file| file.text);
    text.map_or_else(Vec::new, |text| text.lines().map(str::to_owned).collect())
}

/// The callback that saves opened addresses; the demo saves none.
fn remember(dirs: &UserDirs, demo: bool) -> Remember {
    let file = dirs.history_file();
    Arc::new(move |addresses| {
        if demo {
            return;
        }
        let (file, text) = (file.clone(), format!("{}\n", addresses.join("\n")));
        // the screen must not wait for a slow disk
        tokio::task::spawn_blocking(move || {
            if let Err(error) = files::write(&file, text.as_bytes()) {
                tracing::warn!("{error}");
            }
        });
    })
}

/// Reads an optional file of the user; `None` if it is missing or unreadable.
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

/// The errors in the files that only the screen reads: key map and themes.
pub(super) fn check(dirs: &UserDirs) -> Vec<FileProblem> {
    let mut problems = Vec::new();
    let mut report = |path: &Path, line, message: String| {
        problems.push(FileProblem { path: path.to_owned(), line, message });
    };
    let keymap = dirs.keymap_file();
    match fs::read_to_string(&keymap) {
        Ok(text) => {
            for problem in Keymap::with_user(&text).1 {
                report(&keymap, Some(problem.line), problem.cause.to_string());
            }
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => report(&keymap, None, error.to_string()),
    }
    // a missing directory means no themes
    let themes = fs::read_dir(dirs.themes()).into_iter().flatten().flatten();
    let mut themes: Vec<_> = themes.map(|entry| entry.path()).collect();
    themes.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    themes.sort();
    for theme in themes {
        match fs::read_to_string(&theme) {
            Ok(text) => {
                for problem in Theme::with_user(&text).1 {
                    report(&theme, Some(problem.line), problem.cause.to_string());
                }
            }
            Err(error) => report(&theme, None, error.to_string()),
        }
    }
    problems
}
