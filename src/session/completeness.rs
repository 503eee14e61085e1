//! Whether a listing shows all that is in its directory: judged by what came and by how the server
//! ended it.

use crate::ftp::Reply;
use crate::ftp::listing::{Completeness, Listing};
use crate::session::options::ListMethod;
use crate::site::ListCommand;

/// A listing that came over a data connection.
pub(super) struct Received {
    /// The final reply.
    pub(super) reply: Reply,
    /// False when it ended in the middle of a line.
    pub(super) whole_lines: bool,
}

/// Words of a final reply that take its success back.
const NOT_ALL: [&str; 13] = [
    "unable to read",
    "unable to open",
    "failed to read",
    "failed to open",
    "could not read",
    "could not open",
    "cannot read",
    "cannot open",
    "can't open",
    "truncated",
    "incomplete",
    "permission denied",
    "access denied",
];

/// What the absence of a name from this listing means. `received` is `None` where no final reply
/// of a data connection was part of it.
pub(super) fn completeness(
    listing: &Listing,
    way: &ListMethod,
    received: Option<&Received>,
) -> Completeness {
    if listing.error_count > 0 {
        return Completeness::of_unreadable(listing.error_count);
    }
    if let Some(Received { reply, whole_lines }) = received {
        let success = matches!(reply.code, 226 | 250);
        if !success || NOT_ALL.iter().any(|words| reply.mentions(words)) {
            let why = format!("the server ended its listing with {}", reply.shown());
            return Completeness::Incomplete(why);
        }
        if !whole_lines {
            let why = "its listing ends in the middle of a line, so files may be missing";
            return Completeness::Incomplete(why.to_owned());
        }
        if listing.entries.is_empty() && way.lists_current_dir && !listing.lists_current_dir {
            let why = "its listing is empty and lacks the directory itself, which this server \
                       lists elsewhere";
            return Completeness::Incomplete(why.to_owned());
        }
    }
    match way.command {
        ListCommand::Stat => Completeness::Unproven("a listing by STAT may leave files out"),
        ListCommand::Nlst => Completeness::Unproven("a listing by NLST may leave files out"),
        ListCommand::Mlsd => Completeness::Complete,
        ListCommand::List | ListCommand::Auto => {
            let shows_dot_files = listing.lists_current_dir
                || listing.entries.iter().any(|entry| entry.name.starts_with(b"."));
            if shows_dot_files { Completeness::Complete } else { Completeness::MayHideDotFiles }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ftp::listing::{self, ListingContext, ListingFormat};

    fn judged(lines: &str, way: &ListMethod, code: u16, text: &str) -> Completeness {
        let now = jiff::civil::date(2026, 3, 1).at(12, 0, 0, 0);
        let format = (way.command == ListCommand::Mlsd).then_some(ListingFormat::Mlsd);
        let context = ListingContext { format, hint: None, now };
        let listing = listing::parse(lines.as_bytes(), &context);
        let whole_lines = lines.is_empty() || lines.ends_with('\n');
        let received = Received { reply: Reply::new(code, text), whole_lines };
        completeness(&listing, way, Some(&received))
    }

    #[test]
    fn only_a_listing_that_came_whole_is_complete() {
        let facts = "type=file;size=1; a\r\n";
        let itself = "type=cdir; .\r\ntype=file;size=1; a\r\n";
        let mlsd = ListMethod::new(ListCommand::Mlsd, None);
        let knows_itself = ListMethod { lists_current_dir: true, ..mlsd.clone() };
        let done = "Transfer complete";
        for (lines, way, code, text, complete) in [
            (facts, &mlsd, 226, done, true),
            (facts, &mlsd, 250, done, true),
            ("", &mlsd, 226, done, true),
            (itself, &knows_itself, 226, done, true),
            (facts, &knows_itself, 226, done, true),
            ("", &knows_itself, 226, done, false),
            (facts, &mlsd, 200, done, false),
            (facts, &mlsd, 226, "Transfer done (but failed to open directory).", false),
            (facts, &mlsd, 226, "Output truncated to 1 matches", false),
            (facts, &mlsd, 226, "Unable to read directory", false),
            (facts, &mlsd, 226, "/a: Permission denied", false),
            ("type=file;size=1; a\r\nwhat?\r\n", &mlsd, 226, done, false),
            ("type=file;size=1; a\r\ntype=file;size=1; ab", &mlsd, 226, done, false),
        ] {
            let judged = judged(lines, way, code, text);
            assert_eq!(judged == Completeness::Complete, complete, "{lines:?} {code} {text}");
            assert_eq!(judged.fault().is_none(), complete, "{lines:?} {code} {text}");
        }
    }

    #[test]
    fn a_listing_that_is_cut_within_a_line_is_not_complete() {
        let facts = "type=cdir; .\r\ntype=file;size=1; a\r\ntype=dir; some name\r\n";
        let lines = "total 8\r\n-rw-r--r-- 1 a b 5 Mar  1 08:00 a b\r\n";
        let list = ListMethod::new(ListCommand::List, Some("-a"));
        let mlsd = ListMethod::new(ListCommand::Mlsd, None);
        for (text, way) in [(facts, &mlsd), (lines, &list)] {
            for cut in 1..text.len() {
                let text = &text[..cut];
                let judged = judged(text, way, 226, "Transfer complete");
                assert_eq!(judged.fault().is_none(), text.ends_with('\n'), "{text:?}");
            }
        }
    }

    #[test]
    fn what_a_form_of_listing_proves() {
        let line = |name: &str| format!("-rw-r--r-- 1 a b 5 Mar  1 08:00 {name}\r\n");
        let all = ListMethod::new(ListCommand::List, Some("-a"));
        let names = ListMethod::new(ListCommand::Nlst, None);
        let itself = format!("drwxr-xr-x 2 a b 40 Mar  1 08:00 .\r\n{}", line("f"));
        for (lines, way, file, dot_file) in [
            (line("f"), &all, true, false),
            (line(".f"), &all, true, true),
            (itself, &all, true, true),
            (String::new(), &all, true, false),
            (line("f"), &names, false, false),
        ] {
            let judged = judged(&lines, way, 226, "Done");
            assert_eq!(judged.proves_absent(b"g"), file, "{lines}");
            assert_eq!(judged.proves_absent(b".g"), dot_file, "{lines}");
            assert_eq!(judged.fault(), None, "{lines}");
        }
    }
}
