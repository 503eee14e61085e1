//! All that is known of an entry or of a row of the queue, as it was told.

use crate::base::path::is_usable_name;
use crate::base::{Precision, Stamp, Word, size, text};
use crate::ftp::{Entry, Kind};
use crate::queue::store::JobState;
use crate::queue::{ItemState, Totals};
use crate::site::location::LOCAL;
use crate::transfer::{Verdict, Via};
use crate::ui::model::jobs::JobLine;
use crate::ui::model::msg::Side;
use crate::ui::model::overlay::{Overlay, ReadLine, Reading};
use crate::ui::model::{Clock, Model};

/// Shows the facts of the entry under the cursor.
pub fn entry(model: &mut Model, side: Side) {
    let pane = model.pane(side);
    let (Some(directory), Some(entry)) = (&pane.shown, pane.under_cursor()) else { return };
    let mut lines = vec![pair("Name", text::visible(&entry.name))];
    if std::str::from_utf8(&entry.name).is_err() {
        lines.push(pair("Bytes", hex(&entry.name)));
    }
    lines.push(pair("In", directory.at.to_string()));
    lines.extend(facts(entry, &model.clock));
    if !is_usable_name(&entry.name) {
        lines.push(ReadLine::Blank);
        lines.push(ReadLine::Text(
            "No FTP command can carry this name: it cannot be transferred or deleted here."
                .to_owned(),
        ));
    }
    open(model, "Facts", lines);
}

/// Shows all that is known of the job under the cursor.
fn job(model: &mut Model, line: &JobLine) {
    let Totals { waiting, held, running, done, skipped, failed, cancelled, .. } = line.totals;
    let mut lines = vec![
        pair("Job", line.job.to_string()),
        pair("What", line.kind.word().to_owned()),
        pair("From", line.from.clone()),
    ];
    if !line.to.is_empty() {
        lines.push(pair("To", line.to.clone()));
    }
    let mut state = line.state.word().to_owned();
    for (yes, word) in [
        (line.held && !line.is_ended(), "held"),
        (line.cancelled, "cancelled"),
        (line.listing && !line.is_ended(), "not all of it listed yet"),
        (line.state == JobState::Running && !line.ours, "by another fxpane"),
    ] {
        if yes {
            state.push_str(&format!(", {word}"));
        }
    }
    lines.push(pair("State", state));
    if let Some(at) = line.start_at {
        lines.push(pair("Not before", at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()));
    }
    lines.push(pair("Priority", line.priority.to_string()));
    let lanes = line
        .lanes
        .map_or_else(|| "as many as both sites bear, at most 4".to_owned(), |n| n.to_string());
    lines.push(pair("Side by side", lanes));
    for (name, count) in [
        (if line.can_be_taken() { "Under way" } else { "Running" }, running),
        ("Waiting", waiting),
        ("Held", held),
        ("Done", done),
        ("Skipped", skipped),
        ("Failed", failed),
        ("Cancelled", cancelled),
    ] {
        if count > 0 {
            lines.push(pair(name, size::grouped(count)));
        }
    }
    lines.push(pair("Arrived", exact(line.totals.bytes_done)));
    if !line.is_ended() {
        lines.push(pair("Left", exact(line.totals.bytes_open)));
    }
    open(model, "Job", lines);
}

