//! Mouse events: click, double click, right click, wheel, and dragging borders.

use ratatui::layout::{Position, Rect};

use crate::ui::action::Action;
use crate::ui::layout::{ScreenLayout, columns};
use crate::ui::model::listing::SortKey;
use crate::ui::model::msg::{Button, Millis, Mouse, PaneSide, UiEffect};
use crate::ui::model::overlay::{FormField, Overlay};
use crate::ui::model::queue::Tab;
use crate::ui::model::{Drag, Model, frames, hints, tabs};
use crate::ui::update::{copy, cursor, list_dialog, queue, resize, select, sort};

/// The maximum time between the two clicks of a double click.
const DOUBLE_CLICK: Millis = 400;
/// The number of lines per notch of the wheel.
const WHEEL_LINES: isize = 3;

/// Handles a mouse event; returns an action that must be run.
pub fn mouse(
    model: &mut Model,
    mouse: Mouse,
    x: u16,
    y: u16,
    out: &mut Vec<UiEffect>,
) -> Option<Action> {
    let screen = model.screen()?;
    let at = Position::new(x, y);
    match mouse {
        Mouse::Release => model.drag = None,
        Mouse::Drag => drag(model, &screen, x, y),
        Mouse::Wheel(turned) => wheel(model, &screen, at, turned),
        Mouse::Press(button) => {
            let double = model.clicked.take().is_some_and(|(then, cx, cy)| {
                button == Button::Left && (cx, cy) == (x, y) && model.now < then + DOUBLE_CLICK
            });
            if button == Button::Left && !double {
                model.clicked = Some((model.now, x, y));
            }
            if let Some(overlay) = model.overlays.last() {
                let hinted = !covers(screen.all, overlay, at);
                if let Some(action) = hints::at(model, screen.hints, at).filter(|_| hinted) {
                    return Some(action);
                }
                return press_overlay(model, screen.all, at, double, out);
            }
            return press(model, &screen, at, button, double);
        }
    }
    None
}

fn press(
    model: &mut Model,
    screen: &ScreenLayout,
    at: Position,
    button: Button,
    double: bool,
) -> Option<Action> {
    for side in [PaneSide::Left, PaneSide::Right] {
        let area = screen.panes[side as usize];
        if area.rows.contains(at) {
            focus(model, side);
            let pane = model.pane_mut(side);
            let row = pane.scroll + usize::from(at.y - area.rows.y);
            if row >= pane.rows() {
                return None;
            }
            pane.cursor = row;
            match button {
                Button::Right => select::toggle_row(model, side, row),
                Button::Left if double => return Some(Action::Open),
                Button::Left => {}
            }
        } else if area.heading.contains(at) {
            focus(model, side);
            sort_by_heading(model, side, area.heading, at);
        } else if area.title.contains(at) || area.footer.contains(at) {
            focus(model, side);
        }
    }
    if screen.separator.contains(at) {
        model.drag = Some(Drag::Separator);
    } else if screen.bar.contains(at) {
        model.in_queue = true;
        match tabs::at(model, screen.bar, at) {
            Some(tab) => queue::show(model, tab),
            None => model.drag = Some(Drag::Bar),
        }
    } else if screen.queue.contains(at) {
        model.in_queue = true;
        if model.queue.tab != Tab::Log {
            let row = model.queue.scroll + u64::from(at.y - screen.queue.y);
            if row < model.queue.total() {
                model.queue.cursor = row;
                if button == Button::Right {
                    queue::select(model);
                    model.queue.cursor = row;
                } else if double {
                    return Some(Action::LineOpen);
                }
            }
        }
    } else if screen.hints.contains(at) {
        return hints::at(model, screen.hints, at);
    }
    None
}

fn focus(model: &mut Model, side: PaneSide) {
    model.active = side;
    model.in_queue = false;
}

fn sort_by_heading(model: &mut Model, side: PaneSide, heading: Rect, at: Position) {
    let columns = columns(heading);
    let key = if columns.size.contains(at) {
        SortKey::Size
    } else if columns.time.contains(at) {
        SortKey::Time
    } else {
        SortKey::Name
    };
    sort::by(model, side, key);
}

