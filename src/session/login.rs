//! Logging in, as a machine: replies in, the next command out; no clock and no socket.
//!
//! Order: greeting, `AUTH TLS`, `USER`, `PASS`, `FEAT` (some servers tell more or only after the
//! login, reference quirk 32), then what makes the connection ready for work: in one write where
//! the server is known to bear it, so that a far server costs one round trip and not eight.

use std::collections::VecDeque;

use crate::base::{RemotePath, Secret};
use crate::ftp::listing::Format;
use crate::ftp::{Command, CommandError, Features, Reply, ServerKind, pathname};
use crate::session::error::{SessionError, is_too_many};
use crate::site::Security;

/// What the login is to achieve.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Protection of the control connection.
    pub security: Security,
    /// True when the server has shown TLS before: it is demanded from then on.
    pub tls_seen: bool,
    /// True when names shall be UTF-8; otherwise the server is asked for its own encoding.
    pub utf8: bool,
    /// The user's name.
    pub user: String,
    /// The password.
    pub password: Secret,
    /// What a server that asks for an account is told (ACCT, RFC 959 section 4.1.1).
    pub account: Option<Secret>,
    /// True to protect data connections when the control connection is under TLS.
    pub protect: bool,
    /// True when a refusal to protect them ends the login.
    pub protect_required: bool,
    /// Features of an earlier session, so that FEAT need not be asked again.
    pub known: Option<Features>,
    /// Features that the user wants ignored.
    pub ignored: Vec<String>,
}

/// What the driver does next.
#[derive(Debug)]
pub enum Effect {
    /// Send these in one write and hand in the replies.
    Send(Vec<Command>),
    /// Hand in the next reply; nothing is to be sent.
    Wait,
    /// Begin TLS, then call [`Machine::secured`].
    Secure,
    /// Logged in.
    Done,
    /// Not logged in.
    Fail(SessionError),
}

/// What was learned.
#[derive(Debug, Clone, Default)]
pub struct Outcome {
    /// What the server can do.
    pub features: Features,
    /// The directory after login.
    pub home: Option<RemotePath>,
    /// The answer to SYST.
    pub system: Option<String>,
    /// True when PROT P is on.
    pub protected: bool,
    /// True when TYPE I was accepted.
    pub binary: bool,
    /// The first line of the greeting.
    pub greeting: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Greeting,
    Auth,
    User,
    Pass,
    Account,
    Ready(Ready),
    Ended,
}

/// The steps after the login, each with its own way to take a refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ready {
    Features,
    Clnt,
    Utf8,
    Facts,
    Pbsz,
    Prot,
    Type,
    System,
    /// Paths with slashes, please (quirk 54).
    NameFormat,
    Pwd,
}

/// The login of one connection.
#[derive(Debug)]
pub struct Machine {
    plan: Plan,
    state: State,
    tls: bool,
    /// Steps whose commands have not been sent.
    todo: VecDeque<Ready>,
    /// Steps whose commands have been sent, behind the one that is being answered.
    sent: VecDeque<Ready>,
    outcome: Outcome,
}

impl Machine {
    /// A login that begins with the greeting; `tls` when the connection is under TLS already.
    #[must_use]
    pub fn new(plan: Plan, tls: bool) -> Self {
        Self {
            plan,
            state: State::Greeting,
            tls,
            todo: VecDeque::new(),
            sent: VecDeque::new(),
            outcome: Outcome::default(),
        }
    }

    /// What was learned; complete after [`Effect::Done`].
    #[must_use]
    pub fn into_outcome(self) -> Outcome {
        self.outcome
    }

