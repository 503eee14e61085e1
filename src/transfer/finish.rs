//! The end of a file that passed through this machine: size, checksum, time, permissions and final
//! name at the destination; or the removal of what a failed attempt left there.
//!
//! The rules are those between two servers (transfer rules 2, 8 and 12): an existing file is only
//! replaced by one that has arrived completely.

use crate::base::rules::Verify;
use crate::base::{RemotePath, size};
use crate::ftp::Digest;
use crate::session::{Comparison, Session, SessionError, SizeAnswer};
use crate::transfer::fault::Fault;
use crate::transfer::order::Order;
use crate::transfer::outcome::{Outcome, Verdict, Via};
use crate::transfer::plan::Side;
use crate::transfer::rename::{AfterRename, Rename};
use crate::transfer::watch::Watch;

/// What was sent to a server.
#[derive(Debug, Default)]
pub(super) struct Sent {
    /// Bytes of the file, those of earlier attempts included.
    pub(super) bytes: u64,
    /// The size that the target must have now; `None` where that is not known.
    pub(super) size: Option<u64>,
    /// The checksum of the whole file.
    pub(super) digest: Option<Digest>,
    /// Something unexpected that does not make the attempt fail.
    pub(super) warning: Option<String>,
}

/// Finishes what was sent, or cleans up. `owned` is true when the server has begun to store under
/// a name that is ours, or may have.
pub(super) async fn finish(
    session: &mut Session,
    via: Via,
    order: &Order,
    sent: Result<Sent, Fault>,
    owned: bool,
    watch: &Watch,
) -> Outcome {
    let mut outcome = Outcome::new(via, Verdict::Failed, 0);
    let finished = match sent {
        Ok(sent) => check_and_place(session, order, sent, &mut outcome).await,
        Err(fault) => Err(fault),
    };
    let Err(fault) = finished else { return outcome };
    let bytes = watch.progress().bytes().unwrap_or(0);
    give_up(session, order, fault, Outcome { bytes, ..outcome }, owned).await
}

/// The outcome of a file that did not arrive: the partial file is kept for a later attempt, or
/// deleted if it is ours.
async fn give_up(
    session: &mut Session,
    order: &Order,
    fault: Fault,
    before: Outcome,
    owned: bool,
) -> Outcome {
    let keep = order.keep && order.temporary.is_some() && fault.leaves_beginning();
    let nothing = matches!(fault, Fault::NotStored(_));
    let mut outcome = Outcome {
        verdict: Verdict::Failed,
        fault: Some(fault),
        warning: None,
        digest: None,
        mode_refusal: None,
        unproven: false,
        ..before
    };
    if !owned || !order.is_ours() {
        return outcome;
    }
    if keep && outcome.bytes > 0 {
        (outcome.kept, outcome.stranded) = (true, None);
        return outcome;
    }
    if outcome.stranded.is_some() {
        return outcome;
    }
    let name = order.stored_as();
    let deleted = session.is_usable() && session.remove_file(name).await.is_ok();
    if !deleted && !nothing {
        outcome.leftover = Some(name.clone());
    }
    outcome
}

/// Gives a resumed file its name once it is proven, or cleans up.
pub(super) async fn finish_resumed(
    session: &mut Session,
    order: &Order,
    proven: Result<(), Fault>,
    arrived: Outcome,
) -> Outcome {
    let mut outcome = Outcome { unproven: false, next_passive: None, ..arrived };
    let placed = match proven {
        Ok(()) => place(session, order, Some(outcome.bytes), &mut outcome).await,
        Err(fault) => Err(fault),
    };
    match placed {
        Ok(()) => outcome,
        Err(fault) => give_up(session, order, fault, outcome, true).await,
    }
}

async fn check_and_place(
    session: &mut Session,
    order: &Order,
    sent: Sent,
    outcome: &mut Outcome,
) -> Result<(), Fault> {
    let at_target = |error| Fault::of_session(Side::Destination, error);
    let name = order.stored_as();
    let expected = sent.size.filter(|_| order.checks_size());
    let mut confirmed = None;
    if order.checks_size() {
        match session.ask_size(name).await.map_err(at_target)? {
            SizeAnswer::Bytes(have) => confirmed = expected.map(|_| have),
            SizeAnswer::Missing(reply) => return Err(Fault::NotStored(reply)),
            SizeAnswer::Unknown => {}
        }
    }
    if let (Some(have), Some(want)) = (confirmed, expected)
        && have != want
    {
        return Err(Fault::WrongSize { have, want, claimed: true });
    }
    *outcome = Outcome {
        warning: sent.warning,
        ..Outcome::arrived(outcome.via, sent.bytes, confirmed.is_some())
    };
    if let Some(ours) = sent.digest {
        compare_checksum(session, Side::Destination, name, ours, order.offset, outcome).await?;
    }
    place(session, order, confirmed, outcome).await
}

