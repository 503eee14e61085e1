//! `sites trust`: manages trusted certificates and known TLS servers.

use crate::base::text;
use crate::cli::error::CliError;
use crate::cli::output::Output;
use crate::cli::record::{KnownRecord, RemovedRecord};
use crate::config::UserDirs;
use crate::site::trust::{KnownServer, normal_fingerprint};
use crate::site::{Location, Site, Sites, Trust, sites_file};

/// Manage trusted certificates and known TLS servers
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  fxpane sites trust list
  fxpane sites trust add nas 0f3a…            SHA-256 fingerprint from the server's operator
  fxpane sites trust forget nas.example:21    treat the server as unknown again
A server is the name of a site, HOST or HOST:PORT.")]
pub(super) struct TrustVerb {
    #[command(subcommand)]
    subcommand: Subcommand,
}

#[derive(Debug, clap::Subcommand)]
enum Subcommand {
    /// List the servers that were reached over TLS, with their trusted certificates
    List,
    /// Trust a certificate before the first connection, or in place of the previous one
    Add {
        /// Site, HOST or HOST:PORT
        server: String,
        /// SHA-256 fingerprint of the certificate
        #[arg(value_name = "SHA256-HEX")]
        fingerprint: String,
    },
    /// Forget servers and their trusted certificates
    Forget {
        /// Sites, HOST or HOST:PORT
        #[arg(required = true, value_name = "SERVER")]
        servers: Vec<String>,
    },
}

impl TrustVerb {
    pub(super) fn run(&self, dirs: &UserDirs, out: &mut Output) -> Result<(), CliError> {
        let trust = Trust::load(dirs.certs_file())?;
        match &self.subcommand {
            Subcommand::List => {
                for known in trust.servers() {
                    print_server(&known, out)?;
                }
            }
            Subcommand::Add { server, fingerprint } => {
                let sha256 = normal_fingerprint(fingerprint)
                    .ok_or_else(|| CliError::Fingerprint(fingerprint.clone()))?;
                let site = server_of(server, dirs)?;
                trust.accept(&site, &sha256, true)?;
                if out.is_json() {
                    let ours = |known: &&KnownServer| is_of(known, &site);
                    for known in trust.servers().iter().filter(ours) {
                        print_server(known, out)?;
                    }
                }
            }
            Subcommand::Forget { servers } => {
                for server in servers {
                    let site = server_of(server, dirs)?;
                    let known = trust.servers();
                    let known: Vec<_> = known.iter().filter(|known| is_of(known, &site)).collect();
                    if known.is_empty() {
                        return Err(CliError::UnknownServer(server.clone()));
                    }
                    for known in known {
                        trust.forget(&known.host, known.port)?;
                        if out.is_json() {
                            let removed = format!("{}:{}", known.host, known.port);
                            out.object(&RemovedRecord { removed: &removed })?;
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

/// The site with this name, else a host with or without a port.
fn server_of(text: &str, dirs: &UserDirs) -> Result<Site, CliError> {
    let sites = sites_file::load(&dirs.sites_file())?.sites;
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

fn print_server(known: &KnownServer, out: &mut Output) -> Result<(), CliError> {
    if out.is_json() {
        return out.object(&KnownRecord::of(known));
    }
    let (host, since) = (text::visible_str(&known.host), text::visible_str(&known.since));
    let what = known.trusted().map_or_else(
        || "any certificate signed by a trusted authority".to_owned(),
        |trusted| trusted.facts.to_string(),
    );
    out.line(format_args!("{host}:{}  since {since}  {what}", known.port))
}
