//! How the screen changes: `update(&mut Model, Msg) -> Vec<Effect>`, pure.
//!
//! One verb, one file. No clock and no socket here: time comes in with [`Msg::Tick`], and what is
//! to be done on servers goes out as an [`Effect`].

pub mod acted;
pub mod ask;
pub mod chmod;
pub mod choose;
pub mod compare;
pub mod connect;
pub mod copy;
pub mod cursor;
pub mod delete;
pub mod doctor;
pub mod edit;
pub mod editor;
pub mod engine;
pub mod export;
pub mod failure;
pub mod filter;
pub mod find;
pub mod focus;
pub mod go;
pub mod grave;
pub mod help;
pub mod info;
pub mod interrupted;
pub mod jobs;
pub mod keys;
pub mod listed;
pub mod log;
pub mod mirror;
pub mod mkdir;
pub mod mouse;
pub mod narrow;
pub mod palette;
pub mod prompt;
pub mod queue;
pub mod quit;
pub mod raw;
pub mod refresh;
pub mod rename;
pub mod select;
pub mod site_form;
pub mod sites;
pub mod sort;
pub mod split;
pub mod view;
pub mod wait;
pub mod window;

use crate::engine::Level;
use crate::queue::JobKind;
use crate::ui::action::Action;
use crate::ui::model::listing::SortKey;
use crate::ui::model::msg::{Effect, Msg};
use crate::ui::model::overlay::{Choose, Choosing, Overlay};
use crate::ui::model::queue::Tab;
use crate::ui::model::{Model, allowed};
use crate::ui::update::cursor::Step;
use crate::ui::update::keys::Pressed;

/// Changes the model by what happened; returns what is to be done about it.
pub fn update(model: &mut Model, msg: Msg) -> Vec<Effect> {
    let mut out = Vec::new();
    let overlays = model.overlays.len();
    let in_queue = model.in_queue;
    match msg {
        Msg::Tick(now) => wait::tick(model, now),
        Msg::Key(key) => match keys::press(model, key) {
            Pressed::Action(action) => act(model, action, &mut out),
            Pressed::Typed(typed) => type_in(model, typed, &mut out),
            Pressed::Nothing => {}
        },
        Msg::Paste(text) => {
            if edit::paste(model, &text) {
                edited(model);
            }
        }
        Msg::Mouse(mouse, x, y) => {
            if let Some(action) = mouse::mouse(model, mouse, x, y, &mut out) {
                act(model, action, &mut out);
            }
        }
        Msg::Resize(width, height) => split::resize(model, width, height),
        Msg::Engine(event) => engine::happened(model, event.what, &mut out),
        Msg::Lagged => engine::lagged(model),
        Msg::Listed(ticket, result) => listed::listed(model, ticket, result, &mut out),
        Msg::Acted(ticket, result) => acted::acted(model, ticket, result, &mut out),
        Msg::Edited(draft, result) => editor::edited(model, draft, result, &mut out),
        Msg::Submitted(result) => queue::submitted(model, result),
        Msg::Found(ticket, found) => doctor::found(model, ticket, &found),
        Msg::Ended(kind, tally) => queue::ended(model, kind, &tally),
        Msg::Window(query, result) => window::fetched(model, query, result),
        Msg::JobLines(result) => jobs::known(model, result),
        Msg::Exported(file, result) => export::done(model, &file, result),
        Msg::Parsed(text, result) => prompt::parsed(model, &text, result, &mut out),
        Msg::Forgotten(result) => jobs::forgotten(model, result),
        Msg::Jobs(result, asked) => interrupted::known(model, result, asked),
        Msg::Sites(result) => site_form::changed(model, result),
        Msg::Unsent(failure) => failure::say(model, &failure),
    }
    if model.overlays.len() < overlays
        && let Some(Overlay::Ask(ask)) = model.overlays.last_mut()
        && ask.raised.is_some()
    {
        // it waited below another dialog and is seen only now
        ask.raised = Some(model.now);
    }
    if in_queue && !model.in_queue {
        model.queue.to_top();
    }
    refresh::list_what_is_stale(model, &mut out);
    window::fetch_if_wanted(model, &mut out);
    out
}

