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
fn equal_digests_verify_and_only_then_the_old_file_goes() {
    let events = format!("{ARRIVED} D200=MD5 S250={GOOD} {} {PLACED}", hash(GOOD));
    let (said, outcome) = run(checked(temporary(5), plan()), &events);
    assert_eq!(
        said[1..],
        [
            "D STOR /d/.f.1.fxpart + SIZE /d/.f.1.fxpart",
            "S PORT 127,0,0,2,200,1 + RETR /s/f",
            "flowing",
            "D OPTS HASH MD5",
            "S XMD5 /s/f",
            "D HASH /d/.f.1.fxpart",
            "D RNFR /d/.f.1.fxpart + RNTO /d/f + PASV"
        ]
    );
    assert_eq!((outcome.verdict, outcome.verified().word()), (Verdict::Verified, "md5"));
    assert!(outcome.condemned.is_empty() && outcome.next_passive.is_some());
    // the state of the session goes on: HASH is set to MD5 now
    let (_, digests) = *outcome.digests.unwrap();
    let way = digests.methods(Algorithm::Md5, b"/f")[0];
    assert_eq!(digests.select_command(way), None);
}

#[test]
fn differing_digests_delete_what_came_and_touch_nothing_else() {
    let events = format!("{ARRIVED} D200=MD5 {} S250={GOOD} D250=deleted", hash(BAD));
    let (said, outcome) = run(checked(temporary(5), plan()), &events);
    assert_eq!(said.last().unwrap(), "D DELE /d/.f.1.fxpart");
    assert!(!said.iter().any(|line| line.contains("RNFR")));
    let fault = outcome.fault.unwrap();
    assert!(fault.is_transient() && fault.to_string().contains(BAD), "{fault}");
    assert!(fault.to_string().contains(GOOD), "{fault}");
    assert_eq!((outcome.leftover, outcome.verdict), (None, Verdict::Failed));
}

#[test]
fn no_answer_from_the_source_leaves_the_sizes_to_decide() {
    let good = hash(GOOD);
    for trouble in ["{good} S550=no", "{good} lost-S", "lost-S {good}", "{good} expired-60"] {
        let trouble = trouble.replace("{good}", &good);
        let events = format!("{ARRIVED} D200=MD5 {trouble} {PLACED}");
        let (_, outcome) = run(checked(temporary(5), plan()), &events);
        assert_eq!((outcome.verdict, outcome.verified().word()), (Verdict::Complete, "size"));
        assert!(outcome.warning.unwrap().starts_with("digests could not be compared: "));
    }
}

#[test]
fn without_the_destination_nothing_is_finished() {
    let slow = format!("S250={GOOD} expired-60 expired-10");
    for trouble in [&format!("lost-D S250={GOOD}"), &slow, "cancel expired-1"] {
        let events = format!("{ARRIVED} D200=MD5 {trouble}");
        let (said, outcome) = run(checked(temporary(5), plan()), &events);
        assert_eq!(outcome.verdict, Verdict::Failed);
        assert!(!said.iter().any(|line| line.contains("RNFR")), "{said:?}");
        // what came is ours, and is deleted on another session
        assert!(outcome.condemned.contains(&D) && outcome.leftover.is_some());
    }
}

#[test]
fn nothing_in_common_is_checked_by_size() {
    let order = Order { verify: Verify::Checksum, ..order(5) };
    let machine =
        Machine::new(order, plan(), rule()).with_digests(features("XMD5"), features("XCRC"));
    let (said, outcome) = run(machine, ARRIVED);
    assert_eq!((outcome.verified().word(), said.len()), ("size", 4));
}

#[test]
fn a_source_that_is_the_tls_client_is_believed_only_after_a_checksum() {
    let lossy = Plan { protected: true, sscn: Some(S), ..plan() };
    let order = Order { verify: Verify::Off, ..temporary(5) };
    let machine = |left, right| {
        Machine::new(order.clone(), lossy, rule()).with_digests(features(left), features(right))
    };
    let ends = "D227 S200 S226 D226 D213=5";
    let events = format!("{ends} S250={GOOD} D250={GOOD} {PLACED}");
    let (_, outcome) = run(machine("XMD5", "XMD5"), &events);
    assert_eq!(outcome.verdict, Verdict::Verified, "{outcome:?}");
    // both servers say 226, the sizes agree, and nothing can be compared
    let (_, outcome) = run(machine("XMD5", "XCRC"), &format!("{ends} D250"));
    assert!(matches!(outcome.fault, Some(Fault::Unproven(_))), "{outcome:?}");
}
