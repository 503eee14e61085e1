//! Connecting to a site and logging in.

use std::time::Duration;

use crate::base::Secret;
use crate::ftp::Charset;
use crate::net::tls::ClientTlsOptions;
use crate::net::{ClientTls, ControlConnection, Dial, Egress, Identity, NetError, SocksProxy};
use crate::session::error::SessionError;
use crate::session::login::{LoginEffect, LoginMachine, LoginOutcome, LoginPlan};
use crate::session::options::SessionOptions;
use crate::session::state::Session;
use crate::site::{DataProtection, Security};

/// How long a server may take for the reply after a 331 to `PASS`.
const SECOND_REPLY_LIMIT: Duration = Duration::from_secs(5);

impl Session {
    /// Connects to the first host of the site that responds, and logs in.
    ///
    /// # Errors
    /// The [`SessionError`] of the last host that was tried. If a host responds but refuses the
    /// login, the remaining hosts are not tried.
    pub async fn open(options: SessionOptions) -> Result<Self, SessionError> {
        let hosts = options.site.hosts.clone();
        let mut last = None;
        for host in &hosts {
            match Self::open_host(host, &options).await {
                Ok(session) => return Ok(session),
                Err(
                    error @ SessionError::Net {
                        source:
                            NetError::Connect { .. }
                            | NetError::Proxy { .. }
                            | NetError::Resolve { .. }
                            | NetError::Timeout { .. },
                        ..
                    },
                ) => last = Some(error),
                Err(error) => return Err(error),
            }
        }
        Err(last.unwrap_or_else(|| {
            let source =
                std::io::Error::new(std::io::ErrorKind::InvalidInput, "the site has no host");
            SessionError::Net {
                step: "connect".to_owned(),
                source: NetError::Resolve { host: String::new(), source },
            }
        }))
    }

    async fn open_host(host: &str, options: &SessionOptions) -> Result<Self, SessionError> {
        let site = &options.site;
        let identity = match &site.client_certificate {
            Some(files) if site.security != Security::None => {
                let (chain, key) = files.files();
                Some(Identity::read(&chain, &key).await.map_err(SessionError::net("connect"))?)
            }
            _ => None,
        };
        let tls = match site.security {
            Security::None => None,
            _ => Some(
                ClientTls::new(
                    &options.tls,
                    ClientTlsOptions {
                        host: host.to_owned(),
                        port: site.port(),
                        min: site.min_tls,
                        only_12: options.only_tls12,
                        identity,
                        policy: options.policy.clone(),
                    },
                )
                .map_err(SessionError::net("connect"))?,
            ),
        };
        let egress = egress(options);
        let dial = Dial {
            host: host.to_owned(),
            port: site.port(),
            egress: egress.clone(),
            limit: options.limits.connect,
        };
        let implicit = site.security == Security::Implicit;
        let mut control = ControlConnection::connect(
            &dial,
            tls.as_ref().filter(|_| implicit),
            options.conversation.clone(),
        )
        .await
        .map_err(SessionError::net("connect"))?;
        control.set_charset(site.encoding.and_then(Charset::new));
        let (control, outcome) = log_in(control, options, tls.as_ref()).await?;
        Ok(Self::new(control, tls, (host.to_owned(), egress), options, outcome))
    }
}

/// The local address and proxy for the connections of a site.
fn egress(options: &SessionOptions) -> Egress {
    let site = &options.site;
    let proxy = site.proxy.as_ref().map(|proxy| SocksProxy {
        host: proxy.host.clone(),
        port: proxy.port,
        login: proxy
            .user
            .clone()
            .map(|user| (user, options.proxy_password.clone().unwrap_or_default())),
    });
    Egress { address: site.bind_address, port: site.bind_port, proxy }
}

async fn log_in(
    mut control: ControlConnection,
    options: &SessionOptions,
    tls: Option<&ClientTls>,
) -> Result<(ControlConnection, LoginOutcome), SessionError> {
    let site = &options.site;
    let plan = LoginPlan {
        security: site.security,
        tls_seen: options.tls_seen || options.known.as_ref().is_some_and(|known| known.tls),
        utf8: site.encoding.is_none_or(|encoding| encoding == encoding_rs::UTF_8),
        user: site.user().to_owned(),
        password: options.password.clone(),
        account: site.extra.get("account").map(|account| Secret::from(account.as_str())),
        protect: site.data_protection != DataProtection::Off,
        protect_required: site.data_protection == DataProtection::Require,
        known: options.known.as_ref().map(|known| known.features.clone()),
        ignored: site.ignore_features.clone(),
    };
    if site.security == Security::None && site.data_protection == DataProtection::Require {
        return Err(SessionError::NoTls);
    }
    let mut machine = LoginMachine::new(plan, control.stream().is_tls());
    loop {
        let step = machine.step();
        let silent = machine.if_silent();
        let limit = options.limits.reply;
        let limit = if silent.is_some() { limit.min(SECOND_REPLY_LIMIT) } else { limit };
        let reply = match (control.reply(limit, step).await, silent) {
            (Ok(reply), _) => reply,
            (Err(_), Some(error)) => return Err(error),
            (Err(error), None) => {
                let step = if step == "greeting" { "connect" } else { "log in" };
                return Err(SessionError::net(step)(error));
            }
        };
        let mut effect = machine.handle(&reply);
        if let LoginEffect::Secure = effect {
            let Some(tls) = tls else {
                return Err(SessionError::Unexpected { step: "AUTH TLS".to_owned(), reply });
            };
            control = control
                .secure(tls, options.limits.connect)
                .await
                .map_err(SessionError::net("secure the connection"))?;
            effect = machine.secured();
        }
        match effect {
            LoginEffect::Send(commands) => {
                control.send(&commands).await.map_err(SessionError::net("log in"))?;
            }
            LoginEffect::Wait | LoginEffect::Secure => {}
            LoginEffect::Done => {
                let outcome = machine.into_outcome();
                if site.data_protection == DataProtection::Require && !outcome.protected {
                    return Err(SessionError::NoTls);
                }
                return Ok((control, outcome));
            }
            LoginEffect::Fail(error) => return Err(error),
        }
    }
}
