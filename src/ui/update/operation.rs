//! Operations on servers: starting them, describing them, and handling their results.

use crate::engine::{Failure, Level};
use crate::ui::model::msg::{Operation, OperationReply, PaneSide, Ticket, UiEffect};
use crate::ui::model::overlay::{Overlay, TextDialog, TextLine};
use crate::ui::model::{Model, RunningOperation};
use crate::ui::update::{doctor, editor, failure, mirror, view};

/// Starts an operation on a server.
pub fn start(model: &mut Model, side: PaneSide, operation: Operation, out: &mut Vec<UiEffect>) {
    let ticket = model.ticket();
    model.operations.push(RunningOperation {
        ticket,
        since: model.now,
        operation: operation.clone(),
        side,
    });
    out.push(UiEffect::Run(ticket, operation));
}

/// A description of a running operation.
#[must_use]
pub fn describe(operation: &Operation) -> String {
    match operation {
        Operation::MakeDir { at } => format!("creating {at}"),
        Operation::Rename { from, .. } => format!("renaming {from}"),
        Operation::Examine { .. } => "testing the FXP routes between both sites".to_owned(),
        Operation::Plan { spec } => {
            let target = spec.target.as_ref().map(ToString::to_string).unwrap_or_default();
            format!("comparing with {target}")
        }
        Operation::Test { at } => format!("logging in to {at}"),
        Operation::View { at, .. } => format!("reading {at}"),
        Operation::Fetch { at } => format!("downloading {at}"),
        Operation::PutBack { to, .. } => format!("uploading {to}"),
        Operation::Chmod { at, .. } => {
            let what = at.first().map(ToString::to_string).unwrap_or_default();
            format!("changing permissions of {what}")
        }
        Operation::Raw { line, .. } => format!("sending {line}"),
    }
}

/// Handles the result of an operation.
pub fn done(
    model: &mut Model,
    ticket: Ticket,
    result: Result<OperationReply, Failure>,
    out: &mut Vec<UiEffect>,
) {
    let Some(at) = model.operations.iter().position(|running| running.ticket == ticket) else {
        return;
    };
    let running = model.operations.remove(at);
    // even a failed operation may have changed something, and the user waits for the new listing
    if running.operation.changes() {
        let pane = model.pane_mut(running.side);
        pane.stale = true;
        pane.listed = 0;
    }
    if matches!(running.operation, Operation::Examine { .. }) {
        doctor::ended(model, ticket);
    }
    match result {
        Err(failure) => failure::notify(model, &failure),
        Ok(reply) => succeeded(model, running, reply, out),
    }
}

fn succeeded(
    model: &mut Model,
    running: RunningOperation,
    reply: OperationReply,
    out: &mut Vec<UiEffect>,
) {
    match running.operation {
        Operation::Examine { .. } => {}
        Operation::Plan { spec } => mirror::planned(model, spec, reply),
        Operation::Test { at } => {
            if let OperationReply::Entries(count) = reply {
                let label = at.label();
                let entries = entries(count);
                model.notify(Level::Info, format!("{label}: login successful, {entries}"));
            }
        }
        Operation::View { at, size } => view::show(model, &at, size, reply),
        Operation::Fetch { .. } => {
            if let OperationReply::Draft(draft) = reply {
                out.push(UiEffect::Edit(draft));
            }
        }
        Operation::PutBack { draft, to, .. } => match reply {
            OperationReply::Conflict(draft) => editor::conflict(model, draft),
            _ => {
                model.notify(Level::Info, format!("saved {to}"));
                out.push(UiEffect::Discard(draft));
            }
        },
        Operation::MakeDir { at } => {
            model.pane_mut(running.side).select_next = Some(at.name().to_vec());
            model.notify(Level::Info, format!("created {at}"));
        }
        Operation::Rename { from, to } => {
            model.pane_mut(running.side).select_next = Some(to.name().to_vec());
            model.notify(Level::Info, format!("renamed {from} to {to}"));
        }
        Operation::Chmod { at, mode } => {
            let entries = entries(at.len());
            model.notify(Level::Info, format!("changed permissions of {entries} to {mode:o}"));
        }
        Operation::Raw { line, .. } => {
            let lines = match reply {
                OperationReply::Lines(lines) => lines.into_iter().map(TextLine::Text).collect(),
                _ => Vec::new(),
            };
            model.overlays.push(Overlay::Text(TextDialog {
                title: line,
                lines,
                names: 0,
                scroll: 0,
                live: None,
            }));
        }
    }
}

fn entries(count: usize) -> String {
    if count == 1 { "1 entry".to_owned() } else { format!("{count} entries") }
}
