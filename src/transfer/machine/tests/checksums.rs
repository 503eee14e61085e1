//! Digests: asked for after the sizes agree and before the target gets its name.

use super::*;
use crate::base::Word;

const GOOD: &str = "59dbb07edf077235c058c3ec77e6048f";
const BAD: &str = "00000000000000000000000000000000";

fn features(line: &str) -> Digests {
    let lines = ["Features:", line, "End"].iter().map(|line| line.as_bytes().to_vec()).collect();
    Digests::of(&Features::parse(&Reply { code: 211, lines }))
}

fn checked(order: Order, plan: Plan) -> Machine {
    Machine::new(Order { verify: Verify::Checksum, replaces: true, ..order }, plan, rule())
        .with_digests(features("XMD5"), features("HASH MD5;SHA-1*"))
}

fn hash(hex: &str) -> String {
    format!("D213=MD5_0-5_{hex}_/d/.f.1.fxpart")
}

#[test]
fn equal_checksums_verify_before_the_old_file_is_replaced() {
    let events = format!("{ARRIVED} D200=MD5 S250={GOOD} {} {REPLACED}", hash(GOOD));
    let (sent, outcome) = run(checked(temporary(5), plan()), &events);
    assert_eq!(
        sent[1..],
        [
            "D STOR /d/.f.1.fxpart + SIZE /d/.f.1.fxpart",
            "S PORT 127,0,0,2,200,1 + RETR /s/f",
            "flowing",
            "D OPTS HASH MD5",
            "S XMD5 /s/f",
            "D HASH /d/.f.1.fxpart",
            "D RNFR /d/.f.1.fxpart + RNTO /d/f + SIZE /d/f + SIZE /d/.f.1.fxpart + PASV"
        ]
    );
    assert_eq!((outcome.verdict, outcome.verified().word()), (Verdict::Verified, "md5"));
    assert!(outcome.poisoned.is_empty() && outcome.next_passive.is_some());
    // the session keeps its state: HASH is set to MD5 now
    let (_, digests) = *outcome.digests.unwrap();
    let way = digests.methods(Algorithm::Md5, b"/f")[0];
    assert_eq!(digests.select_command(way), None);
}

#[test]
fn differing_checksums_delete_what_arrived_and_nothing_else() {
    let events = format!("{ARRIVED} D200=MD5 {} S250={GOOD} D250=deleted", hash(BAD));
    let (sent, outcome) = run(checked(temporary(5), plan()), &events);
    assert_eq!(sent.last().unwrap(), "D DELE /d/.f.1.fxpart");
    assert!(!sent.iter().any(|line| line.contains("RNFR")));
    let fault = outcome.fault.unwrap();
    assert!(fault.is_transient() && fault.to_string().contains(BAD), "{fault}");
    assert!(fault.to_string().contains(GOOD), "{fault}");
    assert_eq!((outcome.leftover, outcome.verdict), (None, Verdict::Failed));
}

#[test]
fn without_a_reply_of_the_source_the_sizes_decide() {
    let good = hash(GOOD);
    for trouble in ["{good} S550=no", "{good} lost-S", "lost-S {good}", "{good} expired-60"] {
        let trouble = trouble.replace("{good}", &good);
        let events = format!("{ARRIVED} D200=MD5 {trouble} {REPLACED}");
        let (_, outcome) = run(checked(temporary(5), plan()), &events);
        assert_eq!((outcome.verdict, outcome.verified().word()), (Verdict::Complete, "size"));
        assert!(outcome.warning.unwrap().starts_with("checksums could not be compared: "));
    }
}

#[test]
fn without_the_destination_the_file_is_not_finished() {
    let slow = format!("S250={GOOD} expired-60 expired-10");
    for trouble in [&format!("lost-D S250={GOOD}"), &slow, "cancel expired-1"] {
        let events = format!("{ARRIVED} D200=MD5 {trouble}");
        let (sent, outcome) = run(checked(temporary(5), plan()), &events);
        assert_eq!(outcome.verdict, Verdict::Failed);
        assert!(!sent.iter().any(|line| line.contains("RNFR")), "{sent:?}");
        // what came is ours, and is deleted on another session
        assert!(outcome.poisoned.contains(&D) && outcome.leftover.is_some());
    }
}

#[test]
fn without_a_common_checksum_sizes_are_checked() {
    let order = Order { verify: Verify::Checksum, ..order(5) };
    let machine =
        Machine::new(order, plan(), rule()).with_digests(features("XMD5"), features("XCRC"));
    let (sent, outcome) = run(machine, ARRIVED);
    assert_eq!((outcome.verified().word(), sent.len()), ("size", 4));
}

#[test]
fn a_source_that_is_the_tls_client_needs_a_checksum() {
    let lossy = Plan { protected: true, sscn: Some(S), ..plan() };
    let order = Order { verify: Verify::Off, ..temporary(5) };
    let machine = |left, right| {
        Machine::new(order.clone(), lossy, rule()).with_digests(features(left), features(right))
    };
    let ends = "D227 S200 S226 D226 D213=5";
    let events = format!("{ends} S250={GOOD} D250={GOOD} {PLACED}");
    let (_, outcome) = run(machine("XMD5", "XMD5"), &events);
    assert_eq!(outcome.verdict, Verdict::Verified, "{outcome:?}");
    // both servers reply 226, the sizes agree, and no checksum can be compared
    let (_, outcome) = run(machine("XMD5", "XCRC"), &format!("{ends} D250"));
    assert!(matches!(outcome.fault, Some(Fault::Unproven(_))), "{outcome:?}");
}
