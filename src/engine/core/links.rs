//! The channels to the tasks and front ends, which the state machine knows only by ticket, lane,
//! file or job.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use tokio::sync::{mpsc, oneshot, watch};

use crate::base::JobId;
use crate::engine::api::{Failure, Report};
use crate::engine::core::machine::event::Ticket;
use crate::engine::core::rate::Rate;
use crate::engine::message::{LaneId, Lease, Work, reply};
use crate::engine::sandbox::Sandbox;
use crate::queue::{Ending, JobSpec};
use crate::site::Location;
use crate::transfer::{Progress, StopRequest};

type Sessions = oneshot::Sender<Result<Vec<Lease>, Failure>>;

/// The answer channels of waiting tasks.
#[derive(Debug, Default)]
pub(super) struct Links {
    last_ticket: u64,
    sessions: HashMap<Ticket, Sessions>,
    walks: HashMap<Ticket, oneshot::Sender<bool>>,
    lanes: HashMap<LaneId, oneshot::Sender<Option<Work>>>,
    last_question: u64,
    questions: HashMap<u64, oneshot::Sender<usize>>,
}

impl Links {
    fn ticket(&mut self) -> Ticket {
        self.last_ticket += 1;
        Ticket(self.last_ticket)
    }

    pub(super) fn wait_for_sessions(&mut self, answer: Sessions) -> Ticket {
        let ticket = self.ticket();
        self.sessions.insert(ticket, answer);
        ticket
    }

    pub(super) fn wait_for_site(&mut self, answer: oneshot::Sender<bool>) -> Ticket {
        let ticket = self.ticket();
        self.walks.insert(ticket, answer);
        ticket
    }

    /// Takes the tickets of requests for sessions whose task is gone.
    pub(super) fn take_withdrawn(&mut self) -> Vec<Ticket> {
        let gone = self.sessions.extract_if(|_, answer| answer.is_closed());
        gone.map(|(ticket, _)| ticket).collect()
    }

    pub(super) fn lend(&mut self, ticket: Ticket, leases: Vec<Lease>) {
        if let Some(answer) = self.sessions.remove(&ticket) {
            // leases that are not received give their sessions back when dropped
            reply(answer, Ok(leases));
        }
    }

    pub(super) fn wake(&mut self, ticket: Ticket, go: bool) {
        if let Some(answer) = self.walks.remove(&ticket) {
            reply(answer, go);
        }
    }

    pub(super) fn lane_waits(&mut self, lane: LaneId, answer: oneshot::Sender<Option<Work>>) {
        self.lanes.insert(lane, answer);
    }

    /// Gives work to a waiting lane; `None` ends it. False if the lane is gone.
    pub(super) fn answer_lane(&mut self, lane: LaneId, work: Option<Work>) -> bool {
        self.lanes.remove(&lane).is_some_and(|answer| answer.send(work).is_ok())
    }

    pub(super) fn lane_over(&mut self, lane: LaneId) {
        self.lanes.remove(&lane);
    }

    /// Registers a question and returns its ID.
    pub(super) fn ask(&mut self, answer: oneshot::Sender<usize>) -> u64 {
        self.last_question += 1;
        self.questions.insert(self.last_question, answer);
        self.last_question
    }

    /// Answers a question; false if it was not open.
    pub(super) fn answer(&mut self, question: u64, choice: usize) -> bool {
        let answer = self.questions.remove(&question);
        answer.map(|answer| reply(answer, choice)).is_some()
    }
}

/// The channels and data of a job that this engine runs or ran.
#[derive(Debug)]
pub(super) struct JobLink {
    /// Receives its results; `None` after its end.
    pub(super) reports: Option<mpsc::UnboundedSender<Report>>,
    /// Stops its walk.
    pub(super) stop_walk: watch::Sender<bool>,
    /// The local directory it may write in.
    pub(super) sandbox: Option<Sandbox>,
    /// Its first source; all sources for a move, which deletes emptied source directories.
    pub(super) sources: Vec<Location>,
    /// The walk that has not started yet.
    pub(super) walk: Option<PendingWalk>,
}

/// A walk that has not started yet.
#[derive(Debug)]
pub(super) struct PendingWalk {
    pub(super) spec: JobSpec,
    /// True if an earlier walk was interrupted.
    pub(super) again: bool,
}

/// The channels and data of a running transfer.
#[derive(Debug)]
pub(super) struct Running {
    pub(super) job: JobId,
    pub(super) lane: LaneId,
    pub(super) progress: Arc<Progress>,
    pub(super) stop_request: watch::Sender<StopRequest>,
    pub(super) started: Instant,
    pub(super) rate: Rate,
    /// Route, protection and the reason for them, once known.
    pub(super) details: Ending,
    /// The path whose size tells its progress, once known.
    pub(super) stored_at: Option<Location>,
}
