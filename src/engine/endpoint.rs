//! The two ends of a job, a site or this machine, as one thing to list and to make directories
//! on.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use tokio::fs;

use crate::base::{JobId, RemotePath, Stamp};
use crate::engine::api::{Failure, FailureKind};
use crate::engine::context::Hub;
use crate::engine::failure;
use crate::engine::message::{Lease, Purpose};
use crate::ftp::listing::ListingFormat;
use crate::ftp::{Entry, Kind, Permissions};
use crate::queue::{JobRules, Verify};
use crate::session::{Session, SessionError};
use crate::site::Location;

/// One end of a job.
#[derive(Debug)]
pub(super) enum Endpoint {
    /// A site, with a session of it.
    Remote(Box<Lease>),
    /// This machine.
    Local,
}

/// A directory that was listed.
#[derive(Debug)]
pub(super) struct Listed {
    /// Its absolute path.
    pub(super) at: Location,
    pub(super) entries: Vec<Entry>,
    pub(super) unreadable: usize,
}

impl Endpoint {
    /// The same, for a walk of this job that waits for its site when it is away.
    pub(super) fn patient(self, job: JobId) -> Self {
        match self {
            Self::Remote(lease) => Self::Remote(Box::new(lease.patient(job))),
            Self::Local => Self::Local,
        }
    }

    /// Logs in, where it is a site.
    pub(super) async fn open(&mut self, hub: &Hub) -> Result<(), Failure> {
        match self {
            Self::Remote(lease) => lease.session(hub).await.map(|_| ()),
            Self::Local => Ok(()),
        }
    }

    /// Lists a directory.
    pub(super) async fn list(&mut self, hub: &Hub, at: &Location) -> Result<Listed, Failure> {
        match (self, at) {
            (Self::Remote(lease), Location::Remote { site, path }) => {
                let was_open = lease.is_open();
                let step = format!("list {path}");
                let first = list_remote(lease.session(hub).await?, path).await;
                let listed = match first {
                    Err(error) if was_open && has_died(&error) => {
                        tracing::debug!(%error, "a session had died");
                        list_remote(lease.session(hub).await?, path).await
                    }
                    listed => listed,
                };
                let (path, entries, unreadable) =
                    listed.map_err(|error| failure::of_session(site, &step, &error))?;
                let at = Location::Remote { site: site.clone(), path };
                Ok(Listed { at, entries, unreadable })
            }
            (_, Location::Local(path)) => list_local(path).await,
            (Self::Local, Location::Remote { site, .. }) => {
                Err(failure::usage("list", format!("{} is not on this machine", site.label())))
            }
        }
    }

    /// Free bytes at a directory; `None` where nobody tells.
    pub(super) async fn free_space(&mut self, hub: &Hub, at: &Location) -> Option<u64> {
        match (self, at) {
            (Self::Remote(lease), Location::Remote { path, .. }) => {
                // a session that breaks here is not lent again, and the listing is there
                lease.session(hub).await.ok()?.free_space(path).await.ok()?
            }
            _ => None,
        }
    }

    /// What is there; `None` when nothing is.
    pub(super) async fn stat(
        &mut self,
        hub: &Hub,
        at: &Location,
    ) -> Result<Option<Entry>, Failure> {
        match (self, at) {
            (Self::Remote(lease), Location::Remote { site, path }) => {
                let was_open = lease.is_open();
                let session = lease.session(hub).await?;
                let path = session.absolute(path);
                let step = format!("look at {path}");
                let found = match session.stat(&path, now()).await {
                    Err(error) if was_open && has_died(&error) => {
                        lease.session(hub).await?.stat(&path, now()).await
                    }
                    found => found,
                };
                found.map_err(|error| failure::of_session(site, &step, &error))
            }
            (_, Location::Local(path)) => match fs::symlink_metadata(path).await {
                Ok(_) => entry_of(path).await.map(Some),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
                Err(error) => Err(failure::of_io("look at", path, &error)),
            },
            (Self::Local, Location::Remote { .. }) => Ok(None),
        }
    }