fn drag(model: &mut Model, screen: &ScreenLayout, x: u16, y: u16) {
    match model.drag {
        Some(Drag::Separator) => {
            let share = u32::from(x) * 1000 / u32::from(screen.all.width.max(1));
            resize::set_left(model, u16::try_from(share).unwrap_or(1000));
        }
        Some(Drag::Bar) => {
            // the rows between the bar and the hints
            resize::set_queue(model, screen.hints.y.saturating_sub(y + 1));
        }
        None => {}
    }
}

fn wheel(model: &mut Model, screen: &ScreenLayout, at: Position, turned: i8) {
    let lines = isize::from(turned.signum()) * WHEEL_LINES;
    match model.overlays.last() {
        Some(Overlay::Text(_)) => cursor::step(model, cursor::Motion::Lines(lines)),
        Some(Overlay::List(_)) => list_dialog::step(model, isize::from(turned.signum())),
        Some(_) => {}
        None => {
            let height = model.pane_height();
            for side in [PaneSide::Left, PaneSide::Right] {
                if screen.panes[side as usize].rows.contains(at) {
                    // the wheel scrolls the area under the mouse, not the focused one
                    let pane = model.pane_mut(side);
                    let to = cursor::Motion::Lines(lines).apply(pane.cursor, pane.rows(), height);
                    pane.go_to(to, height);
                }
            }
            if screen.queue.contains(at) || screen.bar.contains(at) {
                let focus = std::mem::replace(&mut model.in_queue, true);
                cursor::step(model, cursor::Motion::Lines(lines));
                model.in_queue = focus;
            }
        }
    }
}

/// True if the dialog covers a cell.
fn covers(all: Rect, overlay: &Overlay, at: Position) -> bool {
    match overlay {
        Overlay::Text(text_dialog) => frames::text_dialog(all, text_dialog).0.contains(at),
        Overlay::List(list_dialog) => frames::list_dialog(all, list_dialog).dialog.contains(at),
        Overlay::Prompt(prompt) => frames::prompt(all, prompt).dialog.contains(at),
        Overlay::Question(question) => frames::question(all, question).dialog.contains(at),
        Overlay::Transfer(form) => frames::form(all, form, &copy::remark(form)).dialog.contains(at),
        // the input replaces the hints
        Overlay::Search(_) => true,
    }
}

fn press_overlay(
    model: &mut Model,
    all: Rect,
    at: Position,
    double: bool,
    out: &mut Vec<UiEffect>,
) -> Option<Action> {
    match model.overlays.last_mut()? {
        Overlay::Text(text_dialog) => {
            let (dialog, _) = frames::text_dialog(all, text_dialog);
            (!dialog.contains(at)).then_some(Action::Close)
        }
        Overlay::List(list_dialog) => {
            let frame = frames::list_dialog(all, list_dialog);
            let row = list_dialog.scroll + usize::from(at.y.saturating_sub(frame.list.y));
            if !frame.dialog.contains(at) {
                return Some(Action::ListClose);
            }
            if frame.list.contains(at) && list_dialog::put_cursor(model, row) && double {
                return list_dialog::accept(model, false, out);
            }
            None
        }
        Overlay::Question(question) => {
            let frame = frames::question(all, question);
            question.cursor = frame.buttons.iter().position(|button| button.contains(at))?;
            Some(Action::Accept)
        }
        Overlay::Prompt(prompt) => {
            let frame = frames::prompt(all, prompt);
            (!frame.dialog.contains(at)).then_some(Action::Dismiss)
        }
        Overlay::Transfer(form) => {
            let frame = frames::form(all, form, &copy::remark(form));
            if !frame.dialog.contains(at) {
                return Some(Action::Dismiss);
            }
            let index = frame.fields.iter().position(|field| field.contains(at))?;
            let field = FormField::of(form.kind).get(index).copied()?;
            copy::put_field(model, field);
            match field {
                FormField::Start | FormField::Cancel => Some(Action::Accept),
                FormField::Target => None,
                FormField::Compare
                | FormField::Delete
                | FormField::Exists
                | FormField::Verify
                | FormField::Via
                | FormField::Lanes
                | FormField::Preserve
                | FormField::Links
                | FormField::Type => {
                    copy::step_choice(model, 1);
                    None
                }
            }
        }
        Overlay::Search(_) => Some(Action::Accept),
    }
}
