//! TLS: control and data connections, client and server roles, session reuse.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{Client, client, server};
use crate::demo::{Personality, Setup, Tls};
use crate::ftp::address::port_argument;
use crate::net::Stream;

async fn tls_client(server: &crate::demo::Server) -> Client {
    let mut client = Client::connect(server).await;
    client.protect().await;
    client.log_in(server).await;
    client
}

#[tokio::test]
async fn explicit_tls_protects_both_connections() {
    let server = server(Setup::new().tls(Tls::Offered)).await;
    assert_eq!(server.fingerprint().unwrap().len(), 64);
    let mut client = Client::connect(&server).await;
    client.expect("AUTH NOPE", 504).await;
    client.expect("PBSZ 0", 503).await;
    client.expect("AUTH TLS", 234).await;
    client.begin_tls(false).await;
    client.expect("AUTH TLS", 504).await;
    client.expect("PROT P", 503).await;
    client.expect("PBSZ 0", 200).await;
    client.expect("PROT S", 536).await;
    client.expect("PROT P", 200).await;
    client.log_in(&server).await;
    let features = crate::ftp::Features::parse(&client.cmd("FEAT").await);
    assert!(features.has("AUTH") && features.has("SSCN") && features.has("CPSV"));
    assert_eq!(client.get("RETR /pub/big.bin").await, (150, 226, vec![7; 300_000]));
    assert_eq!(client.put("STOR /incoming/x", &[5; 300_000]).await, (150, 226));
    assert_eq!(server.root().read("/incoming/x").unwrap(), vec![5; 300_000]);
    assert!(client.listing("MLSD /pub").await.contains("a.txt"));
    client.expect("PROT C", 200).await;
    client.disable_tls();
    assert_eq!(client.get("RETR /pub/a.txt").await.1, 226);
}

#[tokio::test]
async fn required_and_implicit() {
    let strict = server(Setup::new().tls(Tls::Required)).await;
    let mut client = Client::connect(&strict).await;
    client.expect("USER fxp", 530).await;
    client.protect().await;
    client.log_in(&strict).await;

    let implicit = server(Setup::new().tls(Tls::Implicit)).await;
    assert!(implicit.url().starts_with("ftps://"));
    let mut client = Client::dial(&implicit).await;
    client.begin_tls(false).await;
    assert_eq!(client.reply().await.code, 220);
    client.log_in(&implicit).await;
    assert_eq!(client.get("RETR /pub/a.txt").await.1, 226);
}

#[tokio::test]
async fn ccc_ends_tls_on_the_control_connection() {
    let server = server(Setup::new().tls(Tls::Offered)).await;
    let mut client = tls_client(&server).await;
    client.expect("CCC", 200).await;
    client.end_tls().await;
    client.expect("PWD", 257).await;
}

#[tokio::test]
async fn session_reuse_is_demanded() {
    for only_12 in [false, true] {
        let server = server(Setup::new().tls(Tls::Required).demand_session_reuse()).await;
        let mut client = Client::connect(&server).await;
        client.expect("AUTH TLS", 234).await;
        client.begin_tls(only_12).await;
        client.expect("PBSZ 0", 200).await;
        client.expect("PROT P", 200).await;
        client.log_in(&server).await;
        assert_eq!(client.get("RETR /pub/a.txt").await.1, 226);
        assert_eq!(client.put("STOR /incoming/x", b"x").await, (150, 226));

        // a session of another control connection does not count
        let mut other = tls_client(&server).await;
        other.share_tls_sessions(&client);
        assert_eq!(other.get("RETR /pub/a.txt").await.1, 522);
        other.expect("NOOP", 200).await;
    }
    // vsftpd also closes the control connection
    let setup = Setup::new().personality(Personality::Vsftpd).tls(Tls::Required);
    let server = server(setup.demand_session_reuse()).await;
    let (mut a, mut b) = (tls_client(&server).await, tls_client(&server).await);
    assert_eq!(a.get("RETR /pub/a.txt").await.1, 226);
    b.share_tls_sessions(&a);
    assert_eq!(b.get("RETR /pub/a.txt").await.1, 522);
    assert!(b.is_closed().await);
}

