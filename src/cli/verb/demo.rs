//! `demo`: starts two embedded servers with sample files.

use serde::Serialize;

use crate::cli::error::CliError;
use crate::cli::output::Output;
use crate::demo::{Server, Setup, Tls};

/// Start two embedded servers with sample files and open the screen on them
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  fxpane demo
  fxpane demo --serve")]
pub struct Demo {
    /// Only run the servers: print their URLs, and stop on Ctrl-C
    #[arg(long)]
    pub serve: bool,
}

/// A running demo server.
#[derive(Debug)]
pub struct DemoServer {
    /// Its site name.
    pub name: &'static str,
    /// The directory to open.
    pub root: &'static str,
    /// The server; it stops when dropped.
    pub server: Server,
}

#[derive(Debug, Serialize)]
struct DemoServerRecord<'a> {
    name: &'a str,
    url: String,
    root: &'a str,
    cert: Option<&'a str>,
}

/// Starts the two servers: one to copy from, one to copy to.
///
/// # Errors
/// [`CliError::Start`].
pub async fn start() -> Result<[DemoServer; 2], CliError> {
    let left = Setup::new()
        .tls(Tls::Offered)
        // slow enough to see progress, as sizes are only polled once a second
        .rate(8 << 20)
        .file("/pub/README.md", README)
        .file("/pub/docs/guide.txt", "Space selects, F5 copies, F8 deletes, F1 helps.\n")
        .file("/pub/docs/naïve names/100 % ünïcode.txt", "Names are bytes.\n")
        .synthetic("/pub/releases/image-arm64.iso", 96 << 20, 1)
        .synthetic("/pub/releases/image-x86.iso", 128 << 20, 2)
        .synthetic("/pub/releases/SHA256SUMS", 712, 3)
        .synthetic("/pub/sources.tar.zst", 48 << 20, 4);
    let left = (0..40_u64).fold(left, |setup, n| {
        setup.synthetic(&format!("/pub/photos/photo-{n:03}.jpg"), 90_000 + 7919 * n, 10 + n)
    });
    let right = Setup::new()
        .tls(Tls::Offered)
        .dir("/incoming")
        .file("/incoming/README.md", "An older file of the same name.\n")
        .synthetic("/archive/2025.tar", 5 << 20, 5);
    Ok([
        DemoServer { name: "mirror", root: "/pub", server: run(left).await? },
        DemoServer { name: "nas", root: "/incoming", server: run(right).await? },
    ])
}

const README: &str = "\
This is the first of two demo servers. They run inside fxpane, on this machine only, and stop with
it. Select some files with Space and press F5 to copy them directly to the other server.
";

async fn run(setup: Setup) -> Result<Server, CliError> {
    Server::start(setup).await.map_err(|error| CliError::Start(Box::new(error)))
}

impl DemoServer {
    /// Its URL, with the password, which is not secret.
    #[must_use]
    pub fn url(&self) -> String {
        format!("{}{}", self.server.url(), self.root)
    }
}

/// Prints the URLs of the servers, one JSON object per line.
///
/// # Errors
/// [`CliError::Output`].
pub fn print(servers: &[DemoServer], out: &mut Output) -> Result<(), CliError> {
    for demo in servers {
        out.object(&DemoServerRecord {
            name: demo.name,
            url: demo.server.url(),
            root: demo.root,
            cert: demo.server.fingerprint(),
        })?;
    }
    out.flush()
}
