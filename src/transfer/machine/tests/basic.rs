//! What the machine sends and concludes, reply by reply.

use super::*;
use crate::base::RemotePath;
use crate::transfer::form::Form;

#[test]
fn normal_with_everything_in_one_write() {
    let (sent, outcome) = play(
        order(5),
        plan(),
        "D227 S200=ok S150=begun D150=begun S226=sent D226=got D213=5 D227=(127,0,0,2,200,2)",
    );
    assert_eq!(
        sent,
        [
            "D PASV",
            "D STOR /d/f + SIZE /d/f + PASV",
            "S PORT 127,0,0,2,200,1 + RETR /s/f",
            "flowing"
        ]
    );
    assert_eq!(outcome.verdict, Verdict::Complete);
    assert_eq!((outcome.bytes, outcome.fault, outcome.poisoned), (5, None, vec![]));
    assert_eq!(outcome.next_passive.unwrap().port, 51_202);
}

#[test]
fn one_command_at_a_time_asks_the_size_after_the_data_and_renames_in_two_steps() {
    let (sent, outcome) =
        play(temporary(5), careful(), "D227 S200=ok D125 S125 D250 S226 D213=5 D350 D250 D213=5");
    assert_eq!(
        sent,
        [
            "D PASV",
            "S PORT 127,0,0,2,200,1",
            "D STOR /d/.f.1.fxpart",
            "S RETR /s/f",
            "flowing",
            "D SIZE /d/.f.1.fxpart",
            "D RNFR /d/.f.1.fxpart",
            "D RNTO /d/f",
            "D SIZE /d/f"
        ]
    );
    assert_eq!(outcome.verdict, Verdict::Complete);
    assert!(outcome.next_passive.is_none());
}

#[test]
fn temporary_name_and_time_pipelined() {
    let mut order = temporary(5);
    order.modified = Stamp::from_digits("20260102030405");
    order.replaces = true;
    let (sent, outcome) = play(
        order,
        plan(),
        "D227 S200 D150 S150 D226 D213=20260102030405 D213=5 S226 D350 D250 D213=5 \
         D550=no_such_file D227=(127,0,0,2,200,3)",
    );
    assert_eq!(
        sent[1..],
        [
            "D STOR /d/.f.1.fxpart + MFMT 20260102030405 /d/.f.1.fxpart + SIZE /d/.f.1.fxpart",
            "S PORT 127,0,0,2,200,1 + RETR /s/f",
            "flowing",
            "D RNFR /d/.f.1.fxpart + RNTO /d/f + SIZE /d/f + SIZE /d/.f.1.fxpart + PASV"
        ]
    );
    assert_eq!(outcome.verdict, Verdict::Complete);
    assert!(outcome.next_passive.is_some());
}

#[test]
fn a_source_that_refuses_leaves_no_empty_file() {
    // also for a file of 0 bytes, where the empty file that our own connection causes has the right
    // size
    for size in [0, 5] {
        let (sent, outcome) = play(
            order(size),
            plan(),
            "D227 S200 S550=no_such_file S227 D150 D226 D213=0 D227 D250=deleted",
        );
        assert_eq!(sent[3..], ["unblock", "S PASV", "D DELE /d/f"]);
        assert!(matches!(outcome.fault, Some(Fault::SourceRefused(_))), "{outcome:?}");
        assert_eq!((outcome.leftover, outcome.poisoned), (None, vec![]));
        assert!(outcome.next_passive.is_some());
    }
}

#[test]
fn a_refused_port_is_recognised_and_nothing_was_stored() {
    let (sent, outcome) = play(order(5), careful(), "D227 S500=Illegal_PORT_command.");
    assert_eq!(sent, ["D PASV", "S PORT 127,0,0,2,200,1"]);
    let fault = outcome.fault.unwrap();
    assert!(matches!(&fault, Fault::RefusedPort { side: S, .. }) && fault.is_mode_specific());
    assert_eq!((outcome.leftover, outcome.poisoned), (None, vec![]));
}

