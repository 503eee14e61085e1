//! Paths of servers that do not separate directories with `/`: VMS, z/OS, and drives of DOS and
//! OS/2.
//!
//! Inside the program paths always use `/`; the server's form of its base directory is kept as the
//! first component: `/DISK:[USER]/SUB/A.TXT`, `/'USER.'/DATA.SET/MEMBER`, `/C:/dir/file`. Only the
//! control connection converts to the server's form (quirks 52, 53, 60, 62).

use crate::base::RemotePath;
use crate::ftp::Command;

/// Commands whose argument is a directory.
const DIRECTORY_VERBS: [&str; 6] = ["CWD", "XCWD", "MKD", "XMKD", "RMD", "XRMD"];
/// Commands whose argument is a file.
const FILE_VERBS: [&str; 8] = ["RETR", "STOR", "APPE", "DELE", "RNFR", "RNTO", "SIZE", "MDTM"];

/// How a server writes paths, if not with `/`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PathStyle {
    /// `DISK:[USER.SUB]A.TXT`.
    Vms,
    /// `'USER.DATA.SET(MEMBER)'`.
    Mvs,
    /// `C:\dir\file`, with the given separator.
    Drive(u8),
}

impl PathStyle {
    /// The style of a path from PWD, and the path in the internal form; `None` for paths with `/`.
    #[must_use]
    pub fn of(pwd: &RemotePath) -> Option<(Self, RemotePath)> {
        let path = pwd.as_bytes();
        let internal = |path: &[u8]| RemotePath::new([b"/", path].concat());
        match path {
            [b'/', ..] => None,
            [b'\'', .., b'\''] => Some((Self::Mvs, internal(path))),
            [.., b']'] if path.contains(&b'[') => Some((Self::Vms, internal(path))),
            [letter, b':', rest @ ..] if letter.is_ascii_alphabetic() => {
                let separator = rest.first().copied().unwrap_or(b'\\');
                let slashes = path.iter().map(|&b| if b == b'\\' { b'/' } else { b });
                matches!(separator, b'\\' | b'/')
                    .then(|| (Self::Drive(separator), internal(&slashes.collect::<Vec<u8>>())))
            }
            _ => None,
        }
    }

    /// Converts the path in a command to the server's form.
    #[must_use]
    pub fn command(self, command: &Command) -> Command {
        let has_verb =
            |verbs: &[&str]| verbs.iter().any(|verb| command.verb().eq_ignore_ascii_case(verb));
        let dir = has_verb(&DIRECTORY_VERBS);
        if !dir && !has_verb(&FILE_VERBS) {
            return command.clone();
        }
        let argument = command.as_bytes().get(command.verb().len() + 1..).unwrap_or_default();
        self.path(argument, dir)
            // the conversion adds no invalid bytes, so this cannot fail
            .and_then(|path| Command::with(command.verb(), path).ok())
            .unwrap_or_else(|| command.clone())
    }

    /// Converts a path from the internal to the server's form; `None` if it does not begin with the
    /// server's base directory.
    fn path(self, path: &[u8], dir: bool) -> Option<Vec<u8>> {
        let path = path.strip_prefix(b"/")?;
        match self {
            Self::Vms => vms(path, dir),
            Self::Mvs => mvs(path),
            Self::Drive(separator) => (path.get(1) == Some(&b':')).then(|| {
                let mut path: Vec<u8> =
                    path.iter().map(|&b| if b == b'/' { separator } else { b }).collect();
                if path.len() == 2 {
                    path.push(separator);
                }
                path
            }),
        }
    }
}

