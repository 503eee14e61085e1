//! Tests of exit codes, summaries and item lines.

use super::*;
use crate::base::{ItemId, JobId};
use crate::queue::{Ending, ItemState, NewItem};
use crate::site::Sites;
use crate::transfer::{Evidence, Via};

fn item(state: ItemState, failure: Option<FailureKind>) -> ItemReport {
    let at = Location::parse("ftp://h/a", &Sites::new()).unwrap().location;
    let ending = Ending {
        verdict: (state == ItemState::Done).then_some(Verdict::Complete),
        verified: Evidence::Size,
        via: Some(Via::Direct),
        passive: None,
        protected: Some(false),
        bytes: 2048,
        elapsed: Duration::from_secs(1),
        reason: Some("why".to_owned()).filter(|_| state != ItemState::Done),
    };
    let item = NewItem::named("a", false, at.clone(), Some(at)).with_id(ItemId(1), JobId(1));
    ItemReport { item, state, ending, failure }
}

fn exit(items: &[(ItemState, Option<FailureKind>)]) -> (Exit, Summary) {
    let mut tally = JobTally::default();
    for (state, failure) in items {
        tally.count(&item(*state, failure.clone()));
    }
    (tally.exit_status(), tally.summary(Duration::from_secs(2)))
}

#[test]
fn exit_status_is_the_one_that_all_failures_share() {
    use FailureKind::{Connect, Login, Refused, Safety, Transient};
    use ItemState::{Done, Failed, Skipped};
    for (items, code) in [
        (vec![], 0),
        (vec![(Done, None), (Skipped, None)], 0),
        (vec![(Done, None), (Failed, Some(Refused))], 1),
        (vec![(Failed, None)], 1),
        (vec![(Failed, Some(Transient))], 1),
        (vec![(Failed, Some(Connect)), (Failed, Some(Login))], 3),
        (vec![(Failed, Some(Safety)), (Failed, Some(Safety))], 4),
        (vec![(Failed, Some(Safety)), (Failed, Some(Refused))], 1),
        (vec![(Failed, Some(Refused)), (Failed, Some(FailureKind::Cancelled))], 130),
    ] {
        assert_eq!(exit(&items).0.code(), code, "{items:?}");
    }
}

#[test]
fn summary_counts_items_and_bytes() {
    use ItemState::{Done, Failed, Skipped};
    let (_, summary) = exit(&[(Done, None), (Skipped, None), (Failed, None)]);
    let json = serde_json::to_string(&summary).unwrap();
    let text = r#"{"event":"summary","done":1,"skipped":1,"failed":1,"bytes":2048,"seconds":2.0}"#;
    assert_eq!(json, text);
    let line = summary_line(&summary, Exit::Failed, false);
    assert_eq!(line, "1 done, 1 skipped, 1 failed; 2.00 KiB in 2.0 s, 1.00 KiB/s");
    assert_eq!(summary_line(&summary, Exit::Done, true), "1 deleted, 1 skipped, 1 failed");
}

#[test]
fn item_lines_show_transport_protection_and_verification() {
    assert_eq!(
        item_line(&item(ItemState::Done, None)),
        "h:/a -> h:/a  2.00 KiB, direct, unencrypted, sizes agree"
    );
    assert_eq!(item_line(&item(ItemState::Skipped, None)), "skipped: h:/a -> h:/a: why");
    assert_eq!(item_line(&item(ItemState::Failed, None)), "failed: h:/a -> h:/a: why");
}