#[test]
fn a_target_that_refuses_resets_its_listener() {
    let (sent, outcome) = play(
        temporary(5),
        unproven(),
        "D227 S200 D553=denied D550=no_such_file D227 S150 S426=reset",
    );
    assert_eq!(sent[4..], ["D PASV"]);
    assert!(matches!(outcome.fault, Some(Fault::TargetRefused(_))), "{outcome:?}");
    assert_eq!((outcome.leftover, outcome.poisoned), (None, vec![]));

    // an asynchronous destination reports it before the source is asked for anything
    let refusals = "D227 S200 D553=denied";
    let (sent, outcome) = play(temporary(5), careful(), refusals);
    assert_eq!(sent, ["D PASV", "S PORT 127,0,0,2,200,1", "D STOR /d/.f.1.fxpart"]);
    assert!(matches!(outcome.fault, Some(Fault::TargetRefused(_))), "{outcome:?}");
}

#[test]
fn a_refused_stor_that_created_an_empty_file_leaves_none() {
    let passive = Plan { passive: PassiveSide::Source, ..plan() };
    let refused = "S227 D200 S550=gone D425=Cannot_connect S227";
    let cases = [
        (order(5), "D213=0 D250", Some("D DELE /d/f"), None),
        (order(5), "D213=0 D550", Some("D DELE /d/f"), Some("/d/f")),
        // somebody else has stored it meanwhile, or there is none, or the size is unknown
        (order(5), "D213=7", None, None),
        (order(5), "D550=no_such_file", None, None),
        (order(5), "expired-10", None, None),
        (order(5), "lost-D", None, None),
        (order(5), "cancel D550", None, None),
        // a temporary name is ours alone
        (temporary(5), "D213=3 D250", Some("D DELE /d/.f.1.fxpart"), None),
        (temporary(5), "D550=no_such_file", None, None),
    ];
    for (order, then, deleted, left) in cases {
        let (sent, outcome) = play(order.clone(), passive, &format!("{refused} {then}"));
        let asked = format!("D SIZE {}", order.stored_as());
        let at = sent.iter().position(|line| *line == asked);
        let at = at.unwrap_or_else(|| panic!("{then}: {sent:?}"));
        assert_eq!(sent.get(at + 1).map(String::as_str), deleted, "{then}");
        assert!(matches!(outcome.fault, Some(Fault::SourceRefused(_))), "{then}: {outcome:?}");
        assert_eq!(outcome.leftover, left.map(RemotePath::from), "{then}");
    }
    // in place of an old file nothing is ever deleted
    let old = Order { replaces: true, ..order(5) };
    let (sent, _) = play(old, plan(), "D227 S200 S150 D425=no D213=0 D227 S426=broken");
    assert!(!sent.iter().any(|line| line.contains("DELE")), "{sent:?}");
}

#[test]
fn a_226_on_both_sides_with_a_short_file_is_a_failure() {
    let (sent, outcome) =
        play(order(5), plan(), "D227 S200 S150 D150 D226 D213=3 D227 S226 D213=3 D250");
    // the size is asked again before it counts, and what arrived is deleted
    assert_eq!(sent[4..], ["D SIZE /d/f", "D DELE /d/f"]);
    assert_eq!(outcome.fault, Some(Fault::WrongSize { have: 3, want: 5, claimed: true }));
}

#[test]
fn a_size_that_was_answered_early_is_asked_again() {
    let (_, outcome) = play(order(5), plan(), "D227 S200 S150 D150 S226 D226 D213=3 D227 D213=5");
    assert_eq!(outcome.verdict, Verdict::Complete);
}

#[test]
fn without_size_the_verdict_is_unverified_never_complete() {
    let (_, outcome) = play(order(5), plan(), "D227 S200 S150 D150 S226 D226 D502=SIZE? D227");
    assert_eq!((outcome.verdict, outcome.fault), (Verdict::Unverified, None));
}

