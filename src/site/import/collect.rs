//! Collects sites and losses while a file is read, and changes each site so that it is valid in
//! `sites.toml`.

use crate::base::SourceText;
use crate::site::import::{ImportLoss, ImportedSites, LossKind};
use crate::site::values::is_site_name;
use crate::site::{Site, fields};

/// The sites and losses of one file.
#[derive(Debug)]
pub(super) struct Collector<'a> {
    source: &'a SourceText,
    imported: ImportedSites,
}

impl<'a> Collector<'a> {
    pub(super) fn new(source: &'a SourceText) -> Self {
        Self { source, imported: ImportedSites::default() }
    }

    /// Records a loss at a byte offset.
    pub(super) fn lost(&mut self, at: usize, site: &str, kind: LossKind) {
        let place = self.source.location(at);
        self.imported.losses.push(ImportLoss { place, site: site.to_owned(), kind });
    }

    /// Records a setting that is not imported.
    pub(super) fn setting(&mut self, at: usize, site: &str, setting: impl Into<String>) {
        self.lost(at, site, LossKind::Setting(setting.into()));
    }

    /// Adds a site. Its name is made valid and unique, and settings that are not valid in
    /// `sites.toml` are reset to their defaults. Its password is not changed.
    pub(super) fn add(&mut self, at: usize, mut site: Site) {
        let original_name = site.name.clone();
        let fallback = site.host().to_owned();
        let taken = |name: &str| self.imported.sites.iter().any(|other: &Site| other.name == name);
        site.name = free_name(&valid_name(&original_name, &fallback), taken);
        while let Err((name, _)) = fields::check(&site) {
            let field = fields::field(name).filter(|_| !matches!(name, "name" | "host"));
            let Some(field) = field else {
                let kind = LossKind::Unusable(format!("its {name} is not valid"));
                self.lost(at, &original_name, kind);
                return;
            };
            self.setting(at, &original_name, format!("{name}: invalid value"));
            fields::reset(&mut site, field);
        }
        if site.name != original_name {
            self.lost(at, &original_name, LossKind::Renamed(site.name.clone()));
        }
        self.imported.sites.push(site);
    }

    /// Returns the sites, and the losses in the order of the file.
    pub(super) fn finish(mut self) -> ImportedSites {
        self.imported.losses.sort_by_key(|loss| loss.place.position);
        self.imported
    }
}

/// A valid site name, with invalid characters replaced.
fn valid_name(name: &str, fallback: &str) -> String {
    let clean = |text: &str| {
        let replaced: String = text.chars().map(|c| if is_valid(c) { c } else { '-' }).collect();
        replaced.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let name = clean(name);
    if is_site_name(&name) { name } else { clean(fallback).trim_matches('-').to_owned() }
}

fn is_valid(c: char) -> bool {
    let mut buffer = [0; 4];
    c == ' ' || is_site_name(c.encode_utf8(&mut buffer))
}

/// The name itself, or the name with a number when it is taken.
pub(super) fn free_name(name: &str, taken: impl Fn(&str) -> bool) -> String {
    let mut free = name.to_owned();
    let mut number = 1;
    while taken(&free) {
        number += 1;
        free = format!("{name} {number}");
    }
    free
}

/// Joins lines, for a custom key.
pub(super) fn one_line(text: &str) -> String {
    let clean: String = text.chars().map(|c| if c.is_control() { '\n' } else { c }).collect();
    clean.split('\n').map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("; ")
}