    /// Whether there is a directory that can be gone into. CWD tells it in one round trip, also of
    /// what no listing shows; only where it takes any name (z/OS), a listing has to agree.
    pub(super) async fn is_dir(&mut self, hub: &Hub, at: &Location) -> Result<bool, Failure> {
        let (lease, site, path) = match (self, at) {
            (Self::Remote(lease), Location::Remote { site, path }) => (lease, site, path),
            (_, Location::Local(path)) => {
                return Ok(fs::metadata(path).await.is_ok_and(|found| found.is_dir()));
            }
            (Self::Local, Location::Remote { .. }) => return Ok(false),
        };
        let was_open = lease.is_open();
        let entered = match enters(lease.session(hub).await?, path).await {
            Err(error) if was_open && has_died(&error) => {
                enters(lease.session(hub).await?, path).await
            }
            entered => entered,
        };
        entered.map_err(|error| failure::of_session(site, &format!("look at {path}"), &error))
    }

    /// What a symbolic link leads to, under the link's name; `None` when it leads nowhere.
    pub(super) async fn follow(
        &mut self,
        hub: &Hub,
        at: &Location,
        link: &Entry,
    ) -> Result<Option<Entry>, Failure> {
        match (self, at) {
            (Self::Remote(lease), Location::Remote { site, path }) => {
                let session = lease.session(hub).await?;
                follow_remote(session, path, link).await.map_err(|error| {
                    failure::of_session(site, &format!("follow the link {path}"), &error)
                })
            }
            (_, Location::Local(path)) => match fs::metadata(path).await {
                Ok(metadata) => {
                    let mut entry = of_metadata(&link.name, &metadata);
                    entry.target.clone_from(&link.target);
                    Ok(Some(entry))
                }
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
                Err(error) => Err(failure::of_io("follow the link", path, &error)),
            },
            (Self::Local, Location::Remote { .. }) => Ok(None),
        }
    }

    /// True when files can be given the time of their source.
    pub(super) async fn keeps_times(&mut self, hub: &Hub) -> Result<bool, Failure> {
        match self {
            Self::Remote(lease) => Ok(!lease.session(hub).await?.time_setters().is_empty()),
            Self::Local => Ok(true),
        }
    }

    /// The same place with an absolute path.
    pub(super) async fn absolute(&mut self, hub: &Hub, at: &Location) -> Result<Location, Failure> {
        match (self, at) {
            (Self::Remote(lease), Location::Remote { site, path }) => {
                let path = lease.session(hub).await?.absolute(path);
                Ok(Location::Remote { site: site.clone(), path })
            }
            _ => fixed(at),
        }
    }

    /// Makes a directory and those above it; says whether it was new.
    pub(super) async fn make_dir(&mut self, hub: &Hub, at: &Location) -> Result<bool, Failure> {
        match (self, at) {
            (Self::Remote(lease), Location::Remote { site, path }) => {
                let was_open = lease.is_open();
                let step = format!("make the directory {path}");
                let made = match make_remote(lease.session(hub).await?, path).await {
                    Err(error) if was_open && has_died(&error) => {
                        make_remote(lease.session(hub).await?, path).await
                    }
                    made => made,
                };
                made.map_err(|error| failure::of_session(site, &step, &error))
            }
            (_, Location::Local(path)) => {
                let existed = path.is_dir();
                fs::create_dir_all(path)
                    .await
                    .map(|()| !existed)
                    .map_err(|error| failure::of_io("make the directory", path, &error))
            }
            (Self::Local, Location::Remote { .. }) => Ok(false),
        }
    }

    /// Deletes a file or an empty directory.
    pub(super) async fn remove(
        &mut self,
        hub: &Hub,
        at: &Location,
        dir: bool,
    ) -> Result<(), Failure> {
        match (self, at) {
            (Self::Remote(lease), Location::Remote { site, path }) => {
                let session = lease.session(hub).await?;
                let removed = if dir {
                    session.remove_dir(path).await
                } else {
                    session.remove_file(path).await
                };
                let step = format!("delete {path}");
                removed.map_err(|error| failure::of_session(site, &step, &error))
            }
            (_, Location::Local(path)) => {
                let removed =
                    if dir { fs::remove_dir(path).await } else { fs::remove_file(path).await };
                removed.map_err(|error| failure::of_io("delete", path, &error))
            }
            (Self::Local, Location::Remote { .. }) => Ok(()),
        }
    }

