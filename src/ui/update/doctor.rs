//! Examines the ways between the sites of both panes, and shows what is found as it is found.

use crate::base::Word;
use crate::base::text::visible_str;
use crate::engine::{Examination, Level};
use crate::site::Location;
use crate::transfer::doctor::{End, Finding, PlanFinding, PlanResult, ServerFinding, TlsRole};
use crate::transfer::{PassiveSide, Plan, Side as Role};
use crate::ui::model::Model;
use crate::ui::model::msg::{Act, Effect, Ticket};
use crate::ui::model::overlay::{Ask, Asking, Overlay, ReadLine, Reading, Weight};
use crate::ui::update::wait;

/// The button that tries ways with small files.
const TRY: usize = 0;

/// Asks how thoroughly.
pub fn ask(model: &mut Model) {
    let places = model.panes.each_ref().map(|pane| pane.at().cloned());
    let [Some(a), Some(b)] = places else {
        model.say(Level::Info, "open a site in both panes first");
        return;
    };
    if a.remote().is_none() || b.remote().is_none() {
        model.say(Level::Info, "one of the panes shows this machine; two servers are examined");
        return;
    }
    let (from, to) = (a.label(), b.label());
    model.overlays.push(Overlay::Ask(Box::new(Ask {
        title: "Examine the ways".to_owned(),
        body: vec![
            format!("Which ways of server-to-server copies work between {from} and {to}?"),
            String::new(),
            "Trying writes small files into both directories shown, and deletes them again. \
             Asking sends no data."
                .to_owned(),
        ],
        weight: Weight::Plain,
        choices: ["Try", "Only ask", "Cancel"].map(str::to_owned).to_vec(),
        cursor: TRY,
        safe: 2,
        about: Asking::Doctor(Box::new([a, b])),
        raised: None,
    })));
}

/// Begins.
pub fn begin(model: &mut Model, between: Box<[Location; 2]>, choice: usize, out: &mut Vec<Effect>) {
    let title = format!("Ways between {} and {}", between[0], between[1]);
    let write = choice == TRY;
    wait::begin(model, model.active, Act::Examine { between, write }, out);
    let live = model.doing.last().map(|doing| doing.ticket);
    model.overlays.push(Overlay::Reading(Reading {
        title,
        lines: vec![ReadLine::Text(RUNNING.to_owned())],
        names: 8,
        scroll: 0,
        live,
    }));
}

/// The last line while it goes on.
const RUNNING: &str = "… examining; Esc stops";

/// Something was found. It is shown as long as the text is open.
pub fn found(model: &mut Model, ticket: Ticket, examination: &Examination) {
    let Some(labels) = labels(model, ticket) else { return };
    let Some(reading) = reading(model, ticket) else { return };
    let waiting = reading.lines.pop();
    match examination {
        Examination::Failed(failure) => {
            reading.lines.push(ReadLine::Pair("failed".to_owned(), failure.to_string()));
        }
        Examination::Found(finding) => tell(&mut reading.lines, &labels, finding),
    }
    let next = match examination {
        Examination::Found(Finding::Trying { from, plan }) => {
            let (from, to) = ends(&labels, *from);
            ReadLine::Text(format!("… {from} → {to}: {}; Esc stops", way(plan)))
        }
        _ => waiting.unwrap_or_else(|| ReadLine::Text(RUNNING.to_owned())),
    };
    reading.lines.push(next);
}

/// It is over: what works best stands at the top as well, unless somebody reads further below.
pub fn ended(model: &mut Model, ticket: Ticket) {
    if let Some(reading) = reading(model, ticket) {
        reading.lines.pop();
        reading.live = None;
        let best = |line: &&ReadLine| matches!(line, ReadLine::Pair(word, _) if word == BEST);
        let mut top: Vec<ReadLine> = reading.lines.iter().filter(best).cloned().collect();
        if top.is_empty() {
            // it was given up, or failed before
            return;
        }
        reading.lines.push(ReadLine::Blank);
        reading.lines.push(ReadLine::Text("What works best is used from now on.".to_owned()));
        if reading.scroll == 0 {
            top.push(ReadLine::Blank);
            reading.lines.splice(0..0, top);
        }
    }
}

/// A text is closed: what fills it is given up.
pub fn closed(model: &mut Model, out: &mut Vec<Effect>) {
    if let Some(Overlay::Reading(Reading { live: Some(ticket), .. })) = model.overlays.pop()
        && let Some(at) = model.doing.iter().position(|doing| doing.ticket == ticket)
    {
        model.doing.remove(at);
        out.push(Effect::Abandon(ticket));
    }
}

