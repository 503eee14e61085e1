//! Parses a listing while it arrives, so that its entries are available with the last byte.
//!
//! The result is that of [`super::parse`] on the whole text, independent of how the text was split.
//! Most formats need the whole listing to parse a line (for example for the order of day and
//! month); they are parsed at the end. Lines of `ls` can be parsed one by one, and their text is
//! not kept. MLSD needs the whole listing only if a server lists targets of links on separate
//! lines; it is then parsed again at the end.

use super::{
    Listing, ListingContext,
    detect::{self, SAMPLE},
    line::{LineParser, Lines},
    parse, read_lines, strip_bom,
};

/// An incremental listing parser.
pub struct ListingReader {
    context: ListingContext,
    /// The text that was not parsed yet; the whole text if the parser may need it.
    text: Vec<u8>,
    /// How much of `text` has been parsed.
    read: usize,
    /// How many lines have arrived while the format is undecided.
    ends: usize,
    mode: Mode,
    listing: Listing,
    /// How many lines have been parsed.
    lines: usize,
}

/// How the listing is parsed.
enum Mode {
    /// More lines are needed to detect the format.
    Undecided,
    /// Line by line, while it arrives.
    ByLine(Box<dyn LineParser + Send>),
    /// At the end, as a whole.
    AtEnd,
}

impl ListingReader {
    /// A reader without input.
    #[must_use]
    pub fn new(context: ListingContext) -> Self {
        Self {
            context,
            text: Vec::new(),
            read: 0,
            ends: 0,
            mode: Mode::Undecided,
            listing: Listing::default(),
            lines: 0,
        }
    }

    /// Adds bytes. A line is parsed once its end has arrived.
    pub fn push(&mut self, bytes: &[u8]) {
        self.text.extend_from_slice(bytes);
        if matches!(self.mode, Mode::Undecided) {
            self.ends += bytes.iter().filter(|&&b| b == b'\n').count();
            // a known format needs no sample
            let enough = if self.context.format.is_some() { 1 } else { SAMPLE };
            if self.ends < enough {
                return;
            }
            self.decide();
        }
        if let Some(last) = memchr::memrchr(b'\n', bytes) {
            self.advance(self.text.len() - bytes.len() + last + 1);
        }
    }

    /// The listing, after all bytes have been added.
    #[must_use]
    pub fn finish(mut self) -> Listing {
        self.advance(self.text.len());
        match self.mode {
            Mode::Undecided | Mode::AtEnd => parse(&self.text, &self.context),
            Mode::ByLine(mut parser) => {
                parser.finish(&mut self.listing.entries);
                self.listing.entries.shrink_to_fit();
                self.listing
            }
        }
    }

    fn decide(&mut self) {
        self.mode = Mode::AtEnd;
        let bytes = strip_bom(&self.text);
        let sample = detect::first_lines(bytes);
        // two CRs at the end of every line must be dropped, which needs the whole listing; if the
        // first line ends differently, not every line has them
        let first = memchr::memchr(b'\n', sample).map(|end| &sample[..end]);
        if first.is_none_or(|line| line.ends_with(b"\r\r")) {
            return;
        }
        let format = self.context.format.or_else(|| detect::of_sample(sample, &self.context));
        let Some(format) = format else { return };
        if let Some(parser) = format.line_parser(&self.context) {
            self.read = self.text.len() - bytes.len();
            self.listing.format = Some(format);
            self.mode = Mode::ByLine(parser);
        }
    }

