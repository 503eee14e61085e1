//! The dialog that copies, moves or mirrors: target and rules.

use crate::base::{size, text};
use crate::engine::Level;
use crate::ftp::Kind;
use crate::queue::{Compare, Deletes, Exists, JobKind, JobSpec, Links, Source, Verify, ViaRule};
use crate::site::{Location, LocationError};
use crate::transfer::Form;
use crate::ui::model::Model;
use crate::ui::model::input::Input;
use crate::ui::model::msg::{Operation, PaneSide, UiEffect};
use crate::ui::model::overlay::{FormField, Overlay, TransferForm};
use crate::ui::update::delete::summary;
use crate::ui::update::operation;

/// What to do if a target exists, in the order of the dialog.
pub const EXISTS: [(Exists, &str); 6] = [
    (Exists::Ask, "ask"),
    (Exists::Skip, "skip"),
    (Exists::Overwrite, "overwrite"),
    (Exists::Resume, "resume"),
    (Exists::Rename, "rename"),
    (Exists::Newer, "newer"),
];

/// How to verify copies.
pub const VERIFY: [(Verify, &str); 3] =
    [(Verify::Off, "off"), (Verify::Size, "size"), (Verify::Checksum, "checksum")];

/// Directly between the servers, or relayed.
pub const VIA: [(ViaRule, &str); 3] =
    [(ViaRule::Auto, "auto"), (ViaRule::Direct, "direct"), (ViaRule::Relay, "relay")];

/// The number of parallel files.
pub const LANES: [(Option<usize>, &str); 6] = [
    (None, "auto"),
    (Some(1), "1"),
    (Some(2), "2"),
    (Some(4), "4"),
    (Some(8), "8"),
    (Some(16), "16"),
];

/// The attributes that are preserved. Times are always preserved.
pub const PRESERVE: [(bool, &str); 2] = [(false, "times"), (true, "times and permissions")];

/// How symbolic links are handled.
pub const LINKS: [(Links, &str); 2] = [(Links::Skip, "skip"), (Links::Follow, "follow")];

/// The transfer type.
pub const TYPE: [(Form, &str); 2] = [(Form::Binary, "binary"), (Form::Text(None), "text")];

/// How a mirror compares files.
pub const COMPARE: [(Compare, &str); 7] = [
    (Compare::Auto, "auto"),
    (Compare::Size, "size"),
    (Compare::Time, "time"),
    (Compare::Checksum, "checksum"),
    (Compare::ChecksumOrSize, "checksum, else size"),
    (Compare::ChecksumOrTime, "checksum, else time"),
    (Compare::ChecksumOrCopy, "checksum, else copy"),
];

/// What a mirror deletes. The preview of the plan asks for confirmation.
pub const DELETE: [(Deletes, &str); 2] =
    [(Deletes::No, "nothing"), (Deletes::Yes, "extraneous files")];

/// How a typed target is interpreted.
#[derive(Debug, Clone, PartialEq)]
pub enum TypedTarget {
    /// The sources go into this directory and keep their names.
    Into(Location),
    /// The single source gets this path.
    Rename(Location),
    /// The text must be parsed as an address.
    Unknown,
}

/// Opens the dialog; starts the job at once if the user disabled the confirmation.
pub fn ask(model: &mut Model, side: PaneSide, kind: JobKind, out: &mut Vec<UiEffect>) {
    let pane = model.pane(side);
    let targets = pane.targets();
    let Some(directory) = pane.shown.clone().filter(|_| !targets.is_empty()) else {
        model.notify(
            Level::Info,
            "nothing selected: put the cursor on an entry, or select with Space",
        );
        return;
    };
    let mut sources = Vec::with_capacity(targets.len());
    let mut refused = None;
    for entry in &targets {
        match directory.at.child(&entry.name) {
            Some(at) if entry.kind != Kind::Other => {
                sources.push(Source { at, kind: Some(entry.kind), size: entry.size });
            }
            Some(_) => refused = Some((&entry.name, "not a file, directory or link")),
            None => refused = Some((&entry.name, "this name cannot be sent in an FTP command")),
        }
    }
    if let Some((name, why)) = refused {
        let message = format!("{}: {why}", text::visible(name));
        model.notify(Level::Warning, message);
        return;
    }
    let summary = match &targets[..] {
        [one] if one.kind == Kind::Dir => format!("the directory {}", text::visible(&one.name)),
        [one] => match one.size {
            Some(size) => format!("{} ({})", text::visible(&one.name), size::bytes(size)),
            None => text::visible(&one.name),
        },
        _ => summary(&targets),
    };
    let other = model.pane(side.other());
    let to = other.shown.as_ref().map_or_else(|| directory.at.clone(), |shown| shown.at.clone());
    let rules = model.rules;
    let mut target = Input::new(to.directory_text());
    target.end();
    model.overlays.push(Overlay::Transfer(Box::new(TransferForm {
        kind,
        from: directory.at.clone(),
        sources,
        summary,
        to,
        target,
        rules,
        tree: model.tree.clone(),
        field: FormField::Target,
        error: None,
        waiting: false,
    })));
    if !model.settings.confirm_copy {
        // if the job cannot start, the dialog stays open and shows why
        accept(model, out);
    }
}

