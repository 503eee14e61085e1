//! Views the start of a file, as text or as a hex dump.

use crate::base::{size, text};
use crate::engine::Head;
use crate::ftp::Kind;
use crate::site::Location;
use crate::ui::model::Model;
use crate::ui::model::msg::{Operation, OperationReply, PaneSide, UiEffect};
use crate::ui::model::overlay::{Overlay, TextDialog, TextLine};
use crate::ui::update::{operation, properties};

/// The number of bytes that are read of a file.
pub const HEAD_BYTES: usize = 64 * 1024;
/// The number of bytes that are shown of a binary file.
const DUMP_BYTES: usize = 4 * 1024;
/// The number of bytes in a line of a hex dump.
const DUMP_ROW: usize = 16;
/// The number of columns between tab stops.
const TAB_WIDTH: usize = 8;

/// Requests the start of the file under the cursor; shows the properties of other entries.
pub fn open(model: &mut Model, side: PaneSide, out: &mut Vec<UiEffect>) {
    let pane = model.pane(side);
    let (Some(directory), Some(entry)) = (&pane.shown, pane.under_cursor()) else { return };
    let size = entry.size;
    match directory.at.child(&entry.name) {
        Some(at) if matches!(entry.kind, Kind::File | Kind::Link) => {
            operation::start(model, side, Operation::View { at, size }, out);
        }
        _ => properties::entry(model, side),
    }
}

/// Shows the start of a file.
pub fn show(model: &mut Model, at: &Location, size: Option<u64>, reply: OperationReply) {
    let OperationReply::Head(head) = reply else { return };
    let mut lines = lines_of(&head);
    if lines.is_empty() {
        lines.push(TextLine::Text("The file is empty.".to_owned()));
    }
    if !head.whole {
        let of = size.map(|size| format!(" of {}", size::bytes(size))).unwrap_or_default();
        lines.push(TextLine::Blank);
        lines.push(TextLine::Text(format!(
            "Showing the first {}{of}.",
            size::bytes(HEAD_BYTES as u64)
        )));
    }
    model.overlays.push(Overlay::Text(TextDialog {
        title: text::visible(at.name()),
        lines,
        names: 0,
        scroll: 0,
        live: None,
    }));
}

fn lines_of(head: &Head) -> Vec<TextLine> {
    if head.bytes.contains(&0) {
        return dump(&head.bytes);
    }
    let mut lines: Vec<&[u8]> = head.bytes.split(|byte| *byte == b'\n').collect();
    if lines.last().is_some_and(|last| last.is_empty()) {
        // a trailing line break does not start another line
        lines.pop();
    }
    let shown = |line: &[u8]| {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        TextLine::Verbatim(text::visible(&without_tabs(line)))
    };
    lines.into_iter().map(shown).collect()
}

fn without_tabs(line: &[u8]) -> Vec<u8> {
    let mut spaced = Vec::with_capacity(line.len());
    for byte in line {
        match byte {
            b'\t' => spaced.resize((spaced.len() / TAB_WIDTH + 1) * TAB_WIDTH, b' '),
            byte => spaced.push(*byte),
        }
    }
    spaced
}

/// A hex dump: offset, bytes in hex, printable characters.
fn dump(bytes: &[u8]) -> Vec<TextLine> {
    let row = |(at, row): (usize, &[u8])| {
        let hex: Vec<String> = row.iter().map(|byte| format!("{byte:02x}")).collect();
        let plain = |byte: &u8| if (0x20..0x7f).contains(byte) { char::from(*byte) } else { '.' };
        let plain: String = row.iter().map(plain).collect();
        TextLine::Verbatim(format!("{:06x}  {:<47}  {plain}", at * DUMP_ROW, hex.join(" ")))
    };
    let shown = &bytes[..bytes.len().min(DUMP_BYTES)];
    shown.chunks(DUMP_ROW).enumerate().map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(bytes: &[u8]) -> Vec<String> {
        let lines = lines_of(&Head { bytes: bytes.to_vec(), whole: true });
        let text = |line| match line {
            TextLine::Verbatim(text) => text,
            other => panic!("{other:?}"),
        };
        lines.into_iter().map(text).collect()
    }

    #[test]
    fn text_is_shown_as_text_and_binary_data_as_hex() {
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
