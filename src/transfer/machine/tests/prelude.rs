//! What some servers want before PASV: PRET and ALLO.

use super::*;

fn polite(order: Order, plan: Plan, pret: bool, allo: bool) -> Machine {
    Machine::new(order, plan, rule()).with_manners(Manners { pret, allo })
}

#[test]
fn pret_and_allo_go_first_and_nothing_is_announced_ahead() {
    let events = [
        says(D, 202, "superfluous"),
        says(D, 200, "OK, planning for an upcoming upload"),
        says(D, 227, PORT),
        says(S, 200, ""),
        says(S, 150, ""),
        says(D, 150, ""),
        says(S, 226, ""),
        says(D, 226, ""),
        says(D, 213, "5"),
    ];
    let (said, outcome) = run(polite(order(5), plan(), true, true), &events);
    assert_eq!(
        said[..5],
        [
            "D ALLO 5",
            "D PRET STOR /d/f",
            "D PASV",
            "D STOR /d/f + SIZE /d/f",
            "S PORT 127,0,0,2,200,1 + RETR /s/f"
        ]
    );
    assert_eq!(outcome.verdict, Verdict::Complete);

    let flipped = Plan { passive: PassiveSide::Source, ..plan() };
    let gone = [says(S, 550, "No such file")];
    let (said, outcome) = run(polite(order(5), flipped, true, false), &gone);
    assert_eq!(said, ["S PRET RETR /s/f"]);
    assert!(matches!(outcome.fault, Some(Fault::SourceRefused(_))));
}

#[test]
fn a_server_that_does_not_know_them_does_not_need_them() {
    let mut machine = polite(order(5), plan(), true, true);
    machine.start(None);
    machine.handle(says(D, 502, "ALLO?"));
    let effects = machine.handle(says(D, 500, "PRET?"));
    assert_eq!(effects[0], Effect::Send(D, vec![Command::bare("PASV")]));
    // no space is no space, however it is found out
    let (_, outcome) = run(polite(order(5), plan(), false, true), &[says(D, 552, "quota")]);
    assert!(matches!(outcome.fault, Some(Fault::NoSpace(_))));
    let (_, outcome) = run(polite(order(5), plan(), true, false), &[says(D, 553, "dupe")]);
    assert!(matches!(outcome.fault, Some(Fault::TargetRefused(_))));
}

#[test]
fn pret_is_sent_when_pasv_is_refused_for_the_want_of_it() {
    let wants = "You need to use a client supporting PRET (PRE Transfer) to use PASV";
    let (said, outcome) =
        play(order(5), plan(), &[says(D, 500, wants), says(D, 200, ""), says(D, 500, wants)]);
    assert_eq!(said, ["D PASV", "D PRET STOR /d/f", "D PASV"]);
    assert!(matches!(outcome.fault, Some(Fault::NoPassive { .. })));
}