    /// Parses the text up to `to`, which must be the end of a line or of the listing.
    fn advance(&mut self, to: usize) {
        let Mode::ByLine(parser) = &mut self.mode else { return };
        let mut lines = Lines::following(&self.text[self.read..to], self.lines);
        read_lines(parser.as_mut(), &mut lines, &mut self.listing);
        self.lines = lines.number();
        self.read = to;
        if parser.needs_whole_listing() {
            self.listing = Listing::default();
            self.mode = Mode::AtEnd;
        } else if !parser.may_need_whole_listing() {
            self.text.drain(..to);
            self.read = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::ftp::listing::{ListingFormat, hostile_tests::lines_of_words, tests::context};

    /// Parses a listing in chunks of `size` bytes; also returns how it was parsed.
    fn parse_chunks(
        bytes: &[u8],
        context: &ListingContext,
        size: usize,
    ) -> (Listing, &'static str) {
        let mut reader = ListingReader::new(context.clone());
        for piece in bytes.chunks(size) {
            reader.push(piece);
        }
        let mode = match reader.mode {
            Mode::Undecided => "undecided",
            Mode::ByLine(_) => "by line",
            Mode::AtEnd => "at the end",
        };
        (reader.finish(), mode)
    }

    fn assert_same(bytes: &[u8], context: &ListingContext, size: usize) -> &'static str {
        let (listing, mode) = parse_chunks(bytes, context, size);
        assert_eq!(listing, parse(bytes, context), "{size} {mode}");
        mode
    }

    fn long(line: impl Fn(usize) -> String) -> Vec<u8> {
        (0..2 * SAMPLE).map(line).collect::<String>().into_bytes()
    }

    #[test]
    fn large_listings_are_parsed_line_by_line() {
        let unix = long(|n| match n {
            0 => "total 12\r\n".to_owned(),
            1 => "drwxr-xr-x 2 a b 40 Mar  1 08:00 .\r\n".to_owned(),
            500 => "\r\nno entry\r\n".to_owned(),
            n => format!("-rw-r--r-- 1 a b {n} Mar  1 08:00  file {n}\r\n"),
        });
        let mut marked = b"\xef\xbb\xbf".to_vec();
        marked.extend_from_slice(&unix);
        let mlsd = long(|n| format!("type=file;size={n}; file {n}\r\n"));
        for size in [1, 7, 1000, 65_536] {
            for bytes in [&unix, &marked, &mlsd, &unix[..unix.len() - 9].to_vec()] {
                assert_eq!(assert_same(bytes, &context(), size), "by line");
            }
            let known = ListingContext::of(ListingFormat::Mlsd, context().now);
            assert_eq!(assert_same(b"type=file; a\r\ntype=cdir; .\r\nb", &known, size), "by line");
        }
    }

    #[test]
    fn formats_that_need_the_whole_listing_are_parsed_at_the_end() {
        let dos = long(|n| format!("0{}-02-26  10:00AM  12 file{n}\r\n", n % 9 + 1));
        assert_eq!(assert_same(&dos, &context(), 100), "at the end");
        // the target of the link is on another line (quirk 36)
        let links = long(|n| match n {
            0 => "type=OS.unix=symlink;unique=1g2; link\r\n".to_owned(),
            700 => "type=file;unique=1g2; /target\r\n".to_owned(),
            n => format!("type=file; file{n}\r\n"),
        });
        assert_eq!(assert_same(&links, &context(), 100), "at the end");
        let later = long(|n| match n {
            700 => "type=file;unique=1g2; /target\r\n".to_owned(),
            701 => "type=OS.unix=symlink;unique=1g2; link\r\n".to_owned(),
            n => format!("type=file; file{n}\r\n"),
        });
        assert_eq!(assert_same(&later, &context(), 100), "at the end");
        let doubled = long(|n| format!("-rw-r--r-- 1 a b {n} Mar  1 08:00 file{n}\r\r\n"));
        assert_eq!(assert_same(&doubled, &context(), 100), "at the end");
        let strange = long(|n| format!("welcome, guest {n}\r\n"));
        assert_eq!(assert_same(&strange, &context(), 100), "at the end");
        assert_eq!(assert_same(b"total 0\r\n", &context(), 3), "undecided");
        assert_eq!(assert_same(b"", &context(), 3), "undecided");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn random_listings_match_parse(
            bytes in lines_of_words(), size in 1usize..40, times in 1usize..60
        ) {
            let repeated = bytes.repeat(times);
            assert_same(&repeated, &context(), size * 64);
            for format in ListingFormat::ALL {
                assert_same(&bytes, &ListingContext::of(format, context().now), size);
            }
        }
    }
}
