//! Where the parts of dialogs stand; drawing and mouse ask the same functions.

use ratatui::layout::Rect;

use crate::ui::cells::{broken, width, wrap};
use crate::ui::layout::{buttons, buttons_width, dialog, inside, scrolled};
use crate::ui::model::overlay::{
    Ask, Choose, Choosing, Field, Prompt, ReadLine, Reading, TransferForm,
};

/// A list with its filter line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChooseFrame {
    /// All of it.
    pub dialog: Rect,
    /// The line to type in.
    pub input: Rect,
    /// The rows.
    pub list: Rect,
    /// What the row with the cursor means; without rows when there is no room.
    pub detail: Rect,
}

/// A question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AskFrame {
    /// All of it.
    pub dialog: Rect,
    /// The text.
    pub body: Rect,
    /// The text's lines.
    pub lines: Vec<String>,
    /// The buttons.
    pub buttons: Vec<Rect>,
}

/// A line to type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PromptFrame {
    /// All of it.
    pub dialog: Rect,
    /// Above the line.
    pub label: Rect,
    /// The label's lines.
    pub label_lines: Vec<String>,
    /// The line.
    pub input: Rect,
    /// Below the line.
    pub error: Rect,
    /// The error's lines.
    pub error_lines: Vec<String>,
}

/// The copy dialog.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormFrame {
    /// All of it.
    pub dialog: Rect,
    /// What is taken.
    pub summary: Rect,
    /// From where; without rows when there is no room.
    pub from: Rect,
    /// The field of each line, as in [`Field::of`], the two buttons included; without rows while
    /// it is scrolled away.
    pub fields: Vec<Rect>,
    /// The first choice that is seen, how many are, and how many there are.
    pub seen: (usize, usize, usize),
    /// What the target means, or what is wrong with it.
    pub remark: Rect,
    /// The remark's lines.
    pub remark_lines: Vec<String>,
}

/// Columns of the field names in the copy dialog.
pub const FIELD_LABEL: u16 = 9;

/// Where a text to read stands; the second is its inside.
#[must_use]
pub fn reading(all: Rect, reading: &Reading) -> (Rect, Rect) {
    let file = reading.lines.iter().any(|line| matches!(line, ReadLine::Verbatim(_)));
    // what was written for a wide screen is read on one
    let wide = all.width.saturating_sub(4).min(if file { u16::MAX } else { 96 });
    let lines = reading_lines(reading, usize::from(wide.saturating_sub(4))).len();
    let height = u16::try_from(lines).unwrap_or(u16::MAX).saturating_add(2);
    let area = dialog(all, wide, height.min(all.height.saturating_sub(2)));
    (area, inside(area))
}

