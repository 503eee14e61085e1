//! `demo`: two embedded servers with sample files.

use serde::Serialize;

use crate::cli::error::CliError;
use crate::cli::output::Output;
use crate::demo::{Server, Setup, Tls};

/// Two embedded servers with sample files, and the screen connected to both
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  fxpane demo
  fxpane demo --serve")]
pub struct Demo {
    /// Only run the servers; print where they are, and end with Ctrl-C
    #[arg(long)]
    pub serve: bool,
}

/// A running server of the demo.
#[derive(Debug)]
pub struct Sample {
    /// What it is called.
    pub name: &'static str,
    /// The directory that is worth opening.
    pub root: &'static str,
    /// The server; it stops when dropped.
    pub server: Server,
}

#[derive(Debug, Serialize)]
struct Line<'a> {
    name: &'a str,
    url: String,
    root: &'a str,
    cert: Option<&'a str>,
}

/// Starts the two servers: one to copy from, one to copy to.
///
/// # Errors
/// [`CliError::Start`].
pub async fn start() -> Result<[Sample; 2], CliError> {
    let left = Setup::new()
        .tls(Tls::Offered)
        // fast enough to be no bore, slow enough that progress is seen: sizes are asked for once a
        // second
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
        Sample { name: "mirror", root: "/pub", server: run(left).await? },
        Sample { name: "nas", root: "/incoming", server: run(right).await? },
    ])
}

const README: &str = "\
This is the first of two sample servers. They run inside of fxpane, on this machine only, and end
with it. Select some files with Space and press F5: they go to the other server straight.
";

async fn run(setup: Setup) -> Result<Server, CliError> {
    Server::start(setup).await.map_err(|error| CliError::Start(Box::new(error)))
}

impl Sample {
    /// Its URL, with the password, which is no secret.
    #[must_use]
    pub fn url(&self) -> String {
        format!("{}{}", self.server.url(), self.root)
    }
}

/// Prints where the servers are, one object a line.
///
/// # Errors
/// [`CliError::Output`].
pub fn print(samples: &[Sample], out: &mut Output) -> Result<(), CliError> {
    for sample in samples {
        out.object(&Line {
            name: sample.name,
            url: sample.server.url(),
            root: sample.root,
            cert: sample.server.fingerprint(),
        })?;
    }
    out.flush()
}