/// Interprets the typed target.
///
/// A text that starts with the label of one of the two sites is a path on it; the initial text of
/// the dialog is the directory of the other pane, byte for byte.
#[must_use]
pub fn typed_target(form: &TransferForm) -> TypedTarget {
    let typed = form.target.text();
    if typed == form.to.directory_text() || typed == form.to.to_string() {
        return TypedTarget::Into(form.to.clone());
    }
    for known in [&form.to, &form.from] {
        let path = match known {
            Location::Remote { .. } => {
                typed.strip_prefix(&known.label()).and_then(|rest| rest.strip_prefix(':'))
            }
            // a local path never has a colon before its first slash (docs/command-line.md
            // "Locations")
            Location::Local(_) => {
                let colon = typed.find(':').is_some_and(|at| !typed[..at].contains('/'));
                (!colon && !typed.is_empty()).then_some(typed)
            }
        };
        if let Some(path) = path {
            return into_or_rename(form, known.resolve(path), path);
        }
    }
    TypedTarget::Unknown
}

fn into_or_rename(form: &TransferForm, at: Location, typed: &str) -> TypedTarget {
    if form.kind == JobKind::Mirror {
        return TypedTarget::Into(at);
    }
    let dots = matches!(typed.rsplit('/').next(), Some("" | "." | ".."));
    // like cp(1): without a trailing slash, the target is the new path of a single source
    if form.sources.len() == 1 && !dots { TypedTarget::Rename(at) } else { TypedTarget::Into(at) }
}

/// The line below the target: how it is interpreted, or why it is invalid.
#[must_use]
pub fn remark(form: &TransferForm) -> String {
    if let Some(error) = &form.error {
        return error.clone();
    }
    if form.waiting {
        return "resolving the target …".to_owned();
    }
    match typed_target(form) {
        TypedTarget::Into(_) if form.kind == JobKind::Mirror => {
            "this directory will match the source".to_owned()
        }
        TypedTarget::Into(_) => "into this directory".to_owned(),
        TypedTarget::Rename(at) => {
            let name = text::visible(at.name());
            format!("will be named {name}; end the path with / for a directory")
        }
        TypedTarget::Unknown => "an address: URL, SITE:PATH or a local path".to_owned(),
    }
}

/// Starts the job, or presses the cancel button.
pub fn accept(model: &mut Model, out: &mut Vec<UiEffect>) {
    let Some(Overlay::Transfer(form)) = model.overlays.last_mut() else { return };
    if form.field == FormField::Cancel {
        model.overlays.pop();
        return;
    }
    if form.waiting {
        return;
    }
    match typed_target(form) {
        TypedTarget::Unknown if form.target.text().is_empty() => {
            form.error = Some("no target given".to_owned());
        }
        TypedTarget::Unknown => {
            form.waiting = true;
            out.push(UiEffect::Parse(form.target.text().to_owned()));
        }
        target => submit(model, target, out),
    }
}

/// Starts the job with the resolved target, or shows why it is invalid.
pub fn parsed(
    model: &mut Model,
    typed: &str,
    result: Result<Location, LocationError>,
    out: &mut Vec<UiEffect>,
) {
    let Some(Overlay::Transfer(form)) = model.overlays.last_mut() else { return };
    form.waiting = false;
    if form.target.text() != typed {
        return;
    }
    match result {
        Ok(at) => {
            let target = into_or_rename(form, at, typed);
            submit(model, target, out);
        }
        Err(error) => form.error = Some(error.to_string()),
    }
}

