//! The source or target of a job, a site or the local machine, with the operations on both.

use std::path::Path;
use std::sync::Arc;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use tokio::fs;

use crate::base::{JobId, RemotePath, Stamp};
use crate::engine::api::{Failure, FailureKind};
use crate::engine::context::EngineContext;
use crate::engine::failure;
use crate::engine::message::{Lease, Purpose};
use crate::ftp::listing::{Completeness, Listing, ListingFormat};
use crate::ftp::{Entry, Kind, Permissions};
use crate::queue::{JobRules, Verify};
use crate::session::{Presence, Session, SessionError};
use crate::site::{Location, Site};

/// A site with a session, or the local machine. Its methods take locations on it.
#[derive(Debug)]
pub(super) enum Endpoint {
    /// A site.
    Remote(Box<Lease>),
    /// The local machine.
    Local,
}

/// A directory that was listed.
#[derive(Debug)]
pub(super) struct Listed {
    /// Its absolute path.
    pub(super) at: Location,
    pub(super) entries: Vec<Entry>,
    /// Lines that were not understood.
    pub(super) unreadable: usize,
    pub(super) completeness: Completeness,
}

impl Endpoint {
    /// Borrows a session of a site; the local machine for `None`.
    pub(super) async fn borrow(
        context: &EngineContext,
        site: Option<&Arc<Site>>,
        purpose: Purpose,
    ) -> Result<Self, Failure> {
        let Some(site) = site else { return Ok(Self::Local) };
        let lease = context.borrow(vec![site.clone()], purpose).await?.into_iter().next();
        lease.map(Self::remote).ok_or_else(failure::cancelled)
    }

