//! 2,000 files of 1 KiB on loopback, one lane.

use crate::run::{Outcome, alternate, copied, lftp, named, small_files, verdict};

const FILES: u32 = 2000;

pub(crate) fn run() -> Outcome<()> {
    for (from, to) in [("proftpd", "vsftpd"), ("vsftpd", "pureftpd")] {
        let (source, target) = (named(from)?, named(to)?);
        let tree = small_files(&source, FILES)?;
        let from_url = source.url(&tree.remote);
        let [ours, theirs] = alternate(
            &format!("{FILES} files of 1 KiB, {from} to {to}, plain, one lane"),
            "files/s",
            f64::from(FILES),
            || {
                copied(tree.local(), &target, |program, to| {
                    let to = target.url(to);
                    program.fxpane(&[
                        "cp",
                        "-r",
                        "--security",
                        "none",
                        "--parallel",
                        "1",
                        &from_url,
                        &to,
                    ])
                })
            },
            || {
                copied(tree.local(), &target, |program, to| {
                    let to = target.url(to);
                    let settings =
                        "set ftp:ssl-allow no; set ftp:use-fxp yes; set ftp:fxp-force yes";
                    lftp(program, settings, &format!("mirror -P1 --no-perms {from_url} {to}"))
                })
            },
        )?;
        verdict(&format!("small files, {from} to {to}, times lftp"), theirs / ours, 1.5, true);
    }
    Ok(())
}
