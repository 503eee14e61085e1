//! `sites.toml`: sites as `[[site]]` tables. Changes keep the user's comments and order.
//!
//! A file with an error is never written: every change starts by reading the current file, and ends
//! by parsing the text that will be written.

use std::path::{Path, PathBuf};

use toml_edit::{ArrayOfTables, Document, DocumentMut, Item, Table, TableLike};

use crate::base::{SourceText, text};
use crate::config::error::{ConfigError, Mistake, Problems};
use crate::config::{Expected, field, files};
use crate::site::fields::{self, FIELDS};
use crate::site::{PasswordRef, Site, Sites};

/// The key of the tables.
const SITE: &str = "site";

/// The saved sites, and warnings about their file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LoadedSites {
    /// The saved sites.
    pub sites: Sites,
    /// Problems that are not errors.
    pub warnings: Vec<SitesWarning>,
}

/// Something about `sites.toml` that is unsafe, but not an error.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SitesWarning {
    /// The file has passwords, and other users can read it.
    #[error(
        "{path} contains passwords and is readable by other users; run: chmod 600 {path}", path = shown(.0)
    )]
    ReadableByOthers(PathBuf),
    /// The file has unencrypted passwords of these sites.
    #[error(
        "passwords are stored unencrypted in sites.toml ({}); use {{ vault = \"NAME\" }} or \
         {{ command = \"pass show …\" }} instead", .0.join(", ")
    )]
    PlainPasswords(Vec<String>),
}

fn shown(path: &Path) -> String {
    text::visible(path.as_os_str().as_encoded_bytes())
}

/// Why the sites could not be changed.
#[derive(Debug, thiserror::Error)]
pub enum SitesError {
    /// The file has errors, or cannot be read or written.
    #[error(transparent)]
    File(#[from] ConfigError),
    /// There is no site with this name.
    #[error(
        "no site is named “{}”{}", text::visible_str(.name),
        .nearest.as_ref().map_or_else(String::new, |near| format!("; did you mean “{near}”?"))
    )]
    Unknown {
        /// The name as given.
        name: String,
        /// The most similar name.
        nearest: Option<String>,
    },
    /// A site with this name already exists.
    #[error("a site named “{}” already exists; choose another name, or edit that site",
        text::visible_str(.0))]
    Exists(String),
    /// A text for one site has another number of sites.
    #[error("the text must contain exactly one [[site]]; it contains {0}")]
    NotOne(usize),
    /// A setting has an invalid value.
    #[error("“{field}” must be {expected}")]
    Value {
        /// The setting.
        field: &'static str,
        /// The values that are valid.
        expected: Expected,
    },
}

/// A change of the saved sites.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SiteChange {
    /// Adds a site at the end.
    Add(Box<Site>),
    /// Replaces the settings of a site, which may include its name.
    Replace {
        /// The current name.
        name: String,
        /// The new settings.
        site: Box<Site>,
    },
    /// Removes a site.
    Remove(String),
    /// Replaces the text of a site, including comments; see [`text_of`].
    Rewrite {
        /// The current name in the file.
        name: String,
        /// The new text of this site, which may have another name.
        text: SourceText,
    },
}

/// Reads the saved sites; a missing file means none.
///
/// # Errors
/// [`ConfigError`]: all errors with file, line and column.
pub fn load(path: &Path) -> Result<LoadedSites, ConfigError> {
    let Some(source) = files::read(path)? else { return Ok(LoadedSites::default()) };
    let sites = parse(&source)?;
    let is_plain = |password: &PasswordRef| matches!(password, PasswordRef::Plain(_));
    let plain: Vec<String> = sites
        .iter()
        .filter(|site| {
            is_plain(&site.password) || site.proxy.as_ref().is_some_and(|p| is_plain(&p.password))
        })
        .map(|site| site.name.clone())
        .collect();
    let mut warnings = Vec::new();
    if !plain.is_empty() {
        if files::readable_by_others(path) {
            warnings.push(SitesWarning::ReadableByOthers(path.to_owned()));
        }
        warnings.push(SitesWarning::PlainPasswords(plain));
    }
    Ok(LoadedSites { sites, warnings })
}