    /// Renames within the end.
    pub(super) async fn rename(
        &mut self,
        hub: &Hub,
        from: &Location,
        to: &Location,
    ) -> Result<(), Failure> {
        match (self, from, to) {
            (
                Self::Remote(lease),
                Location::Remote { site, path: from },
                Location::Remote { path: to, .. },
            ) => {
                let step = format!("rename {from}");
                let session = lease.session(hub).await?;
                session
                    .rename(from, to)
                    .await
                    .map_err(|error| failure::of_session(site, &step, &error))
            }
            (_, Location::Local(from), Location::Local(to)) => {
                fs::rename(from, to).await.map_err(|error| failure::of_io("rename", from, &error))
            }
            _ => Err(failure::usage("rename", "from one site to another it is a move")),
        }
    }
}

async fn list_remote(
    session: &mut Session,
    path: &RemotePath,
) -> Result<(RemotePath, Vec<Entry>, usize), SessionError> {
    let path = session.absolute(path);
    let listing = session.list(&path, now()).await?;
    Ok((path, listing.entries, listing.error_count))
}

async fn enters(session: &mut Session, path: &RemotePath) -> Result<bool, SessionError> {
    let path = session.absolute(path);
    let takes_any_name =
        session.system().and_then(|system| ListingFormat::from_syst(system.as_bytes()))
            == Some(ListingFormat::Mvs);
    let entered = if takes_any_name {
        session.list(&path, now()).await.map(|_| ())
    } else {
        session.change_dir(&path).await
    };
    match entered {
        Ok(()) => Ok(true),
        Err(SessionError::Refused { .. }) => Ok(false),
        Err(error) => Err(error),
    }
}

/// A directory can be entered, a file has a size.
async fn follow_remote(
    session: &mut Session,
    path: &RemotePath,
    link: &Entry,
) -> Result<Option<Entry>, SessionError> {
    let mut entry = Entry::new(link.name.clone(), Kind::Dir);
    match session.change_dir(path).await {
        Ok(()) => return Ok(Some(entry)),
        Err(SessionError::Refused { .. }) => {}
        Err(error) => return Err(error),
    }
    session.set_type_binary().await?;
    entry.kind = Kind::File;
    entry.size = session.size(path).await?;
    entry.mtime = session.modified(path).await?;
    Ok(entry.size.or(entry.mtime.map(|_| 0)).is_some().then_some(entry))
}

/// MKD from the top where the parents are missing.
pub(super) async fn make_remote(
    session: &mut Session,
    path: &RemotePath,
) -> Result<bool, SessionError> {
    let error = match session.make_dir(path).await {
        Err(error @ SessionError::Refused { .. }) => error,
        made => return made,
    };
    let Some(parent) = path.parent().filter(|parent| !parent.is_root()) else {
        return Err(error);
    };
    Box::pin(make_remote(session, &parent)).await?;
    session.make_dir(path).await
}

async fn list_local(path: &Path) -> Result<Listed, Failure> {
    let failed = |error: std::io::Error| failure::of_io("list", path, &error);
    let path = std::path::absolute(path).map_err(failed)?;
    let mut entries = Vec::new();
    let mut unreadable = 0;
    let mut reader = fs::read_dir(&path).await.map_err(failed)?;
    while let Some(found) = reader.next_entry().await.map_err(failed)? {
        match entry_of(&found.path()).await {
            Ok(entry) => entries.push(entry),
            Err(_) => unreadable += 1,
        }
    }
    Ok(Listed { at: Location::Local(path), entries, unreadable })
}

