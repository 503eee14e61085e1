//! Makes, changes, removes, tests and imports bookmarks.

use std::path::PathBuf;
use std::sync::Arc;

use crate::base::{Secret, Word};
use crate::engine::Level;
use crate::site::fields::FIELDS;
use crate::site::import::Program;
use crate::site::sites_file::Change;
use crate::site::{Location, PasswordRef, Site};
use crate::ui::model::Model;
use crate::ui::model::input::Input;
use crate::ui::model::msg::{Act, Effect, ManageError, Side, SitesNow, SitesOrder};
use crate::ui::model::overlay::{
    Ask, Asking, Choose, ChooseRow, Choosing, Overlay, Prompt, Prompting, Weight,
};
use crate::ui::model::site_form::SiteForm;
use crate::ui::update::{sites, wait};

/// The setting that is told in words.
const PASSWORD: &str = "password";

/// The site under the cursor of the list, and for which pane the list is.
fn under_cursor(model: &Model) -> Option<(Side, Option<Arc<Site>>)> {
    let Some(Overlay::Choose(Choose { kind: Choosing::Site(side), rows, cursor, .. })) =
        model.overlays.last()
    else {
        return None;
    };
    let site = match rows.get(*cursor) {
        Some(ChooseRow::Site { at, .. }) => model.sites.get(*at).cloned(),
        _ => None,
    };
    Some((*side, site))
}

/// Opens the form for a new bookmark.
pub fn add(model: &mut Model) {
    if under_cursor(model).is_some() {
        open(model, SiteForm::new(None));
    }
}

/// Opens the form for the bookmark under the cursor.
pub fn edit(model: &mut Model) {
    if let Some((_, Some(site))) = under_cursor(model) {
        open(model, SiteForm::new(Some(&site)));
    }
}

fn open(model: &mut Model, form: SiteForm) {
    let mut choose = Choose::new(Choosing::Field);
    choose.rows = rows("");
    model.form = Some(Box::new(form));
    model.overlays.push(Overlay::Choose(choose));
}

/// The settings that have what was typed in name or help.
#[must_use]
pub fn rows(typed: &str) -> Vec<ChooseRow> {
    let typed = typed.to_lowercase();
    let found = |at: &usize| {
        let field = &FIELDS[*at];
        let all = format!("{} {}", field.name, field.help).to_lowercase();
        typed.split_whitespace().all(|word| all.contains(word))
    };
    let mut rows: Vec<usize> = (0..FIELDS.len()).filter(found).collect();
    // a setting's own name is meant before what other settings say of it
    rows.sort_by_key(|at| !FIELDS[*at].name.contains(&typed));
    rows.into_iter().map(ChooseRow::Field).collect()
}

/// Asks for the value of a setting.
pub fn ask_field(model: &mut Model, field: usize) {
    let (Some(form), Some(line)) = (&model.form, FIELDS.get(field)) else { return };
    let secret = form.shown(field) != form.typed(field);
    let typed = if secret { String::new() } else { form.typed(field) };
    let kind = Prompting::SiteField(field);
    let help = help(field);
    let label = if secret {
        format!("{help}\nWhat stands there is not shown; Esc leaves it.")
    } else {
        format!("{help}\nEmpty: as without the setting.")
    };
    let side = model.active;
    model.overlays.push(Overlay::Prompt(Prompt::new(kind, side, line.name, label, typed)));
}

/// What a setting means, in one paragraph.
#[must_use]
pub fn help(field: usize) -> String {
    match FIELDS.get(field) {
        // in the file it is a table, here it is told in words
        Some(line) if line.name == PASSWORD => {
            "Where it comes from: ask, env VARIABLE, command pass show …, netrc, vault NAME, or \
             plain (typed next, and kept in sites.toml as it is)."
                .to_owned()
        }
        Some(line) => line.help.replace('\n', " "),
        None => String::new(),
    }
}

/// A source of passwords in words: `env NAME`; nothing when it is said in another way.
fn password(typed: &str) -> Option<PasswordRef> {
    let (word, rest) = typed.trim().split_once(' ').unwrap_or((typed.trim(), ""));
    let rest = rest.trim();
    Some(match (word, rest) {
        ("ask", "") => PasswordRef::Ask,
        ("netrc", "") => PasswordRef::Netrc,
        ("env" | "command" | "vault", "") => return None,
        ("env", name) => PasswordRef::Env(name.to_owned()),
        ("command", command) => PasswordRef::Command(command.to_owned()),
        ("vault", name) => PasswordRef::Vault(name.to_owned()),
        _ => return None,
    })
}

/// A password was typed that stands in the file as it is.
pub fn accept_plain(model: &mut Model, password: Secret) {
    if let Some(form) = &mut model.form {
        form.site.password = PasswordRef::Plain(password);
    }
}

/// The value of a setting was typed.
pub fn accept_field(model: &mut Model, field: usize, typed: &str) {
    let Some(form) = &mut model.form else { return };
    if FIELDS.get(field).is_some_and(|line| line.name == PASSWORD) {
        if typed.trim() == "plain" {
            model.overlays.pop();
            let kind = Prompting::PlainPassword;
            let label = "It stands in sites.toml as it is, readable for you alone.".to_owned();
            let side = model.active;
            let prompt = Prompt::masked(kind, side, "Password".to_owned(), label);
            model.overlays.push(Overlay::Prompt(prompt));
            return;
        }
        if let Some(password) = password(typed) {
            form.site.password = password;
            model.overlays.pop();
            return;
        }
    }
    match form.set(field, typed) {
        Ok(()) => {
            model.overlays.pop();
        }
        Err(expected) => {
            if let Some(Overlay::Prompt(prompt)) = model.overlays.last_mut() {
                prompt.error = Some(format!("must be {expected}"));
            }
        }
    }
}

