//! The login as a state machine without I/O: it takes replies and returns the next commands.
//!
//! Order: greeting, `AUTH TLS`, `USER`, `PASS`, `FEAT` (some servers announce more, or anything at
//! all, only after the login, quirk 32), then the commands that set up the connection. They are
//! sent in one write if the server is known to support that, which saves up to seven round trips.

use std::collections::VecDeque;

use crate::base::{RemotePath, Secret};
use crate::ftp::listing::ListingFormat;
use crate::ftp::{Command, CommandError, Features, Reply, ServerKind, pathname};
use crate::session::error::{SessionError, is_too_many};
use crate::site::Security;

/// The parameters of a login.
#[derive(Debug, Clone)]
pub struct LoginPlan {
    /// Encryption of the control connection.
    pub security: Security,
    /// True if the server supported TLS in an earlier session; TLS is then required.
    pub tls_seen: bool,
    /// True for UTF-8 names (`OPTS UTF8 ON`), false for the server's own encoding (`OPTS UTF8
    /// OFF`).
    pub utf8: bool,
    /// The user name.
    pub user: String,
    /// The password.
    pub password: Secret,
    /// The account, if the server asks for one (ACCT, RFC 959 section 4.1.1).
    pub account: Option<Secret>,
    /// True to encrypt data connections if the control connection uses TLS.
    pub protect: bool,
    /// True if the login fails when the server refuses to encrypt data connections.
    pub protect_required: bool,
    /// Features from an earlier session, which save sending FEAT.
    pub known: Option<Features>,
    /// Features to ignore, as configured for the site.
    pub ignored: Vec<String>,
}

/// What the caller must do next.
#[derive(Debug)]
pub enum LoginEffect {
    /// Send these commands in one write, and pass in the replies.
    Send(Vec<Command>),
    /// Pass in the next reply; nothing must be sent.
    Wait,
    /// Start TLS, then call [`LoginMachine::secured`].
    Secure,
    /// The login succeeded.
    Done,
    /// The login failed.
    Fail(SessionError),
}

/// What the login found out about the server.
#[derive(Debug, Clone, Default)]
pub struct LoginOutcome {
    /// The server's features.
    pub features: Features,
    /// The working directory after login; `None` if the server did not report it.
    pub home: Option<RemotePath>,
    /// The text of the reply to SYST; `None` if it was not sent or refused.
    pub system: Option<String>,
    /// True if data connections are encrypted (PROT P).
    pub protected: bool,
    /// True if TYPE I was accepted.
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
    Setup(SetupStep),
    Ended,
}

/// The commands after the login.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum SetupStep {
    Features,
    Clnt,
    Utf8,
    Facts,
    Pbsz,
    Prot,
    Type,
    System,
    /// `SITE NAMEFMT 1`: paths with slashes on IBM i (quirk 54).
    NameFormat,
    Pwd,
}

/// The state machine for the login of one connection.
#[derive(Debug)]
pub struct LoginMachine {
    plan: LoginPlan,
    state: State,
    tls: bool,
    /// Steps whose commands have not been sent yet.
    todo: VecDeque<SetupStep>,
    /// Steps whose commands have been sent, without the one whose reply is awaited.
    sent: VecDeque<SetupStep>,
    outcome: LoginOutcome,
    /// A 331 to `PASS`: some servers send the refusal after it.
    asked_again: Option<Reply>,
}

impl LoginMachine {
    /// A login that waits for the greeting. `tls` is true if the connection already uses TLS.
    #[must_use]
    pub fn new(plan: LoginPlan, tls: bool) -> Self {
        Self {
            plan,
            state: State::Greeting,
            tls,
            todo: VecDeque::new(),
            sent: VecDeque::new(),
            outcome: LoginOutcome::default(),
            asked_again: None,
        }
    }

    /// What the login found out; complete after [`LoginEffect::Done`].
    #[must_use]
    pub fn into_outcome(self) -> LoginOutcome {
        self.outcome
    }

