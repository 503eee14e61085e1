//! How a server is reached: through a proxy, from a local address or port, with a client
//! certificate.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use fxpane::base::Secret;
use fxpane::demo::{Server, Setup, Tls};
use fxpane::net::NetError;
use fxpane::session::{Session, SessionError};
use fxpane::site::{ClientCertificate, PasswordRef, Security, SiteProxy, Switch};

use super::socks::Socks;
use super::{names, open, options, try_open};

async fn server(setup: Setup) -> Server {
    Server::start(setup.file("/pub/a.txt", "hello")).await.unwrap()
}

fn pem(what: &str, der: &[u8]) -> String {
    let text = BASE64_STANDARD.encode(der);
    format!("-----BEGIN {what}-----\n{text}\n-----END {what}-----\n")
}

fn proxy(socks: &Socks, user: Option<&str>) -> SiteProxy {
    SiteProxy {
        host: socks.address.ip().to_string(),
        port: socks.address.port(),
        user: user.map(str::to_owned),
        password: PasswordRef::Ask,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn control_and_data_connections_use_the_proxy() {
    let server = server(Setup::new()).await;
    let socks = Socks::start(None).await;
    let mut session = open(&server, |site| {
        // only the proxy can resolve this name
        site.hosts = vec!["inside.example".to_owned()];
        site.proxy = Some(proxy(&socks, None));
    })
    .await;
    assert_eq!(names(&mut session, "/pub").await, ["a.txt"]);
    assert_eq!(socks.requests(), ["inside.example", "inside.example"]);
    // the address cannot be resolved locally
    assert!(session.peer().ip().is_unspecified());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_may_require_a_login() {
    let server = server(Setup::new()).await;
    let socks = Socks::start(Some(("me", "open sesame"))).await;
    for (password, works) in [("open sesame", true), ("guess", false)] {
        let mut options = options(&server, |site| site.proxy = Some(proxy(&socks, Some("me"))));
        options.proxy_password = Some(Secret::from(password));
        let opened = Session::open(options).await;
        assert_eq!(opened.is_ok(), works);
        if let Err(error) = opened {
            assert!(matches!(error, SessionError::Net { source: NetError::Proxy { .. }, .. }));
            assert!(!error.to_string().contains(password), "{error}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn active_mode_through_a_proxy_is_refused_with_a_remedy() {
    let server = server(Setup::new()).await;
    let socks = Socks::start(None).await;
    let mut session = open(&server, |site| {
        site.proxy = Some(proxy(&socks, None));
        site.passive = Switch::No;
    })
    .await;
    let error = session.list(&"/pub".into(), super::now()).await.unwrap_err();
    assert!(error.to_string().contains("through a proxy"), "{error}");
    assert!(error.remedy().unwrap().contains("passive = \"yes\""));
    assert_eq!((server.count("PORT"), server.count("EPRT")), (0, 0));
}

// other systems have 127.0.0.1 alone
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn connections_use_the_local_address_and_port_of_the_site() {
    let server = server(Setup::new()).await;
    // a port that is very likely still free
    let free = std::net::TcpListener::bind("127.0.0.21:0").unwrap().local_addr().unwrap();
    let bound = |site: &mut fxpane::site::Site| {
        site.bind_address = Some(free.ip());
        site.bind_port = Some(free.port());
    };
    let mut first = open(&server, bound).await;
    let mut second = open(&server, bound).await;
    for session in [&mut first, &mut second] {
        let local = session.control().local();
        assert_eq!(local.ip(), free.ip());
        assert!((free.port()..free.port().saturating_add(128)).contains(&local.port()));
        // the server accepts data connections only from the control connection's address
        assert_eq!(names(session, "/pub").await, ["a.txt"]);
    }
    assert_eq!(first.control().local().port(), free.port());
    let error = try_open(&server, |site| site.bind_address = Some([192, 0, 2, 1].into())).await;
    assert!(error.unwrap_err().remedy().unwrap().contains("bind_address"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_may_require_a_client_certificate() {
    let ours = rcgen::generate_simple_self_signed(vec!["us".to_owned()]).unwrap();
    let setup = Setup::new().tls(Tls::Required).demand_certificate(ours.cert.der().to_vec());
    let server = server(setup).await;
    let directory = tempfile::tempdir().unwrap();
    let key = pem("PRIVATE KEY", &ours.signing_key.serialize_der());
    let both = directory.path().join("us.pem");
    std::fs::write(&both, pem("CERTIFICATE", ours.cert.der()) + &key).unwrap();
    let mut session = open(&server, |site| {
        site.insecure = true;
        site.security = Security::Explicit;
        site.client_certificate = Some(ClientCertificate { certificate: both, key: None });
    })
    .await;
    assert_eq!(names(&mut session, "/pub").await, ["a.txt"]);
    assert!(session.is_tls());
    let bare = |site: &mut fxpane::site::Site| {
        site.insecure = true;
        site.security = Security::Explicit;
    };
    assert!(try_open(&server, bare).await.is_err());
    let missing = try_open(&server, |site| {
        bare(site);
        let certificate = directory.path().join("nothing.pem");
        site.client_certificate = Some(ClientCertificate { certificate, key: None });
    });
    let error = missing.await.unwrap_err().to_string();
    assert!(error.contains("nothing.pem"), "{error}");
}