#[test]
fn a_226_for_a_file_that_is_not_there_is_a_failure() {
    let known = |order, plan| Machine::new(order, plan, rule()).with_answers(true, false);
    let missing = "S226 D226 D550=no_such_file D227 D550=no_such_file";
    let events = format!("{FLOWS} {missing} D550=no_such_file");
    let (sent, outcome) = run(known(order(5), plan()), &events);
    // it may have been answered too early; what is there under another name is not ours
    assert_eq!(sent[4..], ["D SIZE /d/f", "D DELE /d/f"]);
    assert!(matches!(outcome.fault, Some(Fault::NotStored(_))), "{outcome:?}");
    assert_eq!(outcome.leftover, None);

    // something is there after all
    let (_, outcome) = run(known(order(5), plan()), &format!("{FLOWS} {missing} D250"));
    assert!(matches!(outcome.fault, Some(Fault::NotStored(_))), "{outcome:?}");
    let early = format!("{FLOWS} S226 D226 D550=no_such_file D227 D213=5");
    let (_, outcome) = run(known(order(5), plan()), &early);
    assert_eq!(outcome.verdict, Verdict::Complete);

    // a server that does not show the file, or that does not know SIZE, proves nothing
    for reply in ["D550=permission_denied", "D502=SIZE?"] {
        let events = format!("{FLOWS} S226 D226 {reply} D227");
        let (_, outcome) = run(known(order(5), plan()), &events);
        assert_eq!(outcome.verdict, Verdict::Unverified, "{reply}");
    }
    let (_, outcome) = play(order(5), plan(), &format!("{FLOWS} {missing}"));
    assert_eq!(outcome.verdict, Verdict::Unverified);
}

#[test]
fn a_file_that_grew_does_not_stay_under_its_final_name() {
    let grown = "S226 D226 D213=7 D227 D213=7 D250=deleted";
    let (sent, outcome) = play(order(5), plan(), &format!("{FLOWS} {grown}"));
    assert_eq!(sent.last().unwrap(), "D DELE /d/f");
    assert!(matches!(outcome.fault, Some(Fault::WrongSize { have: 7, .. })), "{outcome:?}");
    // a transfer that broke off cannot have stored more than was sent
    let (sent, _) = play(order(5), plan(), &format!("{FLOWS} S426 D426 D213=7 D227"));
    assert!(!sent.iter().any(|line| line.contains("DELE")), "{sent:?}");
}

#[test]
fn a_source_that_complains_at_the_end_is_a_warning_when_all_bytes_arrived() {
    let events = |size: &str| format!("{FLOWS} D226 D213={size} D227 S426=reset");
    let (_, outcome) = play(order(5), plan(), &events("5"));
    assert_eq!(outcome.verdict, Verdict::Complete);
    assert!(outcome.warning.unwrap().contains("426"));
    let short = format!("{} D213=3 D250", events("3"));
    let (_, outcome) = play(order(5), plan(), &short);
    assert!(matches!(outcome.fault, Some(Fault::BrokeOff { side: S, .. })), "{outcome:?}");
}

#[test]
fn silence_of_both_sides_ends() {
    let (sent, outcome) = play(order(5), unproven(), "D227 S200 expired-30 expired-10");
    assert_eq!(sent[4..], ["S ABOR", "unblock"]);
    let fault = outcome.fault.unwrap();
    assert!(matches!(fault, Fault::Silent { .. }) && fault.is_mode_specific());
    assert_eq!(outcome.poisoned, [S, D]);
    assert_eq!(outcome.leftover, Some("/d/f".into()));
}

#[test]
fn a_lost_source_and_a_226_of_the_target_are_a_failure() {
    let (_, outcome) =
        play(temporary(5), careful(), "D227 S200 S150 D150 lost-S D226 D213=3 D213=3 D250");
    assert!(matches!(outcome.fault, Some(Fault::Lost { side: S, .. })), "{outcome:?}");
    assert_eq!((outcome.poisoned, outcome.leftover), (vec![S], None));
}

#[test]
fn cancel_aborts_both_and_trusts_neither_session() {
    let (sent, outcome) =
        play(temporary(5), plan(), "D227 S200 S150 D150 cancel S426 S226 D226 D213=3 D225");
    assert_eq!(sent[4..], ["S ABOR", "D ABOR"]);
    assert_eq!(outcome.fault, Some(Fault::Cancelled));
    assert_eq!(outcome.poisoned, [S, D]);
    assert_eq!(outcome.leftover, Some("/d/.f.1.fxpart".into()));
}

