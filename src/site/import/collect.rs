//! Gathers bookmarks and losses while a file is read, and makes each bookmark one that this
//! program could have written itself.

use crate::base::SourceText;
use crate::site::import::{Imported, Loss, Lost};
use crate::site::values::is_site_name;
use crate::site::{Site, fields};

/// Bookmarks and losses of one file.
#[derive(Debug)]
pub(super) struct Collector<'a> {
    source: &'a SourceText,
    imported: Imported,
}

impl<'a> Collector<'a> {
    pub(super) fn new(source: &'a SourceText) -> Self {
        Self { source, imported: Imported::default() }
    }

    /// Notes a loss at a byte offset.
    pub(super) fn lost(&mut self, at: usize, site: &str, what: Lost) {
        let place = self.source.place(at);
        self.imported.losses.push(Loss { place, site: site.to_owned(), what });
    }

    /// Notes a setting that is not carried over.
    pub(super) fn setting(&mut self, at: usize, site: &str, setting: impl Into<String>) {
        self.lost(at, site, Lost::Setting(setting.into()));
    }

    /// Takes a bookmark; its name becomes a good and unique one, and settings that would be no
    /// good in `sites.toml` are put back to their defaults. Its password is taken as it is.
    pub(super) fn add(&mut self, at: usize, mut site: Site) {
        let told = site.name.clone();
        let fallback = site.host().to_owned();
        let taken = |name: &str| self.imported.sites.iter().any(|other: &Site| other.name == name);
        site.name = free_name(&good_name(&told, &fallback), taken);
        while let Err((name, _)) = fields::check(&site) {
            let field = fields::field(name).filter(|_| !matches!(name, "name" | "host"));
            let Some(field) = field else {
                let what = Lost::Unusable(format!("its {name} cannot be used"));
                self.lost(at, &told, what);
                return;
            };
            self.setting(at, &told, format!("{name}, whose value cannot be used"));
            fields::reset(&mut site, field);
        }
        if site.name != told {
            self.lost(at, &told, Lost::Renamed(site.name.clone()));
        }
        self.imported.sites.push(site);
    }

    /// The place of every bookmark is known now.
    pub(super) fn finish(mut self) -> Imported {
        self.imported.losses.sort_by_key(|loss| loss.place.position);
        self.imported
    }
}

/// A name that can stand before the colon of `NAME:PATH`.
fn good_name(name: &str, fallback: &str) -> String {
    let clean = |text: &str| {
        let replaced: String = text.chars().map(|c| if is_good(c) { c } else { '-' }).collect();
        replaced.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let name = clean(name);
    if is_site_name(&name) { name } else { clean(fallback).trim_matches('-').to_owned() }
}

fn is_good(c: char) -> bool {
    let mut buffer = [0; 4];
    c == ' ' || is_site_name(c.encode_utf8(&mut buffer))
}

/// The name itself, or with a number behind it when it is taken.
pub(super) fn free_name(name: &str, taken: impl Fn(&str) -> bool) -> String {
    let mut free = name.to_owned();
    let mut number = 1;
    while taken(&free) {
        number += 1;
        free = format!("{name} {number}");
    }
    free
}

/// Text for a free key: one line.
pub(super) fn one_line(text: &str) -> String {
    let clean: String = text.chars().map(|c| if c.is_control() { '\n' } else { c }).collect();
    clean.split('\n').map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("; ")
}