async fn entry_of(path: &Path) -> Result<Entry, Failure> {
    let metadata =
        fs::symlink_metadata(path).await.map_err(|e| failure::of_io("look at", path, &e))?;
    let name = path.file_name().unwrap_or(path.as_os_str()).as_encoded_bytes();
    let mut entry = of_metadata(name, &metadata);
    if entry.kind == Kind::Link {
        let target = fs::read_link(path).await.unwrap_or_default();
        entry.target = Some(target.as_os_str().as_encoded_bytes().into());
    }
    Ok(entry)
}

/// Size and time of a file of this machine, through links.
pub(super) async fn file_here(path: &Path) -> std::io::Result<(u64, Option<Stamp>)> {
    let metadata = fs::metadata(path).await?;
    Ok((metadata.len(), of_metadata(b"", &metadata).mtime))
}

pub(super) fn of_metadata(name: &[u8], metadata: &std::fs::Metadata) -> Entry {
    let kind = match metadata.file_type() {
        kind if kind.is_dir() => Kind::Dir,
        kind if kind.is_file() => Kind::File,
        kind if kind.is_symlink() => Kind::Link,
        _ => Kind::Other,
    };
    let mut entry = Entry::new(name, kind);
    entry.size = (kind == Kind::File).then_some(metadata.len());
    entry.perms = permissions(metadata);
    entry.mtime = metadata
        .modified()
        .ok()
        .and_then(|time| Timestamp::try_from(time).ok())
        .map(|time| Stamp::utc(whole_seconds(time.to_zoned(TimeZone::UTC).datetime())));
    entry
}

#[cfg(unix)]
fn permissions(metadata: &std::fs::Metadata) -> Option<Permissions> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = metadata.permissions().mode() & 0o7777;
    Some(Permissions::from(format!("{mode:04o}").as_str()))
}

#[cfg(not(unix))]
fn permissions(_: &std::fs::Metadata) -> Option<Permissions> {
    None
}

fn whole_seconds(at: DateTime) -> DateTime {
    at.with().subsec_nanosecond(0).build().unwrap_or(at)
}

/// The wall clock from which listings without a year are read: servers mostly run on UTC or on
/// our own time, and the rule for years forgives a day.
pub(super) fn now() -> DateTime {
    Zoned::now().with_time_zone(TimeZone::UTC).datetime()
}

/// The entry `name` of a directory; `None` for a name that this machine cannot hold.
pub(super) fn child(at: &Location, name: &[u8]) -> Option<Location> {
    match at {
        Location::Remote { site, path } => {
            Some(Location::Remote { site: Arc::clone(site), path: path.join(name) })
        }
        Location::Local(path) => local_name(name).map(|name| Location::Local(path.join(name))),
    }
}

/// A name as this machine writes it. A name from a server never leaves its folder: it is one
/// component, which the caller has checked.
#[cfg(unix)]
fn local_name(name: &[u8]) -> Option<PathBuf> {
    use std::os::unix::ffi::OsStrExt;
    Some(PathBuf::from(std::ffi::OsStr::from_bytes(name)))
}

/// A name as this machine writes it; names that are no text or have a meaning of their own are
/// refused.
#[cfg(not(unix))]
fn local_name(name: &[u8]) -> Option<PathBuf> {
    let text = std::str::from_utf8(name).ok()?;
    (!text.contains(['\\', ':', '*', '?', '"', '<', '>', '|'])).then(|| PathBuf::from(text))
}

/// A place of this machine as it is whatever the current directory becomes; others as they are.
pub(super) fn fixed(at: &Location) -> Result<Location, Failure> {
    match at {
        Location::Local(path) => std::path::absolute(path)
            .map(Location::Local)
            .map_err(|error| failure::of_io("find", path, &error)),
        Location::Remote { .. } => Ok(at.clone()),
    }
}

/// The directory above.
pub(super) fn parent(at: &Location) -> Option<Location> {
    match at {
        Location::Remote { site, path } => {
            Some(Location::Remote { site: site.clone(), path: path.parent()? })
        }
        Location::Local(path) => path.parent().map(|path| Location::Local(path.to_owned())),
    }
}

