//! Copies or moves the selected entries to the other pane, after a dialog with target and rules.

use crate::base::{size, text};
use crate::engine::Level;
use crate::ftp::Kind;
use crate::queue::{Compare, Deletes, Exists, JobKind, JobSpec, Links, Source, Verify, ViaRule};
use crate::site::{Location, LocationError};
use crate::transfer::Form;
use crate::ui::model::Model;
use crate::ui::model::input::Input;
use crate::ui::model::msg::{Act, Effect, Side};
use crate::ui::model::overlay::{Field, Overlay, TransferForm};
use crate::ui::update::delete::in_words;
use crate::ui::update::wait;

/// The choices for existing targets, in the order of the dialog.
pub const EXISTS: [(Exists, &str); 6] = [
    (Exists::Ask, "ask"),
    (Exists::Skip, "skip"),
    (Exists::Overwrite, "overwrite"),
    (Exists::Resume, "resume"),
    (Exists::Rename, "rename"),
    (Exists::Newer, "newer"),
];

/// The choices for checking.
pub const VERIFY: [(Verify, &str); 3] =
    [(Verify::Off, "off"), (Verify::Size, "size"), (Verify::Checksum, "checksum")];

/// The choices of ways.
pub const VIA: [(ViaRule, &str); 3] =
    [(ViaRule::Auto, "auto"), (ViaRule::Direct, "direct"), (ViaRule::Relay, "relay")];

/// The choices of how many files go side by side.
pub const LANES: [(Option<usize>, &str); 6] = [
    (None, "auto"),
    (Some(1), "1"),
    (Some(2), "2"),
    (Some(4), "4"),
    (Some(8), "8"),
    (Some(16), "16"),
];

/// The choices of what copies keep of their sources. Times are kept in any case.
pub const KEEP: [(bool, &str); 2] = [(false, "time"), (true, "time and permissions")];

/// The choices of what becomes of symbolic links.
pub const LINKS: [(Links, &str); 2] = [(Links::Skip, "skip"), (Links::Follow, "follow")];

/// The choices of how the bytes are carried.
pub const TYPE: [(Form, &str); 2] = [(Form::Binary, "binary"), (Form::Text(None), "text")];

/// The choices of how a mirror compares.
pub const COMPARE: [(Compare, &str); 4] = [
    (Compare::Auto, "auto"),
    (Compare::Size, "size"),
    (Compare::Time, "time"),
    (Compare::Checksum, "checksum"),
];

/// The choices of what a mirror deletes. The plan is shown before, which is the question.
pub const DELETE: [(Deletes, &str); 2] =
    [(Deletes::No, "nothing"), (Deletes::Yes, "what the source lacks")];

/// What a target means.
#[derive(Debug, Clone, PartialEq)]
pub enum Meaning {
    /// The sources go into this directory under their own names.
    Into(Location),
    /// The only source becomes this.
    Becomes(Location),
    /// Only the parser of locations can tell.
    Unknown,
}

/// Opens the dialog; where the user wants none, begins.
pub fn ask(model: &mut Model, side: Side, kind: JobKind, out: &mut Vec<Effect>) {
    let pane = model.pane(side);
    let targets = pane.targets();
    let Some(directory) = pane.shown.clone().filter(|_| !targets.is_empty()) else {
        model.say(Level::Info, "nothing to take: put the cursor on a name, or select with Space");
        return;
    };
    let mut sources = Vec::with_capacity(targets.len());
    let mut refused = None;
    for entry in &targets {
        match directory.at.child(&entry.name) {
            Some(at) if entry.kind != Kind::Other => {
                sources.push(Source { at, kind: Some(entry.kind), size: entry.size });
            }
            Some(_) => refused = Some((&entry.name, "is no file, directory or link")),
            None => refused = Some((&entry.name, "no FTP command can carry this name")),
        }
    }
    if let Some((name, why)) = refused {
        let message = format!("{}: {why}", text::visible(name));
        model.say(Level::Warning, message);
        return;
    }
    let summary = match &targets[..] {
        [one] if one.kind == Kind::Dir => format!("the directory {}", text::visible(&one.name)),
        [one] => match one.size {
            Some(size) => format!("{} ({})", text::visible(&one.name), size::bytes(size)),
            None => text::visible(&one.name),
        },
        _ => in_words(&targets),
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
        field: Field::Target,
        error: None,
        waiting: false,
    })));
    if !model.wishes.confirm_copy {
        // what cannot begin, such as a copy onto itself, leaves the dialog open and says why
        accept(model, out);
    }
}

