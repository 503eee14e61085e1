//! The listing formats, their names, and their parsers.

use super::{
    ListingContext, as400, dos, eplf,
    line::LineParser,
    mlsd, mvs, netware, nonstop, os2,
    small::{self, Simple},
    unix, vms,
};

/// A listing format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ListingFormat {
    /// RFC 3659 section 7.
    Mlsd,
    /// D. J. Bernstein's easily parsed LIST format.
    Eplf,
    /// Novell Netware.
    Netware,
    /// `ls -l` and its variants.
    Unix,
    /// MS-DOS style of IIS.
    Dos,
    /// OpenVMS.
    Vms,
    /// IBM AS/400, OS/400, IBM i.
    As400,
    /// z/OS: data sets, members, jobs.
    Mvs,
    /// HP (Tandem) NonStop.
    HpNonStop,
    /// OS/2.
    Os2,
    /// Macintosh servers, which use the format of Unix.
    Mac,
    /// Unix with numeric mode and time.
    NumericUnix,
    /// Old VShell.
    VShell,
    /// VxWorks.
    VxWorks,
    /// Bay and Nortel routers.
    Nortel,
    /// Microware OS-9.
    Os9,
    /// z/VM (CMS).
    ZVm,
    /// SuperTCP and Chameleon, servers of Windows 3.
    Windows3,
}

impl ListingFormat {
    /// All formats, stricter ones first.
    pub const ALL: [Self; 18] = [
        Self::Mlsd,
        Self::Eplf,
        Self::Netware,
        Self::Unix,
        Self::Dos,
        Self::Vms,
        Self::As400,
        Self::Mvs,
        Self::HpNonStop,
        Self::Os2,
        Self::Mac,
        Self::NumericUnix,
        Self::VShell,
        Self::VxWorks,
        Self::Nortel,
        Self::Os9,
        Self::ZVm,
        Self::Windows3,
    ];

    /// The name in settings and options.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Mlsd => "mlsd",
            Self::Eplf => "eplf",
            Self::Netware => "netware",
            Self::Unix => "unix",
            Self::Dos => "dos",
            Self::Vms => "vms",
            Self::As400 => "as400",
            Self::Mvs => "mvs",
            Self::HpNonStop => "hpnonstop",
            Self::Os2 => "os2",
            Self::Mac => "mac",
            Self::NumericUnix => "numeric",
            Self::VShell => "vshell",
            Self::VxWorks => "vxworks",
            Self::Nortel => "nortel",
            Self::Os9 => "os9",
            Self::ZVm => "zvm",
            Self::Windows3 => "windows3",
        }
    }

    /// Finds a format by name, ignoring case.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.name().eq_ignore_ascii_case(name))
    }

    /// The format that a reply to SYST suggests, if any (RFC 959 section 4.1.3).
    ///
    /// This is only a hint: many servers report UNIX whatever format they use, and z/OS also has
    /// Unix directories.
    #[must_use]
    pub fn from_syst(text: &[u8]) -> Option<Self> {
        let text = text.to_ascii_lowercase();
        let has = |word: &str| text.windows(word.len()).any(|part| part == word.as_bytes());
        let systems: [(&[&str], Self); 10] = [
            (&["os/400", "as/400", "ibm i ", "os400"], Self::As400),
            (&["z/os", "mvs"], Self::Mvs),
            (&["z/vm", "vm/cms", "vm/esa"], Self::ZVm),
            (&["vms"], Self::Vms),
            (&["os/2"], Self::Os2),
            (&["netware"], Self::Netware),
            (&["nonstop", "tandem", "guardian"], Self::HpNonStop),
            (&["macos", "mac os"], Self::Mac),
            (&["windows", "win32", "ms-dos"], Self::Dos),
            (&["unix", "linux", "bsd"], Self::Unix),
        ];
        let found = systems.iter().find(|(words, _)| words.iter().any(|word| has(word)));
        found.map(|(_, format)| *format)
    }

    /// A parser for a listing that is still arriving; `None` if the format needs the whole listing.
    pub(super) fn line_parser(
        self,
        context: &ListingContext,
    ) -> Option<Box<dyn LineParser + Send>> {
        match self {
            Self::Unix | Self::Mac => Some(Box::new(unix::Unix::new(context.now))),
            Self::Mlsd => Some(Box::new(mlsd::Mlsd::by_line(self.is_known(context)))),
            _ => None,
        }
    }

    fn is_known(self, context: &ListingContext) -> bool {
        [context.format, context.hint].contains(&Some(self))
    }

    /// A parser for a whole listing.
    pub(super) fn parser<'a>(
        self,
        bytes: &'a [u8],
        context: &ListingContext,
    ) -> Box<dyn LineParser + 'a> {
        let known = self.is_known(context);
        match self {
            Self::Mlsd => Box::new(mlsd::Mlsd::new(bytes, known)),
            Self::Eplf => Box::new(eplf::Eplf),
            Self::Netware => Box::new(netware::Netware::new(context.now)),
            Self::Unix | Self::Mac => Box::new(unix::Unix::new(context.now)),
            Self::Dos => Box::new(dos::Dos::new(bytes)),
            Self::Vms => Box::new(vms::Vms),
            Self::As400 => Box::new(as400::As400::new(bytes, context.now)),
            Self::Mvs => Box::new(mvs::Mvs::new(known)),
            Self::HpNonStop => Box::new(nonstop::NonStop),
            Self::Os2 => Box::new(os2::Os2),
            Self::NumericUnix => Box::new(Simple(small::numeric_unix)),
            Self::VShell => Box::new(Simple(small::vshell)),
            Self::VxWorks => Box::new(Simple(small::vxworks)),
            Self::Nortel => Box::new(Simple(small::nortel)),
            Self::Os9 => Box::new(Simple(small::os9)),
            Self::ZVm => Box::new(Simple(small::zvm)),
            Self::Windows3 => Box::new(Simple(small::windows3)),
        }
    }
}
