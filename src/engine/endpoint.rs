//! Source or target of a job: a site or this machine, with what can be asked of both.

use std::path::Path;
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
use crate::site::{Location, Site};

/// A site with a session of it, or this machine. Its methods take locations on it.
#[derive(Debug)]
pub(super) enum Endpoint {
    /// A site.
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
    /// A site with a session of it, or this machine for `None`.
    pub(super) async fn borrow(
        hub: &Hub,
        site: Option<&Arc<Site>>,
        purpose: Purpose,
    ) -> Result<Self, Failure> {
        let Some(site) = site else { return Ok(Self::Local) };
        let lease = hub.borrow(vec![site.clone()], purpose).await?.into_iter().next();
        lease.map(Self::remote).ok_or_else(failure::cancelled)
    }

    /// Source and target of a job; the second one is `None` when there is no target, or when both
    /// are on one site, whose session then serves both.
    pub(super) async fn borrow_both(
        hub: &Hub,
        source: &Location,
        target: Option<&Location>,
    ) -> Result<(Self, Option<Self>), Failure> {
        let shared = source.remote().is_some() && target.is_some_and(|at| at.same_site(source));
        let target = target.filter(|_| !shared);
        let sites = [source.site(), target.and_then(Location::site)];
        let sites = sites.into_iter().flatten().cloned().collect();
        let mut leases = hub.borrow(sites, Purpose::Work).await?.into_iter();
        let mut end = |at: &Location| match at {
            Location::Remote { .. } => {
                leases.next().map(Self::remote).ok_or_else(failure::cancelled)
            }
            Location::Local(_) => Ok(Self::Local),
        };
        Ok((end(source)?, target.map(end).transpose()?))
    }

    fn remote(lease: Lease) -> Self {
        Self::Remote(Box::new(lease))
    }

