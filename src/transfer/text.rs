//! What is known of a file that was copied as text (`TYPE A`, RFC 959 section 3.1.1.1).
//!
//! Each server writes line ends as its system has them, so sizes and digests of the two files may
//! differ although all of it arrived: where they agree they prove as much as ever, and where they
//! do not they prove nothing.

use crate::base::rules::Verify;
use crate::base::size;
use crate::session::{Session, SessionError};
use crate::transfer::order::Order;
use crate::transfer::outcome::{Outcome, Verdict};

/// Compares both files once the target has its name; what cannot be asked stays unknown.
pub(super) async fn compare(
    source: &mut Session,
    destination: &mut Session,
    order: &Order,
    outcome: &mut Outcome,
) {
    if outcome.verdict != Verdict::Unverified || order.verify == Verify::Off {
        return;
    }
    if let Err(error) = ask(source, destination, order, outcome).await {
        // the session is condemned by it, and the file has arrived
        tracing::debug!(%error, "two text files could not be compared");
    }
}

async fn ask(
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
                "as text it has {}, at the source {}: where line ends are converted, sizes tell \
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
            let text = "sizes agree and checksums do not, as it may be with text";
            outcome.warning.get_or_insert_with(|| text.to_owned());
        }
        return Ok(());
    }
    Ok(())
}
