//! Lines of MLSD and MLST (RFC 3659 section 7).

use std::io::Write;

use crate::demo::listing::digits;
use crate::demo::listing::options::Links;
use crate::demo::store::Meta;
use crate::ftp::Kind;

/// One fact of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fact {
    Type,
    /// `size`, of files only.
    Size,
    /// `size`, of directories too.
    SizeOfAll,
    /// `size` of files, `sizd` of directories, as pure-ftpd sends them.
    SizeOrSizd,
    Modify,
    Perm,
    Unique,
    /// `UNIX.mode`.
    Mode,
    /// `unix.mode=0o644`, as pyftpdlib formats it in Python.
    PythonMode,
    /// `UNIX.owner` or `UNIX.uid`: name and value.
    Owner(&'static str, &'static str),
}

/// The facts that a session sends, and how it lists links.
#[derive(Debug, Clone)]
pub(crate) struct Facts {
    pub(crate) shown: Vec<Fact>,
    pub(crate) links: Links,
}

impl Fact {
    /// The name as in FEAT and OPTS MLST.
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
    /// Appends the facts, a space and the name, without line end.
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
