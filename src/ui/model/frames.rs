//! The layout of dialogs; drawing and mouse handling use the same functions.

use ratatui::layout::Rect;

use crate::ui::cells::{hard_wrap, width, wrap};
use crate::ui::layout::{buttons, buttons_width, dialog, inside, scrolled};
use crate::ui::model::overlay::{
    FormField, ListDialog, ListKind, Prompt, QuestionDialog, TextDialog, TextLine, TransferForm,
};

/// The areas of a list dialog.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListFrame {
    /// The whole dialog.
    pub dialog: Rect,
    /// The filter input.
    pub input: Rect,
    /// The rows of the list.
    pub list: Rect,
    /// The description of the row under the cursor; height 0 if there is no room.
    pub detail: Rect,
}

/// The areas of a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuestionFrame {
    /// The whole dialog.
    pub dialog: Rect,
    /// The area of the text.
    pub body: Rect,
    /// The wrapped lines of the text.
    pub lines: Vec<String>,
    /// The areas of the buttons.
    pub buttons: Vec<Rect>,
}

/// The areas of a prompt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PromptFrame {
    /// The whole dialog.
    pub dialog: Rect,
    /// The label above the input.
    pub label: Rect,
    /// The wrapped lines of the label.
    pub label_lines: Vec<String>,
    /// The text input.
    pub input: Rect,
    /// The error below the input.
    pub error: Rect,
    /// The wrapped lines of the error.
    pub error_lines: Vec<String>,
}

/// The areas of the copy dialog.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormFrame {
    /// The whole dialog.
    pub dialog: Rect,
    /// The summary of the sources.
    pub summary: Rect,
    /// The source directory; height 0 if there is no room.
    pub from: Rect,
    /// The area of each field in [`FormField::of`], including the two buttons; height 0 while it is
    /// scrolled out of view.
    pub fields: Vec<Rect>,
    /// The first visible choice, the number of visible choices, and the number of all choices.
    pub visible: (usize, usize, usize),
    /// How the target is interpreted, or why it is invalid.
    pub remark: Rect,
    /// The wrapped lines of the remark.
    pub remark_lines: Vec<String>,
}

/// The width of the field names in the copy dialog.
pub const FIELD_LABEL: u16 = 9;

/// The areas of a text dialog: the whole dialog, and its inside.
#[must_use]
pub fn text_dialog(all: Rect, text_dialog: &TextDialog) -> (Rect, Rect) {
    let file = text_dialog.lines.iter().any(|line| matches!(line, TextLine::Verbatim(_)));
    // lines of a file are not wrapped as long as the screen is wide enough
    let wide = all.width.saturating_sub(4).min(if file { u16::MAX } else { 96 });
    let lines = text_lines(text_dialog, usize::from(wide.saturating_sub(4))).len();
    let height = u16::try_from(lines).unwrap_or(u16::MAX).saturating_add(2);
    let area = dialog(all, wide, height.min(all.height.saturating_sub(2)));
    (area, inside(area))
}

/// The wrapped lines of a text: the name of a pair, the text, and whether it is a heading.
#[must_use]
pub fn text_lines(text_dialog: &TextDialog, cells: usize) -> Vec<(Option<String>, String, bool)> {
    let mut lines = Vec::new();
    // names take at most half of the width
    let names = text_dialog.names.min(cells / 2);
    for line in &text_dialog.lines {
        match line {
            TextLine::Blank => lines.push((None, String::new(), false)),
            TextLine::Heading(text) => lines.push((None, text.clone(), true)),
            TextLine::Text(text) => {
                lines.extend(wrap(text, cells).into_iter().map(|text| (None, text, false)));
            }
            TextLine::Verbatim(text) => {
                lines.extend(hard_wrap(text, cells).into_iter().map(|text| (None, text, false)));
            }
            TextLine::Pair(name, text) => {
                let room = cells.saturating_sub(names + 2);
                let mut name_lines = wrap(name, names.max(1)).into_iter();
                let mut text_lines = wrap(text, room.max(1)).into_iter();
                loop {
                    let (name, text) = (name_lines.next(), text_lines.next());
                    if name.is_none() && text.is_none() {
                        break;
                    }
                    lines.push((Some(name.unwrap_or_default()), text.unwrap_or_default(), false));
                }
            }
        }
    }
    lines
}

/// The areas of a list dialog. The height does not depend on the number of rows, so that the dialog
/// does not jump while the user types.
#[must_use]
pub fn list_dialog(all: Rect, list_dialog: &ListDialog) -> ListFrame {
    // including a blank line between the rows and the description
    let detail = match list_dialog.kind {
        ListKind::Site(_) => 0,
        ListKind::Command { .. } => 2,
        ListKind::Field => 4,
    };
    let detail = if all.height >= 20 { detail } else { 0 };
    let height = (all.height * 3 / 4 + detail).min(all.height.saturating_sub(4)).max(9);
    let dialog = dialog(all, all.width.saturating_sub(4).min(86), height);
    let room = inside(dialog);
    let top = room.height.min(2);
    let list = Rect { y: room.y + top, height: room.height.saturating_sub(top + detail), ..room };
    ListFrame {
        dialog,
        input: Rect { height: room.height.min(1), ..room },
        list,
        detail: Rect {
            y: room.bottom().saturating_sub(detail.saturating_sub(1)),
            height: detail.saturating_sub(1),
            ..room
        },
    }
}

