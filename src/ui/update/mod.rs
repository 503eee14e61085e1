//! The pure update function: `update(&mut Model, Msg) -> Vec<UiEffect>`.
//!
//! One file per verb. There is no clock and no I/O here: time arrives with [`Msg::Tick`], and
//! operations on servers are returned as [`UiEffect`]s.

pub mod cancel;
pub mod chmod;
pub mod compare;
pub mod confirm;
pub mod connect;
pub mod copy;
pub mod cursor;
pub mod delete;
pub mod doctor;
pub mod editor;
pub mod engine_event;
pub mod export;
pub mod failure;
pub mod filter;
pub mod find;
pub mod focus;
pub mod help;
pub mod interrupted;
pub mod jobs;
pub mod keys;
pub mod list_dialog;
pub mod listed;
pub mod log;
pub mod mirror;
pub mod mkdir;
pub mod mouse;
pub mod navigate;
pub mod operation;
pub mod palette;
pub mod prompt;
pub mod properties;
pub mod question;
pub mod queue;
pub mod queue_filter;
pub mod queue_window;
pub mod quit;
pub mod raw;
pub mod refresh;
pub mod rename;
pub mod resize;
pub mod select;
pub mod site_form;
pub mod sites;
pub mod sort;
pub mod text_input;
pub mod tick;
pub mod view;

use crate::engine::Level;
use crate::queue::JobKind;
use crate::ui::action::Action;
use crate::ui::model::listing::SortKey;
use crate::ui::model::msg::{Msg, UiEffect};
use crate::ui::model::overlay::{ListDialog, ListKind, Overlay};
use crate::ui::model::queue::Tab;
use crate::ui::model::{Model, read_only};
use crate::ui::update::cursor::Motion;
use crate::ui::update::keys::Pressed;

/// Applies a message to the model; returns the effects to perform.
pub fn update(model: &mut Model, msg: Msg) -> Vec<UiEffect> {
    let mut out = Vec::new();
    let overlays = model.overlays.len();
    let in_queue = model.in_queue;
    match msg {
        Msg::Tick(now) => tick::tick(model, now),
        Msg::Key(key) => match keys::press(model, key) {
            Pressed::Action(action) => run_action(model, action, &mut out),
            Pressed::Typed(typed) => type_in(model, typed, &mut out),
            Pressed::Nothing => {}
        },
        Msg::Paste(text) => {
            if text_input::paste(model, &text) {
                edited(model);
            }
        }
        Msg::Mouse(mouse, x, y) => {
            if let Some(action) = mouse::mouse(model, mouse, x, y, &mut out) {
                run_action(model, action, &mut out);
            }
        }
        Msg::Resize(width, height) => resize::resize(model, width, height),
        Msg::Engine(event) => engine_event::event(model, event.what, &mut out),
        Msg::Lagged => engine_event::lagged(model),
        Msg::Listed(ticket, result) => listed::listed(model, ticket, result, &mut out),
        Msg::OperationDone(ticket, result) => operation::done(model, ticket, result, &mut out),
        Msg::Edited(draft, result) => editor::edited(model, draft, result, &mut out),
        Msg::Submitted(result) => queue::submitted(model, result),
        Msg::Found(ticket, found) => doctor::found(model, ticket, &found),
        Msg::Ended(kind, tally) => queue::ended(model, kind, &tally),
        Msg::Window(query, result) => queue_window::fetched(model, query, result),
        Msg::JobLines(result) => jobs::fetched(model, result),
        Msg::Exported(file, result) => export::done(model, &file, result),
        Msg::Parsed(text, result) => prompt::parsed(model, &text, result, &mut out),
        Msg::JobRemoved(result) => jobs::removed(model, result),
        Msg::InterruptedJobs(result, requested) => interrupted::found(model, result, requested),
        Msg::Sites(result) => site_form::changed(model, result),
        Msg::SendFailed(failure) => failure::notify(model, &failure),
    }
    if model.overlays.len() < overlays
        && let Some(Overlay::Question(question)) = model.overlays.last_mut()
        && question.raised.is_some()
    {
        // it waited below another dialog and becomes visible now
        question.raised = Some(model.now);
    }
    if in_queue && !model.in_queue {
        model.queue.to_top();
    }
    refresh::list_stale(model, &mut out);
    queue_window::fetch_if_needed(model, &mut out);
    out
}

