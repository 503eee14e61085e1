//! The mouse: click, double click, right click, wheel, dragging the borders.

use ratatui::layout::{Position, Rect};

use crate::ui::action::Action;
use crate::ui::layout::{Screen, columns};
use crate::ui::model::listing::SortKey;
use crate::ui::model::msg::{Button, Effect, Millis, Mouse, Side};
use crate::ui::model::overlay::{Field, Overlay};
use crate::ui::model::queue::Tab;
use crate::ui::model::{Held, Model, frames, hints, tabs};
use crate::ui::update::{choose, copy, cursor, queue, select, sort, split};

/// Two clicks on one cell within this time are a double click.
const DOUBLE: Millis = 400;
/// Lines that one notch of the wheel moves.
const NOTCH: isize = 3;

/// Takes what the mouse did; an action is returned to be run.
pub fn mouse(
    model: &mut Model,
    mouse: Mouse,
    x: u16,
    y: u16,
    out: &mut Vec<Effect>,
) -> Option<Action> {
    let screen = model.screen()?;
    let at = Position::new(x, y);
    match mouse {
        Mouse::Release => model.held = None,
        Mouse::Drag => drag(model, &screen, x, y),
        Mouse::Wheel(turned) => wheel(model, &screen, at, turned),
        Mouse::Press(button) => {
            let double = model.clicked.take().is_some_and(|(then, cx, cy)| {
                button == Button::Left && (cx, cy) == (x, y) && model.now < then + DOUBLE
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
    screen: &Screen,
    at: Position,
    button: Button,
    double: bool,
) -> Option<Action> {
    for side in [Side::Left, Side::Right] {
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
        model.held = Some(Held::Separator);
    } else if screen.bar.contains(at) {
        model.in_queue = true;
        match tabs::at(model, screen.bar, at) {
            Some(tab) => queue::show(model, tab),
            None => model.held = Some(Held::Bar),
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

fn focus(model: &mut Model, side: Side) {
    model.active = side;
    model.in_queue = false;
}

fn sort_by_heading(model: &mut Model, side: Side, heading: Rect, at: Position) {
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

fn drag(model: &mut Model, screen: &Screen, x: u16, y: u16) {
    match model.held {
        Some(Held::Separator) => {
            let share = u32::from(x) * 1000 / u32::from(screen.all.width.max(1));
            split::set_left(model, u16::try_from(share).unwrap_or(1000));
        }
        Some(Held::Bar) => {
            // below the bar, and the hints take the last row
            split::set_queue(model, screen.hints.y.saturating_sub(y + 1));
        }
        None => {}
    }
}

fn wheel(model: &mut Model, screen: &Screen, at: Position, turned: i8) {
    let lines = isize::from(turned.signum()) * NOTCH;
    match model.overlays.last() {
        Some(Overlay::Reading(_)) => cursor::step(model, cursor::Step::Lines(lines)),
        Some(Overlay::Choose(_)) => choose::step(model, isize::from(turned.signum())),
        Some(_) => {}
        None => {
            let height = model.pane_height();
            for side in [Side::Left, Side::Right] {
                if screen.panes[side as usize].rows.contains(at) {
                    // the wheel moves what is under it, whatever listens to keys
                    let pane = model.pane_mut(side);
                    let to = cursor::Step::Lines(lines).from(pane.cursor, pane.rows(), height);
                    pane.go_to(to, height);
                }
            }
            if screen.queue.contains(at) || screen.bar.contains(at) {
                let focus = std::mem::replace(&mut model.in_queue, true);
                cursor::step(model, cursor::Step::Lines(lines));
                model.in_queue = focus;
            }
        }
    }
}

/// True when a dialog lies over a cell.
fn covers(all: Rect, overlay: &Overlay, at: Position) -> bool {
    match overlay {
        Overlay::Reading(reading) => frames::reading(all, reading).0.contains(at),
        Overlay::Choose(choose) => frames::choose(all, choose).dialog.contains(at),
        Overlay::Prompt(prompt) => frames::prompt(all, prompt).dialog.contains(at),
        Overlay::Ask(ask) => frames::ask(all, ask).dialog.contains(at),
        Overlay::Transfer(form) => frames::form(all, form, &copy::remark(form)).dialog.contains(at),
        // it is the line of the hints
        Overlay::Seek(_) => true,
    }
}

fn press_overlay(
    model: &mut Model,
    all: Rect,
    at: Position,
    double: bool,
    out: &mut Vec<Effect>,
) -> Option<Action> {
    match model.overlays.last_mut()? {
        Overlay::Reading(reading) => {
            let (dialog, _) = frames::reading(all, reading);
            (!dialog.contains(at)).then_some(Action::Close)
        }
        Overlay::Choose(choose) => {
            let frame = frames::choose(all, choose);
            let row = choose.scroll + usize::from(at.y.saturating_sub(frame.list.y));
            if !frame.dialog.contains(at) {
                return Some(Action::ListClose);
            }
            if frame.list.contains(at) && choose::put_cursor(model, row) && double {
                return choose::accept(model, false, out);
            }
            None
        }
        Overlay::Ask(ask) => {
            let frame = frames::ask(all, ask);
            ask.cursor = frame.buttons.iter().position(|button| button.contains(at))?;
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
            let place = frame.fields.iter().position(|field| field.contains(at))?;
            let field = Field::of(form.kind).get(place).copied()?;
            copy::put_field(model, field);
            match field {
                Field::Begin | Field::Dismiss => Some(Action::Accept),
                Field::Target => None,
                Field::Compare
                | Field::Delete
                | Field::Exists
                | Field::Verify
                | Field::Via
                | Field::Lanes
                | Field::Keep
                | Field::Links
                | Field::Type => {
                    copy::step_choice(model, 1);
                    None
                }
            }
        }
        Overlay::Seek(_) => Some(Action::Accept),
    }
}
