//! What is asked and set once the data is through: the source again, the time of the target.

use super::*;

fn arrived() -> Vec<Event> {
    vec![
        says(D, 227, PORT),
        says(S, 200, ""),
        says(S, 150, ""),
        says(D, 150, ""),
        Event::Long,
        says(S, 226, ""),
        says(D, 226, ""),
        says(D, 213, "5"),
    ]
}

fn watched() -> Order {
    Order { source_time: Stamp::from_digits("20260102030405"), ..temporary(5) }
}

#[test]
fn a_source_that_stays_what_it_was() {
    let placed = [says(D, 350, ""), says(D, 250, ""), says(D, 227, PORT)];
    let same = [says(S, 213, "5"), says(S, 213, "20260102030405.123")];
    let (said, outcome) =
        play(watched(), plan(), &[arrived(), same.into(), placed.into()].concat());
    assert_eq!(said[4..5], ["S SIZE /s/f + MDTM /s/f"]);
    assert_eq!((outcome.verdict, outcome.warning), (Verdict::Complete, None));

    // a server that tells neither proves nothing either way
    let placed = [says(D, 350, ""), says(D, 250, ""), says(D, 227, PORT)];
    let mute = [says(S, 500, ""), says(S, 550, "")];
    let (_, outcome) = play(watched(), plan(), &[arrived(), mute.into(), placed.into()].concat());
    assert_eq!(outcome.verdict, Verdict::Complete);

    let placed = [says(D, 350, ""), says(D, 250, ""), says(D, 227, PORT)];
    let gone = [Event::Lost(S, "x".to_owned())];
    let (_, outcome) = play(watched(), plan(), &[arrived(), gone.into(), placed.into()].concat());
    assert_eq!(outcome.verdict, Verdict::Complete);
    assert!(outcome.warning.unwrap().contains("could not be asked"));
}

#[test]
fn a_source_that_changed_fails_and_the_old_target_stays() {
    for (change, pending) in [
        (says(S, 213, "6"), Some(says(S, 213, "20260102030405"))),
        (says(S, 213, "20260102030406"), None),
    ] {
        let mut events = arrived();
        if pending.is_none() {
            events.push(says(S, 213, "5"));
        }
        events.push(change);
        events.extend(pending);
        events.push(says(D, 250, "deleted"));
        let (said, outcome) = play(watched(), plan(), &events);
        assert!(matches!(outcome.fault, Some(Fault::SourceChanged { .. })), "{outcome:?}");
        assert_eq!(said.last().unwrap(), "D DELE /d/.f.1.fxpart");
        assert!(!said.iter().any(|line| line.contains("RNFR")), "{said:?}");
    }
}

#[test]
fn a_careful_source_is_asked_one_thing_at_a_time() {
    let events = [
        says(D, 227, PORT),
        says(S, 200, ""),
        says(D, 125, ""),
        says(S, 125, ""),
        Event::Long,
        says(D, 226, ""),
        says(S, 226, ""),
        says(D, 213, "5"),
        says(S, 213, "5"),
        says(S, 213, "20260102030405"),
        says(D, 350, ""),
        says(D, 250, ""),
    ];
    let (said, outcome) = play(watched(), careful(), &events);
    assert_eq!(said[6..8], ["S SIZE /s/f", "S MDTM /s/f"]);
    assert_eq!(outcome.verdict, Verdict::Complete);
}

#[test]
fn permissions_go_along_with_a_file_that_has_its_name() {
    let order = Order { mode: Some(0o640), ..order(5) };
    let events = |answer: Event| {
        [
            says(D, 227, PORT),
            says(S, 200, ""),
            says(S, 150, ""),
            says(D, 150, ""),
            says(S, 226, ""),
            says(D, 226, ""),
            answer,
            says(D, 213, "5"),
            says(D, 227, PORT),
        ]
    };
    let (said, outcome) = play(order.clone(), plan(), &events(says(D, 200, "")));
    assert_eq!(said[1], "D STOR /d/f + SITE CHMOD 640 /d/f + SIZE /d/f + PASV");
    assert_eq!((outcome.verdict, outcome.mode_refusal), (Verdict::Complete, None));
    let (_, outcome) = play(order, plan(), &events(says(D, 550, "no")));
    assert_eq!(outcome.verdict, Verdict::Complete);
    assert_eq!(outcome.mode_refusal.unwrap().code, 550);
}

