//! Asks what to do with a file whose target exists. A walk asks it, and so does a resumed job that
//! finds that a name was taken in the meantime.

use crate::base::size;
use crate::engine::context::EngineContext;
use crate::ftp::Entry;
use crate::queue::Exists;
use crate::site::Location;

/// Asks what to do with a file whose target exists, and whether to do so for all further files.
/// When not interactive, the target is kept.
pub(super) async fn ask_exists(
    context: &EngineContext,
    label: &str,
    to: &Location,
    new: &Entry,
    old: Option<&Entry>,
) -> (Exists, bool) {
    let describe = |entry: &Entry| {
        // a time without a zone is in the server's own time zone
        let zone = |utc| if utc { " UTC" } else { "" };
        let time = entry.mtime.map(|stamp| format!("{stamp}{}", zone(stamp.utc)));
        entry.size.map(size::bytes).into_iter().chain(time).collect::<Vec<_>>().join(", ")
    };
    let old = old.map(describe).unwrap_or_default();
    let question = format!("{to} exists ({old}). Replace it with {label} ({})?", describe(new));
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
