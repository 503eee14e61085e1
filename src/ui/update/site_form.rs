//! Adds, edits, removes, tests and imports sites.

use std::path::PathBuf;
use std::sync::Arc;

use crate::base::{Secret, Word};
use crate::engine::Level;
use crate::site::fields::FIELDS;
use crate::site::import::Program;
use crate::site::sites_file::SiteChange;
use crate::site::{Location, PasswordRef, Site};
use crate::ui::model::Model;
use crate::ui::model::input::Input;
use crate::ui::model::msg::{ManageError, Operation, PaneSide, SavedSites, SitesRequest, UiEffect};
use crate::ui::model::overlay::{
    ListDialog, ListKind, ListRow, Overlay, Prompt, PromptKind, QuestionDialog, QuestionKind,
    Severity,
};
use crate::ui::model::site_form::SiteForm;
use crate::ui::update::{operation, sites};

/// The setting that has its own text format.
const PASSWORD: &str = "password";

/// The pane of the list of sites, and the site under its cursor.
fn under_cursor(model: &Model) -> Option<(PaneSide, Option<Arc<Site>>)> {
    let Some(Overlay::List(ListDialog { kind: ListKind::Site(side), rows, cursor, .. })) =
        model.overlays.last()
    else {
        return None;
    };
    let site = match rows.get(*cursor) {
        Some(ListRow::Site { at, .. }) => model.sites.get(*at).cloned(),
        _ => None,
    };
    Some((*side, site))
}

/// Opens the form for a new site.
pub fn add(model: &mut Model) {
    if under_cursor(model).is_some() {
        open(model, SiteForm::new(None));
    }
}

/// Opens the form for the site under the cursor.
pub fn edit(model: &mut Model) {
    if let Some((_, Some(site))) = under_cursor(model) {
        open(model, SiteForm::new(Some(&site)));
    }
}

fn open(model: &mut Model, form: SiteForm) {
    let mut list_dialog = ListDialog::new(ListKind::Field);
    list_dialog.rows = rows("");
    model.form = Some(Box::new(form));
    model.overlays.push(Overlay::List(list_dialog));
}

/// The settings that match the filter in name or help.
#[must_use]
pub fn rows(typed: &str) -> Vec<ListRow> {
    let typed = typed.to_lowercase();
    let found = |at: &usize| {
        let field = &FIELDS[*at];
        let all = format!("{} {}", field.name, field.help).to_lowercase();
        typed.split_whitespace().all(|word| all.contains(word))
    };
    let mut rows: Vec<usize> = (0..FIELDS.len()).filter(found).collect();
    // matches in the name come before matches in the help of other settings
    rows.sort_by_key(|at| !FIELDS[*at].name.contains(&typed));
    rows.into_iter().map(ListRow::Field).collect()
}

/// Asks for the value of a setting.
pub fn ask_field(model: &mut Model, field: usize) {
    let (Some(form), Some(line)) = (&model.form, FIELDS.get(field)) else { return };
    let secret = form.shown(field) != form.typed(field);
    let typed = if secret { String::new() } else { form.typed(field) };
    let kind = PromptKind::SiteField(field);
    let help = help(field);
    let label = if secret {
        format!("{help}\nThe current value is not shown; Esc keeps it.")
    } else {
        format!("{help}\nEmpty: use the default.")
    };
    let side = model.active;
    model.overlays.push(Overlay::Prompt(Prompt::new(kind, side, line.name, label, typed)));
}

/// The help of a setting, in one paragraph.
#[must_use]
pub fn help(field: usize) -> String {
    match FIELDS.get(field) {
        // a table in the file, but plain words here
        Some(line) if line.name == PASSWORD => {
            "Source of the password: ask, env VARIABLE, command pass show …, netrc, vault NAME, \
             or plain (typed next, stored unencrypted in sites.toml)."
                .to_owned()
        }
        Some(line) => line.help.replace('\n', " "),
        None => String::new(),
    }
}

/// Parses a password source in words: `env NAME`; `None` for other formats.
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

/// Accepts a password that is stored unencrypted.
pub fn accept_plain(model: &mut Model, password: Secret) {
    if let Some(form) = &mut model.form {
        form.site.password = PasswordRef::Plain(password);
    }
}

