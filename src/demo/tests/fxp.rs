//! Transfers from server to server.

use super::{Client, client, server};
use crate::demo::{Personality, Server, Setup};
use crate::ftp::address::{eprt_argument, port_argument};

/// Copies one file to a passive target; returns both final codes.
async fn copy(from: &mut Client, to: &mut Client, source: &str, target: &str) -> (u16, u16) {
    let address = to.passive("PASV").await;
    to.send(&format!("STOR {target}")).await;
    from.send(&format!("PORT {}\nRETR {source}", port_argument(address).unwrap())).await;
    let port = from.reply().await.code;
    if port != 200 {
        return (port, 0);
    }
    let (mut sent, mut stored) = (from.reply().await.code, to.reply().await.code);
    if sent < 200 {
        sent = from.reply().await.code;
    }
    if stored < 200 {
        stored = to.reply().await.code;
    }
    (sent, stored)
}

#[tokio::test]
async fn fxp_copies_a_file() {
    let (a, b) = (server(Setup::new()).await, server(Setup::new()).await);
    let (mut from, mut to) = (client(&a).await, client(&b).await);
    for round in 0..3 {
        let target = format!("/incoming/{round}");
        assert_eq!(copy(&mut from, &mut to, "/pub/big.bin", &target).await, (226, 226));
        assert_eq!(b.root().sha256(&target).unwrap(), a.root().sha256("/pub/big.bin").unwrap());
    }
    // passive source, EPSV and EPRT
    let address = from.passive("EPSV").await;
    to.expect(&format!("EPRT {}", eprt_argument(address)), 200).await;
    from.send("RETR /pub/a.txt").await;
    to.send("STOR /incoming/a").await;
    assert_eq!((from.codes(2).await, to.codes(2).await), (vec![150, 226], vec![150, 226]));
    assert_eq!(b.root().read("/incoming/a").unwrap(), b"hello\nworld\n");
}

#[tokio::test]
async fn pipelined_in_one_write() {
    let (a, b) = (server(Setup::new()).await, server(Setup::new()).await);
    let (mut from, mut to) = (client(&a).await, client(&b).await);
    let mut address = to.passive("PASV").await;
    for round in 0..20 {
        to.send(&format!("STOR /incoming/{round}\nSIZE /incoming/{round}\nPASV")).await;
        from.send(&format!("PORT {}\nRETR /pub/a.txt", port_argument(address).unwrap())).await;
        assert_eq!(from.codes(3).await, [200, 150, 226]);
        assert_eq!(to.codes(2).await, [150, 226]);
        let size = to.reply().await;
        assert_eq!(size.text(), b"12");
        let passive = to.reply().await;
        let found = crate::ftp::address::parse_passive(&passive).unwrap();
        address = (found.ip.unwrap(), found.port).into();
    }
    assert_eq!(b.root().list("/incoming").unwrap().len(), 20);
}

/// Servers at addresses of their own, so that they are foreign to the client. Only Linux has the
/// whole of 127/8.
#[cfg(target_os = "linux")]
async fn pair(a: Setup, b: Setup) -> (Server, Server) {
    let a = server(a.address([127, 0, 0, 61].into())).await;
    let b = server(b.address([127, 0, 0, 62].into())).await;
    (a, b)
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn foreign_ports_and_peers_are_refused_as_the_real_servers_do() {
    for (personality, code) in [
        (Personality::Plain, 500),
        (Personality::Vsftpd, 500),
        (Personality::Proftpd, 500),
        (Personality::Pureftpd, 500),
        (Personality::Pyftpdlib, 501),
        (Personality::Windows, 501),
    ] {
        let (a, b) = pair(Setup::new().personality(personality).no_fxp(), Setup::new()).await;
        let (mut from, mut to) = (client(&a).await, client(&b).await);
        let address = to.passive("PASV").await;
        from.expect(&format!("PORT {}", port_argument(address).unwrap()), code).await;
    }
    for (personality, codes) in [
        (Personality::Plain, &[425][..]),
        (Personality::Vsftpd, &[425]),
        (Personality::Proftpd, &[425]),
        (Personality::Pyftpdlib, &[150, 425]),
    ] {
        let (a, b) = pair(Setup::new(), Setup::new().personality(personality).no_fxp()).await;
        let (mut from, mut to) = (client(&a).await, client(&b).await);
        let address = to.passive("PASV").await;
        from.expect(&format!("PORT {}", port_argument(address).unwrap()), 200).await;
        to.send("STOR /incoming/x").await;
        if codes.len() == 2 {
            // the asynchronous server starts before it checks the peer
            assert_eq!(to.codes(1).await, [150]);
        }
        from.send("RETR /pub/big.bin").await;
        assert_eq!(to.codes(1).await, [425], "{personality:?}");
        assert_eq!(from.codes(1).await, [150]);
        assert_eq!(from.codes(1).await, [426], "{personality:?}");
    }
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn pure_ftpd_ignores_a_foreign_peer_and_keeps_waiting() {
    let strict = Setup::new().personality(Personality::Pureftpd).no_fxp();
    let (a, b) = pair(Setup::new(), strict).await;
    let (mut from, mut to) = (client(&a).await, client(&b).await);
    let address = to.passive("PASV").await;
    from.expect(&format!("PORT {}", port_argument(address).unwrap()), 200).await;
    to.send("STOR /incoming/x").await;
    from.send("RETR /pub/big.bin").await;
    assert_eq!(from.codes(2).await.len(), 2);
    // the client unblocks it from its own address
    let data = tokio::net::TcpSocket::new_v4().unwrap();
    data.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    drop(data.connect(address).await.unwrap());
    assert_eq!(to.codes(2).await, [150, 226]);
    assert_eq!(b.root().size("/incoming/x").unwrap(), 0);
}
