//! The store's threads: requests in, answers out, many changes in one transaction.
//!
//! A change is answered after its transaction is committed, never before. Whatever waits when a
//! transaction begins shares it, and each request has a savepoint of its own: one that fails
//! takes nothing of the others with it. A change for which nobody waits ([`Pending::unhurried`])
//! does not begin a transaction at once: with thousands of small files a commit for each would keep
//! the disk and a processor busy that the servers need.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::mpsc;
use std::task::{Context, Poll};
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::{Connection, TransactionBehavior};
use tokio::sync::oneshot;

use crate::queue::store::StoreError;

/// A transaction takes no further requests after this time.
const LONGEST: Duration = Duration::from_millis(50);

/// How long an unhurried change waits for others. What a crash meanwhile loses is what a crash that
/// much earlier would have lost.
const PATIENCE: Duration = Duration::from_millis(10);

/// What is done with the connection.
pub(super) type Work<T> = Box<dyn FnOnce(&Connection) -> rusqlite::Result<T> + Send>;

/// Takes an answer.
type Answer<T> = Box<dyn FnOnce(Result<T, StoreError>) + Send>;

/// Something that the store is to do, and does as soon as it is awaited, or one of the methods
/// is called.
#[must_use = "nothing happens until it is awaited, or `then` or `forget` is called"]
pub struct Pending<T> {
    to: mpsc::Sender<Order>,
    work: Work<T>,
    hurried: bool,
}

impl<T> std::fmt::Debug for Pending<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Pending")
    }
}

impl<T: Send + 'static> Pending<T> {
    pub(super) fn new(
        to: mpsc::Sender<Order>,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Self {
        Self { to, work: Box::new(work), hurried: true }
    }

    /// It may wait up to 10 ms for others that share its commit.
    pub fn unhurried(self) -> Self {
        Self { hurried: false, ..self }
    }

    /// Sends it; the answer is taken on the store's own thread, so it must be taken quickly.
    /// Answers of changes come in the order in which they were sent.
    pub fn then(self, answer: impl FnOnce(Result<T, StoreError>) + Send + 'static) {
        let Self { to, work, hurried } = self;
        let request = Typed { work: Some(work), result: None, answer: Box::new(answer), hurried };
        if let Err(mpsc::SendError(Order::Do(request))) = to.send(Order::Do(Box::new(request))) {
            request.answer(Err(StoreError::Closed));
        }
    }

    /// Sends it; a failure is written to the log.
    pub fn forget(self) {
        self.then(|result| {
            if let Err(error) = result {
                tracing::error!(%error, "a change of the queue was not written");
            }
        });
    }

    /// Sends it, and gives the answer as a future that needs nobody to drive it.
    pub fn send(self) -> Sent<T> {
        let (sender, answer) = oneshot::channel();
        // whoever waited may be gone by then
        self.then(|result| drop(sender.send(result)));
        Sent(answer)
    }

    /// Waits for the answer on a thread that is not one of the runtime's.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn wait(self) -> Result<T, StoreError> {
        self.send().0.blocking_recv().unwrap_or(Err(StoreError::Closed))
    }
}

impl<T: Send + 'static> IntoFuture for Pending<T> {
    type Output = Result<T, StoreError>;
    type IntoFuture = Sent<T>;

    fn into_future(self) -> Sent<T> {
        self.send()
    }
}

/// An answer that is to come.
#[derive(Debug)]
#[must_use]
pub struct Sent<T>(oneshot::Receiver<Result<T, StoreError>>);

impl<T> Future for Sent<T> {
    type Output = Result<T, StoreError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(context).map(|answer| answer.unwrap_or(Err(StoreError::Closed)))
    }
}

/// A request whose answer has any type.
pub(super) trait Request: Send {
    /// False when it may wait for others.
    fn is_hurried(&self) -> bool;
    /// Does the work; false when it failed and is to be undone.
    fn run(&mut self, connection: &Connection) -> bool;
    /// Answers, after the transaction has come to this end.
    fn answer(self: Box<Self>, committed: Result<(), StoreError>);
}

struct Typed<T> {
    work: Option<Work<T>>,
    result: Option<Result<T, StoreError>>,
    answer: Answer<T>,
    hurried: bool,
}

impl<T: Send> Request for Typed<T> {
    fn is_hurried(&self) -> bool {
        self.hurried
    }

