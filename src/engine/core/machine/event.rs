//! What the machine is told, and what it asks its driver to do.

use std::sync::Arc;
use std::time::Instant;

use jiff::Timestamp;

use crate::base::{ItemId, JobId};
use crate::engine::api::{Control, Failure, FailureKind, ItemReport, Level, Report};
use crate::engine::message::{LaneId, Opened, Purpose};
use crate::queue::store::{ClaimedItems, ItemSelection, ReturnedItem, VersionedTotals};
use crate::queue::{Ending, Item, ItemState, JobKind, JobRules, JobSites, RetryClass};
use crate::site::{Location, Site, SiteKey};
use crate::transfer::StopRequest;

/// When an event happened.
#[derive(Debug, Clone, Copy)]
pub(in crate::engine) struct Now {
    /// For waiting times, which a change of the system clock must not touch.
    pub(in crate::engine) instant: Instant,
    /// For start times that the user has set.
    pub(in crate::engine) wall: Timestamp,
}

/// Names a request whose answer the driver sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(in crate::engine) struct Ticket(pub(in crate::engine) u64);

/// A job that this engine runs from now on.
#[derive(Debug)]
pub(in crate::engine) struct NewJob {
    pub(in crate::engine) job: JobId,
    pub(in crate::engine) kind: JobKind,
    pub(in crate::engine) rules: JobRules,
    pub(in crate::engine) ends: JobSites,
    pub(in crate::engine) priority: i32,
    pub(in crate::engine) held: bool,
    /// True when its trees must be listed.
    pub(in crate::engine) walk: bool,
    /// Nothing is listed or sent before.
    pub(in crate::engine) start_at: Option<Timestamp>,
    /// True when an earlier run has planned files of it, whose targets may have changed since.
    pub(in crate::engine) stale: bool,
    /// True when the user has given it up, and an earlier run did not get to the end of that.
    pub(in crate::engine) cancelled: bool,
    pub(in crate::engine) counted: VersionedTotals,
    /// Those of its sites that lose connections when several transfers run.
    pub(in crate::engine) one_lane: Vec<SiteKey>,
}

/// How a lane's try of a file ended.
#[derive(Debug)]
pub(in crate::engine) struct Tried {
    pub(in crate::engine) job: JobId,
    pub(in crate::engine) item: ItemId,
    pub(in crate::engine) state: ItemState,
    pub(in crate::engine) ending: Ending,
    pub(in crate::engine) failure: Option<FailureKind>,
    /// What the failure means for the next try; `None` when there was none.
    pub(in crate::engine) retry_class: Option<RetryClass>,
}

/// Something that happened.
#[derive(Debug)]
pub(in crate::engine) enum Event {
    /// Time has passed.
    Tick,
    /// A task needs one session of each site.
    Borrow { ticket: Ticket, sites: Vec<Arc<Site>>, purpose: Purpose },
    /// Whoever waited for sessions is gone.
    Withdrawn(Ticket),
    /// A session came back, or its place became free.
    Returned(SiteKey),
    /// An idle session is used to keep it alive.
    KeepsAlive(SiteKey),
    /// A login ended. `one_lane`: the server loses connections when several transfers run.
    Opened { site: SiteKey, opened: Opened, one_lane: bool },
    /// Sizes of growing files on this site are wanted, if a session is free.
    PollSizes(Arc<Site>),
    /// A walk waits until a site may be tried again.
    AwaitSite { ticket: Ticket, job: JobId, site: SiteKey },
    /// A job is in the store and runs here.
    JobTaken(Box<NewJob>),
    /// The walk of a job has met a directory: files will follow.
    DirectoryFound(JobId),
    /// A walk has put files into the store.
    Added { job: JobId, counted: VersionedTotals },
    /// The trees of a job were listed, or could not be; also: emptied source directories of a
    /// move were deleted.
    Walked { job: JobId, failure: Option<Failure> },
    /// The store has handed out files; `None` when it could not.
    Claimed { job: JobId, claimed: Option<ClaimedItems> },
    /// What came back from a lane is in the store.
    Settled { job: JobId, item: ItemId, counted: Vec<(JobId, VersionedTotals)> },
    /// A lane wants its next file.
    Next(LaneId),
    /// A lane was gone before it took the file that it was given.
    NotTaken { job: JobId, item: ItemId },
    /// A running file gets another target name.
    Renamed { job: JobId, item: ItemId, target: Location },
    /// A lane has ended a try.
    Tried(Box<Tried>),
    /// A lane has ended; with why, if it could not go on.
    LaneOver { lane: LaneId, failure: Option<Failure> },
    /// The user acts on a job.
    ControlJob(JobId, Control),
    /// The user acts on files: those named in `running` are under way here.
    ControlItems { running: Vec<(JobId, ItemId)>, selection: ItemSelection, control: Control },
    /// The store has changed files for the user.
    Controlled { counted: Vec<(JobId, VersionedTotals)>, control: Control },
    /// The user wants another number of lanes for jobs.
    SetLanes(Vec<(JobId, Option<usize>)>),
    /// A scheduled job begins now.
    StartNow(JobId),
    /// Nothing new begins, or may begin again.
    Pause(bool),
    /// These jobs are gone from the store.
    Forgotten(Vec<JobId>),
    /// The program ends: what runs stops and can go on later.
    Shutdown,
}