#[test]
fn permissions_wait_until_a_temporary_file_is_whole() {
    let order = Order { mode: Some(0o400), ..temporary(5) };
    let mut events = arrived();
    events.retain(|event| *event != Event::Long);
    events.push(says(D, 200, ""));
    events.extend([says(D, 350, ""), says(D, 250, ""), says(D, 227, PORT)]);
    let (said, outcome) = play(order.clone(), plan(), &events);
    assert_eq!(said[1], "D STOR /d/.f.1.fxpart + SIZE /d/.f.1.fxpart");
    assert_eq!(said[4], "D SITE CHMOD 400 /d/.f.1.fxpart");
    assert_eq!(said[5], "D RNFR /d/.f.1.fxpart + RNTO /d/f + PASV");
    assert_eq!(outcome.verdict, Verdict::Complete);

    // one that breaks off stays writable, for the next try
    let broken = [
        says(D, 227, PORT),
        says(S, 200, ""),
        says(S, 150, ""),
        says(D, 150, ""),
        says(S, 426, ""),
        says(D, 426, ""),
        says(D, 213, "3"),
        says(D, 250, "deleted"),
    ];
    let (said, outcome) = play(order, plan(), &broken);
    assert!(!said.iter().any(|line| line.contains("CHMOD")), "{said:?}");
    assert_eq!(outcome.verdict, Verdict::Failed);
}

#[test]
fn a_destination_that_is_lost_behind_the_data_has_the_file() {
    let order = Order { mode: Some(0o640), ..order(5) };
    let lost = [
        says(D, 227, PORT),
        says(S, 200, ""),
        says(D, 125, ""),
        says(S, 125, ""),
        says(D, 226, ""),
        says(S, 226, ""),
        says(D, 213, "5"),
        Event::Lost(D, "x".to_owned()),
    ];
    let (said, outcome) = play(order, careful(), &lost);
    assert_eq!(said.last().unwrap(), "D SITE CHMOD 640 /d/f");
    assert_eq!((outcome.verdict, outcome.condemned), (Verdict::Complete, vec![D]));
}

#[test]
fn the_next_way_of_setting_the_time_where_one_is_not_known() {
    let order = Order { modified: Stamp::from_digits("20260102030405"), ..order(5) };
    let events = |second: Event| {
        [
            says(D, 227, PORT),
            says(S, 200, ""),
            says(S, 150, ""),
            says(D, 150, ""),
            says(S, 226, ""),
            says(D, 226, ""),
            says(D, 500, "MFMT?"),
            says(D, 213, "5"),
            says(D, 227, PORT),
            second,
        ]
    };
    let (said, outcome) = play(order.clone(), plan(), &events(says(D, 200, "")));
    assert_eq!(said.last().unwrap(), "D SITE UTIME 20260102030405 /d/f");
    assert_eq!((outcome.verdict, outcome.time_refusal), (Verdict::Complete, None));
    assert_eq!(outcome.time_setters.unwrap(), [TimeSetter::SiteUtimeOne]);

    let (_, outcome) = play(order, plan(), &events(says(D, 550, "no")));
    // a time that cannot be set costs nothing but a remark
    assert_eq!(outcome.verdict, Verdict::Complete);
    assert_eq!(outcome.time_refusal.unwrap().code, 550);
    assert_eq!(outcome.time_setters.unwrap(), [TimeSetter::SiteUtimeOne]);
}