/// Time, permissions and final name of a file that has arrived.
async fn place(
    session: &mut Session,
    order: &Order,
    confirmed: Option<u64>,
    outcome: &mut Outcome,
) -> Result<(), Fault> {
    let at_target = |error| Fault::of_session(Side::Destination, error);
    let name = order.stored_as();
    if let Some(modified) = &order.modified
        && !session.set_modified(name, modified).await.map_err(at_target)?
    {
        tracing::debug!(%name, "the server does not set times");
    }
    if let Some(mode) = order.mode {
        outcome.mode_refusal = session.set_mode(name, mode).await.map_err(at_target)?;
    }
    let Some(temporary) = &order.temporary else { return Ok(()) };
    let question = match order.form.is_text() {
        // SIZE may be refused in text type
        false if session.answers_size() => Some("SIZE"),
        _ => session.features().has("MLST").then_some("MLST"),
    };
    let mut rename = Rename::new(temporary.clone(), order.target.clone(), order.replaces, false)
        .confirmed_by(question, confirmed);
    let renamed = give_final_name(session, &mut rename).await;
    outcome.displaced = rename.displaced().cloned();
    outcome.stranded = rename.keeps_new().then(|| temporary.clone());
    match renamed {
        Ok(warning) => outcome.warning = outcome.warning.take().or(warning),
        // only the old file remains to be deleted
        Err(_) if rename.is_renamed() => {}
        Err(fault) => return Err(fault),
    }
    Ok(())
}

/// Gives the final name; returns a warning where the old file could not be deleted.
async fn give_final_name(
    session: &mut Session,
    rename: &mut Rename,
) -> Result<Option<String>, Fault> {
    let mut commands = rename.first()?;
    while let Some((command, expect)) = commands.pop() {
        let asked = session.ask(command).await;
        let reply = asked.map_err(|error| Fault::of_session(Side::Destination, error))?;
        match rename.answered(expect, reply)? {
            AfterRename::Wait => {}
            AfterRename::Send(next) => commands = next,
            AfterRename::Renamed(warning) => return Ok(warning),
            AfterRename::Refused(fault) => return Err(fault),
        }
    }
    Ok(None)
}

/// Compares the checksum of what passed through this machine with that of the server's file, which
/// is as long; `offset` is where the file was resumed, or 0.
pub(super) async fn compare_checksum(
    session: &mut Session,
    side: Side,
    path: &RemotePath,
    ours: Digest,
    offset: u64,
    outcome: &mut Outcome,
) -> Result<(), Fault> {
    let compared = session.compare_digest(path, &ours, outcome.bytes).await;
    match compared.map_err(|error| Fault::of_session(side, error))? {
        Comparison::Same => {
            outcome.verdict = Verdict::Verified;
            outcome.digest = Some(ours.algorithm);
        }
        Comparison::Differs(theirs) => {
            let (have, want) = match side {
                Side::Source => (ours, theirs),
                Side::Destination => (theirs, ours),
            };
            return Err(Fault::WrongDigest { have, want });
        }
        Comparison::Unknown(reply) => {
            let reply = reply.map(|reply| format!(": the server answered {}", reply.shown()));
            if offset > 0 {
                // the size of a resumed file proves nothing
                let why = "checksums could not be compared".to_owned();
                return Err(Fault::Unproven(why + &reply.unwrap_or_default()));
            }
            outcome.warning.get_or_insert_with(|| {
                format!("checksums could not be compared{}", reply.unwrap_or_default())
            });
        }
    }
    Ok(())
}

/// Compares two files after a transfer as text (`TYPE A`, RFC 959 section 3.1.1.1), once the target
/// has its name.
///
/// Each server writes line ends as its system has them, so sizes and checksums of the two files may
/// differ although all of it arrived: where they agree they prove as much as ever, and where they
/// do not they prove nothing. What cannot be asked stays unknown.
pub(super) async fn compare_text(
    source: &mut Session,
    destination: &mut Session,
    order: &Order,
    outcome: &mut Outcome,
) {
    if outcome.verdict != Verdict::Unverified || order.verify == Verify::Off {
        return;
    }
    if let Err(error) = ask_about_text(source, destination, order, outcome).await {
        // this makes the session unusable, but the file has arrived
        tracing::debug!(%error, "two text files could not be compared");
    }
}

async fn ask_about_text(
    source: &mut Session,
    destination: &mut Session,
    order: &Order,
    outcome: &mut Outcome,
) -> Result<(), SessionError> {
    let want = source.size(&order.source).await?;
    let have = destination.size(&order.target).await?;
    outcome.bytes = have.unwrap_or(outcome.bytes);
    let (Some(want), Some(have)) = (want, have) else { return Ok(()) };
    if want != have {
        outcome.warning.get_or_insert_with(|| {
            format!(
                "as text it has {}, the source has {}: line ends are converted, so the sizes prove \
                 nothing",
                size::bytes(have),
                size::bytes(want)
            )
        });
        return Ok(());
    }
    outcome.verdict = Verdict::Complete;
    if order.verify != Verify::Checksum {
        return Ok(());
    }
    for algorithm in source.digests().common(destination.digests()) {
        let Ok(ours) = source.digest(&order.source, algorithm, None, want).await? else { continue };
        let theirs = destination.digest(&order.target, algorithm, None, have).await?;
        let Ok(theirs) = theirs else { continue };
        if ours == theirs {
            outcome.verdict = Verdict::Verified;
            outcome.digest = Some(algorithm);
        } else {
            outcome.verdict = Verdict::Unverified;
            let text = "the sizes agree and the checksums differ, which is possible for text";
            outcome.warning.get_or_insert_with(|| text.to_owned());
        }
        return Ok(());
    }
    Ok(())
}