/// What the user wants written down about a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::engine) enum Note {
    Cancelled(JobId),
    Held(JobId, bool),
    Priority(JobId, i32),
    /// The job is not run here: the priority is moved by this step in the store.
    MovePriority(JobId, i32),
    StartNow(JobId),
    Listed(JobId),
}

impl Event {
    /// True when rows or counts of the queue may look different afterwards.
    pub(in crate::engine) fn changes_queue(&self) -> bool {
        !matches!(
            self,
            Self::Tick
                | Self::Borrow { .. }
                | Self::Withdrawn(_)
                | Self::Returned(_)
                | Self::KeepsAlive(_)
                | Self::PollSizes(_)
                | Self::AwaitSite { .. }
        )
    }
}

/// Something for the driver to do.
#[derive(Debug)]
pub(in crate::engine) enum Effect {
    /// Lend one session of each site to whoever holds the ticket.
    Lend {
        ticket: Ticket,
        sites: Vec<Arc<Site>>,
    },
    /// Lend a session for asking sizes.
    PollSizes(Arc<Site>),
    /// Answer a walk that waited for its site: go on, or give up.
    Wake {
        ticket: Ticket,
        go: bool,
    },
    StartLane {
        lane: LaneId,
        job: JobId,
    },
    /// Hand a file to a lane that waits.
    Give {
        lane: LaneId,
        item: Box<Item>,
    },
    /// Tell a lane that waits that there is no more for it.
    Dismiss(LaneId),
    /// Tell a transfer to stop.
    Signal {
        item: ItemId,
        stop_request: StopRequest,
    },
    /// List the trees of a job.
    Walk(JobId),
    /// Stop listing; `false` allows it again.
    StopWalk(JobId, bool),
    /// Write down that a tree could not be listed to its end, then report the walk as over.
    RecordFailedWalk {
        job: JobId,
        failure: Failure,
    },
    /// Delete the emptied source directories of a move, then report the walk as over.
    RemoveEmptied(JobId),
    /// Ask the store for files; `all`: also those that are held or put off.
    Claim {
        job: JobId,
        limit: usize,
        all: bool,
    },
    /// Give a file back to the store; `batch`: others follow soon and share the commit.
    GiveBack {
        back: ReturnedItem,
        report: Option<Box<ItemReport>>,
        batch: bool,
    },
    /// Change files in the store.
    ItemChange {
        selection: ItemSelection,
        control: Control,
    },
    Note(Note),
    /// Write down that a job has ended, and tell its front end.
    EndJob(JobId),
    Report(JobId, Report),
    Notice(Level, String),
    /// Tell the user and the front ends of these jobs about a site.
    SiteNotice {
        site: SiteKey,
        text: String,
        jobs: Vec<JobId>,
    },
}
