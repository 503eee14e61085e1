//! Mirrors a directory to the other pane, after a preview.

use crate::base::size::{bytes, grouped};
use crate::base::text;
use crate::engine::{Level, PlanAction};
use crate::ftp::Kind;
use crate::queue::{Compare, Deletes, Exists, JobKind, JobRules, JobSpec, Source, TreeRules};
use crate::ui::model::Model;
use crate::ui::model::input::Input;
use crate::ui::model::msg::{MirrorPlan, OperationReply, PaneSide, UiEffect};
use crate::ui::model::overlay::{
    FormField, Overlay, QuestionDialog, QuestionKind, Severity, TextDialog, TextLine, TransferForm,
};

/// The index of the button that shows the plan.
const PREVIEW: usize = 1;

/// Opens the dialog.
pub fn ask(model: &mut Model, side: PaneSide) {
    let (here, there) = (model.pane(side), model.pane(side.other()));
    let (Some(from), Some(to)) = (&here.shown, &there.shown) else {
        model.notify(Level::Info, "open a directory in both panes first");
        return;
    };
    if from.at.remote().is_none() && to.at.remote().is_none() {
        model.notify(Level::Info, "both directories are local; use rsync(1) instead");
        return;
    }
    let (from, to) = (from.at.clone(), to.at.clone());
    let source = Source { at: from.clone(), kind: Some(Kind::Dir), size: None };
    let form = TransferForm {
        kind: JobKind::Mirror,
        summary: "this directory and its contents".to_owned(),
        target: Input::new(to.directory_text()),
        sources: vec![source],
        from,
        to,
        rules: JobRules { exists: Exists::Overwrite, ..model.rules },
        tree: TreeRules { compare: Compare::Auto, delete: Deletes::No, ..model.tree.clone() },
        field: FormField::Target,
        error: None,
        waiting: false,
    };
    model.overlays.push(Overlay::Transfer(Box::new(form)));
}

/// Asks whether to start a mirror whose plan is known.
pub fn planned(model: &mut Model, spec: Box<JobSpec>, reply: OperationReply) {
    let OperationReply::Plan(plan) = reply else { return };
    let target = spec.target.as_ref().map(ToString::to_string).unwrap_or_default();
    if plan.tally.copies + plan.tally.deletes == 0 && plan.problems.is_empty() {
        let same = grouped(plan.tally.same);
        model.notify(Level::Info, format!("{target} already matches the source: {same} identical"));
        return;
    }
    let mut body = vec![format!("To make {target} match the source:"), String::new()];
    body.push(format!(
        "  {} will be copied or created ({})",
        grouped(plan.tally.copies),
        bytes(plan.tally.bytes)
    ));
    body.push(format!("  {} will be deleted", grouped(plan.tally.deletes)));
    body.push(format!("  {} already identical", grouped(plan.tally.same)));
    if plan.tally.skips > 0 {
        body.push(format!("  {} will be skipped", grouped(plan.tally.skips)));
    }
    if let Some(first) = plan.problems.first() {
        body.push(String::new());
        body.push(format!("{} cannot be mirrored: {first}", grouped(plan.problems.len() as u64)));
    }
    let severity = if plan.tally.deletes > 0 { Severity::Danger } else { Severity::Normal };
    let raised = Some(model.now);
    model.raise(Overlay::Question(Box::new(QuestionDialog {
        title: "Mirror?".to_owned(),
        body,
        severity,
        choices: ["Start", "Preview", "Cancel"].map(str::to_owned).to_vec(),
        cursor: PREVIEW,
        safe: 2,
        about: QuestionKind::Mirror(spec, plan),
        raised,
    })));
}

/// Handles the answer to the question of [`planned`].
pub fn answered(
    model: &mut Model,
    spec: Box<JobSpec>,
    plan: Box<MirrorPlan>,
    choice: usize,
    out: &mut Vec<UiEffect>,
) {
    if choice != PREVIEW {
        model.notify(Level::Info, "mirroring");
        out.push(UiEffect::Submit(spec));
        return;
    }
    let lines = lines(&plan);
    // the question reappears when the plan is closed
    planned(model, spec, OperationReply::Plan(plan));
    if let Some(Overlay::Question(question)) = model.overlays.last_mut() {
        (question.cursor, question.raised) = (0, None);
    }
    let title = "Preview".to_owned();
    model.overlays.push(Overlay::Text(TextDialog {
        title,
        lines,
        names: 8,
        scroll: 0,
        live: None,
    }));
}

fn lines(plan: &MirrorPlan) -> Vec<TextLine> {
    let mut lines = Vec::with_capacity(plan.steps.len() + plan.problems.len());
    for problem in &plan.problems {
        lines.push(TextLine::Pair("problem".to_owned(), problem.clone()));
    }
    for step in &plan.steps {
        let action = match step.action {
            PlanAction::Copy if step.dir => "create",
            PlanAction::Copy => "copy",
            PlanAction::Delete => "delete",
            PlanAction::Skip | PlanAction::Same => "skip",
        };
        let path = text::visible(step.path.as_bytes());
        let size = step.size.map(|size| format!(", {}", bytes(size))).unwrap_or_default();
        let text = format!("{path}{size} ({})", step.reason);
        lines.push(TextLine::Pair(action.to_owned(), text));
    }
    let all = plan.tally.copies + plan.tally.deletes + plan.tally.skips;
    let more = all.saturating_sub(plan.steps.len() as u64);
    if more > 0 {
        lines.push(TextLine::Blank);
        lines.push(TextLine::Text(format!("and {} more", grouped(more))));
    }
    lines
}