/// Parses the text of a `sites.toml`.
///
/// # Errors
/// All errors in the text.
pub fn parse(source: &SourceText) -> Result<Sites, Problems> {
    let document =
        Document::parse(source.text()).map_err(|error| Problems::syntax(source, &error))?;
    let mut problems = Problems::default();
    let mut sites: Vec<Site> = Vec::new();
    for (key, item) in document.as_table().iter() {
        let span = document.as_table().key(key).and_then(toml_edit::Key::span);
        let place = span.map_or_else(|| source.file_location(), |span| source.location(span.start));
        if key != SITE {
            let nearest = text::nearest(key, [SITE]).map(str::to_owned);
            problems.push(place, Mistake::UnknownKey { key: key.to_owned(), nearest });
            continue;
        }
        let Some(tables) = site_tables(item) else {
            let expected = Expected::new("a list of tables, each starting with [[site]]");
            problems.push(place, Mistake::Value { key: SITE.to_owned(), expected });
            continue;
        };
        for (table, span) in tables {
            let place =
                span.map_or_else(|| source.file_location(), |span| source.location(span.start));
            let mut site = fields::blank();
            field::apply(FIELDS, table, &mut site, source, &mut problems);
            if !table.contains_key("name") {
                problems.push(place, Mistake::Missing("the name of the site"));
            } else if !table.contains_key("host") {
                problems.push(place, Mistake::Missing("the host of the site"));
            } else if sites.iter().any(|other| other.name == site.name) {
                let at = table.get("name").and_then(Item::span);
                let place = at.map_or(place, |span| source.location(span.start));
                problems.push(place, Mistake::Twice(site.name.clone()));
            }
            sites.push(site);
        }
    }
    problems.or(()).map(|()| sites.into_iter().collect())
}

/// A table of a site, and its position.
type SiteTable<'a> = (&'a dyn TableLike, Option<std::ops::Range<usize>>);

/// The tables of `[[site]]`, or of the less common `site = [{ … }]`.
fn site_tables(item: &Item) -> Option<Vec<SiteTable<'_>>> {
    if let Some(tables) = item.as_array_of_tables() {
        return Some(tables.iter().map(|t| (t as &dyn TableLike, t.span())).collect());
    }
    let tables = item
        .as_array()?
        .iter()
        .map(|value| value.as_inline_table().map(|table| (table as &dyn TableLike, table.span())));
    tables.collect()
}

/// Changes the sites in their file and returns all sites after the change.
///
/// # Errors
/// [`SitesError`]; the file is unchanged then.
pub fn change(path: &Path, changes: &[SiteChange]) -> Result<Sites, SitesError> {
    let _lock = files::lock(path.parent().unwrap_or_else(|| Path::new(".")))?;
    let source = files::read(path)?.unwrap_or_else(|| SourceText::new(path, ""));
    let (text, sites) = changed(&source, changes)?;
    files::write(path, text.as_bytes())?;
    Ok(sites)
}

/// The text of `sites.toml` after changes, and its sites.
///
/// # Errors
/// [`SitesError`].
pub fn changed(source: &SourceText, changes: &[SiteChange]) -> Result<(String, Sites), SitesError> {
    let mut sites = parse(source).map_err(ConfigError::from)?;
    let mut document: DocumentMut = source
        .text()
        .parse()
        .map_err(|error| ConfigError::from(Problems::syntax(source, &error)))?;
    for change in changes {
        apply(&mut document, &sites, change)?;
        let text = SourceText::new(source.path(), document.to_string());
        sites = parse(&text).map_err(ConfigError::from)?;
    }
    Ok((document.to_string(), sites))
}

fn apply(document: &mut DocumentMut, sites: &Sites, change: &SiteChange) -> Result<(), SitesError> {
    let find = |name: &str| {
        sites.iter().position(|site| site.name == name).ok_or_else(|| SitesError::Unknown {
            name: name.to_owned(),
            nearest: sites.nearest(name),
        })
    };
    let check = |site: &Site, old: Option<&str>| {
        fields::check(site).map_err(|(field, expected)| SitesError::Value { field, expected })?;
        if old != Some(&site.name) && sites.find(&site.name).is_some() {
            return Err(SitesError::Exists(site.name.clone()));
        }
        Ok(())
    };
    if let SiteChange::Rewrite { name, text } = change {
        let at = find(name)?;
        let edited = parse(text).map_err(ConfigError::from)?;
        let site = edited.iter().next().filter(|_| edited.len() == 1);
        check(site.ok_or(SitesError::NotOne(edited.len()))?, Some(name))?;
        return rewrite(document, at, text);
    }
    let trailing = document.trailing().as_str().unwrap_or_default().to_owned();
    let Some(tables) = tables_mut(document) else { return Ok(()) };
    match change {
        SiteChange::Add(site) => {
            check(site, None)?;
            let is_first = tables.is_empty();
            let mut table = Table::new();
            field::write(FIELDS, &mut table, site, &fields::blank());
            table.decor_mut().set_prefix(if is_first { trailing.as_str() } else { "\n" });
            tables.push(table);
            if is_first {
                // comments of a file without sites stay above the first site
                document.set_trailing("");
            }
        }
        SiteChange::Replace { name, site } => {
            let at = find(name)?;
            check(site, Some(name))?;
            if let Some(table) = tables.get_mut(at) {
                field::write(FIELDS, table, site, &fields::blank());
            }
        }
        SiteChange::Remove(name) => {
            let at = find(name)?;
            let header = tables.get(at).filter(|_| at == 0).map_or("", file_header).to_owned();
            tables.remove(at);
            match tables.get_mut(0) {
                _ if header.is_empty() => {}
                Some(first) => {
                    let comments = prefix(first).trim_start_matches('\n').to_owned();
                    first.decor_mut().set_prefix(format!("{header}{comments}"));
                }
                None => document.set_trailing(header),
            }
        }
        SiteChange::Rewrite { .. } => {}
    }
    Ok(())
}

