//! Helpers to draw text, dialogs and buttons.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use unicode_width::UnicodeWidthStr as _;

use crate::ui::cells::{fit, fit_end, prefix, width};
use crate::ui::glyphs::Glyphs;
use crate::ui::model::Model;
use crate::ui::model::input::Input;
use crate::ui::theme::{Role, Theme};

/// Draws left-aligned text and cuts off its end. Returns the number of cells used.
pub fn put(buffer: &mut Buffer, line: Rect, text: &str, style: Style) -> u16 {
    if line.height == 0 || line.width == 0 || !buffer.area.contains(line.as_position()) {
        return 0;
    }
    let (x, _) = buffer.set_stringn(line.x, line.y, text, usize::from(line.width), style);
    x - line.x
}

/// Like [`put`], with a mark if text was cut off.
pub fn put_cut(buffer: &mut Buffer, line: Rect, text: &str, style: Style, cut: &str) -> u16 {
    put(buffer, line, &fit(text, usize::from(line.width), cut), style)
}

/// Draws right-aligned text.
pub fn put_right(buffer: &mut Buffer, line: Rect, text: &str, style: Style, cut: &str) {
    let text = fit(text, usize::from(line.width), cut);
    let wide = width(&text) as u16;
    put(buffer, after(line, line.width.saturating_sub(wide)), &text, style);
}

/// Draws left-aligned text and cuts off its start: for paths.
pub fn put_end(buffer: &mut Buffer, line: Rect, text: &str, style: Style, cut: &str) -> u16 {
    put(buffer, line, &fit_end(text, usize::from(line.width), cut), style)
}

/// The rest of a line after some cells.
#[must_use]
pub fn after(line: Rect, cells: u16) -> Rect {
    let cells = cells.min(line.width);
    Rect { x: line.x + cells, width: line.width - cells, ..line }
}

/// A line of an area, counted from the top.
#[must_use]
pub fn line(area: Rect, at: u16) -> Rect {
    let y = area.y.saturating_add(at);
    Rect { y, height: u16::from(at < area.height), ..area }
}

/// Clears an area and sets its style. Also clears a wide character that overlaps its left edge:
/// terminals disagree on how to display half a character.
pub fn clear(buffer: &mut Buffer, area: Rect, style: Style) {
    let area = area.intersection(buffer.area);
    for y in area.top()..area.bottom() {
        if area.x > buffer.area.x
            && let Some(cell) = buffer.cell_mut(Position::new(area.x - 1, y))
            && cell.symbol().width() > 1
        {
            cell.set_symbol(" ");
        }
        for x in area.left()..area.right() {
            if let Some(cell) = buffer.cell_mut(Position::new(x, y)) {
                cell.reset();
                cell.set_style(style);
            }
        }
    }
}

/// Draws an empty dialog with a title.
pub fn frame(model: &Model, buffer: &mut Buffer, area: Rect, title: &str, title_role: Role) {
    let (theme, glyphs) = (&model.theme, &model.glyphs);
    clear(buffer, area, theme.style(Role::Text).patch(theme.style(Role::Dialog)));
    border(buffer, area, glyphs, theme);
    let room = after(Rect { height: area.height.min(1), ..area }, 2);
    let room = Rect { width: room.width.saturating_sub(2), ..room };
    let title = format!(" {} ", fit(title, usize::from(room.width.saturating_sub(2)), glyphs.cut));
    put(buffer, room, &title, theme.style(title_role));
}

fn border(buffer: &mut Buffer, area: Rect, glyphs: &Glyphs, theme: &Theme) {
    if area.width < 2 || area.height < 2 {
        return;
    }
    let style = theme.style(Role::DialogBorder);
    let (right, bottom) = (area.right() - 1, area.bottom() - 1);
    let mut cell = |x: u16, y: u16, glyph: &str| {
        if let Some(cell) = buffer.cell_mut(Position::new(x, y)) {
            cell.set_symbol(glyph).set_style(style);
        }
    };
    for x in area.x + 1..right {
        cell(x, area.y, glyphs.sides[0]);
        cell(x, bottom, glyphs.sides[0]);
    }
    for y in area.y + 1..bottom {
        cell(area.x, y, glyphs.sides[1]);
        cell(right, y, glyphs.sides[1]);
    }
    cell(area.x, area.y, glyphs.corners[0]);
    cell(right, area.y, glyphs.corners[1]);
    cell(area.x, bottom, glyphs.corners[2]);
    cell(right, bottom, glyphs.corners[3]);
}

/// Draws the visible range on the lower border of a dialog, if not all lines are visible.
pub fn position(
    model: &Model,
    buffer: &mut Buffer,
    area: Rect,
    first: usize,
    visible: usize,
    total: usize,
) {
    if visible >= total || area.height < 2 || area.width < 24 {
        return;
    }
    let [up, down] = model.glyphs.more;
    let up = if first > 0 { up } else { " " };
    let down = if first + visible < total { down } else { " " };
    let text = format!(" {up}{down} {} to {} of {total} ", first + 1, (first + visible).min(total));
    let line = Rect { x: area.x + 2, y: area.bottom() - 1, width: area.width - 4, height: 1 };
    put_right(buffer, line, &text, model.theme.style(Role::Dim), model.glyphs.cut);
}

/// Draws a text input; returns the position of the terminal cursor.
pub fn input(
    model: &Model,
    buffer: &mut Buffer,
    line: Rect,
    input: &Input,
    active: bool,
) -> Option<Position> {
    let role = if active { Role::InputActive } else { Role::Input };
    let style = model.theme.style(role);
    clear(buffer, line, style);
    let (before, rest_text) = input.split();
    let (before, rest_text) = if input.is_masked() {
        let mask = |text: &str| model.glyphs.mask.repeat(text.chars().count());
        (mask(before), mask(rest_text))
    } else {
        // escape the text like names: control characters cannot be typed, but pasted
        let escape = crate::base::text::visible_str;
        (escape(before), escape(rest_text))
    };
    let room = usize::from(line.width).saturating_sub(1);
    if !active {
        put_cut(buffer, line, &format!("{before}{rest_text}"), style, model.glyphs.cut);
        return None;
    }
    // keep the cursor visible: scroll the text out at the left
    let before =
        if width(&before) > room { fit_end(&before, room, model.glyphs.cut) } else { before };
    let at = put(buffer, line, &before, style);
    let rest = after(line, at);
    put(buffer, rest, prefix(&rest_text, usize::from(rest.width)), style);
    Some(Position::new(line.x + at, line.y))
}

/// Draws a row of buttons; the one under the cursor is highlighted.
pub fn buttons(
    model: &Model,
    buffer: &mut Buffer,
    areas: &[Rect],
    labels: &[&str],
    cursor: Option<usize>,
) {
    for (at, (area, label)) in areas.iter().zip(labels).enumerate() {
        let active = cursor == Some(at);
        let role = if active { Role::ButtonActive } else { Role::Button };
        let [open, close] = if active { model.glyphs.choice } else { ["[", "]"] };
        let room = usize::from(area.width).saturating_sub(4);
        let label = fit(label, room, model.glyphs.cut);
        put(buffer, *area, &format!("{open} {label} {close}"), model.theme.style(role));
    }
}
