//! Shows the properties of an entry, a job or a file of the queue.

use crate::base::path::is_usable_name;
use crate::base::{Precision, Stamp, Word, size, text};
use crate::ftp::{Entry, Kind};
use crate::queue::store::JobStatus;
use crate::queue::{ItemState, Totals};
use crate::transfer::{Verdict, Via};
use crate::ui::model::job_line::JobLine;
use crate::ui::model::msg::PaneSide;
use crate::ui::model::overlay::{Overlay, TextDialog, TextLine};
use crate::ui::model::{Model, WallClock};

/// Shows the properties of the entry under the cursor.
pub fn entry(model: &mut Model, side: PaneSide) {
    let pane = model.pane(side);
    let (Some(directory), Some(entry)) = (&pane.shown, pane.under_cursor()) else { return };
    let mut lines = vec![pair("Name", text::visible(&entry.name))];
    if std::str::from_utf8(&entry.name).is_err() {
        lines.push(pair("Bytes", hex(&entry.name)));
    }
    lines.push(pair("Directory", directory.at.to_string()));
    lines.extend(properties(entry, &model.clock));
    if !is_usable_name(&entry.name) {
        lines.push(TextLine::Blank);
        lines.push(TextLine::Text(
            "This name cannot be sent in an FTP command: the entry cannot be transferred or \
             deleted."
                .to_owned(),
        ));
    }
    open(model, "Properties", lines);
}

/// Shows the properties of a job.
fn job(model: &mut Model, line: &JobLine) {
    let Totals { waiting, held, running, done, skipped, failed, cancelled, .. } = line.totals;
    let mut lines = vec![
        pair("Job", line.job.to_string()),
        pair("Action", line.kind.word().to_owned()),
        pair("From", line.from.clone()),
    ];
    if !line.to.is_empty() {
        lines.push(pair("To", line.to.clone()));
    }
    let mut state = line.state.word().to_owned();
    for (applies, text) in [
        (line.held && !line.is_ended(), "held"),
        (line.cancelled, "cancelled"),
        (line.listing && !line.is_ended(), "still listing"),
        (line.state == JobStatus::Running && !line.ours, "by another fxpane process"),
    ] {
        if applies {
            state.push_str(&format!(", {text}"));
        }
    }
    lines.push(pair("State", state));
    if let Some(at) = line.start_at {
        lines.push(pair("Not before", at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()));
    }
    lines.push(pair("Priority", line.priority.to_string()));
    let lanes = line
        .lanes
        .map_or_else(|| "as many as both sites allow, at most 4".to_owned(), |n| n.to_string());
    lines.push(pair("Parallel", lanes));
    for (name, count) in [
        (if line.can_be_taken() { "In progress" } else { "Running" }, running),
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
    lines.push(pair("Transferred", exact(line.totals.bytes_done)));
    if !line.is_ended() {
        lines.push(pair("Remaining", exact(line.totals.bytes_open)));
    }
    open(model, "Job", lines);
}

/// Shows the properties of the file or job under the cursor.
pub fn row(model: &mut Model) {
    if let Some(line) = model.queue.job_under_cursor().cloned() {
        return job(model, &line);
    }
    let Some(row) = model.queue.under_cursor() else { return };
    let kind = row.kind.word();
    let what = if row.dir { "directory" } else { "file" };
    let mut lines = vec![
        pair("Name", row.name.clone()),
        pair("Action", format!("{kind} a {what} (ID {}, job {})", row.item, row.job)),
        pair("From", row.from.to_string()),
    ];
    if let Some(to) = &row.to {
        lines.push(pair("To", to.to_string()));
    }
    let mut state = row.state.word().to_owned();
    if row.job_held {
        state.push_str(", held with its job");
    }
    if row.interrupted {
        state.push_str("; its job was interrupted, resume it in the Jobs tab");
    }
    lines.push(pair("State", state));
    if let Some(via) = row.via {
        let route = match via {
            Via::Direct => "directly from server to server",
            Via::Relay => "relayed through this machine",
            Via::Download => "from the server to this machine",
            Via::Upload => "from this machine to the server",
        };
        let encryption = match row.protected {
            Some(true) => ", encrypted",
            Some(false) => ", unencrypted",
            None => "",
        };
        lines.push(pair("Route", format!("{route}{encryption}")));
    }
    lines.push(pair("Size", row.size.map_or_else(unknown, exact)));
    // files that have not started have no progress
    if matches!(row.state, ItemState::Running | ItemState::Done | ItemState::Failed) {
        lines.push(pair("Transferred", row.bytes.map_or_else(unknown, exact)));
        lines.push(pair("Time", size::clock(row.elapsed)));
    }
    if let Some(verdict) = row.verdict {
        let text = match verdict {
            Verdict::Verified => "verified: the checksums of both sides match",
            Verdict::Complete => "complete: both sides reported success and the sizes match",
            Verdict::Unverified => "unverified: both sides reported success, size unknown",
            Verdict::Failed => "failed: the file is missing or incomplete",
        };
        lines.push(pair("Result", text.to_owned()));
    }
    if let Some(reason) = &row.reason {
        lines.push(pair("Reason", reason.clone()));
    }
    open(model, "Transfer", lines);
}

fn open(model: &mut Model, title: &str, lines: Vec<TextLine>) {
    model.overlays.push(Overlay::Text(TextDialog {
        title: title.to_owned(),
        lines,
        names: 13,
        scroll: 0,
        live: None,
    }));
}

fn properties(entry: &Entry, clock: &WallClock) -> Vec<TextLine> {
    let kind = match entry.kind {
        Kind::File => "file",
        Kind::Dir => "directory",
        Kind::Link => "symbolic link",
        Kind::Other => "device or other special file; cannot be transferred",
    };
    let mut lines = vec![pair("Type", kind.to_owned())];
    lines.push(pair("Size", entry.size.map_or_else(unknown, exact)));
    lines.push(pair("Modified", entry.mtime.map_or_else(unknown, |stamp| moment(&stamp, clock))));
    if let Some(target) = &entry.target {
        lines.push(pair("Link target", text::visible(target)));
    }
    if let Some(perms) = &entry.perms {
        lines.push(pair("Permissions", text::visible_str(perms)));
    }
    lines
}

fn moment(stamp: &Stamp, clock: &WallClock) -> String {
    let precision = match stamp.precision {
        Precision::Day => " (day precision)",
        Precision::Minute => " (minute precision)",
        Precision::Second => "",
    };
    if stamp.utc {
        let local = clock.local(stamp).strftime("%Y-%m-%d %H:%M:%S").to_string();
        format!("{stamp} UTC{precision}; local time {local}")
    } else {
        format!("{stamp} server time{precision}")
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
    "unknown".to_owned()
}

fn hex(name: &[u8]) -> String {
    name.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" ")
}

fn pair(name: &str, text: String) -> TextLine {
    TextLine::Pair(name.to_owned(), text)
}
