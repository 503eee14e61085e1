//! What servers differ in when they list.

/// When a listing has `.` and `..`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dots {
    Always,
    OnRequest,
    Never,
}

/// How MLSD shows links.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Links {
    /// `OS.unix=slink:TARGET`.
    Target,
    /// `OS.unix=slink:`.
    Bare,
    /// `OS.unix=symlink`.
    Symlink,
    /// As what they lead to; broken ones are left out.
    Followed,
}
