//! Tests the FXP routes between the sites of both panes, and shows the findings as they arrive.

use crate::base::Word;
use crate::base::text::visible_str;
use crate::engine::{Examination, Level};
use crate::site::Location;
use crate::transfer::doctor::{Finding, Peer, PlanFinding, PlanResult, ServerFinding, TlsRole};
use crate::transfer::{PassiveSide, Plan, Side as Role};
use crate::ui::model::Model;
use crate::ui::model::msg::{Operation, Ticket, UiEffect};
use crate::ui::model::overlay::{
    Overlay, QuestionDialog, QuestionKind, Severity, TextDialog, TextLine,
};
use crate::ui::update::operation;

/// The index of the button that transfers test files.
const TEST: usize = 0;

/// Asks how to test.
pub fn ask(model: &mut Model) {
    let locations = model.panes.each_ref().map(|pane| pane.at().cloned());
    let [Some(a), Some(b)] = locations else {
        model.notify(Level::Info, "open a site in both panes first");
        return;
    };
    if a.remote().is_none() || b.remote().is_none() {
        model.notify(Level::Info, "one pane shows local files; open a server in both panes");
        return;
    }
    let (from, to) = (a.label(), b.label());
    model.overlays.push(Overlay::Question(Box::new(QuestionDialog {
        title: "Test FXP routes".to_owned(),
        body: vec![
            format!("Test which FXP modes work between {from} and {to}."),
            String::new(),
            "Test writes small files to both open directories and deletes them again. \
             Ask only sends commands, but no data."
                .to_owned(),
        ],
        severity: Severity::Normal,
        choices: ["Test", "Ask only", "Cancel"].map(str::to_owned).to_vec(),
        cursor: TEST,
        safe: 2,
        about: QuestionKind::Doctor(Box::new([a, b])),
        raised: None,
    })));
}

/// Starts the test.
pub fn start(
    model: &mut Model,
    between: Box<[Location; 2]>,
    choice: usize,
    out: &mut Vec<UiEffect>,
) {
    let title = format!("FXP routes between {} and {}", between[0], between[1]);
    let write = choice == TEST;
    operation::start(model, model.active, Operation::Examine { between, write }, out);
    let live = model.operations.last().map(|running| running.ticket);
    model.overlays.push(Overlay::Text(TextDialog {
        title,
        lines: vec![TextLine::Text(RUNNING.to_owned())],
        names: 8,
        scroll: 0,
        live,
    }));
}

/// The last line while the test runs.
const RUNNING: &str = "… testing; Esc stops";

/// Shows a finding, if the dialog is still open.
pub fn found(model: &mut Model, ticket: Ticket, examination: &Examination) {
    let Some(labels) = labels(model, ticket) else { return };
    let Some(text_dialog) = text_dialog(model, ticket) else { return };
    let last = text_dialog.lines.pop();
    match examination {
        Examination::Failed(failure) => {
            text_dialog.lines.push(TextLine::Pair("failed".to_owned(), failure.to_string()));
        }
        Examination::Found(finding) => add_lines(&mut text_dialog.lines, &labels, finding),
    }
    let next = match examination {
        Examination::Found(Finding::Trying { from, plan }) => {
            let (from, to) = ends(&labels, *from);
            TextLine::Text(format!("… {from} → {to}: {}; Esc stops", route(plan)))
        }
        _ => last.unwrap_or_else(|| TextLine::Text(RUNNING.to_owned())),
    };
    text_dialog.lines.push(next);
}

/// Ends the test: repeats the best routes at the top, unless the user has scrolled down.
pub fn ended(model: &mut Model, ticket: Ticket) {
    if let Some(text_dialog) = text_dialog(model, ticket) {
        text_dialog.lines.pop();
        text_dialog.live = None;
        let best = |line: &&TextLine| matches!(line, TextLine::Pair(word, _) if word == BEST);
        let mut top: Vec<TextLine> = text_dialog.lines.iter().filter(best).cloned().collect();
        if top.is_empty() {
            // the test was aborted, or failed before
            return;
        }
        text_dialog.lines.push(TextLine::Blank);
        text_dialog
            .lines
            .push(TextLine::Text("fxpane will use the best routes from now on.".to_owned()));
        if text_dialog.scroll == 0 {
            top.push(TextLine::Blank);
            text_dialog.lines.splice(0..0, top);
        }
    }
}

/// Closes a text dialog and aborts the operation that fills it.
pub fn closed(model: &mut Model, out: &mut Vec<UiEffect>) {
    if let Some(Overlay::Text(TextDialog { live: Some(ticket), .. })) = model.overlays.pop()
        && let Some(at) = model.operations.iter().position(|running| running.ticket == ticket)
    {
        model.operations.remove(at);
        out.push(UiEffect::Abandon(ticket));
    }
}

