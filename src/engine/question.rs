//! The question what becomes of a file whose target exists: a walk asks it, and so does a job that
//! goes on later and finds that a name was taken meanwhile.

use crate::base::size;
use crate::engine::context::EngineContext;
use crate::ftp::Entry;
use crate::queue::Exists;
use crate::site::Location;

/// What the user wants done with a file whose target exists, and whether that holds for all
/// further ones; where nobody answers it stays as it is.
pub(super) async fn about(
    context: &EngineContext,
    label: &str,
    to: &Location,
    new: &Entry,
    old: Option<&Entry>,
) -> (Exists, bool) {
    let about = |entry: &Entry| {
        // a time without a zone is by the server's own clock
        let zone = |utc| if utc { " UTC" } else { "" };
        let time = entry.mtime.map(|stamp| format!("{stamp}{}", zone(stamp.utc)));
        entry.size.map(size::bytes).into_iter().chain(time).collect::<Vec<_>>().join(", ")
    };
    let old = old.map(about).unwrap_or_default();
    let question = format!("{to} exists ({old}). Replace it by {label} ({})?", about(new));
    let choices = [
        "Skip",
        "Overwrite",
        "Keep both",
        "Skip all",
        "Overwrite all",
        "Newer only",
        "Resume",
        "Resume all",
    ];
    let choices = choices.iter().map(|choice| (*choice).to_owned()).collect();
    match context.ask(question, choices).await {
        Some(1) => (Exists::Overwrite, false),
        Some(2) => (Exists::Rename, false),
        Some(3) => (Exists::Skip, true),
        Some(4) => (Exists::Overwrite, true),
        Some(5) => (Exists::Newer, true),
        Some(6) => (Exists::Resume, false),
        Some(7) => (Exists::Resume, true),
        _ => (Exists::Skip, false),
    }
}