fn submit(model: &mut Model, target: TypedTarget, out: &mut Vec<UiEffect>) {
    let Some(Overlay::Transfer(form)) = model.overlays.last_mut() else { return };
    let (target, rename_to) = match target {
        TypedTarget::Into(at) => (at, false),
        TypedTarget::Rename(at) => (at, true),
        TypedTarget::Unknown => return,
    };
    let onto_itself = if rename_to {
        form.sources.iter().any(|source| source.at.same(&target))
    } else {
        form.from.same(&target)
    };
    if onto_itself {
        form.field = FormField::Target;
        form.error = Some("source and target are the same; type another target".to_owned());
        return;
    }
    let into_itself = form.sources.iter().any(|source| {
        source.kind == Some(Kind::Dir)
            && std::iter::successors(Some(target.clone()), Location::parent)
                .any(|above| above.same(&source.at))
    });
    if into_itself {
        form.field = FormField::Target;
        form.error =
            Some("a directory cannot be copied into itself; type another target".to_owned());
        return;
    }
    if form.rules.form.is_text() && form.rules.exists == Exists::Resume {
        let why =
            "text transfers cannot be resumed; choose another value for Exists, or Type binary";
        form.error = Some(why.to_owned());
        return;
    }
    let spec = JobSpec {
        kind: form.kind,
        sources: form.sources.clone(),
        target: Some(target.clone()),
        rename_to,
        rules: form.rules,
        tree: form.tree.clone(),
        start_at: None,
    };
    let (summary, from) = (form.summary.clone(), form.from.clone());
    let verb = if form.kind == JobKind::Move { "moving" } else { "copying" };
    model.overlays.pop();
    if spec.kind == JobKind::Mirror {
        let spec = Box::new(spec);
        operation::start(model, model.active, Operation::Plan { spec }, out);
        return;
    }
    for pane in &mut model.panes {
        if pane.shown.as_ref().is_some_and(|shown| shown.at.same(&from)) {
            pane.marks.clear();
        }
    }
    model.notify(Level::Info, format!("{verb} {summary} to {target}"));
    out.push(UiEffect::Submit(Box::new(spec)));
}

/// Moves the focus to another field.
pub fn step_field(model: &mut Model, by: isize) {
    if let Some(Overlay::Transfer(form)) = model.overlays.last_mut() {
        let fields = FormField::of(form.kind);
        let at = fields.iter().position(|field| *field == form.field).unwrap_or(0);
        let to = (at as isize + by).rem_euclid(fields.len() as isize) as usize;
        form.field = fields[to];
    }
}

/// Moves the focus to a field.
pub fn put_field(model: &mut Model, field: FormField) {
    if let Some(Overlay::Transfer(form)) = model.overlays.last_mut() {
        form.field = field;
    }
}

/// Moves to another choice of the field.
pub fn step_choice(model: &mut Model, by: isize) {
    let Some(Overlay::Transfer(form)) = model.overlays.last_mut() else { return };
    if form.field != FormField::Target {
        // the change may have fixed the error
        form.error = None;
    }
    let rules = &mut form.rules;
    match form.field {
        FormField::Exists => rules.exists = next_choice(&EXISTS, rules.exists, by),
        FormField::Verify => rules.verify = next_choice(&VERIFY, rules.verify, by),
        FormField::Via => rules.via = next_choice(&VIA, rules.via, by),
        FormField::Lanes => rules.parallel = next_choice(&LANES, rules.parallel, by),
        FormField::Preserve => rules.permissions = next_choice(&PRESERVE, rules.permissions, by),
        FormField::Links => form.tree.links = next_choice(&LINKS, form.tree.links, by),
        FormField::Type => rules.form = next_choice(&TYPE, rules.form, by),
        FormField::Compare => form.tree.compare = next_choice(&COMPARE, form.tree.compare, by),
        FormField::Delete => form.tree.delete = next_choice(&DELETE, form.tree.delete, by),
        FormField::Start => form.field = FormField::Cancel,
        FormField::Cancel => form.field = FormField::Start,
        FormField::Target => {}
    }
}

fn next_choice<T: Copy + PartialEq>(choices: &[(T, &str)], now: T, by: isize) -> T {
    let at = choices.iter().position(|(choice, _)| *choice == now).unwrap_or(0);
    let to = (at as isize + by).rem_euclid(choices.len().max(1) as isize) as usize;
    choices.get(to).map_or(now, |(choice, _)| *choice)
}

/// The choices of a field and the index of the current one; `None` for target and buttons.
#[must_use]
pub fn choices(form: &TransferForm, field: FormField) -> Option<(Vec<&'static str>, usize)> {
    fn of<T: Copy + PartialEq>(
        choices: &[(T, &'static str)],
        now: T,
    ) -> (Vec<&'static str>, usize) {
        let at = choices.iter().position(|(choice, _)| *choice == now).unwrap_or(0);
        (choices.iter().map(|(_, name)| *name).collect(), at)
    }
    match field {
        FormField::Exists => Some(of(&EXISTS, form.rules.exists)),
        FormField::Verify => Some(of(&VERIFY, form.rules.verify)),
        FormField::Via => Some(of(&VIA, form.rules.via)),
        FormField::Lanes => Some(of(&LANES, form.rules.parallel)),
        FormField::Preserve => Some(of(&PRESERVE, form.rules.permissions)),
        FormField::Links => Some(of(&LINKS, form.tree.links)),
        FormField::Type => Some(of(&TYPE, form.rules.form)),
        FormField::Compare => Some(of(&COMPARE, form.tree.compare)),
        FormField::Delete => Some(of(&DELETE, form.tree.delete)),
        FormField::Target | FormField::Start | FormField::Cancel => None,
    }
}

#[cfg(test)]
#[path = "copy_tests.rs"]
mod tests;