fn reading(model: &mut Model, ticket: Ticket) -> Option<&mut Reading> {
    model.overlays.iter_mut().find_map(|overlay| match overlay {
        Overlay::Reading(reading) if reading.live == Some(ticket) => Some(reading),
        _ => None,
    })
}

fn labels(model: &Model, ticket: Ticket) -> Option<[String; 2]> {
    let doing = model.doing.iter().find(|doing| doing.ticket == ticket)?;
    match &doing.act {
        Act::Examine { between, .. } => Some(between.each_ref().map(Location::label)),
        _ => None,
    }
}

fn ends(labels: &[String; 2], from: End) -> (&str, &str) {
    (&labels[from as usize], &labels[from.other() as usize])
}

fn tell(lines: &mut Vec<ReadLine>, labels: &[String; 2], finding: &Finding) {
    match finding {
        Finding::Server(server) => server_lines(lines, server),
        Finding::Trying { .. } => {}
        Finding::Plan(found) => plan_lines(lines, labels, found),
        Finding::Best { from, plan } => {
            let (from, to) = ends(labels, *from);
            let text = match plan {
                Some(plan) => format!("{from} → {to}: {}", way(plan)),
                None => format!("{from} → {to}: no direct way works; copies go through here"),
            };
            lines.push(ReadLine::Pair(BEST.to_owned(), text));
            lines.push(ReadLine::Blank);
        }
        Finding::Note { end, text } => {
            let label = &labels[*end as usize];
            lines.push(ReadLine::Pair("note".to_owned(), format!("{label}: {text}")));
        }
    }
}

/// Before the way that works best.
const BEST: &str = "best";

/// Features that copies between servers make use of; `fxpane doctor` lists all.
const USEFUL: [&str; 16] = [
    "SSCN", "CPSV", "PRET", "EPSV", "EPRT", "MLST", "SIZE", "MDTM", "MFMT", "HASH", "XSHA512",
    "XSHA256", "XSHA1", "XMD5", "XCRC", "AVBL",
];

fn server_lines(lines: &mut Vec<ReadLine>, server: &ServerFinding) {
    let software = server.kind.name().unwrap_or("unknown software");
    let tls = if server.tls { "under TLS" } else { "no TLS" };
    lines.push(ReadLine::Heading(visible_str(&server.label)));
    lines.push(ReadLine::Text(format!("{software} at {}, {tls}", server.address)));
    lines.push(ReadLine::Text(server.greeting.clone()));
    let has = |word: &&&str| {
        let named = |feature: &String| {
            feature.split([' ', ';']).any(|part| part.eq_ignore_ascii_case(word))
        };
        server.features.iter().any(named)
    };
    let useful: Vec<&str> = USEFUL.iter().filter(has).copied().collect();
    if !useful.is_empty() {
        lines.push(ReadLine::Text(format!("useful for copies: {}", useful.join(", "))));
    }
    lines.push(ReadLine::Blank);
}

fn plan_lines(lines: &mut Vec<ReadLine>, labels: &[String; 2], found: &PlanFinding) {
    let (from, to) = ends(labels, found.from);
    let word = match (found.result, found.accepted) {
        (PlanResult::Works, _) => "works",
        (PlanResult::Refused, _) => "refused",
        (PlanResult::Failed, _) => "failed",
        (PlanResult::Skipped, true) => "accepted",
        (PlanResult::Skipped, false) => "skipped",
    };
    let mut text = format!("{from} → {to}: {}", way(&found.plan));
    match found.by {
        Some(Role::Source) => text.push_str(&format!(", by {from}")),
        Some(Role::Destination) => text.push_str(&format!(", by {to}")),
        None => {}
    }
    if found.result == PlanResult::Works {
        text.push_str(&format!(", {:.1} s", found.elapsed.as_secs_f64()));
    }
    lines.push(ReadLine::Pair(word.to_owned(), text));
    for more in [&found.reply, &found.advice].into_iter().flatten() {
        lines.push(ReadLine::Pair(String::new(), visible_str(more)));
    }
}

/// `destination passive, TLS by SSCN at the destination`.
fn way(plan: &Plan) -> String {
    let side = match plan.passive {
        PassiveSide::Source => "source passive",
        PassiveSide::Destination => "destination passive",
    };
    match (TlsRole::command(plan), plan.tls_client()) {
        (Some(command), Some(client)) => {
            format!("{side}, TLS by {command} at the {}", client.word())
        }
        _ => format!("{side}, in the clear"),
    }
}
