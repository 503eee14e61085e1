//! Lines of MLSD and MLST (RFC 3659 section 7).

use std::io::Write;

use crate::demo::listing::digits;
use crate::demo::listing::ways::Links;
use crate::demo::store::Meta;
use crate::ftp::Kind;

/// One fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fact {
    Type,
    /// Only of files.
    Size,
    /// Of directories, too.
    SizeOfAll,
    /// `size` of files, `sizd` of directories, as pure-ftpd has it.
    SizeOrSizd,
    Modify,
    Perm,
    Unique,
    /// `UNIX.mode`.
    Mode,
    /// The same as pyftpdlib has it, in the words of Python: `unix.mode=0o644`.
    PythonMode,
    /// `UNIX.owner` or `UNIX.uid`, by number.
    Owner(&'static str, &'static str),
}

/// The facts that a session shows, and how.
#[derive(Debug, Clone)]
pub(crate) struct Facts {
    pub(crate) shown: Vec<Fact>,
    pub(crate) links: Links,
}

impl Fact {
    /// Its name, as in FEAT and OPTS MLST.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Type => "type",
            Self::Size | Self::SizeOfAll | Self::SizeOrSizd => "size",
            Self::Modify => "modify",
            Self::Perm => "perm",
            Self::Unique => "unique",
            Self::Mode => "UNIX.mode",
            Self::PythonMode => "unix.mode",
            Self::Owner(name, _) => name,
        }
    }
}

impl Facts {
    /// Appends the facts, a blank and the name; no line end.
    pub(crate) fn line(&self, out: &mut Vec<u8>, name: &[u8], meta: &Meta) {
        for fact in &self.shown {
            self.fact(*fact, out, name, meta);
        }
        out.push(b' ');
        out.extend_from_slice(name);
    }

    fn fact(&self, fact: Fact, out: &mut Vec<u8>, name: &[u8], meta: &Meta) {
        let is_dir = meta.kind == Kind::Dir;
        // writing to a vector does not fail
        let _ = match fact {
            Fact::Type => {
                out.extend_from_slice(b"type=");
                self.kind(out, name, meta);
                out.push(b';');
                Ok(())
            }
            Fact::Size if is_dir => Ok(()),
            Fact::SizeOrSizd if is_dir => write!(out, "sizd={};", meta.size),
            Fact::Size | Fact::SizeOfAll | Fact::SizeOrSizd => {
                write!(out, "size={};", meta.size)
            }
            Fact::Modify => write!(out, "modify={};", digits(meta.mtime)),
            Fact::Perm => write!(out, "perm={};", if is_dir { "flcdmpe" } else { "adfrw" }),
            Fact::Unique => write!(out, "unique=FE00U{:X};", meta.id),
            Fact::Mode => write!(out, "UNIX.mode={:04o};", meta.mode),
            Fact::PythonMode => write!(out, "unix.mode=0o{:o};", meta.mode),
            Fact::Owner(name, value) => write!(out, "{name}={value};"),
        };
    }

    fn kind(&self, out: &mut Vec<u8>, name: &[u8], meta: &Meta) {
        match meta.kind {
            Kind::Dir if name == b"." => out.extend_from_slice(b"cdir"),
            Kind::Dir if name == b".." => out.extend_from_slice(b"pdir"),
            Kind::Dir => out.extend_from_slice(b"dir"),
            Kind::Link => {
                out.extend_from_slice(match self.links {
                    Links::Symlink => b"OS.unix=symlink",
                    _ => b"OS.unix=slink:",
                });
                if let (Links::Target, Some(target)) = (self.links, &meta.target) {
                    out.extend_from_slice(target);
                }
            }
            Kind::File => out.extend_from_slice(b"file"),
            Kind::Other => out.extend_from_slice(b"OS.unix=pipe"),
        }
    }
}
