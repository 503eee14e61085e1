//! The listing parser against listings with known results, collected from public test suites.
//!
//! The collection is not part of the project; `FXPANE_CORPUS` is the path of its `cases.json`. Each
//! case is parsed with CRLF and with LF. Cases on which the suites disagree are counted but do not
//! fail the test.

use std::fmt::Write as _;

use fxpane::ftp::{
    Entry, Kind,
    listing::{ListingContext, ListingFormat, parse},
};
use jiff::civil::{DateTime, date};
use serde::Deserialize;

/// Cases whose expected result is wrong, and why. They are reported but do not fail the test.
const DISPUTED: [(&str, &str); 1] = [(
    "fluentftp/Machine-03",
    "the expected name is only the last word, contrary to RFC 3659 section 7.2",
)];

#[derive(Deserialize)]
struct Case {
    id: String,
    now: Option<String>,
    lines: Vec<String>,
    entries: Vec<Expected>,
    strict: bool,
    encoding: Option<String>,
    server_hint: Option<String>,
    name_match: Option<String>,
}

#[derive(Deserialize)]
struct Expected {
    name: String,
    alt_name: Option<String>,
    kind: Option<String>,
    size: Option<u64>,
    mtime: Option<String>,
    target: Option<String>,
    perms: Option<String>,
    #[serde(default)]
    optional: bool,
    #[serde(default)]
    kind_any: bool,
    #[serde(default)]
    mtime_any: bool,
}

#[test]
fn listings_with_known_results() {
    let Ok(path) = std::env::var("FXPANE_CORPUS") else {
        println!("not run: FXPANE_CORPUS is not set");
        return;
    };
    let text = std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    let cases: Vec<Case> =
        serde_json::from_slice(&text).expect("cases.json has an unexpected structure");
    let mut failures = String::new();
    let (mut strict, mut strict_passed, mut loose, mut loose_passed) = (0, 0, 0, 0);
    for case in &cases {
        let result = case.check("\r\n").and_then(|()| case.check("\n"));
        let disputed = DISPUTED.iter().find(|(id, _)| *id == case.id);
        match (case.strict, disputed, result) {
            (true, None, Ok(())) => (strict, strict_passed) = (strict + 1, strict_passed + 1),
            (true, None, Err(why)) => {
                strict += 1;
                let _ = writeln!(failures, "{}: {why}", case.id);
            }
            (_, Some((_, reason)), Err(why)) => println!("disputed: {}: {why} ({reason})", case.id),
            (_, Some(_), Ok(())) => println!("disputed, but passed: {}", case.id),
            (false, None, Ok(())) => (loose, loose_passed) = (loose + 1, loose_passed + 1),
            (false, None, Err(why)) => {
                loose += 1;
                println!("not strict: {}: {why}", case.id);
            }
        }
    }
    println!("strict: {strict_passed} of {strict}; not strict: {loose_passed} of {loose}");
    assert!(strict > 0, "{path} has no strict cases");
    assert!(failures.is_empty(), "{} of {strict} failed:\n{failures}", strict - strict_passed);
}

impl Case {
    fn check(&self, line_end: &str) -> Result<(), String> {
        let mut text = self.lines.join(line_end);
        text.push_str(line_end);
        let bytes = self.encode(&text)?;
        let now = match &self.now {
            Some(now) => now.parse::<DateTime>().map_err(|error| format!("now: {error}"))?,
            None => date(2026, 3, 20).at(12, 0, 0, 0),
        };
        let hint = self.server_hint.as_deref().map(|name| {
            ListingFormat::from_name(name).ok_or_else(|| format!("unknown format {name}"))
        });
        let context = ListingContext { hint: hint.transpose()?, ..ListingContext::new(now) };
        let listing = parse(&bytes, &context);
        let mut expected = self.entries.iter();
        for entry in &listing.entries {
            let result = loop {
                let Some(next) = expected.next() else {
                    return Err(format!("unexpected: {}", String::from_utf8_lossy(&entry.name)));
                };
                match self.compare(next, entry) {
                    Err(_) if next.optional => {}
                    result => break result,
                }
            };
            result?;
        }
        match expected.find(|next| !next.optional) {
            Some(missing) => Err(format!("missing: {}", missing.name)),
            None => Ok(()),
        }
    }

    fn encode(&self, text: &str) -> Result<Vec<u8>, String> {
        let Some(name) = &self.encoding else { return Ok(text.as_bytes().to_vec()) };
        let encoding = encoding_rs::Encoding::for_label(name.as_bytes())
            .ok_or_else(|| format!("unknown encoding {name}"))?;
        Ok(encoding.encode(text).0.into_owned())
    }

    fn compare(&self, expected: &Expected, entry: &Entry) -> Result<(), String> {
        let differs = |what: &str, wanted: &dyn std::fmt::Debug, got: &dyn std::fmt::Debug| {
            Err(format!("{}: {what} should be {wanted:?}, is {got:?}", expected.name))
        };
        let names = [Some(&expected.name), expected.alt_name.as_ref()];
        let mut known = names.into_iter().flatten();
        if !known.any(|name| self.same_name(name, &entry.name)) {
            return differs("name", &expected.name, &String::from_utf8_lossy(&entry.name));
        }
        let kind = match entry.kind {
            Kind::File => "file",
            Kind::Dir => "dir",
            Kind::Link => "link",
            Kind::Other => "other",
        };
        if let Some(wanted) = expected.kind.as_deref().filter(|_| !expected.kind_any)
            && wanted != kind
        {
            return differs("kind", &wanted, &kind);
        }
        let size = entry.size.or(entry.size_at_most());
        if expected.size.is_some() && expected.size != size {
            return differs("size", &expected.size, &size);
        }
        let mtime = entry.mtime.map(|stamp| stamp.at.strftime("%Y-%m-%dT%H:%M:%S").to_string());
        if let Some(wanted) = expected.mtime.as_deref().filter(|_| !expected.mtime_any)
            && !mtime.as_deref().is_some_and(|mtime| mtime.starts_with(wanted))
        {
            return differs("mtime", &wanted, &mtime);
        }
        let target = entry.target.as_deref().map(String::from_utf8_lossy);
        if expected.target.is_some() && expected.target.as_deref() != target.as_deref() {
            return differs("target", &expected.target, &target);
        }
        if expected.perms.is_some() && expected.perms.as_deref() != entry.perms.as_deref() {
            return differs("perms", &expected.perms, &entry.perms);
        }
        Ok(())
    }

    fn same_name(&self, wanted: &str, name: &[u8]) -> bool {
        if self.name_match.as_deref() == Some("vms") {
            return plain_vms(wanted) == plain_vms(&String::from_utf8_lossy(name));
        }
        self.encode(wanted).is_ok_and(|wanted| wanted == name)
    }
}

/// A VMS name in upper case, without its version and a final `.DIR`.
fn plain_vms(name: &str) -> String {
    let name = name.rsplit_once(';').map_or(name, |(name, _)| name).to_uppercase();
    name.strip_suffix(".DIR").map(str::to_owned).unwrap_or(name)
}
