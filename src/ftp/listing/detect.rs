//! Which format a listing has: the one that understands most of its lines (reference quirk 55).

use super::{
    Context, Format,
    line::{Line, Lines},
    read_line,
};

/// How many lines are tried at a time. A listing that begins with that many lines of welcome text
/// is looked at further on.
const SAMPLE: usize = 400;

/// All formats, the strictest first: it wins when two understand the same lines.
const FORMATS: [Format; 3] = [Format::Mlsd, Format::Unix, Format::Dos];

/// The format of a listing; `None` when none understands any of its lines.
pub(super) fn detect(bytes: &[u8], context: &Context) -> Option<Format> {
    let mut lines = Lines::new(bytes);
    loop {
        let sample = lines.rest();
        let best = FORMATS
            .into_iter()
            .map(|format| (score(format, bytes, sample, context), format))
            // of equals the first
            .rev()
            .max_by_key(|(score, format)| (*score, context.hint == Some(*format)));
        if let Some((score, format)) = best
            && score > 0
        {
            return Some(format);
        }
        if lines.by_ref().take(SAMPLE).count() < SAMPLE {
            return None;
        }
    }
}

/// How many lines of the sample are entries of the format.
fn score(format: Format, bytes: &[u8], mut sample: Lines<'_>, context: &Context) -> usize {
    let mut parser = format.parser(bytes, context);
    let mut entries = 0;
    for _ in 0..SAMPLE {
        let Some((_, line)) = sample.next() else { break };
        match read_line(parser.as_mut(), line, sample.rest()) {
            Line::Entry(_) => entries += 1,
            Line::Skip | Line::Unknown => {}
        }
    }
    entries
}