    /// Source and target of a job; the second is `None` if there is no target, or if both are on
    /// one site and share its session.
    pub(super) async fn borrow_both(
        context: &EngineContext,
        source: &Location,
        target: Option<&Location>,
    ) -> Result<(Self, Option<Self>), Failure> {
        let shared = source.remote().is_some() && target.is_some_and(|at| at.same_site(source));
        let target = target.filter(|_| !shared);
        let sites = [source.site(), target.and_then(Location::site)];
        let sites = sites.into_iter().flatten().cloned().collect();
        let mut leases = context.borrow(sites, Purpose::Work).await?.into_iter();
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

    /// Makes the lease wait for its site when it is unreachable, for a walk of this job.
    pub(super) fn retrying(self, job: JobId) -> Self {
        match self {
            Self::Remote(lease) => Self::remote(lease.retrying(job)),
            Self::Local => Self::Local,
        }
    }

    /// Logs in if it is a site.
    pub(super) async fn open(&mut self, context: &EngineContext) -> Result<(), Failure> {
        match self {
            Self::Remote(lease) => lease.session(context).await.map(|_| ()),
            Self::Local => Ok(()),
        }
    }

    /// Lists a directory.
    pub(super) async fn list(
        &mut self,
        context: &EngineContext,
        at: &Location,
    ) -> Result<Listed, Failure> {
        self.list_as(context, at, false).await
    }

    /// Lists a directory; links that the server may report as directories are told apart from them.
    pub(super) async fn list_with_links(
        &mut self,
        context: &EngineContext,
        at: &Location,
    ) -> Result<Listed, Failure> {
        self.list_as(context, at, true).await
    }

    async fn list_as(
        &mut self,
        context: &EngineContext,
        at: &Location,
        links: bool,
    ) -> Result<Listed, Failure> {
        let Self::Remote(lease) = self else { return list_local(&at.to_local_path()).await };
        let path = at.to_remote_path();
        let (path, listing) = lease
            .with_live_session(context, ("list", &path), |session, path| {
                Box::pin(list_remote(session, path, links))
            })
            .await?;
        let Listing { entries, error_count: unreadable, completeness, .. } = listing;
        Ok(Listed { at: at.at(path), entries, unreadable, completeness })
    }

    /// Free space of a directory in bytes; `None` if unknown.
    pub(super) async fn free_space(
        &mut self,
        context: &EngineContext,
        at: &Location,
    ) -> Option<u64> {
        let Self::Remote(lease) = self else { return None };
        // a failure does not matter: the listing has succeeded, and a broken session is not reused
        lease.session(context).await.ok()?.free_space(&at.to_remote_path()).await.ok()?
    }

    /// The properties of a path; `None` if it does not exist.
    pub(super) async fn stat(
        &mut self,
        context: &EngineContext,
        at: &Location,
    ) -> Result<Option<Entry>, Failure> {
        match self {
            Self::Remote(lease) => {
                let path = at.to_remote_path();
                lease
                    .with_live_session(context, ("check", &path), |session, path| {
                        Box::pin(stat_remote(session, path))
                    })
                    .await
            }
            Self::Local => {
                let path = at.to_local_path();
                match fs::symlink_metadata(&path).await {
                    Ok(_) => entry_of(&path).await.map(Some),
                    Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
                    Err(error) => Err(failure::of_io("check", &path, &error)),
                }
            }
        }
    }

    /// Whether there is anything, asked for by itself: for names whose absence no listing proves.
    pub(super) async fn presence(
        &mut self,
        context: &EngineContext,
        at: &Location,
    ) -> Result<Presence, Failure> {
        let Self::Remote(lease) = self else {
            let found = self.stat(context, at).await?;
            return Ok(found.map_or(Presence::Absent, Presence::Present));
        };
        let path = at.to_remote_path();
        lease
            .with_live_session(context, ("look at", &path), |session, path| {
                Box::pin(session.presence(path, now()))
            })
            .await
    }

    /// The size of a file, when it exists; a server may not tell it even then.
    pub(super) async fn size(
        &mut self,
        context: &EngineContext,
        at: &Location,
    ) -> Result<Option<Option<u64>>, Failure> {
        if let Self::Remote(lease) = self {
            let path = at.to_remote_path();
            let size = lease
                .with_session(context, ("check", &path), |session, path| {
                    Box::pin(session.size(path))
                })
                .await?;
            if size.is_some() {
                return Ok(Some(size));
            }
        }
        // a refusal may only mean that the server does not support SIZE
        Ok(self.stat(context, at).await?.map(|entry| entry.size))
    }

    /// The time of a file, if the endpoint tells it.
    pub(super) async fn modified(
        &mut self,
        context: &EngineContext,
        at: &Location,
    ) -> Result<Option<Stamp>, Failure> {
        let Self::Remote(lease) = self else {
            return Ok(local_size_and_time(&at.to_local_path())
                .await
                .ok()
                .and_then(|(_, time)| time));
        };
        let path = at.to_remote_path();
        lease
            .with_live_session(context, ("check", &path), |session, path| {
                Box::pin(session.modified(path))
            })
            .await
    }

    /// Whether the path is a directory that can be entered. CWD takes one round trip and works for
    /// hidden directories; where CWD accepts any name (z/OS), the directory is listed as well.
    pub(super) async fn is_dir(
        &mut self,
        context: &EngineContext,
        at: &Location,
    ) -> Result<bool, Failure> {
        match self {
            Self::Remote(lease) => {
                let path = at.to_remote_path();
                lease
                    .with_live_session(context, ("check", &path), |session, path| {
                        Box::pin(can_enter(session, path))
                    })
                    .await
            }
            Self::Local => {
                Ok(fs::metadata(at.to_local_path()).await.is_ok_and(|found| found.is_dir()))
            }
        }
    }

    /// The target of a symbolic link, under the link's name; `None` if the link is dangling.
    pub(super) async fn follow(
        &mut self,
        context: &EngineContext,
        at: &Location,
        link: &Entry,
    ) -> Result<Option<Entry>, Failure> {
        match self {
            Self::Remote(lease) => {
                let path = at.to_remote_path();
                let link = link.clone();
                lease
                    .with_session(context, ("follow the link", &path), |session, path| {
                        Box::pin(follow_remote(session, path, link))
                    })
                    .await
            }
            Self::Local => {
                let path = at.to_local_path();
                match fs::metadata(&path).await {
                    Ok(metadata) => {
                        let mut entry = entry_from_metadata(&link.name, &metadata);
                        entry.target.clone_from(&link.target);
                        Ok(Some(entry))
                    }
                    Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
                    Err(error) => Err(failure::of_io("follow the link", &path, &error)),
                }
            }
        }
    }

    /// True if the modification times of files can be set.
    pub(super) async fn can_set_times(&mut self, context: &EngineContext) -> Result<bool, Failure> {
        match self {
            Self::Remote(lease) => Ok(!lease.session(context).await?.time_setters().is_empty()),
            Self::Local => Ok(true),
        }
    }

    /// The location with an absolute path.
    pub(super) async fn absolute(
        &mut self,
        context: &EngineContext,
        at: &Location,
    ) -> Result<Location, Failure> {
        match self {
            Self::Remote(lease) => {
                let path = lease.session(context).await?.absolute(&at.to_remote_path());
                Ok(at.at(path))
            }
            Self::Local => absolute(at),
        }
    }

    /// Creates a directory and its parents; returns whether it was new.
    pub(super) async fn make_dir(
        &mut self,
        context: &EngineContext,
        at: &Location,
    ) -> Result<bool, Failure> {
        match self {
            Self::Remote(lease) => {
                let path = at.to_remote_path();
                lease
                    .with_live_session(context, ("create the directory", &path), |session, path| {
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
                    .map_err(|error| failure::of_io("create the directory", &path, &error))
            }
        }
    }

    /// Deletes a file or an empty directory.
    pub(super) async fn remove(
        &mut self,
        context: &EngineContext,
        at: &Location,
        dir: bool,
    ) -> Result<(), Failure> {
        match self {
            Self::Remote(lease) => {
                let path = at.to_remote_path();
                lease
                    .with_session(context, ("delete", &path), |session, path| {
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
        context: &EngineContext,
        from: &Location,
        to: &Location,
    ) -> Result<(), Failure> {
        match self {
            Self::Remote(lease) => {
                let (from, to) = (from.to_remote_path(), to.to_remote_path());
                lease
                    .with_session(context, ("rename", &from), |session, from| {
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
    links: bool,
) -> Result<(RemotePath, Listing), SessionError> {
    let path = session.absolute(path);
    let listing = match links {
        true => session.list_with_links(&path, now()).await?,
        false => session.list(&path, now()).await?,
    };
    Ok((path, listing))
}

async fn stat_remote(
    session: &mut Session,
    path: &RemotePath,
) -> Result<Option<Entry>, SessionError> {
    let path = session.absolute(path);
    session.stat(&path, now()).await
}

async fn can_enter(session: &mut Session, path: &RemotePath) -> Result<bool, SessionError> {
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

/// A link to a directory can be entered, a link to a file has a size or a time.
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

/// Creates a directory, and missing parents first.
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
    let completeness = Completeness::of_unreadable(unreadable);
    Ok(Listed { at: Location::Local(path), entries, unreadable, completeness })
}

async fn entry_of(path: &Path) -> Result<Entry, Failure> {
    let metadata =
        fs::symlink_metadata(path).await.map_err(|e| failure::of_io("check", path, &e))?;
    let name = path.file_name().unwrap_or(path.as_os_str()).as_encoded_bytes();
    let mut entry = entry_from_metadata(name, &metadata);
    if entry.kind == Kind::Link {
        let target = fs::read_link(path).await.unwrap_or_default();
        entry.target = Some(target.as_os_str().as_encoded_bytes().into());
    }
    Ok(entry)
}

/// Size and modification time of a local file; follows links.
pub(super) async fn local_size_and_time(path: &Path) -> std::io::Result<(u64, Option<Stamp>)> {
    let metadata = fs::metadata(path).await?;
    Ok((metadata.len(), entry_from_metadata(b"", &metadata).mtime))
}

pub(super) fn entry_from_metadata(name: &[u8], metadata: &std::fs::Metadata) -> Entry {
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

/// The time for dates without a year in listings. Servers mostly use UTC or our own time zone, and
/// the rule for years tolerates a day.
pub(super) fn now() -> DateTime {
    Zoned::now().with_time_zone(TimeZone::UTC).datetime()
}

/// [`Location::absolute`].
pub(super) fn absolute(at: &Location) -> Result<Location, Failure> {
    at.absolute().map_err(|error| failure::of_io("find", &at.to_local_path(), &error))
}

/// Fails if the location is on a site that is marked read-only.
pub(super) fn check_writable(at: &Location, step: &'static str) -> Result<(), Failure> {
    match at {
        Location::Remote { site, .. } if site.read_only => Err(failure::read_only(site, step)),
        _ => Ok(()),
    }
}

/// Why requested checksums cannot be compared with locally computed ones; `None` if they can, or
/// are not requested.
pub(super) fn checksum_unavailable(session: &Session, rules: &JobRules) -> Option<String> {
    if rules.verify != Verify::Checksum {
        None
    } else if rules.form.is_text() {
        Some("text is converted during the transfer, so its checksum cannot be compared".to_owned())
    } else if session.digests().strongest().next().is_none() {
        Some("the server does not support checksums, so only sizes are compared".to_owned())
    } else {
        None
    }
}

/// True for failures after which the rest of a job cannot be done either.
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