    /// The same, for a walk of this job that waits for its site when it is away.
    pub(super) fn patient(self, job: JobId) -> Self {
        match self {
            Self::Remote(lease) => Self::remote(lease.patient(job)),
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
        let Self::Remote(lease) = self else { return list_local(&at.to_local_path()).await };
        let path = at.to_remote_path();
        let (path, entries, unreadable) = lease
            .with_live_session(hub, ("list", &path), |session, path| {
                Box::pin(list_remote(session, path))
            })
            .await?;
        Ok(Listed { at: at.at(path), entries, unreadable })
    }

    /// Free bytes at a directory; `None` where they are unknown.
    pub(super) async fn free_space(&mut self, hub: &Hub, at: &Location) -> Option<u64> {
        let Self::Remote(lease) = self else { return None };
        // a session that breaks here is not lent again, and the listing is there
        lease.session(hub).await.ok()?.free_space(&at.to_remote_path()).await.ok()?
    }

    /// What is there; `None` when nothing is.
    pub(super) async fn stat(
        &mut self,
        hub: &Hub,
        at: &Location,
    ) -> Result<Option<Entry>, Failure> {
        match self {
            Self::Remote(lease) => {
                let path = at.to_remote_path();
                lease
                    .with_live_session(hub, ("look at", &path), |session, path| {
                        Box::pin(stat_remote(session, path))
                    })
                    .await
            }
            Self::Local => {
                let path = at.to_local_path();
                match fs::symlink_metadata(&path).await {
                    Ok(_) => entry_of(&path).await.map(Some),
                    Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
                    Err(error) => Err(failure::of_io("look at", &path, &error)),
                }
            }
        }
    }

    /// The size of a file, when it exists; a server may not tell it even then.
    pub(super) async fn size(
        &mut self,
        hub: &Hub,
        at: &Location,
    ) -> Result<Option<Option<u64>>, Failure> {
        if let Self::Remote(lease) = self {
            let path = at.to_remote_path();
            let size = lease
                .with_session(hub, ("look at", &path), |session, path| Box::pin(session.size(path)))
                .await?;
            if size.is_some() {
                return Ok(Some(size));
            }
        }
        // a refusal may only mean that the server has no SIZE
        Ok(self.stat(hub, at).await?.map(|entry| entry.size))
    }

    /// The time of a file, if the endpoint tells it.
    pub(super) async fn modified(
        &mut self,
        hub: &Hub,
        at: &Location,
    ) -> Result<Option<Stamp>, Failure> {
        let Self::Remote(lease) = self else {
            return Ok(file_here(&at.to_local_path()).await.ok().and_then(|(_, time)| time));
        };
        let path = at.to_remote_path();
        lease
            .with_live_session(hub, ("look at", &path), |session, path| {
                Box::pin(session.modified(path))
            })
            .await
    }

    /// Whether there is a directory that can be entered. CWD tells it in one round trip, also of
    /// what no listing shows; only where it accepts any name (z/OS), a listing has to agree.
    pub(super) async fn is_dir(&mut self, hub: &Hub, at: &Location) -> Result<bool, Failure> {
        match self {
            Self::Remote(lease) => {
                let path = at.to_remote_path();
                lease
                    .with_live_session(hub, ("look at", &path), |session, path| {
                        Box::pin(enters(session, path))
                    })
                    .await
            }
            Self::Local => {
                Ok(fs::metadata(at.to_local_path()).await.is_ok_and(|found| found.is_dir()))
            }
        }
    }

    /// What a symbolic link leads to, under the link's name; `None` when it leads nowhere.
    pub(super) async fn follow(
        &mut self,
        hub: &Hub,
        at: &Location,
        link: &Entry,
    ) -> Result<Option<Entry>, Failure> {
        match self {
            Self::Remote(lease) => {
                let path = at.to_remote_path();
                let link = link.clone();
                lease
                    .with_session(hub, ("follow the link", &path), |session, path| {
                        Box::pin(follow_remote(session, path, link))
                    })
                    .await
            }
            Self::Local => {
                let path = at.to_local_path();
                match fs::metadata(&path).await {
                    Ok(metadata) => {
                        let mut entry = of_metadata(&link.name, &metadata);
                        entry.target.clone_from(&link.target);
                        Ok(Some(entry))
                    }
                    Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
                    Err(error) => Err(failure::of_io("follow the link", &path, &error)),
                }
            }
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
        match self {
            Self::Remote(lease) => {
                let path = lease.session(hub).await?.absolute(&at.to_remote_path());
                Ok(at.at(path))
            }
            Self::Local => fixed(at),
        }
    }

    /// Makes a directory and those above it; says whether it was new.
    pub(super) async fn make_dir(&mut self, hub: &Hub, at: &Location) -> Result<bool, Failure> {
        match self {
            Self::Remote(lease) => {
                let path = at.to_remote_path();
                lease
                    .with_live_session(hub, ("make the directory", &path), |session, path| {
                        Box::pin(make_remote(session, path))
                    })
                    .await
            }
            Self::Local => {
                let path = at.to_local_path();
                let existed = path.is_dir();
                fs::create_dir_all(&path)
                    .await
                    .map(|()| !existed)
                    .map_err(|error| failure::of_io("make the directory", &path, &error))
            }
        }
    }

    /// Deletes a file or an empty directory.
    pub(super) async fn remove(
        &mut self,
        hub: &Hub,
        at: &Location,
        dir: bool,
    ) -> Result<(), Failure> {
        match self {
            Self::Remote(lease) => {
                let path = at.to_remote_path();
                lease
                    .with_session(hub, ("delete", &path), |session, path| {
                        if dir {
                            Box::pin(session.remove_dir(path))
                        } else {
                            Box::pin(session.remove_file(path))
                        }
                    })
                    .await
            }
            Self::Local => {
                let path = at.to_local_path();
                let removed =
                    if dir { fs::remove_dir(&path).await } else { fs::remove_file(&path).await };
                removed.map_err(|error| failure::of_io("delete", &path, &error))
            }
        }
    }

    /// Renames within the endpoint.
    pub(super) async fn rename(
        &mut self,
        hub: &Hub,
        from: &Location,
        to: &Location,
    ) -> Result<(), Failure> {
        match self {
            Self::Remote(lease) => {
                let (from, to) = (from.to_remote_path(), to.to_remote_path());
                lease
                    .with_session(hub, ("rename", &from), |session, from| {
                        Box::pin(async move { session.rename(from, &to).await })
                    })
                    .await
            }
            Self::Local => {
                let from = from.to_local_path();
                let renamed = fs::rename(&from, to.to_local_path()).await;
                renamed.map_err(|error| failure::of_io("rename", &from, &error))
            }
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

async fn stat_remote(
    session: &mut Session,
    path: &RemotePath,
) -> Result<Option<Entry>, SessionError> {
    let path = session.absolute(path);
    session.stat(&path, now()).await
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
    link: Entry,
) -> Result<Option<Entry>, SessionError> {
    let mut entry = Entry::new(link.name, Kind::Dir);
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

/// [`Location::absolute`].
pub(super) fn fixed(at: &Location) -> Result<Location, Failure> {
    at.absolute().map_err(|error| failure::of_io("find", &at.to_local_path(), &error))
}

/// The site of a location and its read-only mark as a failure, when something is to be changed.
pub(super) fn may_change(at: &Location, step: &'static str) -> Result<(), Failure> {
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