/// `DISK:[USER]/SUB.DIR/A.TXT` as `DISK:[USER.SUB]A.TXT`.
fn vms(path: &[u8], dir: bool) -> Option<Vec<u8>> {
    let end = path.iter().position(|&b| b == b']')?;
    let mut form = path[..end].to_vec();
    let mut components: Vec<&[u8]> = names(&path[end + 1..]).collect();
    let file = if dir { None } else { components.pop() };
    for component in components {
        form.push(b'.');
        let bare = component.len().checked_sub(4).map(|at| component.split_at(at));
        form.extend_from_slice(match bare {
            Some((name, kind)) if kind.eq_ignore_ascii_case(b".dir") => name,
            _ => component,
        });
    }
    form.push(b']');
    form.extend_from_slice(file.unwrap_or_default());
    Some(form)
}

/// `'USER.'/DATA.SET/MEMBER` as `'USER.DATA.SET(MEMBER)'`.
fn mvs(path: &[u8]) -> Option<Vec<u8>> {
    let inner = path.strip_prefix(b"'")?;
    let end = inner.iter().position(|&b| b == b'\'')?;
    let mut form = [b"'", &inner[..end]].concat();
    for name in names(&inner[end + 1..]) {
        if form.ends_with(b".") {
            form.extend_from_slice(name);
        } else {
            form.push(b'(');
            form.extend_from_slice(name);
            form.push(b')');
        }
    }
    form.push(b'\'');
    Some(form)
}

fn names(path: &[u8]) -> impl Iterator<Item = &[u8]> {
    path.split(|&b| b == b'/').filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_converted_to_the_servers_form() {
        for (pwd, inside, verb, path, sent) in [
            ("DISK:[USER]", "/DISK:[USER]", "CWD", "/DISK:[USER]", "DISK:[USER]"),
            ("DISK:[USER]", "/DISK:[USER]", "CWD", "/DISK:[USER]/SUB.DIR", "DISK:[USER.SUB]"),
            ("D:[U.V]", "/D:[U.V]", "RETR", "/D:[U.V]/S.DIR/A.TXT", "D:[U.V.S]A.TXT"),
            ("D:[U]", "/D:[U]", "STOR", "/D:[U]/A.TXT", "D:[U]A.TXT"),
            ("'USER.'", "/'USER.'", "CWD", "/'USER.'/DATA.SET", "'USER.DATA.SET'"),
            ("'USER.'", "/'USER.'", "RETR", "/'USER.'/DATA/MEM", "'USER.DATA(MEM)'"),
            ("'USER.PDS'", "/'USER.PDS'", "RETR", "/'USER.PDS'/MEM", "'USER.PDS(MEM)'"),
            // z/OS also has Unix directories
            ("'USER.'", "/'USER.'", "CWD", "/u/user", "/u/user"),
            ("C:\\pub", "/C:/pub", "CWD", "/C:/pub/a b", "C:\\pub\\a b"),
            ("C:\\", "/C:/", "CWD", "/C:", "C:\\"),
            ("D:/x", "/D:/x", "RETR", "/D:/x/y", "D:/x/y"),
        ] {
            let (style, internal) = PathStyle::of(&pwd.into()).unwrap();
            assert_eq!(internal, inside.into());
            let command = style.command(&Command::with(verb, path).unwrap());
            assert_eq!(command.shown(), format!("{verb} {sent}"));
        }
    }

    #[test]
    fn paths_with_slashes_and_other_commands_are_unchanged() {
        for pwd in ["/", "/C:/x", "home", "", "[", "a]", "'", "1:\\"] {
            assert_eq!(PathStyle::of(&pwd.into()), None, "{pwd}");
        }
        for line in ["PASV", "USER /'x", "SITE CHMOD 644 /'A.'/B", "CWD relative"] {
            let command = Command::raw(line).unwrap();
            assert_eq!(PathStyle::Mvs.command(&command), command);
        }
    }

    proptest::proptest! {
        #[test]
        fn any_path_yields_a_command(path: Vec<u8>, at in 0_usize..3) {
            let style = [PathStyle::Vms, PathStyle::Mvs, PathStyle::Drive(b'\\')][at];
            if let Ok(command) = Command::with("CWD", &path) {
                assert_eq!(style.command(&command).verb(), "CWD");
            }
        }
    }
}