/// Runs an action, whatever key it came from.
pub fn act(model: &mut Model, action: Action, out: &mut Vec<Effect>) {
    let side = model.active;
    if let Some(why) = allowed::refusal(model, action) {
        model.say(Level::Warning, why);
        return;
    }
    match action {
        Action::CursorUp => cursor::step(model, Step::Lines(-1)),
        Action::CursorDown => cursor::step(model, Step::Lines(1)),
        Action::PageUp => cursor::step(model, Step::Pages(-1)),
        Action::PageDown => cursor::step(model, Step::Pages(1)),
        Action::HalfUp => cursor::step(model, Step::Halves(-1)),
        Action::HalfDown => cursor::step(model, Step::Halves(1)),
        Action::First => cursor::step(model, Step::First),
        Action::Last => cursor::step(model, Step::Last),
        Action::OtherPane => focus::other_pane(model),
        Action::FocusQueue => focus::queue(model),
        Action::SwapPanes => focus::swap(model),
        Action::Open => {
            if go::open(model, side, side, out) {
                info::entry(model, side);
            }
        }
        Action::OpenOther => {
            go::open(model, side, side.other(), out);
        }
        Action::Parent => go::parent(model, side, out),
        Action::Back => go::back(model, side, out),
        Action::Forward => go::forward(model, side, out),
        Action::Root => go::root(model, side, out),
        Action::Start => go::start(model, side, out),
        Action::SameDirectory => go::same(model, side, out),
        Action::Disconnect => go::disconnect(model, side, out),
        Action::Refresh => refresh::refresh(model, side, out),
        Action::Cancel => wait::cancel(model, out),
        Action::GoTo => connect::ask_path(model, side),
        Action::Connect => connect::ask(model, side),
        Action::Sites => sites::open(model, side),
        Action::Select => select::toggle(model, side),
        Action::SelectInvert => select::invert(model, side),
        Action::SelectPattern => select::ask(model, side, true),
        Action::UnselectPattern => select::ask(model, side, false),
        Action::SelectAll => select::all(model, side, true),
        Action::SelectNone => select::all(model, side, false),
        Action::Copy => copy::ask(model, side, JobKind::Copy, out),
        Action::Move => {
            if rename::is_meant(model, side) {
                rename::ask(model, side);
            } else {
                copy::ask(model, side, JobKind::Move, out);
            }
        }
        Action::Rename => rename::ask(model, side),
        Action::MakeDir => mkdir::ask(model, side),
        Action::Delete => delete::ask(model, side, out),
        Action::View => view::look(model, side, out),
        Action::Edit => editor::begin(model, side, out),
        Action::Info => info::entry(model, side),
        Action::Chmod => chmod::ask(model, side),
        Action::Raw => raw::ask(model, side),
        Action::Find => find::open(model, side),
        Action::FindNext => find::again(model, side, true),
        Action::FindPrevious => find::again(model, side, false),
        Action::Filter => filter::open(model, side),
        Action::Hidden => filter::hidden(model, side),
        Action::SortName => sort::by(model, side, SortKey::Name),
        Action::SortExtension => sort::by(model, side, SortKey::Extension),
        Action::SortSize => sort::by(model, side, SortKey::Size),
        Action::SortTime => sort::by(model, side, SortKey::Time),
        Action::SortReverse => sort::reverse(model, side),
        Action::WiderLeft => split::widen(model, 50),
        Action::WiderRight => split::widen(model, -50),
        Action::GrowQueue => split::grow_queue(model, 1),
        Action::ShrinkQueue => split::grow_queue(model, -1),
        Action::Jobs => out.push(Effect::Jobs(true)),
        Action::Pause => queue::pause(model, out),
        Action::NextTab => queue::turn(model, 1),
        Action::PreviousTab => queue::turn(model, -1),
        Action::ShowQueue => queue::show(model, Tab::Queue),
        Action::ShowJobs => queue::show(model, Tab::Jobs),
        Action::ShowLog => queue::show(model, Tab::Log),
        Action::ShowFailed => queue::show(model, Tab::Failed),
        Action::ItemInfo => info::row(model),
        Action::ItemSelect => queue::select(model),
        Action::ItemUnselect => model.queue.select_none(),
        Action::ItemSelectAll => narrow::select_all(model),
        Action::LineOpen => narrow::open(model),
        Action::QueueFilter => narrow::ask(model),
        Action::QueueFind => narrow::seek(model),
        Action::QueueJob => narrow::toggle_job(model),
        Action::QueueExport => export::ask(model),
        Action::Doctor => doctor::ask(model),
        Action::Mirror => mirror::ask(model, side),
        Action::Compare => compare::ask(model),
        Action::ItemCancel
        | Action::JobHold
        | Action::JobCancel
        | Action::JobRaise
        | Action::JobLower
        | Action::LanesMore
        | Action::LanesFewer
        | Action::JobRun
        | Action::ItemHold
        | Action::ItemRetry
        | Action::ItemUp
        | Action::ItemDown
        | Action::ItemTop
        | Action::ItemBottom
        | Action::ItemClear
        | Action::ClearEnded
        | Action::RetryFailed
        | Action::CancelAll => queue::control(model, action, out),
        Action::LogSite => log::next_site(model),
        Action::Help => help::open(model),
        Action::Menu => palette::open(model, true),
        Action::Palette => palette::open(model, false),
        Action::Redraw => out.push(Effect::Redraw),
        Action::Quit => quit::ask(model, out),
        action => act_in_overlay(model, action, out),
    }
}