/// Writes the bookmark into `sites.toml`.
pub fn save(model: &mut Model, out: &mut Vec<Effect>) {
    let is_form = |overlay: &Overlay| {
        matches!(overlay, Overlay::Choose(Choose { kind: Choosing::Field, .. }))
    };
    let Some(form) = model.form.as_ref().filter(|_| model.overlays.last().is_some_and(is_form))
    else {
        return;
    };
    match form.change() {
        Ok(change) => out.push(Effect::Sites(SitesOrder::Change(vec![change]))),
        Err((field, expected)) => {
            if let Some(at) = FIELDS.iter().position(|line| line.name == field) {
                ask_field(model, at);
                if let Some(Overlay::Prompt(prompt)) = model.overlays.last_mut() {
                    prompt.error = Some(format!("must be {expected}"));
                }
            }
        }
    }
}

/// Leaves the form, after a question when something was changed.
pub fn leave(model: &mut Model) {
    if !model.form.as_ref().is_some_and(|form| form.is_changed()) {
        model.form = None;
        model.overlays.pop();
        return;
    }
    model.overlays.push(Overlay::Ask(Box::new(Ask {
        title: "Save the site?".to_owned(),
        body: vec!["Its settings have been changed and are not saved.".to_owned()],
        weight: Weight::Plain,
        choices: ["Save", "Throw away", "Go on"].map(str::to_owned).to_vec(),
        cursor: 0,
        safe: 2,
        about: Asking::SaveSite,
        raised: None,
    })));
}

/// The user has said what becomes of the form.
pub fn left(model: &mut Model, choice: usize, out: &mut Vec<Effect>) {
    if choice == 0 {
        save(model, out);
    } else {
        model.form = None;
        model.overlays.pop();
    }
}

/// Asks whether the bookmark under the cursor shall be removed.
pub fn remove(model: &mut Model) {
    let Some((_, Some(site))) = under_cursor(model) else { return };
    let name = crate::base::text::visible_str(&site.name);
    model.overlays.push(Overlay::Ask(Box::new(Ask {
        title: "Remove the site?".to_owned(),
        body: vec![
            format!("{name} will be taken out of sites.toml."),
            "Nothing changes on the server.".to_owned(),
        ],
        weight: Weight::Grave,
        choices: ["Remove", "Cancel"].map(str::to_owned).to_vec(),
        cursor: 1,
        safe: 1,
        about: Asking::RemoveSite(site.name.clone()),
        raised: None,
    })));
}

/// The user has said yes.
pub fn removed(name: String, out: &mut Vec<Effect>) {
    out.push(Effect::Sites(SitesOrder::Change(vec![Change::Remove(name)])));
}

/// Logs in to the site under the cursor and lists its start directory.
pub fn test(model: &mut Model, out: &mut Vec<Effect>) {
    if let Some((side, Some(site))) = under_cursor(model) {
        let path = site.start_path.clone().unwrap_or_default();
        wait::begin(model, side, Act::Test { at: Location::Remote { site, path } }, out);
    }
}

/// Asks for the bookmarks of another program.
pub fn ask_import(model: &mut Model) {
    let Some((side, _)) = under_cursor(model) else { return };
    let known: Vec<&str> = Program::WORDS.iter().map(|(word, _)| *word).collect();
    let label = format!(
        "Bookmarks of which program? One of {}; a file may follow: filezilla /tmp/sitemanager.xml",
        known.join(", ")
    );
    let prompt = Prompt::new(Prompting::Import, side, "Import sites", label, "");
    model.overlays.push(Overlay::Prompt(prompt));
}

/// A program was typed, and perhaps its file.
pub fn accept_import(model: &mut Model, typed: &str, out: &mut Vec<Effect>) {
    let (word, file) = typed.trim().split_once(' ').unwrap_or((typed.trim(), ""));
    let file = Some(PathBuf::from(file.trim())).filter(|file| !file.as_os_str().is_empty());
    match Program::from_word(word) {
        Some(program) => {
            model.overlays.pop();
            out.push(Effect::Sites(SitesOrder::Import(program, file)));
        }
        None => {
            if let Some(Overlay::Prompt(prompt)) = model.overlays.last_mut() {
                prompt.error = Some("no such program is known".to_owned());
            }
        }
    }
}

/// The bookmarks are others now, or could not be changed.
pub fn changed(model: &mut Model, result: Result<SitesNow, ManageError>) {
    let now = match result {
        Ok(now) => now,
        Err(error) => {
            model.say(Level::Error, error.to_string().lines().collect::<Vec<_>>().join("; "));
            return;
        }
    };
    model.sites = now.sites;
    let is_form = |overlay: &Overlay| {
        matches!(overlay, Overlay::Choose(Choose { kind: Choosing::Field, .. }))
    };
    model.overlays.retain(|overlay| !is_form(overlay));
    let name = model.form.take().map(|form| form.site.name);
    for line in &now.said {
        model.say(Level::Info, line.clone());
    }
    if let Some(Overlay::Choose(choose)) = model.overlays.last_mut()
        && matches!(choose.kind, Choosing::Site(_))
    {
        choose.input = Input::default();
        choose.rows = sites::rows(&model.sites, choose);
        let at = |row: &ChooseRow| {
            matches!(row, ChooseRow::Site { at, .. }
                if model.sites.get(*at).map(|site| &site.name) == name.as_ref())
        };
        let last = choose.rows.len().saturating_sub(1);
        choose.cursor = choose.rows.iter().position(at).unwrap_or(choose.cursor.min(last));
    }
}