/// The last component of a path.
pub(super) fn name(at: &Location) -> Vec<u8> {
    match at {
        Location::Remote { path, .. } => path.name().to_vec(),
        Location::Local(path) => {
            path.file_name().map(|name| name.as_encoded_bytes().to_vec()).unwrap_or_default()
        }
    }
}

/// The bytes of a path.
pub(super) fn path_bytes(at: &Location) -> Vec<u8> {
    match at {
        Location::Remote { path, .. } => path.as_bytes().to_vec(),
        Location::Local(path) => path.as_os_str().as_encoded_bytes().to_vec(),
    }
}

/// The two ends of a job, each with a session if it is a site; the second one is `None` when both
/// are on one site, whose session then serves both.
pub(super) async fn both(
    hub: &Hub,
    source: &Location,
    target: &Location,
) -> Result<(Endpoint, Option<Endpoint>), Failure> {
    let site_of = |at: &Location| at.remote().map(|(site, _)| site.clone());
    let shared = source.remote().is_some() && same_site(source, target);
    let second = if shared { None } else { site_of(target) };
    let sites = site_of(source).into_iter().chain(second).collect();
    let mut leases = hub.borrow(sites, Purpose::Work).await?.into_iter();
    let mut end = |at: &Location| match at {
        Location::Remote { .. } => {
            leases.next().map_or(Endpoint::Local, |lease| Endpoint::Remote(Box::new(lease)))
        }
        Location::Local(_) => Endpoint::Local,
    };
    let first = end(source);
    let second = (!shared).then(|| end(target));
    Ok((first, second))
}

/// True when one of two places of one site is the other, or lies in it.
pub(super) fn overlap(a: &Location, b: &Location) -> bool {
    match (a, b) {
        (Location::Remote { path: a, .. }, Location::Remote { path: b, .. }) => {
            a.relative_to(b).is_some() || b.relative_to(a).is_some()
        }
        (Location::Local(a), Location::Local(b)) => a.starts_with(b) || b.starts_with(a),
        _ => false,
    }
}

/// True for the top of a site or of this machine, which is always there.
pub(super) fn is_top(at: &Location) -> bool {
    match at {
        Location::Remote { path, .. } => path.is_root(),
        Location::Local(path) => path.parent().is_none(),
    }
}

/// True when both are on the same site, or both here.
pub(super) fn same_site(a: &Location, b: &Location) -> bool {
    match (a, b) {
        (Location::Remote { site: a, .. }, Location::Remote { site: b, .. }) => a.key() == b.key(),
        (Location::Local(_), Location::Local(_)) => true,
        _ => false,
    }
}

/// True when a session may have died unnoticed: what was asked is asked once more of a new one.
fn has_died(error: &SessionError) -> bool {
    matches!(error, SessionError::Net { .. } | SessionError::Closing { .. })
}

/// The site of a location and its read-only mark as a failure, when something is to be changed.
pub(super) fn may_change(at: &Location, step: &str) -> Result<(), Failure> {
    match at {
        Location::Remote { site, .. } if site.read_only => Err(failure::read_only(site, step)),
        _ => Ok(()),
    }
}

/// Why checksums that were asked for cannot be compared with what is computed here; `None` where
/// they can, or nobody asked.
pub(super) fn uncompared(session: &Session, rules: &JobRules) -> Option<String> {
    if rules.verify != Verify::Checksum {
        None
    } else if rules.form.is_text() {
        Some("text is converted on its way: its checksum cannot be compared".to_owned())
    } else if session.digests().strongest().next().is_none() {
        Some("the server computes no checksums: files are checked by their sizes".to_owned())
    } else {
        None
    }
}

/// True for failures after which nothing more of a job can be done.
pub(super) fn is_fatal(failure: &Failure) -> bool {
    matches!(
        failure.kind,
        FailureKind::Connect
            | FailureKind::Login
            | FailureKind::VaultLocked
            | FailureKind::UnknownCertificate { .. }
            | FailureKind::Safety
            | FailureKind::Transient
            | FailureKind::Cancelled
    )
}
