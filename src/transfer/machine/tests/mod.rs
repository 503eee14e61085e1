//! The machine driven by tables of replies: what is sent to whom, and what it concludes.

mod basic;
mod checksums;
mod completion;
mod interrupt;
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

/// A reply of a server, or another event.
fn reply_event(side: Side, code: u16, text: &str) -> Event {
    Event::Reply(side, Reply::new(code, text))
}

const PORT: &str = "(127,0,0,2,200,1)";

/// The data flows.
const FLOWS: &str = "D227 S200 S150 D150";
/// Both servers report success, and the size that was asked for in the same write is right.
const ARRIVED: &str = "D227 S200 S150 D150 S226 D226 D213=5";
/// The file gets its name, has it, and a port is announced for the next one.
const PLACED: &str = "D350 D250 D213=5 D227";
/// The same where it replaces an old one: the temporary name is free again, too.
const REPLACED: &str = "D350 D250 D213=5 D550=no_such_file D227";

/// Events in short, `D227 S200 D213=5 S550=no_such_file`: a side, its code, and behind `=` its
/// words; a 227 without words has a port. And `lost-S`, `cancel`, `interrupt`, `long`, and
/// `expired-30` (seconds).
fn events_of(text: &str) -> Vec<Event> {
    let side = |letter: &str| if letter == "S" { S } else { D };
    let event = |word: &str| match word {
        "cancel" => Event::Cancel,
        "interrupt" => Event::Interrupt,
        "long" => Event::Long,
        "lost-S" | "lost-D" => Event::Lost(side(&word[5..]), "gone".to_owned()),
        word if word.starts_with("expired-") => Event::Expired(word[8..].parse().unwrap()),
        word => {
            let (from, rest) = word.split_at(1);
            let (code, words) = rest.split_once('=').unwrap_or((rest, ""));
            let port = if code == "227" && words.is_empty() { PORT } else { words };
            reply_event(side(from), code.parse().unwrap(), &port.replace('_', " "))
        }
    };
    text.split_whitespace().map(event).collect()
}

/// Plays events and writes down the effects: `D STOR /d/f + SIZE /d/f`, `unblock`, `data`.
fn play(order: Order, plan: Plan, events: &str) -> (Vec<String>, Outcome) {
    let machine = Machine::new(order, plan, rule());
    run(machine.with_time_setters(vec![TimeSetter::Mfmt, TimeSetter::SiteUtimeOne]), events)
}

fn run(mut machine: Machine, events: &str) -> (Vec<String>, Outcome) {
    let mut sent = Vec::new();
    let mut ended = false;
    let mut note = |effects: Vec<Effect>, sent: &mut Vec<String>| {
        for effect in effects {
            match effect {
                Effect::Send(side, commands) => {
                    let commands: Vec<String> = commands.iter().map(Command::shown).collect();
                    let side = if side == S { 'S' } else { 'D' };
                    sent.push(format!("{side} {}", commands.join(" + ")));
                }
                Effect::UnblockListener(_) => sent.push("unblock".to_owned()),
                Effect::Flowing => sent.push("flowing".to_owned()),
                Effect::Arm(_) => {}
                Effect::End => ended = true,
            }
        }
    };
    note(machine.start(None), &mut sent);
    for event in events_of(events) {
        note(machine.handle(event), &mut sent);
    }
    assert!(ended, "it goes on: {sent:?} {machine:?}");
    (sent, machine.into_outcome())
}
