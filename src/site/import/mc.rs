//! Midnight Commander's directory hotlist: `ENTRY "label" URL "path"` in groups.
//!
//! Checked against a file that mc 4.8.29 wrote.

use crate::base::SourceText;
use crate::site::import::collect::Collector;
use crate::site::import::urls::{self, Paths};
use crate::site::import::{LossKind, SiteImportError};

const EXPECTED: &str = "a hotlist of Midnight Commander";

pub(super) fn read(source: &SourceText, to: &mut Collector<'_>) -> Result<(), SiteImportError> {
    let mut folders: Vec<String> = Vec::new();
    let mut recognized = false;
    for (at, line) in source.lines() {
        let line = line.trim_start();
        let (word, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        match word.to_ascii_uppercase().as_str() {
            "" => continue,
            comment if comment.starts_with('#') => continue,
            "GROUP" => match quoted(rest) {
                Some((label, _)) => folders.push(label.replace('/', "-")),
                None => to.lost(at, "", LossKind::Line),
            },
            "ENDGROUP" => {
                folders.pop();
            }
            "ENTRY" => match entry(rest) {
                Some((label, target)) => read_entry(at, &label, &target, &folders, to),
                None => to.lost(at, "", LossKind::Line),
            },
            _ if !recognized => {
                return Err(SiteImportError::Other {
                    place: source.location(at),
                    expected: EXPECTED,
                });
            }
            _ => to.lost(at, "", LossKind::Line),
        }
        recognized = true;
    }
    Ok(())
}

fn read_entry(at: usize, label: &str, target: &str, folders: &[String], to: &mut Collector<'_>) {
    // old versions write /#ftp:host/path
    let url = match target.strip_prefix("/#ftp:") {
        Some(rest) => format!("ftp://{}", rest.trim_start_matches('/')),
        None => target.to_owned(),
    };
    if url.starts_with(['/', '~']) {
        to.lost(at, label, LossKind::Local);
        return;
    }
    match urls::site(&url, Paths::Absolute) {
        Err(lost) => to.lost(at, label, lost),
        Ok(mut site) => {
            site.name = label.to_owned();
            site.folder = Some(folders.join("/")).filter(|folder| !folder.is_empty());
            to.add(at, site);
        }
    }
}

/// Parses `"label" URL "path"`.
fn entry(text: &str) -> Option<(String, String)> {
    let (label, rest) = quoted(text)?;
    let rest = rest.trim_start();
    let word = rest.get(..3).filter(|word| word.eq_ignore_ascii_case("URL"))?;
    let (target, _) = quoted(&rest[word.len()..])?;
    Some((label, target))
}

/// Parses a quoted text, in which `\` escapes the next character. Returns it and the rest.
fn quoted(text: &str) -> Option<(String, &str)> {
    let inner = text.trim_start().strip_prefix('"')?;
    let mut value = String::new();
    let mut chars = inner.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Some((value, &inner[at + 1..])),
            '\\' => value.push(chars.next()?.1),
            c => value.push(c),
        }
    }
    None
}
