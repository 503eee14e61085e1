//! 2,000 files of 1 KiB on loopback, one lane.

use crate::run::{Outcome, named, race, small_files, verdict};

const FILES: u32 = 2000;

pub(crate) fn run() -> Outcome<()> {
    for (from, to) in [("proftpd", "vsftpd"), ("vsftpd", "pureftpd")] {
        let (source, target) = (named(from)?, named(to)?);
        let tree = small_files(&source, FILES)?;
        let title = format!("{FILES} files of 1 KiB, {from} to {to}, plain, one lane");
        // permissions cost lftp a command a file, and fxpane does not copy them either
        let mirror = "--no-perms";
        let [ours, theirs] = race(&title, FILES, &tree, [&source, &target], 1, mirror)?;
        verdict(&format!("small files, {from} to {to}, times lftp"), theirs / ours, 1.5, true);
    }
    Ok(())
}