/// The lines of a text to read, wrapped: the name of a pair, and the text.
#[must_use]
pub fn reading_lines(reading: &Reading, cells: usize) -> Vec<(Option<String>, String, bool)> {
    let mut lines = Vec::new();
    // names never take more than half of the width
    let names = reading.names.min(cells / 2);
    for line in &reading.lines {
        match line {
            ReadLine::Blank => lines.push((None, String::new(), false)),
            ReadLine::Heading(text) => lines.push((None, text.clone(), true)),
            ReadLine::Text(text) => {
                lines.extend(wrap(text, cells).into_iter().map(|text| (None, text, false)));
            }
            ReadLine::Verbatim(text) => {
                lines.extend(broken(text, cells).into_iter().map(|text| (None, text, false)));
            }
            ReadLine::Pair(name, text) => {
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

/// Where a list stands. Its height does not depend on what is left of it, so that it does not
/// jump while one types.
#[must_use]
pub fn choose(all: Rect, choose: &Choose) -> ChooseFrame {
    // with a line between the rows and what one of them means
    let detail = match choose.kind {
        Choosing::Site(_) => 0,
        Choosing::Command { .. } => 2,
        Choosing::Field => 4,
    };
    let detail = if all.height >= 20 { detail } else { 0 };
    let height = (all.height * 3 / 4 + detail).min(all.height.saturating_sub(4)).max(9);
    let dialog = dialog(all, all.width.saturating_sub(4).min(86), height);
    let room = inside(dialog);
    let top = room.height.min(2);
    let list = Rect { y: room.y + top, height: room.height.saturating_sub(top + detail), ..room };
    ChooseFrame {
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

/// Where a question stands.
#[must_use]
pub fn ask(all: Rect, ask: &Ask) -> AskFrame {
    let labels: Vec<u16> = ask.choices.iter().map(|label| width(label) as u16).collect();
    let wide = all.width.saturating_sub(2).min(buttons_width(&labels).saturating_add(4).max(72));
    let cells = usize::from(wide.saturating_sub(4));
    let button_rows = buttons(Rect::new(0, 0, wide.saturating_sub(4), u16::MAX), &labels)
        .last()
        .map_or(1, |last| last.y + 1);
    let mut lines: Vec<String> =
        ask.body.iter().flat_map(|text| wrap_or_blank(text, cells)).collect();
    // border, buttons and the line above them
    let most = usize::from(all.height.saturating_sub(3 + button_rows));
    lines.truncate(most);
    let area = dialog(all, wide, lines.len() as u16 + 3 + button_rows);
    let room = inside(area);
    let rows = button_rows.min(room.height);
    let last = Rect::new(room.x, room.bottom() - rows, room.width, rows);
    AskFrame {
        dialog: area,
        body: Rect { height: room.height - rows, ..room },
        lines,
        buttons: buttons(last, &labels),
    }
}

/// Where a line to type stands.
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

/// Where the copy dialog stands; lines that only explain are left out when there is no room.
#[must_use]
pub fn form(all: Rect, form: &TransferForm, remark: &str) -> FormFrame {
    let wide = all.width.saturating_sub(2).min(76);
    let cells = usize::from(wide.saturating_sub(4));
    let mut remark_lines = wrap(remark, cells.saturating_sub(usize::from(FIELD_LABEL)));
    let roomy = all.height >= 16;
    remark_lines.truncate(if roomy || form.error.is_some() { 3 } else { 0 });
    let remarks = remark_lines.len() as u16;
    let spare = u16::from(roomy);
    let fields = Field::of(form.kind);
    let choices = fields.len() - 3;
    // border, summary, from, blank, to, remarks, blank, buttons
    let others = 2 + 1 + spare + spare + 1 + remarks + spare + 1;
    let seen = choices.min(usize::from(all.height.saturating_sub(others)));
    let focus = fields.iter().position(|field| *field == form.field).unwrap_or(0);
    let first = scrolled(0, focus.saturating_sub(1).min(choices - 1), seen, choices);
    let height = others + seen as u16;
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
    let mut places = vec![take(1)];
    let remark = take(remarks);
    places.extend((0..choices).map(|at| {
        let is_seen = (first..first + seen).contains(&at);
        if is_seen { take(1) } else { Rect::default() }
    }));
    take(spare);
    let last = take(1);
    let labels =
        [Field::Begin, Field::Dismiss].map(|field| width(button_label(form, field)) as u16);
    places.extend(buttons(last, &labels));
    let seen = (first, seen, choices);
    FormFrame { dialog: area, summary, from, fields: places, seen, remark, remark_lines }
}

/// The label of a button of the copy dialog.
#[must_use]
pub fn button_label(form: &TransferForm, field: Field) -> &'static str {
    match (field, form.kind) {
        (Field::Dismiss, _) => "Cancel",
        (_, crate::queue::JobKind::Move) => "Move",
        (_, crate::queue::JobKind::Mirror) => "Look first",
        _ => "Copy",
    }
}

fn wrap_or_blank(text: &str, cells: usize) -> Vec<String> {
    if text.is_empty() { vec![String::new()] } else { wrap(text, cells) }
}
