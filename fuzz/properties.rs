//! Properties that must hold for every parser of untrusted input, for any input.
//!
//! The fuzz targets and `tests/all/fuzz.rs` share this file.

use std::path::Path;

use fxpane::base::{FxpOneLine, Patterns, RemotePath, SourceText, text};
use fxpane::ftp::listing::{self, ListingContext, ListingFormat};
use fxpane::ftp::{Algorithm, Command, Digest, Features, Reply, ReplyParser};
use fxpane::ftp::{address, digest as digests, pathname};
use fxpane::site::import::{self, Program};
use fxpane::site::{sites_file, url};

/// A property. It is checked by the fuzz target of the same name.
pub(crate) type Property = fn(&[u8]);

/// All properties with the names of their fuzz targets.
pub(crate) const ALL: [(&str, Property); 10] = [
    ("reply", reply),
    ("passive", passive),
    ("features", features),
    ("digest", digest),
    ("listing", listing),
    ("pathname", pathname),
    ("location", location),
    ("line", line),
    ("import", import),
    ("sites", sites),
];

/// Control replies: the result does not depend on how the input is split, and displayed text is
/// safe.
pub(crate) fn reply(bytes: &[u8]) {
    let whole = replies([bytes]);
    assert_eq!(whole, replies(bytes.chunks(1)), "split into single bytes");
    assert_eq!(whole, replies(bytes.chunks(7)), "split into chunks of seven bytes");
    for reply in &whole {
        // 6yz are the protected replies of RFC 2228
        assert!((100..700).contains(&reply.code), "{reply:?}");
        assert_safe(&reply.shown());
    }
}

fn replies<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Vec<Reply> {
    let mut parser = ReplyParser::new();
    let mut found = Vec::new();
    for piece in pieces {
        parser.push(piece);
        loop {
            match parser.next_reply() {
                Ok(Some(reply)) => found.push(reply),
                Ok(None) => break,
                Err(error) => {
                    assert_safe(&error.to_string());
                    return found;
                }
            }
        }
    }
    found
}

/// Addresses that a passive server announces can be formatted for an active one, and parsed back.
pub(crate) fn passive(bytes: &[u8]) {
    for code in [227, 229, 250] {
        let reply = Reply { code, lines: lines(bytes) };
        let Some(announced) = address::parse_passive(&reply) else { continue };
        assert_ne!(announced.port, 0);
        let Some(ip) = announced.ip else { continue };
        let socket = (ip, announced.port).into();
        if let Some(argument) = address::port_argument(socket) {
            assert_eq!(address::parse_port_argument(argument.as_bytes()), Some(socket));
        }
        let argument = address::eprt_argument(socket);
        assert_eq!(address::parse_eprt_argument(argument.as_bytes()), Some(socket));
    }
    if let Some(socket) = address::parse_port_argument(bytes) {
        assert!(address::port_argument(socket).is_some());
    }
    let _ = address::parse_eprt_argument(bytes);
}

/// Every feature in a reply to FEAT is found by its name.
pub(crate) fn features(bytes: &[u8]) {
    let features = Features::parse(&Reply { code: 211, lines: lines(bytes) });
    for (name, _) in features.iter() {
        assert!(features.has(name), "{name:?} is announced but not found");
    }
}

/// Digests in replies: the length is right, they round-trip, and none is read from a refusal.
pub(crate) fn digest(bytes: &[u8]) {
    for path in [&b"/vt/a b"[..], &bytes[bytes.len().saturating_sub(40)..]] {
        for algorithm in Algorithm::ALL {
            for code in [213, 250, 251, 252] {
                let reply = Reply { code, lines: lines(bytes) };
                let Some(digest) = digests::read(&reply, algorithm, path, None) else { continue };
                assert_eq!(Digest::new(algorithm, digest.hex().as_bytes()).as_ref(), Some(&digest));
            }
            let refusal = Reply { code: 550, lines: lines(bytes) };
            assert_eq!(digests::read(&refusal, algorithm, path, None), None);
        }
    }
    let _ = digests::covers_prefix(&Reply { code: 213, lines: lines(bytes) }, 7);
}

