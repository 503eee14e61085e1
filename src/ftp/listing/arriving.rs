//! A listing that is read while it arrives: when its last byte is here, its entries are too.
//!
//! What [`super::parse`] makes of the whole text is what comes out, however the text was cut. Most
//! formats need the whole listing to understand a line (the order of day and month, say); they are
//! read at the end. Lines of `ls` need only themselves, and their text is not kept; MLSD needs the
//! whole only where a server tells of links in lines of their own, and is read again then.

use super::{
    Context, Listing,
    detect::{self, SAMPLE},
    line::{LineParser, Lines},
    parse, read_lines, without_mark,
};

/// Reads a listing piece by piece.
pub struct Arriving {
    context: Context,
    /// What was not read yet; with a parser that may need the whole, everything.
    text: Vec<u8>,
    /// How much of `text` has been read.
    read: usize,
    /// How many lines have come while the format is sought.
    ends: usize,
    way: Way,
    listing: Listing,
    /// How many lines have been read.
    lines: usize,
}

/// How the listing is read.
enum Way {
    /// More lines are needed to tell.
    Undecided,
    /// Line by line.
    ByLine(Box<dyn LineParser + Send>),
    /// When it is complete.
    AtEnd,
}

impl Arriving {
    /// Nothing has arrived yet.
    #[must_use]
    pub fn new(context: Context) -> Self {
        Self {
            context,
            text: Vec::new(),
            read: 0,
            ends: 0,
            way: Way::Undecided,
            listing: Listing::default(),
            lines: 0,
        }
    }

    /// Takes the next bytes. The last line is read when its end has come.
    pub fn push(&mut self, bytes: &[u8]) {
        self.text.extend_from_slice(bytes);
        if matches!(self.way, Way::Undecided) {
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

    /// All has arrived.
    #[must_use]
    pub fn finish(mut self) -> Listing {
        self.advance(self.text.len());
        match self.way {
            Way::Undecided | Way::AtEnd => parse(&self.text, &self.context),
            Way::ByLine(mut parser) => {
                parser.finish(&mut self.listing.entries);
                self.listing.entries.shrink_to_fit();
                self.listing
            }
        }
    }

    fn decide(&mut self) {
        self.way = Way::AtEnd;
        let bytes = without_mark(&self.text);
        let sample = detect::first_lines(bytes);
        // only when every line ends with two of them is the first no part of the line, and the
        // first line tells that not every line does
        let first = memchr::memchr(b'\n', sample).map(|end| &sample[..end]);
        if first.is_none_or(|line| line.ends_with(b"\r\r")) {
            return;
        }
        let format = self.context.format.or_else(|| detect::of_sample(sample, &self.context));
        let Some(format) = format else { return };
        if let Some(parser) = format.line_parser(&self.context) {
            self.read = self.text.len() - bytes.len();
            self.listing.format = Some(format);
            self.way = Way::ByLine(parser);
        }
    }

    /// Reads up to here, which is the end of a line or of all.
    fn advance(&mut self, to: usize) {
        let Way::ByLine(parser) = &mut self.way else { return };
        let mut lines = Lines::following(&self.text[self.read..to], self.lines);
        read_lines(parser.as_mut(), &mut lines, &mut self.listing);
        self.lines = lines.number();
        self.read = to;
        if parser.is_puzzled() {
            self.listing = Listing::default();
            self.way = Way::AtEnd;
        } else if !parser.may_be_puzzled() {
            self.text.drain(..to);
            self.read = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::ftp::listing::{Format, hostile_tests::lines_of_words, tests::context};

    /// The listing that comes in pieces of this many bytes, and how it was read.
    fn pieces(bytes: &[u8], context: &Context, size: usize) -> (Listing, &'static str) {
        let mut arriving = Arriving::new(context.clone());
        for piece in bytes.chunks(size) {
            arriving.push(piece);
        }
        let way = match arriving.way {
            Way::Undecided => "undecided",
            Way::ByLine(_) => "by line",
            Way::AtEnd => "at the end",
        };
        (arriving.finish(), way)
    }

    fn same(bytes: &[u8], context: &Context, size: usize) -> &'static str {
        let (listing, way) = pieces(bytes, context, size);
        assert_eq!(listing, parse(bytes, context), "{size} {way}");
        way
    }

    fn long(line: impl Fn(usize) -> String) -> Vec<u8> {
        (0..2 * SAMPLE).map(line).collect::<String>().into_bytes()
    }

    #[test]
    fn large_listings_are_read_line_by_line() {
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
                assert_eq!(same(bytes, &context(), size), "by line");
            }
            let known = Context::of(Format::Mlsd, context().now);
            assert_eq!(same(b"type=file; a\r\ntype=cdir; .\r\nb", &known, size), "by line");
        }
    }

    #[test]
    fn what_only_the_whole_tells_waits_for_the_end() {
        let dos = long(|n| format!("0{}-02-26  10:00AM  12 file{n}\r\n", n % 9 + 1));
        assert_eq!(same(&dos, &context(), 100), "at the end");
        // what the link leads to is told by another line (quirk 36)
        let links = long(|n| match n {
            0 => "type=OS.unix=symlink;unique=1g2; link\r\n".to_owned(),
            700 => "type=file;unique=1g2; /target\r\n".to_owned(),
            n => format!("type=file; file{n}\r\n"),
        });
        assert_eq!(same(&links, &context(), 100), "at the end");
        let later = long(|n| match n {
            700 => "type=file;unique=1g2; /target\r\n".to_owned(),
            701 => "type=OS.unix=symlink;unique=1g2; link\r\n".to_owned(),
            n => format!("type=file; file{n}\r\n"),
        });
        assert_eq!(same(&later, &context(), 100), "at the end");
        let doubled = long(|n| format!("-rw-r--r-- 1 a b {n} Mar  1 08:00 file{n}\r\r\n"));
        assert_eq!(same(&doubled, &context(), 100), "at the end");
        let strange = long(|n| format!("welcome, guest {n}\r\n"));
        assert_eq!(same(&strange, &context(), 100), "at the end");
        assert_eq!(same(b"total 0\r\n", &context(), 3), "undecided");
        assert_eq!(same(b"", &context(), 3), "undecided");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn any_words_arrive(bytes in lines_of_words(), size in 1usize..40, times in 1usize..60) {
            let repeated = bytes.repeat(times);
            same(&repeated, &context(), size * 64);
            for format in Format::ALL {
                same(&bytes, &Context::of(format, context().now), size);
            }
        }
    }
}