/// The areas of a question.
#[must_use]
pub fn question(all: Rect, question: &QuestionDialog) -> QuestionFrame {
    let labels: Vec<u16> = question.choices.iter().map(|label| width(label) as u16).collect();
    let wide = all.width.saturating_sub(2).min(buttons_width(&labels).saturating_add(4).max(72));
    let cells = usize::from(wide.saturating_sub(4));
    let button_rows = buttons(Rect::new(0, 0, wide.saturating_sub(4), u16::MAX), &labels)
        .last()
        .map_or(1, |last| last.y + 1);
    let mut lines: Vec<String> =
        question.body.iter().flat_map(|text| wrap_or_blank(text, cells)).collect();
    // border, buttons and the line above them
    let most = usize::from(all.height.saturating_sub(3 + button_rows));
    lines.truncate(most);
    let area = dialog(all, wide, lines.len() as u16 + 3 + button_rows);
    let room = inside(area);
    let rows = button_rows.min(room.height);
    let last = Rect::new(room.x, room.bottom() - rows, room.width, rows);
    QuestionFrame {
        dialog: area,
        body: Rect { height: room.height - rows, ..room },
        lines,
        buttons: buttons(last, &labels),
    }
}

/// The areas of a prompt.
#[must_use]
pub fn prompt(all: Rect, prompt: &Prompt) -> PromptFrame {
    let wide = all.width.saturating_sub(2).min(76);
    let cells = usize::from(wide.saturating_sub(4));
    let most = usize::from(all.height.saturating_sub(3));
    let mut label_lines = wrap(&prompt.label, cells);
    label_lines.truncate(most);
    let mut error_lines = prompt.error.as_ref().map_or_else(Vec::new, |text| wrap(text, cells));
    error_lines.truncate(most - label_lines.len());
    let (labels, errors) = (label_lines.len() as u16, error_lines.len() as u16);
    let area = dialog(all, wide, labels + errors + 3);
    let room = inside(area);
    let line = |y: u16, height: u16| Rect::new(room.x, room.y + y, room.width, height);
    PromptFrame {
        dialog: area,
        label: line(0, labels),
        label_lines,
        input: line(labels, 1),
        error: line(labels + 1, errors),
        error_lines,
    }
}

/// The areas of the copy dialog; explanatory lines are left out if there is no room.
#[must_use]
pub fn form(all: Rect, form: &TransferForm, remark: &str) -> FormFrame {
    let wide = all.width.saturating_sub(2).min(76);
    let cells = usize::from(wide.saturating_sub(4));
    let mut remark_lines = wrap(remark, cells.saturating_sub(usize::from(FIELD_LABEL)));
    let roomy = all.height >= 16;
    remark_lines.truncate(if roomy || form.error.is_some() { 3 } else { 0 });
    let remarks = remark_lines.len() as u16;
    let spare = u16::from(roomy);
    let fields = FormField::of(form.kind);
    let choices = fields.len() - 3;
    // border, summary, from, blank, target, remarks, blank, buttons
    let others = 2 + 1 + spare + spare + 1 + remarks + spare + 1;
    let count = choices.min(usize::from(all.height.saturating_sub(others)));
    let focus = fields.iter().position(|field| *field == form.field).unwrap_or(0);
    let first = scrolled(0, focus.saturating_sub(1).min(choices - 1), count, choices);
    let height = others + count as u16;
    let area = dialog(all, wide, height);
    let room = inside(area);
    let mut y = room.y;
    let mut take = |height: u16| {
        let line = Rect::new(room.x, y, room.width, height.min(area.bottom().saturating_sub(y)));
        y += height;
        line
    };
    let summary = take(1);
    let from = take(spare);
    take(spare);
    let mut areas = vec![take(1)];
    let remark = take(remarks);
    areas.extend((0..choices).map(|at| {
        let is_visible = (first..first + count).contains(&at);
        if is_visible { take(1) } else { Rect::default() }
    }));
    take(spare);
    let last = take(1);
    let labels =
        [FormField::Start, FormField::Cancel].map(|field| width(button_label(form, field)) as u16);
    areas.extend(buttons(last, &labels));
    let visible = (first, count, choices);
    FormFrame { dialog: area, summary, from, fields: areas, visible, remark, remark_lines }
}

/// The label of a button of the copy dialog.
#[must_use]
pub fn button_label(form: &TransferForm, field: FormField) -> &'static str {
    match (field, form.kind) {
        (FormField::Cancel, _) => "Cancel",
        (_, crate::queue::JobKind::Move) => "Move",
        (_, crate::queue::JobKind::Mirror) => "Preview",
        _ => "Copy",
    }
}

fn wrap_or_blank(text: &str, cells: usize) -> Vec<String> {
    if text.is_empty() { vec![String::new()] } else { wrap(text, cells) }
}
