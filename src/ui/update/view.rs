//! Looks into a file: its beginning, as text, or as bytes when it is none.

use crate::base::{size, text};
use crate::engine::Head;
use crate::ftp::Kind;
use crate::site::Location;
use crate::ui::model::Model;
use crate::ui::model::msg::{Act, Effect, Reply, Side};
use crate::ui::model::overlay::{Overlay, ReadLine, Reading};
use crate::ui::update::{info, wait};

/// What is read of a file.
pub const LOOK: usize = 64 * 1024;
/// What is shown of a file that is no text.
const BYTES: usize = 4 * 1024;
/// Bytes in a line of those.
const ROW: usize = 16;
/// Columns from one tab stop to the next.
const TAB: usize = 8;

/// Reads the beginning of the file under the cursor; what is no file has facts only.
pub fn look(model: &mut Model, side: Side, out: &mut Vec<Effect>) {
    let pane = model.pane(side);
    let (Some(directory), Some(entry)) = (&pane.shown, pane.under_cursor()) else { return };
    let size = entry.size;
    match directory.at.child(&entry.name) {
        Some(at) if matches!(entry.kind, Kind::File | Kind::Link) => {
            wait::begin(model, side, Act::View { at, size }, out);
        }
        _ => info::entry(model, side),
    }
}

/// The beginning has arrived.
pub fn seen(model: &mut Model, at: &Location, size: Option<u64>, reply: Reply) {
    let Reply::Head(head) = reply else { return };
    let mut lines = lines_of(&head);
    if lines.is_empty() {
        lines.push(ReadLine::Text("The file is empty.".to_owned()));
    }
    if !head.whole {
        let of = size.map(|size| format!(" of {}", size::bytes(size))).unwrap_or_default();
        lines.push(ReadLine::Blank);
        lines
            .push(ReadLine::Text(format!("These are the first {}{of}.", size::bytes(LOOK as u64))));
    }
    model.overlays.push(Overlay::Reading(Reading {
        title: text::visible(at.name()),
        lines,
        names: 0,
        scroll: 0,
        live: None,
    }));
}

fn lines_of(head: &Head) -> Vec<ReadLine> {
    if head.bytes.contains(&0) {
        return dump(&head.bytes);
    }
    let mut lines: Vec<&[u8]> = head.bytes.split(|byte| *byte == b'\n').collect();
    if lines.last().is_some_and(|last| last.is_empty()) {
        // what ends with a line end has no line behind it
        lines.pop();
    }
    let shown = |line: &[u8]| {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        ReadLine::Verbatim(text::visible(&without_tabs(line)))
    };
    lines.into_iter().map(shown).collect()
}

fn without_tabs(line: &[u8]) -> Vec<u8> {
    let mut spaced = Vec::with_capacity(line.len());
    for byte in line {
        match byte {
            b'\t' => spaced.resize((spaced.len() / TAB + 1) * TAB, b' '),
            byte => spaced.push(*byte),
        }
    }
    spaced
}

/// Offset, bytes in hex, and those that are letters.
fn dump(bytes: &[u8]) -> Vec<ReadLine> {
    let row = |(at, row): (usize, &[u8])| {
        let hex: Vec<String> = row.iter().map(|byte| format!("{byte:02x}")).collect();
        let plain = |byte: &u8| if (0x20..0x7f).contains(byte) { char::from(*byte) } else { '.' };
        let plain: String = row.iter().map(plain).collect();
        ReadLine::Verbatim(format!("{:06x}  {:<47}  {plain}", at * ROW, hex.join(" ")))
    };
    let shown = &bytes[..bytes.len().min(BYTES)];
    shown.chunks(ROW).enumerate().map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(bytes: &[u8]) -> Vec<String> {
        let lines = lines_of(&Head { bytes: bytes.to_vec(), whole: true });
        let text = |line| match line {
            ReadLine::Verbatim(text) => text,
            other => panic!("{other:?}"),
        };
        lines.into_iter().map(text).collect()
    }

    #[test]
    fn text_is_shown_as_it_is_and_bytes_as_numbers() {
        assert_eq!(shown(b"  a\tb\r\n\nend"), ["  a     b", "", "end"]);
        assert_eq!(shown(b"a\n"), ["a"]);
        assert!(shown(b"").is_empty());
        assert!(!shown(b"\x1b[31mred")[0].contains('\u{1b}'));
        let bytes = shown(b"\x7fELF\0\x01");
        assert_eq!(
            bytes[0].trim_end(),
            "000000  7f 45 4c 46 00 01                                .ELF.."
        );
    }
}