/// Sets a setting to the typed value.
pub fn accept_field(model: &mut Model, field: usize, typed: &str) {
    let Some(form) = &mut model.form else { return };
    if FIELDS.get(field).is_some_and(|line| line.name == PASSWORD) {
        if typed.trim() == "plain" {
            model.overlays.pop();
            let kind = PromptKind::PlainPassword;
            let label =
                "Passwords are stored unencrypted in sites.toml, readable only by you.".to_owned();
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

/// Saves the site in `sites.toml`.
pub fn save(model: &mut Model, out: &mut Vec<UiEffect>) {
    let is_form = |overlay: &Overlay| {
        matches!(overlay, Overlay::List(ListDialog { kind: ListKind::Field, .. }))
    };
    let Some(form) = model.form.as_ref().filter(|_| model.overlays.last().is_some_and(is_form))
    else {
        return;
    };
    match form.change() {
        Ok(change) => out.push(UiEffect::Sites(SitesRequest::Change(vec![change]))),
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

/// Closes the form, after a question if there are unsaved changes.
pub fn leave(model: &mut Model) {
    if !model.form.as_ref().is_some_and(|form| form.is_changed()) {
        model.form = None;
        model.overlays.pop();
        return;
    }
    model.overlays.push(Overlay::Question(Box::new(QuestionDialog {
        title: "Save the site?".to_owned(),
        body: vec!["The settings have unsaved changes.".to_owned()],
        severity: Severity::Normal,
        choices: ["Save", "Discard changes", "Keep editing"].map(str::to_owned).to_vec(),
        cursor: 0,
        safe: 2,
        about: QuestionKind::SaveSite,
        raised: None,
    })));
}

/// Handles the answer to the question of [`leave`].
pub fn leave_answered(model: &mut Model, choice: usize, out: &mut Vec<UiEffect>) {
    if choice == 0 {
        save(model, out);
    } else {
        model.form = None;
        model.overlays.pop();
    }
}

/// Asks whether to remove the site under the cursor.
pub fn remove(model: &mut Model) {
    let Some((_, Some(site))) = under_cursor(model) else { return };
    let name = crate::base::text::visible_str(&site.name);
    model.overlays.push(Overlay::Question(Box::new(QuestionDialog {
        title: "Remove the site?".to_owned(),
        body: vec![
            format!("{name} will be removed from sites.toml."),
            "Files on the server are not changed.".to_owned(),
        ],
        severity: Severity::Danger,
        choices: ["Remove", "Cancel"].map(str::to_owned).to_vec(),
        cursor: 1,
        safe: 1,
        about: QuestionKind::RemoveSite(site.name.clone()),
        raised: None,
    })));
}

/// Removes the site after the user has confirmed.
pub fn remove_confirmed(name: String, out: &mut Vec<UiEffect>) {
    out.push(UiEffect::Sites(SitesRequest::Change(vec![SiteChange::Remove(name)])));
}

/// Logs in to the site under the cursor and lists its start directory.
pub fn test(model: &mut Model, out: &mut Vec<UiEffect>) {
    if let Some((side, Some(site))) = under_cursor(model) {
        let path = site.start_path.clone().unwrap_or_default();
        operation::start(model, side, Operation::Test { at: Location::Remote { site, path } }, out);
    }
}

/// Asks for the program to import sites from.
pub fn ask_import(model: &mut Model) {
    let Some((side, _)) = under_cursor(model) else { return };
    let known: Vec<&str> = Program::WORDS.iter().map(|(word, _)| *word).collect();
    let label = format!(
        "Program ({}), optionally followed by its file: filezilla /tmp/sitemanager.xml",
        known.join(", ")
    );
    let prompt = Prompt::new(PromptKind::Import, side, "Import sites", label, "");
    model.overlays.push(Overlay::Prompt(prompt));
}

/// Starts the import from the typed program.
pub fn accept_import(model: &mut Model, typed: &str, out: &mut Vec<UiEffect>) {
    let (word, file) = typed.trim().split_once(' ').unwrap_or((typed.trim(), ""));
    let file = Some(PathBuf::from(file.trim())).filter(|file| !file.as_os_str().is_empty());
    match Program::from_word(word) {
        Some(program) => {
            model.overlays.pop();
            out.push(UiEffect::Sites(SitesRequest::Import(program, file)));
        }
        None => {
            if let Some(Overlay::Prompt(prompt)) = model.overlays.last_mut() {
                prompt.error = Some("unknown program".to_owned());
            }
        }
    }
}

/// Shows the saved sites after a change, or why they could not be changed.
pub fn changed(model: &mut Model, result: Result<SavedSites, ManageError>) {
    let saved = match result {
        Ok(saved) => saved,
        Err(error) => {
            model.notify(Level::Error, error.to_string().lines().collect::<Vec<_>>().join("; "));
            return;
        }
    };
    model.sites = saved.sites;
    let is_form = |overlay: &Overlay| {
        matches!(overlay, Overlay::List(ListDialog { kind: ListKind::Field, .. }))
    };
    model.overlays.retain(|overlay| !is_form(overlay));
    let name = model.form.take().map(|form| form.site.name);
    for message in saved.messages {
        model.notify(Level::Info, message);
    }
    if let Some(Overlay::List(list_dialog)) = model.overlays.last_mut()
        && matches!(list_dialog.kind, ListKind::Site(_))
    {
        list_dialog.input = Input::default();
        list_dialog.rows = sites::rows(&model.sites, list_dialog);
        let at = |row: &ListRow| {
            matches!(row, ListRow::Site { at, .. }
                if model.sites.get(*at).map(|site| &site.name) == name.as_ref())
        };
        let last = list_dialog.rows.len().saturating_sub(1);
        list_dialog.cursor =
            list_dialog.rows.iter().position(at).unwrap_or(list_dialog.cursor.min(last));
    }
}