/// Shows all that is known of the line under the cursor.
pub fn row(model: &mut Model) {
    if let Some(line) = model.queue.job_under_cursor().cloned() {
        return job(model, &line);
    }
    let Some(row) = model.queue.under_cursor() else { return };
    let kind = row.kind.word();
    let what = if row.dir { "directory" } else { "file" };
    let mut lines = vec![
        pair("Name", row.name.clone()),
        pair("What", format!("{kind} a {what} (item {}, job {})", row.item, row.job)),
        pair("From", place(&row.from, &row.source)),
    ];
    if !row.to.is_empty() {
        lines.push(pair("To", place(&row.to, row.target.as_deref().unwrap_or_default())));
    }
    let mut state = row.state.word().to_owned();
    if row.job_held {
        state.push_str(", held with its job");
    }
    if row.interrupted {
        state.push_str("; its job was interrupted, and goes on when you say so in the tab Jobs");
    }
    lines.push(pair("State", state));
    if let Some(via) = row.via {
        let way = match via {
            Via::Direct => "straight from server to server",
            Via::Relay => "through this machine",
            Via::Download => "from the server to this machine",
            Via::Upload => "from this machine to the server",
        };
        let protection = match row.protected {
            Some(true) => ", encrypted",
            Some(false) => ", not encrypted",
            None => "",
        };
        lines.push(pair("Way", format!("{way}{protection}")));
    }
    lines.push(pair("Size", row.size.map_or_else(nobody_knows, exact)));
    // of what has not begun there is nothing to tell
    if matches!(row.state, ItemState::Running | ItemState::Done | ItemState::Failed) {
        lines.push(pair("Arrived", row.bytes.map_or_else(nobody_knows, exact)));
        lines.push(pair("Time", size::clock(row.elapsed)));
    }
    if let Some(verdict) = row.verdict {
        let words = match verdict {
            Verdict::Verified => "verified: the digests of both sides agree",
            Verdict::Complete => "complete: both sides ended well and the sizes agree",
            Verdict::Unverified => "unverified: both sides ended well, nobody could tell a size",
            Verdict::Failed => "failed: the file did not arrive, or not whole",
        };
        lines.push(pair("Result", words.to_owned()));
    }
    if let Some(reason) = &row.reason {
        lines.push(pair("Reason", reason.clone()));
    }
    open(model, "Transfer", lines);
}

/// `nas:/incoming/a.txt`; a path of this machine stands alone.
fn place(site: &str, path: &str) -> String {
    match (site, path) {
        (LOCAL, path) if !path.is_empty() => path.to_owned(),
        (site, "") => site.to_owned(),
        (site, path) => format!("{site}:{path}"),
    }
}

fn open(model: &mut Model, title: &str, lines: Vec<ReadLine>) {
    model.overlays.push(Overlay::Reading(Reading {
        title: title.to_owned(),
        lines,
        names: 13,
        scroll: 0,
        live: None,
    }));
}

fn facts(entry: &Entry, clock: &Clock) -> Vec<ReadLine> {
    let kind = match entry.kind {
        Kind::File => "file",
        Kind::Dir => "directory",
        Kind::Link => "symbolic link",
        Kind::Other => "device or something else that cannot be transferred",
    };
    let mut lines = vec![pair("Kind", kind.to_owned())];
    lines.push(pair("Size", entry.size.map_or_else(unknown, exact)));
    lines.push(pair("Modified", entry.mtime.map_or_else(unknown, |stamp| moment(&stamp, clock))));
    if let Some(target) = &entry.target {
        lines.push(pair("Leads to", text::visible(target)));
    }
    if let Some(perms) = &entry.perms {
        lines.push(pair("Permissions", text::visible_str(perms)));
    }
    lines
}

fn moment(stamp: &Stamp, clock: &Clock) -> String {
    let precision = match stamp.precision {
        Precision::Day => ", to the day",
        Precision::Minute => ", to the minute",
        Precision::Second => "",
    };
    if stamp.utc {
        let here = clock.local(stamp).strftime("%Y-%m-%d %H:%M:%S").to_string();
        format!("{stamp} UTC{precision}; here {here}")
    } else {
        format!("{stamp} by the server's clock{precision}")
    }
}

fn exact(bytes: u64) -> String {
    let grouped = size::grouped(bytes);
    if bytes < 1024 {
        format!("{grouped} B")
    } else {
        format!("{} ({grouped} B)", size::bytes(bytes))
    }
}

fn unknown() -> String {
    "not told".to_owned()
}

fn nobody_knows() -> String {
    "unknown".to_owned()
}

fn hex(name: &[u8]) -> String {
    name.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" ")
}

fn pair(name: &str, text: String) -> ReadLine {
    ReadLine::Pair(name.to_owned(), text)
}