fn text_dialog(model: &mut Model, ticket: Ticket) -> Option<&mut TextDialog> {
    model.overlays.iter_mut().find_map(|overlay| match overlay {
        Overlay::Text(text_dialog) if text_dialog.live == Some(ticket) => Some(text_dialog),
        _ => None,
    })
}

fn labels(model: &Model, ticket: Ticket) -> Option<[String; 2]> {
    let running = model.operations.iter().find(|running| running.ticket == ticket)?;
    match &running.operation {
        Operation::Examine { between, .. } => Some(between.each_ref().map(Location::label)),
        _ => None,
    }
}

fn ends(labels: &[String; 2], from: Peer) -> (&str, &str) {
    (&labels[from as usize], &labels[from.other() as usize])
}

fn add_lines(lines: &mut Vec<TextLine>, labels: &[String; 2], finding: &Finding) {
    match finding {
        Finding::Server(server) => server_lines(lines, server),
        Finding::Trying { .. } => {}
        Finding::Plan(found) => plan_lines(lines, labels, found),
        Finding::Best { from, plan } => {
            let (from, to) = ends(labels, *from);
            let text = match plan {
                Some(plan) => format!("{from} → {to}: {}", route(plan)),
                None => format!("{from} → {to}: no direct route works; relay will be used"),
            };
            lines.push(TextLine::Pair(BEST.to_owned(), text));
            lines.push(TextLine::Blank);
        }
        Finding::Note { end, text } => {
            let label = &labels[*end as usize];
            lines.push(TextLine::Pair("note".to_owned(), format!("{label}: {text}")));
        }
    }
}

/// The label of the best route.
const BEST: &str = "best";

/// Features that FXP transfers use; `fxpane doctor` lists all features.
const FXP_FEATURES: [&str; 16] = [
    "SSCN", "CPSV", "PRET", "EPSV", "EPRT", "MLST", "SIZE", "MDTM", "MFMT", "HASH", "XSHA512",
    "XSHA256", "XSHA1", "XMD5", "XCRC", "AVBL",
];

fn server_lines(lines: &mut Vec<TextLine>, server: &ServerFinding) {
    let software = server.kind.name().unwrap_or("unknown server software");
    let tls = if server.tls { "TLS" } else { "no TLS" };
    lines.push(TextLine::Heading(visible_str(&server.label)));
    lines.push(TextLine::Text(format!("{software} at {}, {tls}", server.address)));
    lines.push(TextLine::Text(server.greeting.clone()));
    let has = |word: &&&str| {
        let named = |feature: &String| {
            feature.split([' ', ';']).any(|part| part.eq_ignore_ascii_case(word))
        };
        server.features.iter().any(named)
    };
    let fxp_features: Vec<&str> = FXP_FEATURES.iter().filter(has).copied().collect();
    if !fxp_features.is_empty() {
        lines.push(TextLine::Text(format!("FXP features: {}", fxp_features.join(", "))));
    }
    lines.push(TextLine::Blank);
}

fn plan_lines(lines: &mut Vec<TextLine>, labels: &[String; 2], found: &PlanFinding) {
    let (from, to) = ends(labels, found.from);
    let word = match (found.result, found.accepted) {
        (PlanResult::Works, _) => "works",
        (PlanResult::Refused, _) => "refused",
        (PlanResult::Failed, _) => "failed",
        (PlanResult::Skipped, true) => "accepted",
        (PlanResult::Skipped, false) => "skipped",
    };
    let mut text = format!("{from} → {to}: {}", route(&found.plan));
    match found.by {
        Some(Role::Source) => text.push_str(&format!(", by {from}")),
        Some(Role::Destination) => text.push_str(&format!(", by {to}")),
        None => {}
    }
    if found.result == PlanResult::Works {
        text.push_str(&format!(", {:.1} s", found.elapsed.as_secs_f64()));
    }
    lines.push(TextLine::Pair(word.to_owned(), text));
    for more in [&found.reply, &found.advice].into_iter().flatten() {
        lines.push(TextLine::Pair(String::new(), visible_str(more)));
    }
}

/// `destination passive, TLS by SSCN at the destination`.
fn route(plan: &Plan) -> String {
    let side = match plan.passive {
        PassiveSide::Source => "source passive",
        PassiveSide::Destination => "destination passive",
    };
    match (TlsRole::command(plan), plan.tls_client()) {
        (Some(command), Some(client)) => {
            format!("{side}, TLS by {command} at the {}", client.word())
        }
        _ => format!("{side}, unencrypted"),
    }
}
