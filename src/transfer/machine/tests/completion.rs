//! What is asked and set once the data is through: the source again, the time of the target.

use super::*;

/// All of it has arrived, after so long a time that the source is asked again.
const LATE: &str = "D227 S200 S150 D150 long S226 D226 D213=5";

fn watched() -> Order {
    Order { source_time: Stamp::from_digits("20260102030405"), ..temporary(5) }
}

#[test]
fn a_source_that_did_not_change() {
    let play_on =
        |meanwhile: &str| play(watched(), plan(), &format!("{LATE} {meanwhile} {PLACED}"));
    let (sent, outcome) = play_on("S213=5 S213=20260102030405.123");
    assert_eq!(sent[4..5], ["S SIZE /s/f + MDTM /s/f"]);
    assert_eq!((outcome.verdict, outcome.warning), (Verdict::Complete, None));

    // a server that reports neither proves nothing
    let (_, outcome) = play_on("S500 S550");
    assert_eq!(outcome.verdict, Verdict::Complete);

    let (_, outcome) = play_on("lost-S");
    assert_eq!(outcome.verdict, Verdict::Complete);
    assert!(outcome.warning.unwrap().contains("could not be asked"));
}

#[test]
fn a_source_that_changed_fails_and_the_old_target_stays() {
    for change in ["S213=6 S213=20260102030405", "S213=5 S213=20260102030406"] {
        let events = format!("{LATE} {change} D250=deleted");
        let (sent, outcome) = play(watched(), plan(), &events);
        assert!(matches!(outcome.fault, Some(Fault::SourceChanged { .. })), "{outcome:?}");
        assert_eq!(sent.last().unwrap(), "D DELE /d/.f.1.fxpart");
        assert!(!sent.iter().any(|line| line.contains("RNFR")), "{sent:?}");
    }
}

#[test]
fn a_source_without_pipelining_gets_one_command_at_a_time() {
    let events = "D227 S200 D125 S125 long D226 S226 D213=5 S213=5 S213=20260102030405 D350 D250";
    let (sent, outcome) = play(watched(), careful(), events);
    assert_eq!(sent[6..8], ["S SIZE /s/f", "S MDTM /s/f"]);
    assert_eq!(outcome.verdict, Verdict::Complete);
}

#[test]
fn permissions_are_sent_along_for_a_file_under_its_final_name() {
    let order = Order { mode: Some(0o640), ..order(5) };
    let events = |answer: &str| format!("{FLOWS} S226 D226 {answer} D213=5 D227");
    let (sent, outcome) = play(order.clone(), plan(), &events("D200"));
    assert_eq!(sent[1], "D STOR /d/f + SITE CHMOD 640 /d/f + SIZE /d/f + PASV");
    assert_eq!((outcome.verdict, outcome.mode_refusal), (Verdict::Complete, None));
    let (_, outcome) = play(order, plan(), &events("D550=no"));
    assert_eq!(outcome.verdict, Verdict::Complete);
    assert_eq!(outcome.mode_refusal.unwrap().code, 550);
}

#[test]
fn permissions_wait_until_a_temporary_file_is_complete() {
    let order = Order { mode: Some(0o400), ..temporary(5) };
    let events = format!("{ARRIVED} D200 {PLACED}");
    let (sent, outcome) = play(order.clone(), plan(), &events);
    assert_eq!(sent[1], "D STOR /d/.f.1.fxpart + SIZE /d/.f.1.fxpart");
    assert_eq!(sent[4], "D SITE CHMOD 400 /d/.f.1.fxpart");
    assert_eq!(sent[5], "D RNFR /d/.f.1.fxpart + RNTO /d/f + PASV");
    assert_eq!(outcome.verdict, Verdict::Complete);

    // one that is incomplete stays writable, for the next attempt
    let broken = format!("{FLOWS} S426 D426 D213=3 D250=deleted");
    let (sent, outcome) = play(order, plan(), &broken);
    assert!(!sent.iter().any(|line| line.contains("CHMOD")), "{sent:?}");
    assert_eq!(outcome.verdict, Verdict::Failed);
}

#[test]
fn a_destination_that_is_lost_after_the_data_has_the_file() {
    let order = Order { mode: Some(0o640), ..order(5) };
    let lost = "D227 S200 D125 S125 D226 S226 D213=5 lost-D";
    let (sent, outcome) = play(order, careful(), lost);
    assert_eq!(sent.last().unwrap(), "D SITE CHMOD 640 /d/f");
    assert_eq!((outcome.verdict, outcome.poisoned), (Verdict::Complete, vec![D]));
}

#[test]
fn the_next_command_sets_the_time_where_one_is_unknown() {
    let order = Order { modified: Stamp::from_digits("20260102030405"), ..order(5) };
    let events = |second: &str| format!("{FLOWS} S226 D226 D500=MFMT? D213=5 D227 {second}");
    let (sent, outcome) = play(order.clone(), plan(), &events("D200"));
    assert_eq!(sent.last().unwrap(), "D SITE UTIME 20260102030405 /d/f");
    assert_eq!((outcome.verdict, outcome.time_refusal), (Verdict::Complete, None));
    assert_eq!(outcome.time_setters.unwrap(), [TimeSetter::SiteUtimeOne]);

    let (_, outcome) = play(order, plan(), &events("D550=no"));
    // a time that cannot be set costs nothing but a remark
    assert_eq!(outcome.verdict, Verdict::Complete);
    assert_eq!(outcome.time_refusal.unwrap().code, 550);
    assert_eq!(outcome.time_setters.unwrap(), [TimeSetter::SiteUtimeOne]);
}
