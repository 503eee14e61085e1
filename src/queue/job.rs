//! The specification of a job, and the states of its items.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use crate::base::rules::{Compare, Deletes, Exists, Links, Verify, ViaRule};
use crate::base::{EntryFilters, words};
use crate::ftp::{Entry, Kind};
use crate::site::{Location, Switch};
use crate::transfer::{Form, StoreAs};

/// The operation of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum JobKind {
    /// Copy the sources into the target.
    Copy,
    /// Copy, and delete each source after a verdict of complete or better.
    Move,
    /// Delete the sources; there is no target.
    Delete,
    /// Make the target directory identical to the source directory.
    Mirror,
}

words!(JobKind { Copy: "copy", Move: "move", Delete: "delete", Mirror: "mirror" });

/// The rules of one job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct JobRules {
    /// What to do when the target exists.
    pub exists: Exists,
    /// How copies are verified.
    pub verify: Verify,
    /// Whether files go directly between the servers or through this machine.
    pub via: ViaRule,
    /// The number of lanes; `None` means as many as the limits of both sites allow, at most 4.
    pub parallel: Option<usize>,
    /// Whether targets get the permissions of their sources.
    pub permissions: bool,
    /// The representation type of transfers between a server and this machine.
    pub form: Form,
    /// How uploads are stored: `STOR`, `APPE` or `STOU`.
    pub store: StoreAs,
}

/// The rules for the content of a job's directories.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TreeRules {
    /// The path filter of the job. The filters of the target site and of the settings apply as
    /// well.
    pub take: EntryFilters,
    /// How symbolic links are handled.
    pub links: Links,
    /// How a mirror compares files.
    pub compare: Compare,
    /// Whether a mirror deletes files that are not at the source.
    pub delete: Deletes,
}

/// A file or directory that the user has selected for a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Its location.
    pub at: Location,
    /// Its kind; `None` when it is not known yet.
    pub kind: Option<Kind>,
    /// Its size in bytes, if known.
    pub size: Option<u64>,
}

/// A job as the user submits it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobSpec {
    /// The operation.
    pub kind: JobKind,
    /// The sources: all on one site, or all local.
    pub sources: Vec<Source>,
    /// The target directory, or with [`JobSpec::rename_to`] the new path of the only source.
    /// `None` for [`JobKind::Delete`].
    pub target: Option<Location>,
    /// True when `target` is the new path of the only source; false when the sources keep their
    /// names in the directory `target`.
    pub rename_to: bool,
    /// The rules for each file.
    pub rules: JobRules,
    /// The rules for the content of directories.
    pub tree: TreeRules,
    /// The job does not start before this time.
    pub start_at: Option<Timestamp>,
}

impl JobSpec {
    /// The permissions for the copy of `entry`, if they are copied: the target site's setting
    /// decides, or the job's if the site has none. Only the read, write and execute bits are
    /// copied, not setuid, setgid and sticky.
    #[must_use]
    pub fn mode_for(&self, entry: &Entry) -> Option<u32> {
        let mode = entry.perms.as_ref()?.mode()? & 0o777;
        self.keeps_permissions().then_some(mode)
    }

    /// True when copies get the permissions of their sources.
    #[must_use]
    pub fn keeps_permissions(&self) -> bool {
        let site = self.target.as_ref().and_then(Location::remote).map(|(site, _)| site);
        match site.map(|site| site.keep_permissions) {
            Some(Switch::Yes) => true,
            Some(Switch::No) => false,
            Some(Switch::Auto) | None => self.rules.permissions,
        }
    }
}

/// The state of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ItemState {
    /// Waits to be processed.
    Waiting,
    /// A lane works on it.
    Running,
    /// Finished successfully.
    Done,
    /// Skipped by a rule; the reason names it.
    Skipped,
    /// Failed; the reason says why. It can be retried.
    Failed,
    /// Held until the user releases it or answers a question.
    Held,
    /// Cancelled by the user. It can be retried.
    Cancelled,
}

words!(ItemState {
    Waiting: "waiting",
    Running: "running",
    Done: "done",
    Skipped: "skipped",
    Failed: "failed",
    Held: "held",
    Cancelled: "cancelled"
});

impl ItemState {
    /// True for the final states: only the user can retry the item.
    #[must_use]
    pub fn is_ended(self) -> bool {
        matches!(self, Self::Done | Self::Skipped | Self::Failed | Self::Cancelled)
    }
}