/// What the typed target means.
///
/// A text that begins with the label of one of the two sites is a path there; the text that the
/// dialog came up with is the other pane's directory, byte for byte.
#[must_use]
pub fn meaning(form: &TransferForm) -> Meaning {
    let typed = form.target.text();
    if typed == form.to.directory_text() || typed == form.to.to_string() {
        return Meaning::Into(form.to.clone());
    }
    for known in [&form.to, &form.from] {
        let path = match known {
            Location::Remote { .. } => {
                typed.strip_prefix(&known.label()).and_then(|rest| rest.strip_prefix(':'))
            }
            // a local path never has a colon before its first slash (design section 7)
            Location::Local(_) => {
                let colon = typed.find(':').is_some_and(|at| !typed[..at].contains('/'));
                (!colon && !typed.is_empty()).then_some(typed)
            }
        };
        if let Some(path) = path {
            return into_or_becomes(form, known.resolve(path), path);
        }
    }
    Meaning::Unknown
}

fn into_or_becomes(form: &TransferForm, at: Location, typed: &str) -> Meaning {
    if form.kind == JobKind::Mirror {
        return Meaning::Into(at);
    }
    let dots = matches!(typed.rsplit('/').next(), Some("" | "." | ".."));
    // as cp(1) does: a name without a slash at its end is what the only source becomes
    if form.sources.len() == 1 && !dots { Meaning::Becomes(at) } else { Meaning::Into(at) }
}

/// What stands below the target: what it means, or what is wrong with it.
#[must_use]
pub fn remark(form: &TransferForm) -> String {
    if let Some(error) = &form.error {
        return error.clone();
    }
    if form.waiting {
        return "finding out what this means …".to_owned();
    }
    match meaning(form) {
        Meaning::Into(_) if form.kind == JobKind::Mirror => {
            "this directory becomes like the source".to_owned()
        }
        Meaning::Into(_) => "into this directory".to_owned(),
        Meaning::Becomes(at) => {
            let name = text::visible(at.name());
            format!("becomes {name}; write / at the end for a directory")
        }
        Meaning::Unknown => "an address: URL, SITE:PATH or a local path".to_owned(),
    }
}

/// Takes the dialog.
pub fn accept(model: &mut Model, out: &mut Vec<Effect>) {
    let Some(Overlay::Transfer(form)) = model.overlays.last_mut() else { return };
    if form.field == Field::Dismiss {
        model.overlays.pop();
        return;
    }
    if form.waiting {
        return;
    }
    match meaning(form) {
        Meaning::Unknown if form.target.text().is_empty() => {
            form.error = Some("a target is missing".to_owned());
        }
        Meaning::Unknown => {
            form.waiting = true;
            out.push(Effect::Parse(form.target.text().to_owned()));
        }
        meaning => submit(model, meaning, out),
    }
}

/// What the typed target means is known.
pub fn parsed(
    model: &mut Model,
    typed: &str,
    result: Result<Location, LocationError>,
    out: &mut Vec<Effect>,
) {
    let Some(Overlay::Transfer(form)) = model.overlays.last_mut() else { return };
    form.waiting = false;
    if form.target.text() != typed {
        return;
    }
    match result {
        Ok(at) => {
            let meaning = into_or_becomes(form, at, typed);
            submit(model, meaning, out);
        }
        Err(error) => form.error = Some(error.to_string()),
    }
}

