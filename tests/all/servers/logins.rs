//! Every source of a password, and trust in certificates, on real servers.

use std::sync::{Arc, Mutex};

use fxpane::base::Secret;
use fxpane::net::{CertRefusal, ConversationLog, NetError, TlsContext, TrustedCert};
use fxpane::session::{Limits, Session, SessionError, SessionOptions};
use fxpane::site::trust::KnownServer;
use fxpane::site::{PasswordRef, Security, Site, Trust, Vault, password};

use super::server::{Server, Tls};

/// Connects and logs in like the program; appends the FTP conversation to `conversation`.
async fn open(
    site: &Site,
    vault: &Vault,
    trust: &Arc<Trust>,
    conversation: &Arc<Mutex<String>>,
) -> Result<Session, SessionError> {
    let login = password::login(site, Some(vault)).await.unwrap();
    assert_eq!(login.user, site.user());
    let conversation = Arc::clone(conversation);
    let conversation = ConversationLog::new(move |line| {
        let mut conversation = conversation.lock().unwrap();
        conversation.push_str(&line.text);
        conversation.push('\n');
    });
    Session::open(SessionOptions {
        site: Arc::new(site.clone()),
        password: login.password,
        tls: TlsContext::new(),
        policy: trust.policy_for(site),
        limits: Limits::default(),
        conversation,
        tls_seen: false,
        known: None,
        proxy_password: None,
        only_tls12: false,
    })
    .await
}

fn site_of(server: &Server) -> Site {
    let mut site = Site::new(server.host.as_str());
    site.port = Some(server.port);
    site.user = Some(server.user.clone());
    site.security = if server.tls == Tls::None { Security::None } else { Security::Explicit };
    site
}

#[tokio::test]
#[ignore = "needs real servers: tests/run"]
async fn every_kind_of_password_logs_in_and_is_never_shown() {
    let home = tempfile::tempdir().unwrap();
    let vault = Vault::new(home.path().join("vault"));
    vault.create(&Secret::from("passphrase")).unwrap();
    for server in Server::all().unwrap() {
        let file = home.path().join("password");
        std::fs::write(&file, &server.pass).unwrap();
        vault.set(&server.name, Secret::from(server.pass.as_str())).unwrap();
        let conversation = Arc::new(Mutex::new(String::new()));
        for password in [
            PasswordRef::Plain(Secret::from(server.pass.as_str())),
            PasswordRef::Command(format!("cat '{}'", file.display())),
            PasswordRef::Vault(server.name.clone()),
        ] {
            let mut site = site_of(&server);
            site.insecure = true;
            site.password = password;
            let trust = Arc::new(Trust::in_memory());
            let session = open(&site, &vault, &trust, &conversation).await;
            let session = session.unwrap_or_else(|error| panic!("{}: {error}", server.name));
            assert_eq!(session.is_tls(), server.tls != Tls::None, "{}", server.name);
            session.quit().await;
        }
        let conversation = conversation.lock().unwrap();
        assert!(
            conversation.contains("PASS") && !conversation.contains(&server.pass),
            "{conversation}"
        );
    }
}

#[tokio::test]
#[ignore = "needs real servers: tests/run"]
async fn a_certificate_is_trusted_after_confirmation_until_it_changes() {
    let home = tempfile::tempdir().unwrap();
    let vault = Vault::new(home.path().join("vault"));
    let certs = home.path().join("known_certs.toml");
    let conversation = Arc::default();
    for server in Server::all().unwrap().iter().filter(|server| server.tls != Tls::None) {
        let name = &server.name;
        let mut site = site_of(server);
        site.password = PasswordRef::Plain(Secret::from(server.pass.as_str()));
        let refusal = |result: Result<Session, SessionError>| match result {
            Err(SessionError::Net { source: NetError::Certificate(refusal), .. }) => *refusal,
            other => panic!("{name}: {other:?}"),
        };
        let trust = Arc::new(Trust::load(&certs).unwrap());
        let CertRefusal::Unknown { shown, .. } =
            refusal(open(&site, &vault, &trust, &conversation).await)
        else {
            panic!("{name}: it was not seen before");
        };
        let validity = shown.validity.unwrap();
        assert!(validity.from < validity.until, "{name}: {validity}");
        trust.accept(&site, &shown.fingerprint, true).unwrap();
        open(&site, &vault, &trust, &conversation).await.unwrap().quit().await;
        let later = Arc::new(Trust::load(&certs).unwrap());
        open(&site, &vault, &later, &conversation).await.unwrap().quit().await;
        let noted: Vec<_> = later.servers().iter().filter_map(KnownServer::trusted).collect();
        assert!(noted.iter().any(|trusted| trusted.facts == shown), "{name}: {noted:?}");

        let other = "0".repeat(64);
        trust.accept(&site, &other, true).unwrap();
        let later = Arc::new(Trust::load(&certs).unwrap());
        match refusal(open(&site, &vault, &later, &conversation).await) {
            CertRefusal::Changed { shown: now, trusted } => {
                let TrustedCert { facts, since } = trusted;
                assert_eq!((now, facts.fingerprint), (shown, other), "{name}");
                assert_eq!(facts.validity, None, "{name}");
                assert_eq!(since.len(), "2026-11-21".len(), "{name}");
            }
            refusal => panic!("{name}: {refusal:?}"),
        }
    }
}
