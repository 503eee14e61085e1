//! Makes the other pane's directory like this one, after it has been shown what that would do.

use crate::base::size::{bytes, grouped};
use crate::base::text;
use crate::engine::{Level, PlanAction};
use crate::ftp::Kind;
use crate::queue::{Compare, Deletes, Exists, JobKind, JobSpec, Rules, Source, TreeRules};
use crate::ui::model::Model;
use crate::ui::model::input::Input;
use crate::ui::model::msg::{Effect, MirrorPlan, Reply, Side};
use crate::ui::model::overlay::{
    Ask, Asking, Field, Overlay, ReadLine, Reading, TransferForm, Weight,
};

/// The button that shows the plan.
const SHOW: usize = 1;

/// Opens the dialog.
pub fn ask(model: &mut Model, side: Side) {
    let (here, there) = (model.pane(side), model.pane(side.other()));
    let (Some(from), Some(to)) = (&here.shown, &there.shown) else {
        model.say(Level::Info, "open a directory in both panes first");
        return;
    };
    if from.at.remote().is_none() && to.at.remote().is_none() {
        model.say(Level::Info, "both directories are on this machine; rsync(1) is made for that");
        return;
    }
    let (from, to) = (from.at.clone(), to.at.clone());
    let source = Source { at: from.clone(), kind: Some(Kind::Dir), size: None };
    let form = TransferForm {
        kind: JobKind::Mirror,
        summary: "this directory with everything in it".to_owned(),
        target: Input::new(to.directory_text()),
        sources: vec![source],
        from,
        to,
        rules: Rules { exists: Exists::Overwrite, ..model.rules },
        tree: TreeRules { compare: Compare::Auto, delete: Deletes::No, ..model.tree.clone() },
        field: Field::Target,
        error: None,
        waiting: false,
    };
    model.overlays.push(Overlay::Transfer(Box::new(form)));
}

/// What it would do is known.
pub fn planned(model: &mut Model, spec: Box<JobSpec>, reply: Reply) {
    let Reply::Plan(plan) = reply else { return };
    let target = spec.target.as_ref().map(ToString::to_string).unwrap_or_default();
    if plan.tally.copies + plan.tally.deletes == 0 && plan.troubles.is_empty() {
        let same = grouped(plan.tally.same);
        model.say(Level::Info, format!("{target} is like the source already: {same} files"));
        return;
    }
    let mut body = vec![format!("To make {target} like the source:"), String::new()];
    body.push(format!(
        "  {} copied or made ({})",
        grouped(plan.tally.copies),
        bytes(plan.tally.bytes)
    ));
    body.push(format!("  {} deleted", grouped(plan.tally.deletes)));
    body.push(format!("  {} the same already", grouped(plan.tally.same)));
    if plan.tally.skips > 0 {
        body.push(format!("  {} left as they are", grouped(plan.tally.skips)));
    }
    if let Some(first) = plan.troubles.first() {
        body.push(String::new());
        body.push(format!("{} cannot be mirrored: {first}", grouped(plan.troubles.len() as u64)));
    }
    let weight = if plan.tally.deletes > 0 { Weight::Grave } else { Weight::Plain };
    let raised = Some(model.now);
    model.raise(Overlay::Ask(Box::new(Ask {
        title: "Mirror?".to_owned(),
        body,
        weight,
        choices: ["Begin", "Show the plan", "Cancel"].map(str::to_owned).to_vec(),
        cursor: SHOW,
        safe: 2,
        about: Asking::Mirror(spec, plan),
        raised,
    })));
}

/// The user has decided.
pub fn decided(
    model: &mut Model,
    spec: Box<JobSpec>,
    plan: Box<MirrorPlan>,
    choice: usize,
    out: &mut Vec<Effect>,
) {
    if choice != SHOW {
        model.say(Level::Info, "mirroring");
        out.push(Effect::Submit(spec));
        return;
    }
    let lines = lines(&plan);
    // the question comes back when the plan is closed
    planned(model, spec, Reply::Plan(plan));
    if let Some(Overlay::Ask(ask)) = model.overlays.last_mut() {
        (ask.cursor, ask.raised) = (0, None);
    }
    let title = "What would be done".to_owned();
    model.overlays.push(Overlay::Reading(Reading {
        title,
        lines,
        names: 8,
        scroll: 0,
        live: None,
    }));
}

fn lines(plan: &MirrorPlan) -> Vec<ReadLine> {
    let mut lines = Vec::with_capacity(plan.steps.len() + plan.troubles.len());
    for trouble in &plan.troubles {
        lines.push(ReadLine::Pair("trouble".to_owned(), trouble.clone()));
    }
    for step in &plan.steps {
        let action = match step.action {
            PlanAction::Copy if step.dir => "make",
            PlanAction::Copy => "copy",
            PlanAction::Delete => "delete",
            PlanAction::Skip | PlanAction::Same => "leave",
        };
        let path = text::visible(step.path.as_bytes());
        let size = step.size.map(|size| format!(", {}", bytes(size))).unwrap_or_default();
        let text = format!("{path}{size} ({})", step.reason);
        lines.push(ReadLine::Pair(action.to_owned(), text));
    }
    let all = plan.tally.copies + plan.tally.deletes + plan.tally.skips;
    let more = all.saturating_sub(plan.steps.len() as u64);
    if more > 0 {
        lines.push(ReadLine::Blank);
        lines.push(ReadLine::Text(format!("and {} more", grouped(more))));
    }
    lines
}
