//! The store's threads: they process requests and combine many changes in one transaction.
//!
//! A change is answered after its transaction is committed, never before. All requests that wait
//! when a transaction starts share it. Each has its own savepoint, so that a failure does not
//! affect the others. A change with no waiting caller ([`StoreRequest::batched`]) does not start a
//! transaction at once: with thousands of small files, a commit for each would keep the disk and a
//! processor busy.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::mpsc;
use std::task::{Context, Poll};
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::{Connection, TransactionBehavior};
use tokio::sync::oneshot;

use crate::queue::store::StoreError;

/// A transaction accepts no further requests after this time.
const MAX_TRANSACTION: Duration = Duration::from_millis(50);

/// How long a batched change waits for others. A crash in this time has the same effect as a crash
/// that much earlier.
const BATCH_WAIT: Duration = Duration::from_millis(10);

/// The operation on the connection.
pub(super) type StoreOp<T> = Box<dyn FnOnce(&Connection) -> rusqlite::Result<T> + Send>;

/// The callback for the result.
type Callback<T> = Box<dyn FnOnce(Result<T, StoreError>) + Send>;

/// A request to the store. It is sent when it is awaited, or one of the methods is called.
#[must_use = "nothing happens until it is awaited, or `then` or `forget` is called"]
pub struct StoreRequest<T> {
    worker: mpsc::Sender<StoreMsg>,
    work: StoreOp<T>,
    batched: bool,
}

impl<T> std::fmt::Debug for StoreRequest<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("StoreRequest")
    }
}

impl<T: Send + 'static> StoreRequest<T> {
    pub(super) fn new(
        worker: mpsc::Sender<StoreMsg>,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Self {
        Self { worker, work: Box::new(work), batched: false }
    }

    /// Allows the change to wait up to 10 ms for others that share its commit.
    pub fn batched(self) -> Self {
        Self { batched: true, ..self }
    }

    /// Sends the request. The callback runs on the store's thread, so it must return quickly.
    /// Callbacks of changes run in the order in which the requests were sent.
    pub fn then(self, answer: impl FnOnce(Result<T, StoreError>) + Send + 'static) {
        let Self { worker, work, batched } = self;
        let request = Typed { work: Some(work), result: None, answer: Box::new(answer), batched };
        if let Err(mpsc::SendError(StoreMsg::Request(request))) =
            worker.send(StoreMsg::Request(Box::new(request)))
        {
            request.answer(Err(StoreError::Closed));
        }
    }

    /// Sends the request; a failure is written to the log.
    pub fn forget(self) {
        self.then(|result| {
            if let Err(error) = result {
                tracing::error!(%error, "cannot write a change of the queue");
            }
        });
    }

    /// Sends the request, and returns a future of the result. The request runs even if the future
    /// is not polled.
    pub fn send(self) -> StoreAnswer<T> {
        let (sender, answer) = oneshot::channel();
        // the caller may have dropped the future
        self.then(|result| drop(sender.send(result)));
        StoreAnswer(answer)
    }

    /// Blocks until the result is available. Must not be called on a thread of the runtime.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn wait(self) -> Result<T, StoreError> {
        self.send().0.blocking_recv().unwrap_or(Err(StoreError::Closed))
    }
}

impl<T: Send + 'static> IntoFuture for StoreRequest<T> {
    type Output = Result<T, StoreError>;
    type IntoFuture = StoreAnswer<T>;

    fn into_future(self) -> StoreAnswer<T> {
        self.send()
    }
}

/// A future of the result of a request.
#[derive(Debug)]
#[must_use]
pub struct StoreAnswer<T>(oneshot::Receiver<Result<T, StoreError>>);

impl<T> Future for StoreAnswer<T> {
    type Output = Result<T, StoreError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(context).map(|answer| answer.unwrap_or(Err(StoreError::Closed)))
    }
}

/// A request with a result of any type.
pub(super) trait Request: Send {
    /// True when it may wait for others.
    fn is_batched(&self) -> bool;
    /// Runs the operation; false when it failed and must be rolled back.
    fn run(&mut self, connection: &Connection) -> bool;
    /// Passes the result to the callback, after the transaction has finished with `committed`.
    fn answer(self: Box<Self>, committed: Result<(), StoreError>);
}

struct Typed<T> {
    work: Option<StoreOp<T>>,
    result: Option<Result<T, StoreError>>,
    answer: Callback<T>,
    batched: bool,
}

impl<T: Send> Request for Typed<T> {
    fn is_batched(&self) -> bool {
        self.batched
    }