fn submit(model: &mut Model, meaning: Meaning, out: &mut Vec<Effect>) {
    let Some(Overlay::Transfer(form)) = model.overlays.last_mut() else { return };
    let (target, rename_to) = match meaning {
        Meaning::Into(at) => (at, false),
        Meaning::Becomes(at) => (at, true),
        Meaning::Unknown => return,
    };
    let onto_itself = if rename_to {
        form.sources.iter().any(|source| source.at.same(&target))
    } else {
        form.from.same(&target)
    };
    if onto_itself {
        form.field = Field::Target;
        form.error = Some("source and target are the same; write another place".to_owned());
        return;
    }
    let into_itself = form.sources.iter().any(|source| {
        source.kind == Some(Kind::Dir)
            && std::iter::successors(Some(target.clone()), Location::parent)
                .any(|above| above.same(&source.at))
    });
    if into_itself {
        form.field = Field::Target;
        form.error = Some("a directory cannot go into itself; write another place".to_owned());
        return;
    }
    if form.rules.form.is_text() && form.rules.exists == Exists::Resume {
        let why = "text cannot be resumed: nobody knows which byte of it the part ends at; choose \
                   another Exists, or Type binary";
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
        wait::begin(model, model.active, Act::Plan { spec }, out);
        return;
    }
    for pane in &mut model.panes {
        if pane.shown.as_ref().is_some_and(|shown| shown.at.same(&from)) {
            pane.marks.clear();
        }
    }
    model.say(Level::Info, format!("{verb} {summary} to {target}"));
    out.push(Effect::Submit(Box::new(spec)));
}

/// To another field.
pub fn step_field(model: &mut Model, by: isize) {
    if let Some(Overlay::Transfer(form)) = model.overlays.last_mut() {
        let fields = Field::of(form.kind);
        let at = fields.iter().position(|field| *field == form.field).unwrap_or(0);
        let to = (at as isize + by).rem_euclid(fields.len() as isize) as usize;
        form.field = fields[to];
    }
}

/// Puts the cursor on a field.
pub fn put_field(model: &mut Model, field: Field) {
    if let Some(Overlay::Transfer(form)) = model.overlays.last_mut() {
        form.field = field;
    }
}

/// To another choice of the field.
pub fn step_choice(model: &mut Model, by: isize) {
    let Some(Overlay::Transfer(form)) = model.overlays.last_mut() else { return };
    if form.field != Field::Target {
        // what was wrong may not be any more
        form.error = None;
    }
    let rules = &mut form.rules;
    match form.field {
        Field::Exists => rules.exists = turned(&EXISTS, rules.exists, by),
        Field::Verify => rules.verify = turned(&VERIFY, rules.verify, by),
        Field::Via => rules.via = turned(&VIA, rules.via, by),
        Field::Lanes => rules.parallel = turned(&LANES, rules.parallel, by),
        Field::Keep => rules.permissions = turned(&KEEP, rules.permissions, by),
        Field::Links => form.tree.links = turned(&LINKS, form.tree.links, by),
        Field::Type => rules.form = turned(&TYPE, rules.form, by),
        Field::Compare => form.tree.compare = turned(&COMPARE, form.tree.compare, by),
        Field::Delete => form.tree.delete = turned(&DELETE, form.tree.delete, by),
        Field::Begin => form.field = Field::Dismiss,
        Field::Dismiss => form.field = Field::Begin,
        Field::Target => {}
    }
}

fn turned<T: Copy + PartialEq>(choices: &[(T, &str)], now: T, by: isize) -> T {
    let at = choices.iter().position(|(choice, _)| *choice == now).unwrap_or(0);
    let to = (at as isize + by).rem_euclid(choices.len().max(1) as isize) as usize;
    choices.get(to).map_or(now, |(choice, _)| *choice)
}

/// The names of a field's choices and which is set; nothing for target and buttons.
#[must_use]
pub fn choices(form: &TransferForm, field: Field) -> Option<(Vec<&'static str>, usize)> {
    fn of<T: Copy + PartialEq>(
        choices: &[(T, &'static str)],
        now: T,
    ) -> (Vec<&'static str>, usize) {
        let at = choices.iter().position(|(choice, _)| *choice == now).unwrap_or(0);
        (choices.iter().map(|(_, name)| *name).collect(), at)
    }
    match field {
        Field::Exists => Some(of(&EXISTS, form.rules.exists)),
        Field::Verify => Some(of(&VERIFY, form.rules.verify)),
        Field::Via => Some(of(&VIA, form.rules.via)),
        Field::Lanes => Some(of(&LANES, form.rules.parallel)),
        Field::Keep => Some(of(&KEEP, form.rules.permissions)),
        Field::Links => Some(of(&LINKS, form.tree.links)),
        Field::Type => Some(of(&TYPE, form.rules.form)),
        Field::Compare => Some(of(&COMPARE, form.tree.compare)),
        Field::Delete => Some(of(&DELETE, form.tree.delete)),
        Field::Target | Field::Begin | Field::Dismiss => None,
    }
}

#[cfg(test)]
#[path = "copy_tests.rs"]
mod tests;
