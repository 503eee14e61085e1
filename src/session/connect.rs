//! From a site to a logged-in session.

use crate::base::Secret;
use crate::ftp::Charset;
use crate::net::tls::ClientTlsOptions;
use crate::net::{ClientTls, Control, Dial, Egress, Identity, NetError, Proxy};
use crate::session::error::SessionError;
use crate::session::login::{Effect, Machine, Outcome, Plan};
use crate::session::options::Options;
use crate::session::state::Session;
use crate::site::{DataProtection, Security};

impl Session {
    /// Connects to the first host that answers, and logs in.
    ///
    /// # Errors
    /// [`SessionError`] of the last host that was tried. A host that answered but refused the
    /// login is not passed over: the next one would say the same.
    pub async fn open(options: Options) -> Result<Self, SessionError> {
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
            let source = std::io::Error::new(std::io::ErrorKind::InvalidInput, "no host is given");
            SessionError::Net {
                step: "connect".to_owned(),
                source: NetError::Resolve { host: String::new(), source },
            }
        }))
    }

    async fn open_host(host: &str, options: &Options) -> Result<Self, SessionError> {
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
                        judge: options.judge.clone(),
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
        let mut control =
            Control::connect(&dial, tls.as_ref().filter(|_| implicit), options.dialogue.clone())
                .await
                .map_err(SessionError::net("connect"))?;
        control.set_charset(site.encoding.and_then(Charset::new));
        let (control, outcome) = log_in(control, options, tls.as_ref()).await?;
        Ok(Self::new(control, tls, (host.to_owned(), egress), options, outcome))
    }
}

/// How the connections of a site leave this machine.
fn egress(options: &Options) -> Egress {
    let site = &options.site;
    let proxy = site.proxy.as_ref().map(|proxy| Proxy {
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
    mut control: Control,
    options: &Options,
    tls: Option<&ClientTls>,
) -> Result<(Control, Outcome), SessionError> {
    let site = &options.site;
    let plan = Plan {
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
    let mut machine = Machine::new(plan, control.stream().is_tls());
    loop {
        let step = machine.step();
        let reply = control.reply(options.limits.reply, step).await.map_err(SessionError::net(
            if step == "the greeting" { "connect" } else { "log in" },
        ))?;
        let mut effect = machine.handle(&reply);
        if let Effect::Secure = effect {
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
            Effect::Send(commands) => {
                control.send(&commands).await.map_err(SessionError::net("log in"))?;
            }
            Effect::Wait | Effect::Secure => {}
            Effect::Done => {
                let outcome = machine.into_outcome();
                if site.data_protection == DataProtection::Require && !outcome.protected {
                    return Err(SessionError::NoTls);
                }
                return Ok((control, outcome));
            }
            Effect::Fail(error) => return Err(error),
        }
    }
}
