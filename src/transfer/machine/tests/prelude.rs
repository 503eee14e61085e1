//! The commands that some servers need before PASV: PRET and ALLO.

use super::*;

fn polite(order: Order, plan: Plan, pret: bool, allo: bool) -> Machine {
    Machine::new(order, plan, rule()).with_prelude_commands(PreludeCommands { pret, allo })
}

#[test]
fn pret_and_allo_are_sent_first_and_no_port_is_announced_ahead() {
    let events = "D202=superfluous D200=OK,_planning_for_an_upcoming_upload D227 S200 S150 D150 S226 D226 D213=5";
    let (sent, outcome) = run(polite(order(5), plan(), true, true), events);
    assert_eq!(
        sent[..5],
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
    let gone = "S550=No_such_file";
    let (sent, outcome) = run(polite(order(5), flipped, true, false), gone);
    assert_eq!(sent, ["S PRET RETR /s/f"]);
    assert!(matches!(outcome.fault, Some(Fault::SourceRefused(_))));
}

#[test]
fn pret_and_allo_are_optional_where_they_are_unknown() {
    let mut machine = polite(order(5), plan(), true, true);
    machine.start(None);
    machine.handle(reply_event(D, 502, "ALLO?"));
    let effects = machine.handle(reply_event(D, 500, "PRET?"));
    assert_eq!(effects[0], Effect::Send(D, vec![Command::bare("PASV")]));
    // a full disk is reported as such, whichever command fails
    let (_, outcome) = run(polite(order(5), plan(), false, true), "D552=quota");
    assert!(matches!(outcome.fault, Some(Fault::NoSpace(_))));
    let (_, outcome) = run(polite(order(5), plan(), true, false), "D553=dupe");
    assert!(matches!(outcome.fault, Some(Fault::TargetRefused(_))));
}

#[test]
fn pret_is_sent_when_pasv_is_refused_without_it() {
    let wants = "D500=You_need_to_use_a_client_supporting_PRET_(PRE_Transfer)_to_use_PASV";
    let (sent, outcome) = play(order(5), plan(), &format!("{wants} D200 {wants}"));
    assert_eq!(sent, ["D PASV", "D PRET STOR /d/f", "D PASV"]);
    assert!(matches!(outcome.fault, Some(Fault::NoPassive { .. })));
}