/// Runs an action.
pub fn run_action(model: &mut Model, action: Action, out: &mut Vec<UiEffect>) {
    let side = model.active;
    if let Some(why) = read_only::refusal(model, action) {
        model.notify(Level::Warning, why);
        return;
    }
    match action {
        Action::CursorUp => cursor::step(model, Motion::Lines(-1)),
        Action::CursorDown => cursor::step(model, Motion::Lines(1)),
        Action::PageUp => cursor::step(model, Motion::Pages(-1)),
        Action::PageDown => cursor::step(model, Motion::Pages(1)),
        Action::HalfUp => cursor::step(model, Motion::Halves(-1)),
        Action::HalfDown => cursor::step(model, Motion::Halves(1)),
        Action::First => cursor::step(model, Motion::First),
        Action::Last => cursor::step(model, Motion::Last),
        Action::OtherPane => focus::other_pane(model),
        Action::FocusQueue => focus::queue(model),
        Action::SwapPanes => focus::swap(model),
        Action::Open => {
            if navigate::open(model, side, side, out) {
                properties::entry(model, side);
            }
        }
        Action::OpenOther => {
            navigate::open(model, side, side.other(), out);
        }
        Action::Parent => navigate::parent(model, side, out),
        Action::Back => navigate::back(model, side, out),
        Action::Forward => navigate::forward(model, side, out),
        Action::Root => navigate::root(model, side, out),
        Action::Start => navigate::start(model, side, out),
        Action::SameDirectory => navigate::same(model, side, out),
        Action::Disconnect => navigate::disconnect(model, side, out),
        Action::Refresh => refresh::refresh(model, side, out),
        Action::Cancel => cancel::cancel(model, out),
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
            if rename::applies_to_move(model, side) {
                rename::ask(model, side);
            } else {
                copy::ask(model, side, JobKind::Move, out);
            }
        }
        Action::Rename => rename::ask(model, side),
        Action::MakeDir => mkdir::ask(model, side),
        Action::Delete => delete::ask(model, side, out),
        Action::View => view::open(model, side, out),
        Action::Edit => editor::start(model, side, out),
        Action::Info => properties::entry(model, side),
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
        Action::WiderLeft => resize::widen(model, 50),
        Action::WiderRight => resize::widen(model, -50),
        Action::GrowQueue => resize::grow_queue(model, 1),
        Action::ShrinkQueue => resize::grow_queue(model, -1),
        Action::Jobs => out.push(UiEffect::FindInterrupted(true)),
        Action::Pause => queue::pause(model, out),
        Action::NextTab => queue::next_tab(model, 1),
        Action::PreviousTab => queue::next_tab(model, -1),
        Action::ShowQueue => queue::show(model, Tab::Queue),
        Action::ShowJobs => queue::show(model, Tab::Jobs),
        Action::ShowLog => queue::show(model, Tab::Log),
        Action::ShowFailed => queue::show(model, Tab::Failed),
        Action::ItemInfo => properties::row(model),
        Action::ItemSelect => queue::select(model),
        Action::ItemUnselect => model.queue.select_none(),
        Action::ItemSelectAll => queue_filter::select_all(model),
        Action::LineOpen => queue_filter::open(model),
        Action::QueueFilter => queue_filter::ask(model),
        Action::QueueFind => queue_filter::open_search(model),
        Action::QueueJob => queue_filter::toggle_job(model),
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
        Action::Redraw => out.push(UiEffect::Redraw),
        Action::Quit => quit::ask(model, out),
        action => run_overlay_action(model, action, out),
    }
}

/// Runs an action of lists, dialogs and text inputs.
fn run_overlay_action(model: &mut Model, action: Action, out: &mut Vec<UiEffect>) {
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
        Action::ListUp => list_dialog::step(model, -1),
        Action::ListDown => list_dialog::step(model, 1),
        Action::ListPageUp => list_dialog::step(model, -list_dialog::PAGE),
        Action::ListPageDown => list_dialog::step(model, list_dialog::PAGE),
        Action::ListFold => sites::fold(model, true),
        Action::ListUnfold => sites::fold(model, false),
        Action::ListAccept | Action::ListAcceptOther => {
            let other = action == Action::ListAcceptOther;
            if let Some(command) = list_dialog::accept(model, other, out) {
                run_action(model, command, out);
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
            if text_input::edit(model, action) {
                edited(model);
            }
        }
    }
}

/// Inserts a character without a key binding, or chooses a button by it.
fn type_in(model: &mut Model, typed: char, out: &mut Vec<UiEffect>) {
    if text_input::insert(model, typed) {
        edited(model);
    } else if question::hotkey(model, typed) {
        accept(model, out);
    }
}

/// Handles a change of the text input.
fn edited(model: &mut Model) {
    match model.overlays.last() {
        Some(Overlay::Search(_)) => find::typed(model),
        Some(Overlay::List(_)) => list_dialog::typed(model),
        _ => {}
    }
}

fn is_site_form(model: &Model) -> bool {
    matches!(model.overlays.last(), Some(Overlay::List(ListDialog { kind: ListKind::Field, .. })))
}

fn accept(model: &mut Model, out: &mut Vec<UiEffect>) {
    match model.overlays.last() {
        Some(Overlay::Prompt(_)) => prompt::accept(model, out),
        Some(Overlay::Transfer(_)) => copy::accept(model, out),
        Some(Overlay::Question(_)) => question::accept(model, out),
        Some(Overlay::Search(_)) => find::accept(model),
        Some(Overlay::Text(_) | Overlay::List(_)) | None => {}
    }
}

fn dismiss(model: &mut Model, out: &mut Vec<UiEffect>) {
    match model.overlays.last() {
        Some(Overlay::Question(_)) => question::dismiss(model, out),
        Some(Overlay::Search(_)) => find::dismiss(model),
        _ => {
            model.overlays.pop();
        }
    }
}

fn step_field(model: &mut Model, by: isize) {
    match model.overlays.last() {
        Some(Overlay::Transfer(_)) => copy::step_field(model, by),
        Some(Overlay::Question(_)) => question::step(model, by),
        _ => {}
    }
}

fn step_choice(model: &mut Model, by: isize) {
    match model.overlays.last() {
        Some(Overlay::Transfer(_)) => copy::step_choice(model, by),
        Some(Overlay::Question(_)) => question::step(model, by),
        _ => {}
    }
}

fn older(model: &mut Model, older: bool) {
    match model.overlays.last() {
        Some(Overlay::Prompt(_)) => connect::older(model, older),
        Some(Overlay::Search(_)) => find::step(model, !older),
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
#[path = "settings_tests.rs"]
mod settings_tests;
