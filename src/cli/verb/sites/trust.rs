//! `sites trust`: certificates that the user trusts, and servers that have shown TLS.

use crate::base::text;
use crate::cli::error::CliError;
use crate::cli::output::Output;
use crate::cli::record::{KnownRecord, Removed};
use crate::config::Folders;
use crate::site::trust::{KnownServer, normal_fingerprint};
use crate::site::{Location, Site, Sites, Trust, sites_file};

/// Certificates that are trusted by their fingerprint, and servers that have shown TLS
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  fxpane sites trust list
  fxpane sites trust add nas 0f3a…            the SHA-256 that the server's operator told you
  fxpane sites trust forget nas.example:21    it is judged as if it were seen for the first time
A server is a bookmark, HOST or HOST:PORT.")]
pub(super) struct TrustVerb {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Lists the servers that have shown TLS, with the trusted certificate where there is one
    List,
    /// Trusts a certificate before the first connection, or instead of an old one
    Add {
        /// The server
        server: String,
        /// SHA-256 of its certificate
        #[arg(value_name = "SHA256-HEX")]
        fingerprint: String,
    },
    /// Forgets what is known of servers
    Forget {
        /// The servers
        #[arg(required = true, value_name = "SERVER")]
        servers: Vec<String>,
    },
}

impl TrustVerb {
    pub(super) fn run(&self, folders: &Folders, out: &mut Output) -> Result<(), CliError> {
        let trust = Trust::load(folders.certs_file())?;
        match &self.what {
            What::List => {
                for known in trust.servers() {
                    tell(&known, out)?;
                }
            }
            What::Add { server, fingerprint } => {
                let sha256 = normal_fingerprint(fingerprint)
                    .ok_or_else(|| CliError::Fingerprint(fingerprint.clone()))?;
                let site = server_of(server, folders)?;
                trust.accept(&site, &sha256, true)?;
                if out.is_json() {
                    let ours = |known: &&KnownServer| is_of(known, &site);
                    for known in trust.servers().iter().filter(ours) {
                        tell(known, out)?;
                    }
                }
            }
            What::Forget { servers } => {
                for server in servers {
                    let site = server_of(server, folders)?;
                    let known = trust.servers();
                    let known: Vec<_> = known.iter().filter(|known| is_of(known, &site)).collect();
                    if known.is_empty() {
                        return Err(CliError::NotKnown(server.clone()));
                    }
                    for known in known {
                        trust.forget(&known.host, known.port)?;
                        if out.is_json() {
                            let removed = format!("{}:{}", known.host, known.port);
                            out.object(&Removed { removed: &removed })?;
                        }
                    }
                }
            }
        }
        Ok(())
    }
}

fn is_of(known: &KnownServer, site: &Site) -> bool {
    known.port == site.port() && site.hosts.iter().any(|host| known.host == host.to_lowercase())
}

/// A bookmark by its name, else a host with or without a port.
fn server_of(text: &str, folders: &Folders) -> Result<Site, CliError> {
    let sites = sites_file::load(&folders.sites_file())?.sites;
    if let Some(site) = sites.find(text) {
        return Ok(Site::clone(site));
    }
    let url = if text.contains("://") { text.to_owned() } else { format!("ftp://{text}") };
    let at = Location::parse(url, &Sites::new())?.location;
    match at.remote() {
        Some((site, _)) => Ok(Site::clone(site)),
        None => Err(CliError::NoServer(at.to_string())),
    }
}

fn tell(known: &KnownServer, out: &mut Output) -> Result<(), CliError> {
    if out.is_json() {
        return out.object(&KnownRecord::of(known));
    }
    let (host, since) = (text::visible_str(&known.host), text::visible_str(&known.since));
    let what = known.trusted().map_or_else(
        || "any certificate that an authority vouches for".to_owned(),
        |trusted| trusted.facts.to_string(),
    );
    out.line(format_args!("{host}:{}  since {since}  {what}", known.port))
}