    fn run(&mut self, connection: &Connection) -> bool {
        let Some(work) = self.work.take() else { return true };
        let result = work(connection).map_err(StoreError::from);
        let succeeded = result.is_ok();
        self.result = Some(result);
        succeeded
    }

    fn answer(self: Box<Self>, committed: Result<(), StoreError>) {
        let Self { result, answer, .. } = *self;
        answer(committed.and_then(|()| result.unwrap_or(Err(StoreError::Closed))));
    }
}

/// A message to a thread.
pub(super) enum StoreMsg {
    /// Process this request.
    Request(Box<dyn Request>),
    /// Close the connection and exit.
    Close(oneshot::Sender<()>),
}

/// Starts the thread that changes the store. It exits after [`StoreMsg::Close`], or when all
/// senders are dropped. If the thread cannot be started, every request returns
/// [`StoreError::Closed`].
pub(super) fn writer(connection: Connection) -> mpsc::Sender<StoreMsg> {
    start("fxpane-store", connection, batch)
}

/// Starts a thread that only reads.
pub(super) fn reader(connection: Connection) -> mpsc::Sender<StoreMsg> {
    start("fxpane-store-read", connection, |connection, mut request, _| {
        let result = connection
            .transaction_with_behavior(TransactionBehavior::Deferred)
            .map(|transaction| request.run(&transaction));
        request.answer(result.map(|_| ()).map_err(StoreError::from));
        None
    })
}

/// Processes a request and possibly further ones. Returns a received message that is not a request.
type Handle = fn(&mut Connection, Box<dyn Request>, &mpsc::Receiver<StoreMsg>) -> Option<StoreMsg>;

fn start(name: &str, mut connection: Connection, handle: Handle) -> mpsc::Sender<StoreMsg> {
    let (sender, inbox) = mpsc::channel();
    let body = move || {
        let mut next = inbox.recv().ok();
        while let Some(message) = next.take() {
            match message {
                StoreMsg::Request(request) => {
                    next = handle(&mut connection, request, &inbox).or_else(|| inbox.recv().ok());
                }
                StoreMsg::Close(done) => {
                    drop(connection);
                    // the caller may have stopped waiting
                    let _ = done.send(());
                    return;
                }
            }
        }
    };
    if let Err(error) = thread::Builder::new().name(name.to_owned()).spawn(body) {
        tracing::error!(%error, "cannot start a thread for the queue");
    }
    sender
}

/// Collects requests up to the first that is not batched, or until [`BATCH_WAIT`] is over. Also
/// returns a received message that is not a request.
fn gather(
    first: Box<dyn Request>,
    inbox: &mpsc::Receiver<StoreMsg>,
) -> (VecDeque<Box<dyn Request>>, Option<StoreMsg>) {
    let until = Instant::now() + BATCH_WAIT;
    let mut batched = first.is_batched();
    let mut waiting = VecDeque::from([first]);
    while batched {
        match inbox.recv_timeout(until.saturating_duration_since(Instant::now())) {
            Ok(StoreMsg::Request(request)) => {
                batched = request.is_batched();
                waiting.push_back(request);
            }
            Ok(message) => return (waiting, Some(message)),
            Err(_) => break,
        }
    }
    (waiting, None)
}

/// Runs one transaction with the first request and all that wait.
fn batch(
    connection: &mut Connection,
    first: Box<dyn Request>,
    inbox: &mpsc::Receiver<StoreMsg>,
) -> Option<StoreMsg> {
    let (mut waiting, mut next) = gather(first, inbox);
    let mut transaction = match connection.transaction_with_behavior(TransactionBehavior::Immediate)
    {
        Ok(transaction) => transaction,
        Err(error) => {
            let error = StoreError::from(error);
            for request in waiting {
                request.answer(Err(error.clone()));
            }
            return next;
        }
    };
    let started = Instant::now();
    let mut answers = Vec::new();
    while let Some(mut request) = waiting.pop_front() {
        let done = transaction.savepoint().and_then(|savepoint| {
            if request.run(&savepoint) { savepoint.commit() } else { savepoint.finish() }
        });
        match done {
            Ok(()) => answers.push(request),
            Err(error) => request.answer(Err(error.into())),
        }
        if waiting.is_empty() && next.is_none() && started.elapsed() < MAX_TRANSACTION {
            match inbox.try_recv() {
                Ok(StoreMsg::Request(request)) => waiting.push_back(request),
                Ok(message) => next = Some(message),
                Err(_) => {}
            }
        }
    }
    let committed = transaction.commit().map_err(StoreError::from);
    for request in answers {
        request.answer(committed.clone());
    }
    next
}
