//! Settings in which the listings of servers differ.

/// When a listing contains `.` and `..`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dots {
    Always,
    OnRequest,
    Never,
}

/// How MLSD lists symbolic links.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Links {
    /// `OS.unix=slink:TARGET`.
    Target,
    /// `OS.unix=slink:`.
    Bare,
    /// `OS.unix=symlink`.
    Symlink,
    /// As the file or directory that they point to; broken links are left out.
    Followed,
}