/// Copies a file over TLS; the target is passive and, with CPSV, the TLS client.
async fn copy(from: &mut Client, to: &mut Client, passive: &str, source: &str) -> [u16; 2] {
    let address = to.passive(passive).await;
    to.send("STOR /incoming/x").await;
    from.send(&format!("PORT {}\nRETR {source}", port_argument(address).unwrap())).await;
    assert_eq!((from.codes(2).await, to.codes(1).await), (vec![200, 150], vec![150]));
    [from.reply().await.code, to.reply().await.code]
}

#[tokio::test]
async fn one_side_is_tls_client_between_servers() {
    let a = server(Setup::new().tls(Tls::Offered).synthetic("/big", 3_000_000, 1)).await;
    let b = server(Setup::new().tls(Tls::Offered)).await;
    let (mut from, mut to) = (tls_client(&a).await, tls_client(&b).await);
    let same = || b.root().sha256("/incoming/x").unwrap() == a.root().sha256("/big").unwrap();

    to.expect("SSCN ON", 200).await;
    assert_eq!(copy(&mut from, &mut to, "PASV", "/big").await, [226, 226]);
    assert!(same());
    to.expect("SSCN OFF", 200).await;

    assert_eq!(copy(&mut from, &mut to, "CPSV", "/pub/a.txt").await, [226, 226]);
    assert_eq!(copy(&mut from, &mut to, "CPSV", "/big").await, [226, 226]);
    assert!(same());

    // no data is lost if the source is the client and drains the connection
    from.expect("SSCN ON", 200).await;
    for _ in 0..5 {
        assert_eq!(copy(&mut from, &mut to, "PASV", "/big").await, [226, 226]);
        assert!(same());
    }
}

#[tokio::test]
async fn two_tls_servers_wait_for_each_other_until_aborted() {
    let (a, b) = (
        server(Setup::new().tls(Tls::Offered)).await,
        server(Setup::new().tls(Tls::Offered)).await,
    );
    let (mut from, mut to) = (tls_client(&a).await, tls_client(&b).await);
    let address = to.passive("PASV").await;
    to.send("STOR /incoming/x").await;
    from.send(&format!("PORT {}\nRETR /pub/a.txt", port_argument(address).unwrap())).await;
    assert_eq!((from.codes(2).await, to.codes(1).await), (vec![200, 150], vec![150]));
    from.send("ABOR").await;
    assert_eq!(from.codes(2).await, [426, 226]);
    // when the source disconnects, the handshake of the target ends
    assert_eq!(to.codes(1).await, [425]);
}

#[tokio::test]
async fn two_tls_clients_fail_at_once() {
    let (a, b) = (
        server(Setup::new().tls(Tls::Offered)).await,
        server(Setup::new().tls(Tls::Offered)).await,
    );
    let (mut from, mut to) = (tls_client(&a).await, tls_client(&b).await);
    from.expect("SSCN ON", 200).await;
    assert_eq!(copy(&mut from, &mut to, "CPSV", "/pub/a.txt").await, [425, 425]);
}

#[tokio::test]
async fn commands_injected_after_auth_are_discarded() {
    let server = server(Setup::new().tls(Tls::Offered)).await;
    let mut client = Client::connect(&server).await;
    client.send("AUTH TLS\nUSER fxp\nPASS fxp-secret").await;
    assert_eq!(client.codes(1).await, [234]);
    client.begin_tls(false).await;
    client.expect("PWD", 530).await;
}

#[tokio::test]
async fn a_client_that_only_connects_sees_no_tls() {
    let server = server(Setup::new().tls(Tls::Offered)).await;
    let mut client = client(&server).await;
    let mut data = Stream::Plain(TcpStream::connect(client.passive("PASV").await).await.unwrap());
    client.send("STOR /incoming/x").await;
    data.write_all(b"plain").await.unwrap();
    data.shutdown().await.unwrap();
    assert_eq!(client.codes(2).await, [150, 226]);
    let mut rest = Vec::new();
    data.read_to_end(&mut rest).await.unwrap();
    assert_eq!(server.root().read("/incoming/x").unwrap(), b"plain");
}
