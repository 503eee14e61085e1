//! Ends before the data, and ends after which the file is to go on.

use super::*;

#[test]
fn a_passive_side_that_turns_its_peer_away_before_the_transfer_is_believed() {
    for (plan, side) in
        [(careful(), D), (unproven(), D), (Plan { passive: PassiveSide::Source, ..careful() }, S)]
    {
        let refused = says(side, 425, "Rejected data connection from foreign address");
        let active = side.other();
        for events in [
            // before the answer to PORT, and then it comes
            vec![says(side, 227, PORT), refused.clone(), says(active, 200, "ok")],
            // the active side says nothing more
            vec![says(side, 227, PORT), refused.clone(), Event::Expired(10)],
            // the active side is gone
            vec![says(side, 227, PORT), refused.clone(), Event::Lost(active, "x".to_owned())],
        ] {
            let (said, outcome) = play(temporary(5), plan, &events);
            let Some(Fault::NoConnection { side: by, reply }) = &outcome.fault else {
                panic!("{outcome:?}")
            };
            assert_eq!((*by, reply.code), (side, 425));
            // nothing was stored, so there is nothing to delete
            assert!(!said.iter().any(|line| line.contains("STOR") || line.contains("RETR")));
            assert_eq!((outcome.leftover, outcome.kept), (None, false));
        }
    }
}

#[test]
fn a_425_that_answers_nothing_is_passed_over_where_nobody_waits_for_a_peer() {
    // the port was asked for, and the answer is still to come
    let events = [says(S, 425, "what?"), says(D, 425, "No")];
    let (_, outcome) = play(temporary(5), careful(), &events);
    assert!(matches!(outcome.fault, Some(Fault::NoPassive { side: D, .. })), "{outcome:?}");
}

#[test]
fn what_is_interrupted_is_kept_and_what_is_cancelled_is_not() {
    for (event, keep, kept) in [
        (Event::Interrupt, true, true),
        (Event::Interrupt, false, false),
        (Event::Cancel, true, false),
    ] {
        let order = Order { keep, ..temporary(5) };
        let (said, outcome) = play(
            order,
            plan(),
            &[
                says(D, 227, PORT),
                says(S, 200, ""),
                says(S, 150, ""),
                says(D, 150, ""),
                event.clone(),
                says(S, 426, ""),
                says(S, 226, ""),
                says(D, 226, ""),
                says(D, 213, "3"),
                says(D, 225, ""),
            ],
        );
        assert_eq!(said[4..], ["S ABOR", "D ABOR"]);
        let fault = if event == Event::Cancel { Fault::Cancelled } else { Fault::Interrupted };
        assert_eq!(outcome.fault, Some(fault));
        assert_eq!(outcome.kept, kept);
        assert_eq!(outcome.leftover.is_some(), !kept);
    }
}
