//! Where answers and reports go: the channels to the tasks and front ends that the machine knows
//! only by ticket, lane, file or job.

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

/// Tasks that wait for an answer.
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

    /// Requests for sessions whose task is gone.
    pub(super) fn take_withdrawn(&mut self) -> Vec<Ticket> {
        let gone = self.sessions.extract_if(|_, answer| answer.is_closed());
        gone.map(|(ticket, _)| ticket).collect()
    }

    pub(super) fn lend(&mut self, ticket: Ticket, leases: Vec<Lease>) {
        if let Some(answer) = self.sessions.remove(&ticket) {
            // leases that nobody takes give their sessions back
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

    /// Hands work to a lane that waits, or ends it. False when the lane is gone.
    pub(super) fn answer_lane(&mut self, lane: LaneId, work: Option<Work>) -> bool {
        self.lanes.remove(&lane).is_some_and(|answer| answer.send(work).is_ok())
    }

    pub(super) fn lane_over(&mut self, lane: LaneId) {
        self.lanes.remove(&lane);
    }

    /// Numbers a question.
    pub(super) fn ask(&mut self, answer: oneshot::Sender<usize>) -> u64 {
        self.last_question += 1;
        self.questions.insert(self.last_question, answer);
        self.last_question
    }

    /// True when the question was open.
    pub(super) fn answer(&mut self, question: u64, choice: usize) -> bool {
        let answer = self.questions.remove(&question);
        answer.map(|answer| reply(answer, choice)).is_some()
    }
}

/// A job that this engine runs or ran, seen from its tasks.
#[derive(Debug)]
pub(super) struct JobLink {
    /// Where its results are reported; gone after its end.
    pub(super) reports: Option<mpsc::UnboundedSender<Report>>,
    /// Stops its walk.
    pub(super) stop_walk: watch::Sender<bool>,
    /// Where it may write on this machine.
    pub(super) sandbox: Option<Sandbox>,
    /// Its first source; all of them for a move, whose emptied directories are deleted.
    pub(super) sources: Vec<Location>,
    /// The walk that has not begun yet.
    pub(super) walk: Option<PendingWalk>,
}

/// A walk that has not begun yet.
#[derive(Debug)]
pub(super) struct PendingWalk {
    pub(super) spec: JobSpec,
    /// True when an earlier walk was cut short.
    pub(super) again: bool,
}

/// A file that is being copied, seen from its transfer.
#[derive(Debug)]
pub(super) struct Running {
    pub(super) job: JobId,
    pub(super) lane: LaneId,
    pub(super) progress: Arc<Progress>,
    pub(super) stop_request: watch::Sender<StopRequest>,
    pub(super) begun: Instant,
    pub(super) rate: Rate,
    /// How it is copied, once that is known.
    pub(super) way: Ending,
    /// Where its growing size can be asked for.
    pub(super) stored_at: Option<Location>,
}