    /// What is being done, for messages.
    #[must_use]
    pub fn step(&self) -> &'static str {
        match self.state {
            State::Greeting => "the greeting",
            State::Auth => "AUTH TLS",
            State::Ready(Ready::Features) => "FEAT",
            State::User => "USER",
            State::Pass => "PASS",
            State::Account => "ACCT",
            State::Ready(_) | State::Ended => "the set-up after the login",
        }
    }

    /// The connection is under TLS now.
    pub fn secured(&mut self) -> Effect {
        self.tls = true;
        self.send_user()
    }

    /// A reply came.
    pub fn handle(&mut self, reply: &Reply) -> Effect {
        if reply.is_preliminary() {
            return Effect::Wait; // 120: the server will be ready later
        }
        if self.state != State::Auth && is_too_many(reply) {
            return self.fail(SessionError::TooMany { reply: reply.clone() });
        }
        if reply.code == 421 {
            return self.fail(SessionError::Closing { reply: reply.clone() });
        }
        match self.state {
            State::Greeting => self.greeted(reply),
            State::Auth => self.auth_answered(reply),
            State::User | State::Pass | State::Account => self.login_answered(reply),
            State::Ready(step) => self.ready_answered(step, reply),
            State::Ended => Effect::Wait,
        }
    }

    fn greeted(&mut self, reply: &Reply) -> Effect {
        if !reply.is_completion() {
            return self
                .fail(SessionError::Refused { step: "connect".to_owned(), reply: reply.clone() });
        }
        self.outcome.greeting =
            reply.lines.first().map(|line| crate::base::text::visible(line)).unwrap_or_default();
        if self.tls || self.plan.security == Security::None {
            return self.send_user();
        }
        self.state = State::Auth;
        self.send(Command::with("AUTH", "TLS"))
    }

    fn auth_answered(&mut self, reply: &Reply) -> Effect {
        if reply.is_completion() || reply.code == 334 {
            return Effect::Secure;
        }
        let reply = reply.clone();
        match self.plan.security {
            Security::Auto if self.plan.tls_seen => self.fail(SessionError::TlsStripped { reply }),
            Security::Auto => self.send_user(),
            _ => self.fail(SessionError::TlsRefused { reply }),
        }
    }

    fn learn_features(&mut self, reply: &Reply) {
        let features = Features::parse(reply);
        if !features.is_empty() {
            self.outcome.features = features;
        }
        for name in &self.plan.ignored {
            self.outcome.features.forget(name);
        }
    }

    fn send_user(&mut self) -> Effect {
        self.state = State::User;
        self.send(Command::with("USER", &self.plan.user))
    }

    fn login_answered(&mut self, reply: &Reply) -> Effect {
        match (reply.code, self.state) {
            (331, State::User) => {
                self.state = State::Pass;
                self.send(Command::with("PASS", self.plan.password.reveal()))
            }
            (332, State::User | State::Pass) if self.plan.account.is_some() => {
                self.state = State::Account;
                let account = self.plan.account.clone().unwrap_or_default();
                self.send(Command::with("ACCT", account.reveal()))
            }
            (200..300, _) => self.logged_in(),
            (530, _) => self.fail(SessionError::Login { reply: reply.clone() }),
            (500..600, State::Pass | State::Account) | (332, _) => {
                self.fail(SessionError::Login { reply: reply.clone() })
            }
            _ => {
                self.fail(SessionError::Refused { step: "log in".to_owned(), reply: reply.clone() })
            }
        }
    }

    fn logged_in(&mut self) -> Effect {
        match &self.plan.known {
            Some(known) => self.outcome.features = known.clone(),
            None => self.todo.push_back(Ready::Features),
        }
        self.todo.extend([Ready::Clnt, Ready::Utf8, Ready::Facts]);
        if self.tls {
            self.todo.extend([Ready::Pbsz, Ready::Prot]);
        }
        self.todo.extend([Ready::Type, Ready::System, Ready::Pwd]);
        self.next_ready()
    }

    fn next_ready(&mut self) -> Effect {
        if let Some(step) = self.sent.pop_front() {
            self.state = State::Ready(step);
            return Effect::Wait;
        }
        let Outcome { greeting, features, .. } = &self.outcome;
        let together = ServerKind::of(greeting, None, features).queues_commands();
        let mut commands = Vec::new();
        while let Some(step) = self.todo.pop_front() {
            let Some(command) = self.command(step) else { continue };
            commands.push(command);
            self.sent.push_back(step);
            // what follows depends on what the server can do
            if !together || step == Ready::Features {
                break;
            }
        }
        match self.sent.pop_front() {
            Some(step) => {
                self.state = State::Ready(step);
                Effect::Send(commands)
            }
            None => {
                self.state = State::Ended;
                Effect::Done
            }
        }
    }

    /// The command of a step; `None` where the server has no use for it.
    fn command(&self, step: Ready) -> Option<Command> {
        let features = &self.outcome.features;
        match step {
            Ready::Features => Some(Command::bare("FEAT")),
            Ready::Clnt if features.has("CLNT") => Command::with("CLNT", "fxpane").ok(),
            Ready::Utf8 if features.has("UTF8") => {
                Command::with("OPTS", if self.plan.utf8 { "UTF8 ON" } else { "UTF8 OFF" }).ok()
            }
            Ready::Facts if wants_facts(features) => {
                Command::with("OPTS", "MLST type;size;modify;UNIX.mode;perm;unique;").ok()
            }
            Ready::Pbsz => Command::with("PBSZ", "0").ok(),
            Ready::Prot => Command::with("PROT", if self.plan.protect { "P" } else { "C" }).ok(),
            Ready::Type => Command::with("TYPE", "I").ok(),
            Ready::System if !features.lists_mlsd() => Some(Command::bare("SYST")),
            Ready::NameFormat => Command::with("SITE", "NAMEFMT 1").ok(),
            Ready::Pwd => Some(Command::bare("PWD")),
            Ready::Clnt | Ready::Utf8 | Ready::Facts | Ready::System => None,
        }
    }

    fn ready_answered(&mut self, step: Ready, reply: &Reply) -> Effect {
        match step {
            Ready::Features => self.learn_features(reply),
            Ready::Prot => {
                self.outcome.protected = self.plan.protect && reply.is_completion();
                if self.plan.protect && self.plan.protect_required && !reply.is_completion() {
                    return self.fail(SessionError::ProtectionRefused { reply: reply.clone() });
                }
            }
            Ready::Type => self.outcome.binary = reply.is_completion(),
            Ready::System if reply.is_completion() => {
                self.outcome.system = Some(crate::base::text::visible(reply.text()));
                if Format::from_syst(reply.text()) == Some(Format::As400) {
                    self.todo.push_front(Ready::NameFormat);
                }
            }
            Ready::Pwd if reply.is_completion() => {
                self.outcome.home = pathname::parse_257(reply.text());
            }
            // the rest is welcome, and works without (UTF8 is refused by servers that are UTF-8
            // anyway: reference/servers.md section 8, 18)
            _ => {}
        }
        self.next_ready()
    }

    fn send(&mut self, command: Result<Command, CommandError>) -> Effect {
        match command {
            Ok(command) => Effect::Send(vec![command]),
            Err(error) => self.fail(error.into()),
        }
    }

    fn fail(&mut self, error: SessionError) -> Effect {
        self.state = State::Ended;
        Effect::Fail(error)
    }
}

/// True when the server has facts that we need and that are off (quirk 37; the star marks those
/// that are on, RFC 3659 section 7.8).
fn wants_facts(features: &Features) -> bool {
    features.parameters("MLST").is_some_and(|facts| {
        facts.split(';').map(str::trim).any(|fact| {
            ["type", "size", "modify", "unix.mode"]
                .iter()
                .any(|wanted| fact.eq_ignore_ascii_case(wanted))
        })
    })
}

#[cfg(test)]
#[path = "login_tests.rs"]
mod tests;