#[test]
fn pure_ftpd_ends_a_broken_retr_with_a_150() {
    let (_, outcome) = play(
        order(5),
        unproven(),
        "D227 S200 S150 D150 D552=disk_full D213=3 D227 S150=0.2_seconds D250",
    );
    assert!(matches!(outcome.fault, Some(Fault::NoSpace(_))), "{outcome:?}");
    assert_eq!(outcome.poisoned, []);
}

#[test]
fn in_place_only_after_the_source_has_begun() {
    let in_place = Order { replaces: true, ..order(5) };
    let (sent, outcome) = play(in_place.clone(), plan(), "D227 S200 S550=gone");
    assert_eq!(sent, ["D PASV", "S PORT 127,0,0,2,200,1 + RETR /s/f"]);
    assert!(matches!(outcome.fault, Some(Fault::SourceRefused(_))));
    // nothing was touched, and nothing may be deleted
    assert_eq!(outcome.leftover, None);

    let (sent, outcome) =
        play(in_place.clone(), plan(), "D227 S200 S150 D150 S226 D226 D213=5 D227");
    assert_eq!(sent[2], "D STOR /d/f + SIZE /d/f + PASV");
    assert_eq!(outcome.verdict, Verdict::Complete);

    let (sent, outcome) = play(in_place, careful(), "");
    assert!(sent.is_empty());
    assert_eq!(outcome.fault, Some(Fault::NoSafeOverwrite));
}

#[test]
fn source_passive_sends_stor_before_retr() {
    let flipped = Plan { passive: PassiveSide::Source, ..plan() };
    let (sent, outcome) = play(order(5), flipped, "S227 D200 D150 S150 S226 D226 D213=5");
    assert_eq!(
        sent,
        [
            "S PASV",
            "D PORT 127,0,0,2,200,1",
            "D STOR /d/f",
            "S RETR /s/f",
            "flowing",
            "D SIZE /d/f"
        ]
    );
    assert_eq!(outcome.verdict, Verdict::Complete);
}

#[test]
fn replies_out_of_turn_fail_the_attempt_and_name_the_server() {
    let (_, outcome) = play(order(5), plan(), "D227 D150 D213=0 D227 S200 S425=refused expired-10");
    assert_eq!(outcome.fault, Some(Fault::OutOfTurn(D)));
    assert_eq!(outcome.out_of_turn, [D]);
    assert!(outcome.fault.unwrap().is_transient());
}

#[test]
fn a_foreign_address_is_refused_before_anything_is_stored() {
    let (sent, outcome) = play(order(5), plan(), "D227=(8,8,8,8,200,1)");
    assert_eq!(sent, ["D PASV"]);
    assert!(matches!(outcome.fault, Some(Fault::Address(_))));
}

/// Whatever both sides say in whatever order, the machine ends once the limits have passed, and
/// never calls a file complete that is not.
#[test]
fn every_order_of_replies_ends() {
    let vocabulary =
        events_of("S200 S150 S226 S426 S550 D150 D226 D553 D213=3 D227 lost-S lost-D cancel");
    let count = vocabulary.len();
    for plan in [plan(), careful(), Plan { passive: PassiveSide::Source, ..plan() }] {
        for number in 0..count.pow(4) {
            let mut machine = Machine::new(temporary(5), plan, rule());
            machine.start(None);
            let passive = plan.passive.side();
            let mut effects = machine.handle(reply_event(passive, 227, PORT));
            let mut rest = number;
            for _ in 0..4 {
                effects.extend(machine.handle(vocabulary[rest % count].clone()));
                rest /= count;
            }
            for _ in 0..6 {
                effects.extend(machine.handle(Event::Expired(1)));
            }
            assert!(effects.contains(&Effect::End), "{number}: {machine:?}");
            assert_eq!(machine.into_outcome().verdict, Verdict::Failed, "{number}");
        }
    }
}

#[test]
fn the_size_of_text_is_not_asked_and_no_port_is_announced_ahead() {
    let order = Order { form: Form::Text(None), verify: Verify::Checksum, ..order(5) };
    let (sent, outcome) = play(order, plan(), "D227 S200 S150 D150 S226 D226");
    assert_eq!(sent[1..3], ["D STOR /d/f", "S PORT 127,0,0,2,200,1 + RETR /s/f"]);
    assert_eq!((outcome.verdict, outcome.next_passive), (Verdict::Unverified, None));
}