    /// The current step, for error messages.
    #[must_use]
    pub fn step(&self) -> &'static str {
        match self.state {
            State::Greeting => "greeting",
            State::Auth => "AUTH TLS",
            State::Setup(SetupStep::Features) => "FEAT",
            State::User => "USER",
            State::Pass => "PASS",
            State::Account => "ACCT",
            State::Setup(_) | State::Ended => "setup after login",
        }
    }

    /// The error if the server sends nothing more; `None` while a reply must come.
    #[must_use]
    pub fn if_silent(&self) -> Option<SessionError> {
        self.asked_again.clone().map(|reply| SessionError::Login { reply })
    }

    /// Continues after TLS was started.
    pub fn secured(&mut self) -> LoginEffect {
        self.tls = true;
        self.send_user()
    }

    /// Processes a reply.
    pub fn handle(&mut self, reply: &Reply) -> LoginEffect {
        if reply.is_preliminary() {
            return LoginEffect::Wait; // 120: the server will be ready soon
        }
        if self.state != State::Auth && is_too_many(reply) {
            return self.fail(SessionError::TooMany { reply: reply.clone() });
        }
        if reply.code == 421 {
            return self.fail(SessionError::Closing { reply: reply.clone() });
        }
        match self.state {
            State::Greeting => self.handle_greeting(reply),
            State::Auth => self.handle_auth_reply(reply),
            State::User | State::Pass | State::Account => self.handle_login_reply(reply),
            State::Setup(step) => self.handle_setup_reply(step, reply),
            State::Ended => LoginEffect::Wait,
        }
    }

    fn handle_greeting(&mut self, reply: &Reply) -> LoginEffect {
        if !reply.is_completion() {
            return self.fail(SessionError::NotAdmitted { reply: reply.clone() });
        }
        self.outcome.greeting =
            reply.lines.first().map(|line| crate::base::text::visible(line)).unwrap_or_default();
        if self.tls || self.plan.security == Security::None {
            return self.send_user();
        }
        self.state = State::Auth;
        self.send(Command::with("AUTH", "TLS"))
    }

    fn handle_auth_reply(&mut self, reply: &Reply) -> LoginEffect {
        if reply.is_completion() || reply.code == 334 {
            return LoginEffect::Secure;
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

    fn send_user(&mut self) -> LoginEffect {
        self.state = State::User;
        self.send(Command::with("USER", &self.plan.user))
    }

    fn handle_login_reply(&mut self, reply: &Reply) -> LoginEffect {
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
            (331, State::Pass) if self.asked_again.is_none() => {
                self.asked_again = Some(reply.clone());
                LoginEffect::Wait
            }
            (200..300, _) => {
                self.asked_again = None;
                self.logged_in()
            }
            _ if !self.tls && requires_tls(reply) => {
                self.fail(SessionError::TlsRequired { reply: reply.clone() })
            }
            _ => self.fail(SessionError::Login { reply: reply.clone() }),
        }
    }

    fn logged_in(&mut self) -> LoginEffect {
        match &self.plan.known {
            Some(known) => self.outcome.features = known.clone(),
            None => self.todo.push_back(SetupStep::Features),
        }
        self.todo.extend([SetupStep::Clnt, SetupStep::Utf8, SetupStep::Facts]);
        if self.tls {
            self.todo.extend([SetupStep::Pbsz, SetupStep::Prot]);
        }
        self.todo.extend([SetupStep::Type, SetupStep::System, SetupStep::Pwd]);
        self.next_setup_step()
    }

    fn next_setup_step(&mut self) -> LoginEffect {
        if let Some(step) = self.sent.pop_front() {
            self.state = State::Setup(step);
            return LoginEffect::Wait;
        }
        let LoginOutcome { greeting, features, .. } = &self.outcome;
        let pipelined = ServerKind::of(greeting, None, features).queues_commands();
        let mut commands = Vec::new();
        while let Some(step) = self.todo.pop_front() {
            let Some(command) = self.command(step) else { continue };
            commands.push(command);
            self.sent.push_back(step);
            // the following steps depend on the features
            if !pipelined || step == SetupStep::Features {
                break;
            }
        }
        match self.sent.pop_front() {
            Some(step) => {
                self.state = State::Setup(step);
                LoginEffect::Send(commands)
            }
            None => {
                self.state = State::Ended;
                LoginEffect::Done
            }
        }
    }

    /// The command of a step; `None` if the server does not need it.
    fn command(&self, step: SetupStep) -> Option<Command> {
        let features = &self.outcome.features;
        match step {
            SetupStep::Features => Some(Command::bare("FEAT")),
            SetupStep::Clnt if features.has("CLNT") => Command::with("CLNT", "fxpane").ok(),
            SetupStep::Utf8 if features.has("UTF8") => {
                Command::with("OPTS", if self.plan.utf8 { "UTF8 ON" } else { "UTF8 OFF" }).ok()
            }
            SetupStep::Facts if wants_facts(features) => {
                Command::with("OPTS", "MLST type;size;modify;UNIX.mode;perm;unique;").ok()
            }
            SetupStep::Pbsz => Command::with("PBSZ", "0").ok(),
            SetupStep::Prot => {
                Command::with("PROT", if self.plan.protect { "P" } else { "C" }).ok()
            }
            SetupStep::Type => Command::with("TYPE", "I").ok(),
            SetupStep::System if !features.lists_mlsd() => Some(Command::bare("SYST")),
            SetupStep::NameFormat => Command::with("SITE", "NAMEFMT 1").ok(),
            SetupStep::Pwd => Some(Command::bare("PWD")),
            SetupStep::Clnt | SetupStep::Utf8 | SetupStep::Facts | SetupStep::System => None,
        }
    }

    fn handle_setup_reply(&mut self, step: SetupStep, reply: &Reply) -> LoginEffect {
        match step {
            SetupStep::Features => self.learn_features(reply),
            SetupStep::Prot => {
                self.outcome.protected = self.plan.protect && reply.is_completion();
                if self.plan.protect && self.plan.protect_required && !reply.is_completion() {
                    return self.fail(SessionError::ProtectionRefused { reply: reply.clone() });
                }
            }
            SetupStep::Type => self.outcome.binary = reply.is_completion(),
            SetupStep::System if reply.is_completion() => {
                self.outcome.system = Some(crate::base::text::visible(reply.text()));
                if ListingFormat::from_syst(reply.text()) == Some(ListingFormat::As400) {
                    self.todo.push_front(SetupStep::NameFormat);
                }
            }
            SetupStep::Pwd if reply.is_completion() => {
                self.outcome.home = pathname::parse_257(reply.text());
            }
            // the other commands are optional (servers that always use UTF-8 refuse OPTS UTF8:
            // docs/servers.md "Commands and features")
            _ => {}
        }
        self.next_setup_step()
    }

    fn send(&mut self, command: Result<Command, CommandError>) -> LoginEffect {
        match command {
            Ok(command) => LoginEffect::Send(vec![command]),
            Err(error) => self.fail(error.into()),
        }
    }

    fn fail(&mut self, error: SessionError) -> LoginEffect {
        self.state = State::Ended;
        LoginEffect::Fail(error)
    }
}

/// True for the refusal of a login without TLS; 534 and 522 are its codes (RFC 4217, RFC 2228), but
/// servers use others.
fn requires_tls(reply: &Reply) -> bool {
    reply.code >= 400
        && ["tls", "ssl", "encrypt", "secure connection", "ftps"]
            .iter()
            .any(|words| reply.mentions(words))
}

/// True if the server supports required MLST facts that are turned off (quirk 37; the star marks
/// those that are on, RFC 3659 section 7.8).
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