/// Listings in every format: not more entries than lines, and error texts are safe.
pub(crate) fn listing(bytes: &[u8]) {
    let now = jiff::civil::date(2026, 11, 21).at(12, 0, 0, 0);
    let formats = ListingFormat::ALL.iter().copied().map(Some).chain([None]);
    for format in formats {
        let context = ListingContext { format, hint: format, now };
        let listing = listing::parse(bytes, &context);
        let ends = bytes.iter().filter(|byte| **byte == b'\n' || **byte == b'\r').count() + 1;
        // no format has several entries on one line
        assert!(listing.entries.len() <= ends, "{format:?}: more entries than lines");
        for error in &listing.errors {
            assert_safe(&error.text);
        }
        for entry in &listing.entries {
            assert!(!entry.name.is_empty(), "{format:?}: an entry without a name");
            assert!(!matches!(&*entry.name, b"." | b".."), "{format:?}: . or .. is an entry");
            let _ = entry.modified();
        }
    }
}

/// Paths in 257 replies: any path can be quoted and parsed back.
pub(crate) fn pathname(bytes: &[u8]) {
    if let Some(path) = pathname::parse_257(bytes) {
        assert_safe(&path.to_string());
    }
    let path = RemotePath::new(bytes);
    if !bytes.is_empty() && !bytes.iter().any(|byte| matches!(byte, b'\r' | b'\n' | 0)) {
        let quoted = pathname::quoted(&path);
        assert_eq!(pathname::parse_257(&quoted).as_ref(), Some(&path), "{quoted:?}");
    }
    if let Ok(command) = Command::with("RETR", bytes) {
        let line = command.as_bytes();
        let body = line.strip_suffix(b"\r\n").unwrap_or(line);
        assert!(!body.iter().any(|byte| matches!(byte, b'\r' | b'\n' | 0)), "{body:?}");
    }
}

/// URLs: a formatted URL is parsed back to the same path, and contains no password.
pub(crate) fn location(bytes: &[u8]) {
    let Some(Ok(url)) = url::parse(bytes) else { return };
    let location = fxpane::site::Location::Remote { site: url.site.into(), path: url.path.clone() };
    let Some(written) = location.to_url() else { return };
    let Some(Ok(again)) = url::parse(written.as_bytes()) else {
        panic!("{written:?} cannot be parsed back");
    };
    assert_eq!(again.path, url.path, "{written}");
    assert!(again.site.password == fxpane::site::PasswordRef::default(), "a password was written");
}

/// Lines of the FXP.One protocol round-trip; matching a pattern terminates.
pub(crate) fn line(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    // verbs with other characters do not exist
    let word = |line: &FxpOneLine| line.verb.chars().all(char::is_alphanumeric);
    if let Some(line) = FxpOneLine::parse(text).filter(word) {
        let again = FxpOneLine::parse(&line.to_string());
        assert_eq!(again.as_ref().map(|line| &line.verb), Some(&line.verb), "{line}");
    }
    let (pattern, name) = text.split_once('\n').unwrap_or((text, text));
    let _ = Patterns::new(pattern).matches(name.as_bytes());
}

/// Site lists of other programs: refused or imported, and every message is safe to show.
pub(crate) fn import(bytes: &[u8]) {
    let programs = [
        Program::FileZilla,
        Program::Cbftp,
        Program::Lftp,
        Program::Netrc,
        Program::FxpOne,
        Program::Mc,
        Program::Fxpane,
    ];
    for program in programs {
        match import::parse(program, Path::new("file"), bytes) {
            Ok(imported) => {
                for loss in &imported.losses {
                    assert_safe(&loss.to_string());
                }
            }
            Err(error) => assert_safe(&error.to_string()),
        }
    }
}

/// The site list of this program.
pub(crate) fn sites(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let source = SourceText::new(Path::new("sites.toml"), text.to_owned());
    let _ = sites_file::parse(&source);
}

fn lines(bytes: &[u8]) -> Vec<Vec<u8>> {
    bytes.split(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect()
}

/// Checks that a text contains no control characters except line ends.
fn assert_safe(shown: &str) {
    let unsafe_char = shown.chars().find(|c| c.is_control() && *c != '\n');
    assert_eq!(unsafe_char, None, "{shown:?}");
    assert_eq!(text::visible_str(&shown.replace('\n', " ")), shown.replace('\n', " "));
}
