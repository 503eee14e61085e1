//! Lines of LIST.

use std::io::Write;

use crate::demo::listing::date;
use crate::demo::store::Meta;
use crate::ftp::Kind;

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Files older than this are listed with the year instead of the time.
const HALF_YEAR: i64 = 182 * 86_400;

/// The line format of LIST.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    /// Like `ls -l`.
    Unix(Columns),
    /// Like `DIR` of DOS.
    Dos,
}

/// The columns of a Unix listing: their widths, and the owner and group of all files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Columns {
    pub(crate) links: usize,
    pub(crate) owner: usize,
    pub(crate) group: usize,
    pub(crate) size: usize,
    pub(crate) owner_name: &'static str,
    pub(crate) group_name: &'static str,
    /// Pads days with a zero (`09`) instead of a space.
    pub(crate) zero_day: bool,
}

impl Style {
    /// Appends one line without line end.
    pub(crate) fn line(&self, out: &mut Vec<u8>, name: &[u8], meta: &Meta, now: i64) {
        match self {
            Self::Unix(columns) => columns.line(out, name, meta, now),
            Self::Dos => dos(out, name, meta),
        }
    }
}

impl Columns {
    fn line(&self, out: &mut Vec<u8>, name: &[u8], meta: &Meta, now: i64) {
        out.push(match meta.kind {
            Kind::Dir => b'd',
            Kind::Link => b'l',
            Kind::File => b'-',
            Kind::Other => b'p',
        });
        out.extend_from_slice(&mode_text(meta.mode));
        let links = if meta.kind == Kind::Dir { 2 } else { 1 };
        let at = date(meta.mtime);
        let month = MONTHS[at.month().clamp(1, 12) as usize - 1];
        let day =
            if self.zero_day { format!("{:02}", at.day()) } else { format!("{:2}", at.day()) };
        let when = if (now - HALF_YEAR..=now + 86_400).contains(&meta.mtime) {
            format!("{:02}:{:02}", at.hour(), at.minute())
        } else {
            format!("{:5}", at.year())
        };
        // writing to a vector does not fail
        let _ = write!(
            out,
            " {links:>0$} {owner:<1$} {group:<2$} {size:>3$} {month} {day} {when} ",
            self.links,
            self.owner,
            self.group,
            self.size,
            owner = self.owner_name,
            group = self.group_name,
            size = meta.size,
        );
        out.extend_from_slice(name);
        if let Some(target) = &meta.target {
            out.extend_from_slice(b" -> ");
            out.extend_from_slice(target);
        }
    }
}

fn dos(out: &mut Vec<u8>, name: &[u8], meta: &Meta) {
    let at = date(meta.mtime);
    let (hour, half) = match at.hour() {
        0 => (12, "AM"),
        hour @ 1..=11 => (hour, "AM"),
        12 => (12, "PM"),
        hour => (hour - 12, "PM"),
    };
    let what = match meta.kind {
        Kind::Dir => format!("{:<20}", "      <DIR>"),
        _ => format!("{:>20}", meta.size),
    };
    let _ = write!(
        out,
        "{:02}-{:02}-{:02}  {hour:02}:{:02}{half} {what} ",
        at.month(),
        at.day(),
        at.year() % 100,
        at.minute()
    );
    out.extend_from_slice(name);
}

/// `rwxr-xr-x`.
fn mode_text(mode: u32) -> [u8; 9] {
    std::array::from_fn(|at| {
        let set = mode & (0o400 >> at) != 0;
        if set { b"rwx"[at % 3] } else { b'-' }
    })
}
