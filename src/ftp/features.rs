//! The features of a server: the reply to FEAT (RFC 2389).

use std::collections::BTreeMap;

use crate::ftp::Reply;

/// The features of a server: upper-case names with their parameters.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Features(BTreeMap<String, String>);

impl Features {
    /// Parses the reply to FEAT.
    ///
    /// Tolerates lines without the leading space and lines that repeat `211-` (quirk 32). The first
    /// and the last line of the reply are not features.
    #[must_use]
    pub fn parse(reply: &Reply) -> Self {
        let mut features = BTreeMap::new();
        if !reply.is_completion() || reply.lines.len() < 2 {
            return Self(features);
        }
        for line in &reply.lines[1..reply.lines.len() - 1] {
            let line = String::from_utf8_lossy(line);
            let (name, parameters) = match line.trim().split_once([' ', '\t']) {
                Some((name, parameters)) => (name, parameters.trim()),
                None => (line.trim(), ""),
            };
            if name.is_empty() {
                continue;
            }
            let known: &mut String = features.entry(name.to_ascii_uppercase()).or_default();
            // AUTH TLS and AUTH SSL may be on separate lines
            if !known.is_empty() && !parameters.is_empty() {
                known.push(';');
            }
            known.push_str(parameters);
        }
        Self(features)
    }

    /// True if the server announced the feature.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// The parameters of a feature, such as `type*;size*;` for MLST.
    #[must_use]
    pub fn parameters(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// True if the server announced MLSD: some servers list only MLST, some only MLSD (by RFC 3659
    /// section 7.8 MLST implies both).
    #[must_use]
    pub fn lists_mlsd(&self) -> bool {
        self.has("MLST") || self.has("MLSD")
    }

    /// Removes a feature that does not work or that the user configured to be ignored.
    pub fn forget(&mut self, name: &str) {
        self.0.remove(&name.to_ascii_uppercase());
    }

    /// Names and parameters in alphabetical order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, parameters)| (name.as_str(), parameters.as_str()))
    }

    /// True if there are no features.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(lines: &[&str]) -> Reply {
        Reply { code: 211, lines: lines.iter().map(|l| l.as_bytes().to_vec()).collect() }
    }

    #[test]
    fn feature_lines_in_every_style() {
        let features = Features::parse(&reply(&[
            "Features:",
            " MLST type*;size*;",
            "rest stream",
            "AUTH TLS",
            " AUTH SSL",
            "  UTF8 ",
            "",
            "End",
        ]));
        assert_eq!(features.parameters("MLST"), Some("type*;size*;"));
        assert_eq!(features.parameters("REST"), Some("stream"));
        assert_eq!(features.parameters("AUTH"), Some("TLS;SSL"));
        assert!(features.has("UTF8") && features.lists_mlsd() && !features.has("End"));
    }

    #[test]
    fn refusals_and_single_line_replies_have_no_features() {
        assert!(Features::parse(&Reply::new(500, "what?")).is_empty());
        assert!(Features::parse(&Reply::new(211, "no features")).is_empty());
    }
}