/// Actions of lists, dialogs and lines of text.
fn act_in_overlay(model: &mut Model, action: Action, out: &mut Vec<Effect>) {
    match action {
        Action::ListClose if is_site_form(model) => site_form::leave(model),
        Action::Close => doctor::closed(model, out),
        Action::ListClose => {
            model.overlays.pop();
        }
        Action::SiteAdd => site_form::add(model),
        Action::SiteEdit => site_form::edit(model),
        Action::SiteRemove => site_form::remove(model),
        Action::SiteTest => site_form::test(model, out),
        Action::SiteImport => site_form::ask_import(model),
        Action::SiteSave => site_form::save(model, out),
        Action::ListUp => choose::step(model, -1),
        Action::ListDown => choose::step(model, 1),
        Action::ListPageUp => choose::step(model, -choose::PAGE),
        Action::ListPageDown => choose::step(model, choose::PAGE),
        Action::ListFold => sites::fold(model, true),
        Action::ListUnfold => sites::fold(model, false),
        Action::ListAccept | Action::ListAcceptOther => {
            let other = action == Action::ListAcceptOther;
            if let Some(command) = choose::accept(model, other, out) {
                act(model, command, out);
            }
        }
        Action::Accept => accept(model, out),
        Action::Dismiss => dismiss(model, out),
        Action::NextField => step_field(model, 1),
        Action::PreviousField => step_field(model, -1),
        Action::NextChoice => step_choice(model, 1),
        Action::PreviousChoice => step_choice(model, -1),
        Action::EditOlder => older(model, true),
        Action::EditNewer => older(model, false),
        action => {
            if edit::edit(model, action) {
                edited(model);
            }
        }
    }
}

/// A character that no key binding wants.
fn type_in(model: &mut Model, typed: char, out: &mut Vec<Effect>) {
    if edit::insert(model, typed) {
        edited(model);
    } else if ask::hotkey(model, typed) {
        accept(model, out);
    }
}

/// The line being typed has changed.
fn edited(model: &mut Model) {
    match model.overlays.last() {
        Some(Overlay::Seek(_)) => find::typed(model),
        Some(Overlay::Choose(_)) => choose::typed(model),
        _ => {}
    }
}

fn is_site_form(model: &Model) -> bool {
    matches!(model.overlays.last(), Some(Overlay::Choose(Choose { kind: Choosing::Field, .. })))
}

fn accept(model: &mut Model, out: &mut Vec<Effect>) {
    match model.overlays.last() {
        Some(Overlay::Prompt(_)) => prompt::accept(model, out),
        Some(Overlay::Transfer(_)) => copy::accept(model, out),
        Some(Overlay::Ask(_)) => ask::accept(model, out),
        Some(Overlay::Seek(_)) => find::accept(model),
        Some(Overlay::Reading(_) | Overlay::Choose(_)) | None => {}
    }
}

fn dismiss(model: &mut Model, out: &mut Vec<Effect>) {
    match model.overlays.last() {
        Some(Overlay::Ask(_)) => ask::dismiss(model, out),
        Some(Overlay::Seek(_)) => find::dismiss(model),
        _ => {
            model.overlays.pop();
        }
    }
}

fn step_field(model: &mut Model, by: isize) {
    match model.overlays.last() {
        Some(Overlay::Transfer(_)) => copy::step_field(model, by),
        Some(Overlay::Ask(_)) => ask::step(model, by),
        _ => {}
    }
}

fn step_choice(model: &mut Model, by: isize) {
    match model.overlays.last() {
        Some(Overlay::Transfer(_)) => copy::step_choice(model, by),
        Some(Overlay::Ask(_)) => ask::step(model, by),
        _ => {}
    }
}

fn older(model: &mut Model, older: bool) {
    match model.overlays.last() {
        Some(Overlay::Prompt(_)) => connect::older(model, older),
        Some(Overlay::Seek(_)) => find::step(model, !older),
        _ => {}
    }
}

#[cfg(test)]
#[path = "update_tests.rs"]
mod tests;

#[cfg(test)]
#[path = "compare_tests.rs"]
mod compare_tests;

#[cfg(test)]
#[path = "keys_tests.rs"]
mod keys_tests;

#[cfg(test)]
#[path = "editor_tests.rs"]
mod editor_tests;

#[cfg(test)]
#[path = "doctor_tests.rs"]
mod doctor_tests;

#[cfg(test)]
#[path = "interrupted_tests.rs"]
mod interrupted_tests;

#[cfg(test)]
#[path = "mirror_tests.rs"]
mod mirror_tests;

#[cfg(test)]
#[path = "site_form_tests.rs"]
mod site_form_tests;

#[cfg(test)]
#[path = "wishes_tests.rs"]
mod wishes_tests;