/// The text of a site in the file, including the comments of its settings, for an editor.
///
/// # Errors
/// [`SitesError`]: the file has errors, or no site with this name.
pub fn text_of(source: &SourceText, name: &str) -> Result<String, SitesError> {
    let sites = parse(source).map_err(ConfigError::from)?;
    let at = sites.iter().position(|site| site.name == name).ok_or_else(|| {
        SitesError::Unknown { name: name.to_owned(), nearest: sites.nearest(name) }
    })?;
    let mut document: DocumentMut = source
        .text()
        .parse()
        .map_err(|error| ConfigError::from(Problems::syntax(source, &error)))?;
    let table = tables_mut(&mut document).and_then(|tables| tables.get(at).cloned());
    let mut table = table.unwrap_or_default();
    // the comments above the first site may belong to the file
    let above = if at == 0 { file_header(&table).len() } else { 0 };
    let comments = prefix(&table)[above..].trim_start_matches('\n').to_owned();
    table.decor_mut().set_prefix(comments);
    Ok(table_text(table))
}

/// Replaces the text of one site; the text of all others stays the same.
fn rewrite(document: &mut DocumentMut, at: usize, text: &SourceText) -> Result<(), SitesError> {
    let trailing = document.trailing().as_str().unwrap_or_default().to_owned();
    let mut new_text = String::new();
    let tables = tables_mut(document).map(|tables| tables.iter().cloned().collect::<Vec<_>>());
    for (index, table) in tables.unwrap_or_default().into_iter().enumerate() {
        if index != at {
            new_text.push_str(&table_text(table));
            continue;
        }
        new_text.push_str(if at == 0 { file_header(&table) } else { "\n" });
        new_text.push_str(text.text().trim_start_matches('\n').trim_end());
        new_text.push('\n');
    }
    new_text.push_str(&trailing);
    let source = SourceText::new(text.path(), new_text);
    *document = source
        .text()
        .parse()
        .map_err(|error| ConfigError::from(Problems::syntax(&source, &error)))?;
    Ok(())
}

/// The text of one table.
fn table_text(table: Table) -> String {
    let mut tables = ArrayOfTables::new();
    tables.push(table);
    let mut document = DocumentMut::new();
    document.insert(SITE, Item::ArrayOfTables(tables));
    document.to_string()
}

/// The `[[site]]` tables, created when there are none.
fn tables_mut(document: &mut DocumentMut) -> Option<&mut ArrayOfTables> {
    let root = document.as_table_mut();
    if root.get(SITE).is_none_or(|item| !item.is_array_of_tables()) {
        let tables = match root.remove(SITE) {
            None => ArrayOfTables::new(),
            Some(item) => item.into_array_of_tables().ok()?,
        };
        root.insert(SITE, Item::ArrayOfTables(tables));
    }
    root.get_mut(SITE).and_then(Item::as_array_of_tables_mut)
}

fn prefix(table: &Table) -> &str {
    table.decor().prefix().and_then(|prefix| prefix.as_str()).unwrap_or_default()
}

/// The comments above the first table that belong to the file: all up to the last empty line.
fn file_header(table: &Table) -> &str {
    let prefix = prefix(table);
    prefix.rfind("\n\n").map_or("", |at| &prefix[..at + 2])
}

/// The text of a `sites.toml` with these sites, for export. Plain passwords are included only on
/// request.
#[must_use]
pub fn export(sites: &[&Site], with_passwords: bool) -> String {
    let mut tables = ArrayOfTables::new();
    for site in sites {
        let site = if with_passwords { Site::clone(site) } else { fields::without_passwords(site) };
        let mut table = Table::new();
        field::write(FIELDS, &mut table, &site, &fields::blank());
        if !tables.is_empty() {
            table.decor_mut().set_prefix("\n");
        }
        tables.push(table);
    }
    let mut document = DocumentMut::new();
    document.insert(SITE, Item::ArrayOfTables(tables));
    document.to_string()
}

#[cfg(test)]
#[path = "sites_file_tests.rs"]
mod tests;
