//! Failures before the data, and failures after which the file is resumed.

use super::*;

#[test]
fn a_passive_side_that_rejects_its_peer_before_the_transfer_fails_it() {
    for (plan, side) in
        [(careful(), D), (unproven(), D), (Plan { passive: PassiveSide::Source, ..careful() }, S)]
    {
        let word = |side| if side == S { "S" } else { "D" };
        let (passive, active) = (word(side), word(side.other()));
        let refused = format!("{passive}227 {passive}425=Rejected_data_connection");
        // before the answer to PORT, which comes, or nothing more does, or the active side goes
        for then in [format!("{active}200"), "expired-10".to_owned(), format!("lost-{active}")] {
            let events = format!("{refused} {then}");
            let (sent, outcome) = play(temporary(5), plan, &events);
            let Some(Fault::NoConnection { side: by, reply }) = &outcome.fault else {
                panic!("{outcome:?}")
            };
            assert_eq!((*by, reply.code), (side, 425));
            // nothing was stored, so there is nothing to delete
            assert!(!sent.iter().any(|line| line.contains("STOR") || line.contains("RETR")));
            assert_eq!((outcome.leftover, outcome.kept), (None, false));
        }
    }
}

#[test]
fn a_stray_425_is_ignored_where_no_side_waits_for_a_peer() {
    // the port was asked for, and the answer is still to come
    let (_, outcome) = play(temporary(5), careful(), "S425=what? D425=No");
    assert!(matches!(outcome.fault, Some(Fault::NoPassive { side: D, .. })), "{outcome:?}");
}

#[test]
fn what_is_interrupted_is_kept_and_what_is_cancelled_is_not() {
    for (event, keep, kept) in
        [("interrupt", true, true), ("interrupt", false, false), ("cancel", true, false)]
    {
        let order = Order { keep, ..temporary(5) };
        let events = format!("{FLOWS} {event} S426 S226 D226 D213=3 D225");
        let (sent, outcome) = play(order, plan(), &events);
        assert_eq!(sent[4..], ["S ABOR", "D ABOR"]);
        let fault = if event == "cancel" { Fault::Cancelled } else { Fault::Interrupted };
        assert_eq!(outcome.fault, Some(fault));
        assert_eq!(outcome.kept, kept);
        assert_eq!(outcome.leftover.is_some(), !kept);
    }
}