    fn run(&mut self, connection: &Connection) -> bool {
        let Some(work) = self.work.take() else { return true };
        let result = work(connection).map_err(StoreError::from);
        let good = result.is_ok();
        self.result = Some(result);
        good
    }

    fn answer(self: Box<Self>, committed: Result<(), StoreError>) {
        let Self { result, answer, .. } = *self;
        answer(committed.and_then(|()| result.unwrap_or(Err(StoreError::Closed))));
    }
}

/// What a thread is sent.
pub(super) enum Order {
    /// Do this.
    Do(Box<dyn Request>),
    /// Close the connection and end.
    Close(oneshot::Sender<()>),
}

/// Starts the thread that changes the store. It ends with [`Order::Close`], or when nobody can
/// send to it any more. Where no thread can be had, every request is answered with
/// [`StoreError::Closed`].
pub(super) fn writer(connection: Connection) -> mpsc::Sender<Order> {
    start("fxpane-store", connection, batch)
}

/// Starts a thread that only reads.
pub(super) fn reader(connection: Connection) -> mpsc::Sender<Order> {
    start("fxpane-store-read", connection, |connection, mut request, _| {
        let result = connection
            .transaction_with_behavior(TransactionBehavior::Deferred)
            .map(|transaction| request.run(&transaction));
        request.answer(result.map(|_| ()).map_err(StoreError::from));
        None
    })
}

/// Handles one request, and any others that it likes to; gives back an order that is no request.
type Handle = fn(&mut Connection, Box<dyn Request>, &mpsc::Receiver<Order>) -> Option<Order>;

fn start(name: &str, mut connection: Connection, handle: Handle) -> mpsc::Sender<Order> {
    let (orders, inbox) = mpsc::channel();
    let body = move || {
        let mut next = inbox.recv().ok();
        while let Some(order) = next.take() {
            match order {
                Order::Do(request) => {
                    next = handle(&mut connection, request, &inbox).or_else(|| inbox.recv().ok());
                }
                Order::Close(done) => {
                    drop(connection);
                    // whoever asked may have stopped waiting
                    let _ = done.send(());
                    return;
                }
            }
        }
    };
    if let Err(error) = thread::Builder::new().name(name.to_owned()).spawn(body) {
        tracing::error!(%error, "no thread for the queue's store");
    }
    orders
}

/// Requests up to the first that is in a hurry, or until patience ends; and an order that is no
/// request.
fn gather(
    first: Box<dyn Request>,
    inbox: &mpsc::Receiver<Order>,
) -> (VecDeque<Box<dyn Request>>, Option<Order>) {
    let until = Instant::now() + PATIENCE;
    let mut hurried = first.is_hurried();
    let mut waiting = VecDeque::from([first]);
    while !hurried {
        match inbox.recv_timeout(until.saturating_duration_since(Instant::now())) {
            Ok(Order::Do(request)) => {
                hurried = request.is_hurried();
                waiting.push_back(request);
            }
            Ok(order) => return (waiting, Some(order)),
            Err(_) => break,
        }
    }
    (waiting, None)
}

/// One transaction: the first request, and all that wait behind it.
fn batch(
    connection: &mut Connection,
    first: Box<dyn Request>,
    inbox: &mpsc::Receiver<Order>,
) -> Option<Order> {
    let (mut waiting, mut left) = gather(first, inbox);
    let mut transaction = match connection.transaction_with_behavior(TransactionBehavior::Immediate)
    {
        Ok(transaction) => transaction,
        Err(error) => {
            let error = StoreError::from(error);
            for request in waiting {
                request.answer(Err(error.clone()));
            }
            return left;
        }
    };
    let began = Instant::now();
    let mut answers = Vec::new();
    while let Some(mut request) = waiting.pop_front() {
        let done = transaction.savepoint().and_then(|savepoint| {
            if request.run(&savepoint) { savepoint.commit() } else { savepoint.finish() }
        });
        match done {
            Ok(()) => answers.push(request),
            Err(error) => request.answer(Err(error.into())),
        }
        if waiting.is_empty() && left.is_none() && began.elapsed() < LONGEST {
            match inbox.try_recv() {
                Ok(Order::Do(request)) => waiting.push_back(request),
                Ok(order) => left = Some(order),
                Err(_) => {}
            }
        }
    }
    let committed = transaction.commit().map_err(StoreError::from);
    for request in answers {
        request.answer(committed.clone());
    }
    left
}
