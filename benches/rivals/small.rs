//! 2,000 files of 1 KiB on loopback, one lane.

use crate::run::{Outcome, named, race, small_files, verdict};

const FILES: u32 = 2000;

pub(crate) fn run() -> Outcome<()> {
    for (from, to) in [("proftpd", "vsftpd"), ("vsftpd", "pureftpd")] {
        let (source, target) = (named(from)?, named(to)?);
        let tree = small_files(&source, FILES)?;
        // permissions cost lftp one command per file, and fxpane does not copy them by default
        for (mirror, wanted) in [("", Some(1.5)), ("--no-perms", None)] {
            let title = format!(
                "{FILES} files of 1 KiB, {from} to {to}, plain, one lane, lftp mirror -P1 {mirror}"
            );
            let [ours, theirs] = race(&title, FILES, &tree, [&source, &target], 1, mirror)?;
            let what = format!("small files, {from} to {to}, times lftp {mirror}");
            match wanted {
                Some(wanted) => verdict(&what, theirs / ours, wanted, true),
                None => println!("\n{what}: {:.2}", theirs / ours),
            }
        }
    }
    Ok(())
}
