//! What a job asks for, and the states of its items.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use crate::base::rules::{Compare, Deletes, Exists, Links, Verify, ViaRule};
use crate::base::{Selections, words};
use crate::ftp::{Entry, Kind};
use crate::site::{Location, Switch};
use crate::transfer::{Form, StoreAs};

/// What is to be done with the sources.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum JobKind {
    /// Copy them into the target.
    Copy,
    /// Copy, and delete each source after a verdict of complete or better.
    Move,
    /// Delete them; there is no target.
    Delete,
    /// Make the target directory like the source directory.
    Mirror,
}

words!(JobKind { Copy: "copy", Move: "move", Delete: "delete", Mirror: "mirror" });

/// The rules of one job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Rules {
    /// What to do with existing targets.
    pub exists: Exists,
    /// How to check.
    pub verify: Verify,
    /// Which way to go.
    pub via: ViaRule,
    /// Lanes side by side; `None` lets the limits of both sites decide, at most 4.
    pub parallel: Option<usize>,
    /// Whether targets get the permissions of their sources.
    pub permissions: bool,
    /// How bytes are carried between a server and this machine.
    pub form: Form,
    /// Under which names uploads are stored.
    pub store: StoreAs,
}

/// What of the directories of a job is taken.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TreeRules {
    /// Which entries are taken; what the site that receives and the settings leave out is left
    /// out as well.
    pub take: Selections,
    /// What becomes of symbolic links.
    pub links: Links,
    /// How a mirror compares.
    pub compare: Compare,
    /// Whether a mirror deletes.
    pub delete: Deletes,
}

/// One thing that a job begins with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Where it is.
    pub at: Location,
    /// What it is; `None` when nobody has looked yet.
    pub kind: Option<Kind>,
    /// Its size in bytes, if known.
    pub size: Option<u64>,
}

/// What the user asks for in one go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobSpec {
    /// Copy, move, delete or mirror.
    pub kind: JobKind,
    /// What to take. All of one site, or all local.
    pub sources: Vec<Source>,
    /// The directory that receives the sources, or with [`JobSpec::rename_to`] the place that
    /// the only source becomes. `None` for [`JobKind::Delete`].
    pub target: Option<Location>,
    /// True when the only source becomes `target` itself; false when the sources go into it
    /// under their own names.
    pub rename_to: bool,
    /// The rules for each file.
    pub rules: Rules,
    /// The rules for what is found in directories.
    pub tree: TreeRules,
    /// Nothing of it is begun before.
    pub start_at: Option<Timestamp>,
}

impl JobSpec {
    /// The permissions that the copy of `entry` is to get, if any: the site that receives decides,
    /// and where it says nothing, the job. Who may read, write and enter is all that is copied:
    /// no server is asked, and lets nobody here, to run a program as somebody else.
    #[must_use]
    pub fn mode_for(&self, entry: &Entry) -> Option<u32> {
        let mode = entry.perms.as_ref()?.mode()? & 0o777;
        self.keeps_permissions().then_some(mode)
    }

    /// True when copies are to get the permissions of their sources.
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

/// Where an item stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ItemState {
    /// Its turn will come.
    Waiting,
    /// Being worked on.
    Running,
    /// Ended well.
    Done,
    /// Left out by a rule; the reason says which.
    Skipped,
    /// Ended badly; the reason says why. It can be retried.
    Failed,
    /// Waits until the user releases it or answers a question.
    Held,
    /// Given up by the user. It can be retried.
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
    /// True when nothing more will happen by itself.
    #[must_use]
    pub fn is_ended(self) -> bool {
        matches!(self, Self::Done | Self::Skipped | Self::Failed | Self::Cancelled)
    }
}
