//! The machine driven by tables of replies: what is said to whom, and what is made of it.

mod after;
mod basic;
mod digests;
mod leave;
mod prelude;
mod world;

use super::*;
use crate::base::Stamp;
use crate::ftp::Features;
use Side::{Destination as D, Source as S};

fn order(size: u64) -> Order {
    Order { size: Some(size), ..Order::new("/s/f".into(), "/d/f".into()) }
}

fn temporary(size: u64) -> Order {
    Order { temporary: Some("/d/.f.1.fxpart".into()), ..order(size) }
}

fn plan() -> Plan {
    Plan { proven: true, pipelined_source: true, pipelined_destination: true, ..Plan::plain() }
}

/// A route on which nothing has flown yet.
fn unproven() -> Plan {
    Plan { proven: false, ..plan() }
}

/// Both servers answer out of turn.
fn careful() -> Plan {
    Plan { proven: false, pipelined_source: false, pipelined_destination: false, ..plan() }
}

fn rule() -> AddressRule {
    AddressRule {
        site: "d".to_owned(),
        peer: [127, 0, 0, 2].into(),
        other: [127, 0, 0, 3].into(),
        replacement: None,
        allowed: Vec::new(),
    }
}

/// What a server says, or what else happens.
fn says(side: Side, code: u16, text: &str) -> Event {
    Event::Reply(side, Reply::new(code, text))
}

const PORT: &str = "(127,0,0,2,200,1)";

/// Plays events and writes down the effects: `D STOR /d/f + SIZE /d/f`, `knock`, `data`.
fn play(order: Order, plan: Plan, events: &[Event]) -> (Vec<String>, Outcome) {
    let machine = Machine::new(order, plan, rule());
    run(machine.with_time_setters(vec![TimeSetter::Mfmt, TimeSetter::SiteUtimeOne]), events)
}

fn run(mut machine: Machine, events: &[Event]) -> (Vec<String>, Outcome) {
    let mut said = Vec::new();
    let mut ended = false;
    let mut note = |effects: Vec<Effect>, said: &mut Vec<String>| {
        for effect in effects {
            match effect {
                Effect::Send(side, commands) => {
                    let commands: Vec<String> = commands.iter().map(Command::shown).collect();
                    let side = if side == S { 'S' } else { 'D' };
                    said.push(format!("{side} {}", commands.join(" + ")));
                }
                Effect::Knock(_) => said.push("knock".to_owned()),
                Effect::Flowing => said.push("flowing".to_owned()),
                Effect::Arm(_) => {}
                Effect::End => ended = true,
            }
        }
    };
    note(machine.start(None), &mut said);
    for event in events {
        note(machine.handle(event.clone()), &mut said);
    }
    assert!(ended, "it goes on: {said:?} {machine:?}");
    (said, machine.into_outcome())
}
