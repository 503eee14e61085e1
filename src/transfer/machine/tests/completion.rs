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
    let events =
        "D227 S200 D125 S125 long D226 S226 D213=5 S213=5 S213=20260102030405 D350 D250 D213=5";
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
    assert_eq!(sent[5], "D RNFR /d/.f.1.fxpart + RNTO /d/f + SIZE /d/f + PASV");
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

#[test]
fn a_rename_counts_only_once_the_file_has_its_name() {
    let new = || temporary(5);
    let over = || Order { replaces: true, ..temporary(5) };
    // what the server replies to the renaming, whether it is a failure, whether the new file may
    // be deleted, and whether it is kept because the old one is not proven to stand
    let gone = "D550=no_such_file";
    let refused = "D350 D550=no D550=gone D213=5 D227";
    for (order, replies, failed, deleted, stranded) in [
        (new(), "D350 D250 D213=5 D227".to_owned(), false, false, false),
        (over(), format!("D350 D250 D213=5 {gone} D227"), false, false, false),
        // 250 without effect
        (new(), format!("D350 D250 {gone} D227 D250"), true, true, false),
        (over(), "D350 D250 D213=77 D213=5 D227 D250".to_owned(), true, true, false),
        // where the old file has the same size, too
        (over(), "D350 D250 D213=5 D213=5 D227 D250".to_owned(), true, true, false),
        // neither name is in use
        (over(), format!("D350 D250 {gone} {gone} D227"), true, false, true),
        // the refused RNTO has deleted the old file: the second one finds the name free
        (over(), format!("{refused} D350 D250 D213=5 {gone}"), false, false, false),
        // and is refused, too
        (over(), format!("{refused} D350 D550=no {gone} D213=5"), true, false, true),
        // the old file cannot be renamed aside, and stands
        (
            over(),
            "D350 D550=no D213=77 D213=5 D227 D550=no D503 D213=77 D250".to_owned(),
            true,
            true,
            false,
        ),
        // it was renamed aside and does not get its name back
        (
            over(),
            format!(
                "D350 D550=no D213=77 D213=5 D227 D350 D250 {gone} D350 D550=no {gone} D213=5 D350 \
                 D550=no {gone}"
            ),
            true,
            false,
            true,
        ),
        // the connection is lost before the reply to RNTO
        (over(), "D350 lost-D".to_owned(), true, false, true),
    ] {
        let (sent, outcome) = play(order, plan(), &format!("{ARRIVED} {replies}"));
        assert_eq!(outcome.fault.is_some(), failed, "{replies}: {sent:?} {outcome:?}");
        let delete = sent.iter().any(|line| line == "D DELE /d/.f.1.fxpart");
        assert_eq!(delete, deleted, "{replies}: {sent:?} {outcome:?}");
        let at = stranded.then(|| "/d/.f.1.fxpart".into());
        assert_eq!(outcome.stranded, at, "{replies}: {sent:?}");
        assert_eq!(outcome.leftover, None, "{replies}: {sent:?}");
    }
}

#[test]
fn the_old_file_is_deleted_only_once_the_new_one_has_its_name() {
    let order = Order { replaces: true, ..temporary(5) };
    let aside = "D350 D550=no D213=77 D213=5 D227 D350 D250 D550=gone";
    for (into, delete) in [
        ("D350 D250 D213=5 D550=gone D250", true),
        // without effect: the old file gets its name back
        ("D350 D250 D550=gone D213=5 D350 D250 D213=77 D250", false),
    ] {
        let (sent, outcome) = play(order.clone(), plan(), &format!("{ARRIVED} {aside} {into}"));
        assert_eq!(sent.iter().any(|l| l == "D DELE /d/.f.1.fxpart.old"), delete, "{sent:?}");
        assert_eq!(outcome.fault.is_none(), delete, "{outcome:?}");
        assert_eq!((outcome.displaced, outcome.stranded), (None, None), "{sent:?}");
    }
}

#[test]
fn a_resumed_file_gets_its_name_only_once_it_is_proven() {
    let order = || Order { offset: 2, replaces: true, ..temporary(5) };
    let resumed = "D227 S200 D350 S350 S150 D150 S226 D226 D213=5";
    let (sent, outcome) = play(order(), plan(), resumed);
    assert!(outcome.unproven && outcome.verdict == Verdict::Complete, "{outcome:?}");
    assert!(!sent.iter().any(|line| line.contains("RNFR")), "{sent:?}");
}
