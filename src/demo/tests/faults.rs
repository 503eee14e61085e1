//! Every fault of docs/ftp-quirks.md "The faults of the test server".

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::Instant;

use super::{Client, client, server};
use crate::demo::{Cut, Rule, Server, Setup};
use crate::ftp::address::port_argument;

/// A server with these fault rules.
async fn faulty(rules: &[&str]) -> Server {
    let server = server(Setup::new()).await;
    for rule in rules {
        server.fault(Rule::parse(rule).unwrap());
    }
    server
}

/// Starts an FXP copy to a passive target, without reading the replies to STOR and RETR.
async fn start_fxp(from: &mut Client, to: &mut Client, source: &str) {
    let address = to.passive("PASV").await;
    to.send("STOR /incoming/x").await;
    from.send(&format!("PORT {}\nRETR {source}", port_argument(address).unwrap())).await;
    assert_eq!(from.reply().await.code, 200);
}

#[tokio::test]
async fn every_code_can_be_sent_to_every_command() {
    // the reply codes of RETR, STOR and REST (RFC 959 section 5.4)
    let codes = [
        125, 150, 226, 250, 421, 425, 426, 450, 451, 452, 500, 501, 502, 503, 504, 530, 532, 550,
        552, 553,
    ];
    let server = server(Setup::new()).await;
    let mut client = client(&server).await;
    for verb in ["RETR", "STOR", "REST", "SIZE", "RNTO"] {
        for code in codes {
            server.clear_faults();
            server.fault(Rule::on(verb).reply(code, "Scripted"));
            let reply = client.cmd(&format!("{verb} x")).await;
            assert_eq!((reply.code, reply.text()), (code, &b"Scripted"[..]));
        }
    }
}

#[tokio::test]
async fn rules_match_by_count_and_name() {
    let server = faulty(&[
        "on NOOP 2 reply 500",
        "on PWD from 2 reply 501",
        "on SYST every 2 reply 502",
        r#"on SIZE name "*.bin" reply 503"#,
        r#"on SIZE name "/pub/a.*" reply 504"#,
    ])
    .await;
    let mut client = client(&server).await;
    client.send("NOOP\nNOOP\nNOOP\nPWD\nPWD\nPWD\nSYST\nSYST\nSYST\nSYST").await;
    assert_eq!(client.codes(10).await, [200, 500, 200, 257, 501, 501, 215, 502, 215, 502]);
    client.send("SIZE /pub/big.bin\nSIZE pub/a.txt\nSIZE /incoming/a.txt").await;
    assert_eq!(client.codes(3).await, [503, 504, 550]);
}

#[tokio::test]
async fn limits_on_sessions() {
    let server = faulty(&[r#"limit sessions 1 with 421 "Too many""#]).await;
    let _first = client(&server).await;
    let mut second = Client::dial(&server).await;
    let refused = second.reply().await;
    assert_eq!((refused.code, refused.text()), (421, &b"Too many"[..]));
    assert!(second.is_closed().await);

    let server = faulty(&["on PASS above 1 reply 530"]).await;
    let _first = client(&server).await;
    let mut second = Client::connect(&server).await;
    second.expect("USER fxp", 331).await;
    second.expect("PASS fxp-secret", 530).await;
}

#[tokio::test]
async fn odd_replies() {
    let server = faulty(&[
        r#"on NOOP 1 send-raw "200-a\r\n150 inner\r\n220-x\r\n200 end\r\n""#,
        r#"on NOOP 2 send-raw "200 bare\n""#,
        r#"on NOOP 3 send-raw "200\r\n""#,
        r#"on NOOP 4 precede "421 idle\r\n""#,
        r#"on NOOP 5 twice and follow "226 stray\r\n""#,
        "on NOOP 6 no reply",
        "on NOOP 7 silent",
        r#"on NOOP 8 reply 200 "one\ntwo""#,
    ])
    .await;
    let mut client = client(&server).await;
    client.send(&["NOOP"; 8].join("\n")).await;
    let first = client.reply().await;
    assert_eq!((first.code, first.lines.len()), (200, 4));
    assert_eq!(client.codes(8).await, [200, 200, 421, 200, 200, 200, 226, 200]);
}

#[tokio::test]
async fn delays_before_a_command_and_before_its_final_reply() {
    // real time: a paused clock would not wait for the sockets
    let server = faulty(&["on NOOP delay 300ms", "on PWD end-delay 200ms"]).await;
    let mut client = client(&server).await;
    for (line, code, millis) in [("NOOP", 200, 300), ("PWD", 257, 200), ("SYST", 215, 0)] {
        let started = Instant::now();
        client.expect(line, code).await;
        let took = started.elapsed();
        assert!(took >= Duration::from_millis(millis), "{line} {took:?}");
    }
}

#[tokio::test]
async fn passive_addresses_in_unusual_forms() {
    let server = faulty(&[
        "on PASV 1 announce 10.0.0.1",
        "on PASV 2 announce 0.0.0.0:2121",
        r#"on PASV 3 form "ok ={address}""#,
        r#"on PASV 4 form "(1,{short})""#,
        r#"on EPSV 1 form "Extended (!!!{port}!)""#,
        r#"on EPSV 2 reply 500"#,
        r#"on EPSV 3 send-raw "227 not (127,0,0,1,9,9)\r\n""#,
    ])
    .await;
    let mut client = client(&server).await;
    assert_eq!(client.passive("PASV").await.ip().to_string(), "10.0.0.1");
    assert_eq!(client.passive("PASV").await.to_string(), "0.0.0.0:2121");
    let address = client.passive("PASV").await;
    TcpStream::connect(address).await.unwrap();
    let address = client.passive("PASV").await;
    TcpStream::connect(address).await.unwrap();
    let address = client.passive("EPSV").await;
    TcpStream::connect(address).await.unwrap();
    assert_eq!(client.code_of("EPSV").await, 500);
    assert_eq!(client.code_of("EPSV").await, 227);
}

#[tokio::test]
async fn the_source_has_no_such_file() {
    let (a, b) = (server(Setup::new()).await, server(Setup::new()).await);
    let (mut from, mut to) = (client(&a).await, client(&b).await);
    b.root().write("/incoming/x", "old").unwrap();
    let address = to.passive("PASV").await;
    to.send("STOR /incoming/x").await;
    from.send(&format!("PORT {}\nRETR /nope", port_argument(address).unwrap())).await;
    assert_eq!(from.codes(2).await, [200, 550]);
    // the target waits, but it has already truncated its file
    assert_eq!(b.root().size("/incoming/x").unwrap(), 0);
    // any connection unblocks it
    drop(TcpStream::connect(address).await.unwrap());
    assert_eq!(to.codes(2).await, [150, 226]);
}

#[tokio::test]
async fn misleading_replies_to_transfers() {
    for (rules_a, rules_b, sent, stored) in [
        // a 426 from the source after a complete transfer
        (&["on RETR end 426"][..], &[][..], &[150, 426][..], &[150, 226][..]),
        // 125 and 250, no 1xx, the 226 twice
        (&["on RETR begin 125 and end 250"], &[], &[125, 250], &[150, 226]),
        (&["no 1xx"], &["no 1xx"], &[226], &[226]),
        (&[], &["226 twice"], &[150, 226], &[150, 226, 226]),
        // a 226 from the target before the data arrives
        (&[], &["on STOR end-early"], &[150, 226], &[150, 226]),
        // the disk becomes full
        (&[], &["disk full 552 at 100 bytes"], &[150], &[150, 552]),
        (&[], &["on STOR fail 452 after 150000"], &[150], &[150, 452]),
    ] {
        let (a, b) = (faulty(rules_a).await, faulty(rules_b).await);
        let (mut from, mut to) = (client(&a).await, client(&b).await);
        start_fxp(&mut from, &mut to, "/pub/big.bin").await;
        assert_eq!(from.codes(sent.len()).await, sent, "{rules_a:?} {rules_b:?}");
        assert_eq!(to.codes(stored.len()).await, stored, "{rules_a:?} {rules_b:?}");
    }
}

#[tokio::test]
async fn a_truncated_file_with_226_on_both_sides() {
    let (a, b) = (faulty(&["on RETR close-data after 1000"]).await, faulty(&[]).await);
    let (mut from, mut to) = (client(&a).await, client(&b).await);
    start_fxp(&mut from, &mut to, "/pub/big.bin").await;
    assert_eq!(from.codes(2).await, [150, 226]);
    assert_eq!(to.codes(2).await, [150, 226]);
    assert_eq!(b.root().size("/incoming/x").unwrap(), 1000);
}

#[tokio::test]
async fn a_killed_source_leaves_a_226_at_the_target() {
    for rule in ["on RETR kill after 70000", "on RETR crash after 70000"] {
        let (a, b) = (faulty(&[rule]).await, faulty(&[]).await);
        let (mut from, mut to) = (client(&a).await, client(&b).await);
        start_fxp(&mut from, &mut to, "/pub/big.bin").await;
        assert_eq!(from.codes(1).await, [150]);
        assert!(from.is_closed().await);
        assert_eq!(to.codes(2).await, [150, 226]);
        assert_eq!(b.root().size("/incoming/x").unwrap(), 70_000);
        assert_eq!(TcpStream::connect(a.address()).await.is_ok(), rule.contains("kill"));
    }
}

#[tokio::test]
async fn data_is_corrupted_in_transit() {
    let whole = vec![7; 300_000];
    for (rule_a, rule_b, expected) in [
        (Some("on RETR corrupt byte 100000"), None, {
            let mut bytes = whole.clone();
            bytes[100_000] ^= 1;
            bytes
        }),
        (None, Some("corrupt byte 0 on STOR"), {
            let mut bytes = whole.clone();
            bytes[0] ^= 1;
            bytes
        }),
        (Some("on RETR skip 10 after 5000"), None, vec![7; 299_990]),
        (None, Some("on STOR skip 70000 after 5000"), vec![7; 230_000]),
        (Some("on RETR grow 5 after 1000"), None, [&whole[..], b"+++++"].concat()),
    ] {
        let a = faulty(&Vec::from_iter(rule_a)).await;
        let b = faulty(&Vec::from_iter(rule_b)).await;
        let (mut from, mut to) = (client(&a).await, client(&b).await);
        start_fxp(&mut from, &mut to, "/pub/big.bin").await;
        assert_eq!((from.codes(2).await, to.codes(2).await), (vec![150, 226], vec![150, 226]));
        assert!(b.root().read("/incoming/x").unwrap() == expected, "{rule_a:?} {rule_b:?}");
    }
}

#[tokio::test]
async fn resets_and_lost_control_connections() {
    // the source resets the data connection
    let (a, b) = (faulty(&["on RETR reset-data after 100000"]).await, faulty(&[]).await);
    let (mut from, mut to) = (client(&a).await, client(&b).await);
    start_fxp(&mut from, &mut to, "/pub/big.bin").await;
    assert_eq!((from.codes(2).await, to.codes(2).await), (vec![150, 426], vec![150, 426]));

    // the target loses its control connection, and the transfer with it
    let (a, b) = (faulty(&[]).await, faulty(&["on STOR drop after 100000"]).await);
    let (mut from, mut to) = (client(&a).await, client(&b).await);
    start_fxp(&mut from, &mut to, "/pub/big.bin").await;
    assert_eq!(to.codes(1).await, [150]);
    assert!(to.is_closed().await);
    assert_eq!(from.codes(1).await, [150]);

    // it is lost when the 226 is due: the file is complete
    let (a, b) = (faulty(&[]).await, faulty(&["drop control at 226"]).await);
    let (mut from, mut to) = (client(&a).await, client(&b).await);
    start_fxp(&mut from, &mut to, "/pub/big.bin").await;
    assert_eq!((from.codes(2).await, to.codes(1).await), (vec![150, 226], vec![150]));
    assert!(to.is_closed().await);
    assert_eq!(b.root().size("/incoming/x").unwrap(), 300_000);
}

#[tokio::test]
async fn silence() {
    // accepted, then silence: what libunftp does with FXP
    let (a, b) = (faulty(&["on RETR stall after 0"]).await, faulty(&["silent after STOR"]).await);
    let mut from = client(&a).await;
    let mut data = from.data().await;
    from.send("RETR /pub/a.txt").await;
    assert_eq!(from.codes(1).await, [150]);
    from.send("ABOR").await;
    assert_eq!(from.codes(2).await, [426, 226]);
    assert_eq!(data.read(&mut [0; 10]).await.unwrap(), 0);

    let mut to = client(&b).await;
    let _data = to.data().await;
    to.send("STOR /incoming/x\nNOOP").await;
    // the next command is executed, the STOR never
    assert_eq!(to.codes(1).await, [200]);
    assert!(!b.root().exists("/incoming/x"));
}

#[tokio::test]
async fn rest_is_refused() {
    let server = faulty(&["ignore REST"]).await;
    let mut client = client(&server).await;
    client.expect("REST 6", 350).await;
    assert_eq!(client.put("STOR /pub/a.txt", b"world\n").await, (150, 226));
    assert_eq!(server.root().read("/pub/a.txt").unwrap(), b"world\n");
}

#[tokio::test]
async fn renames_and_names_are_refused() {
    let server = faulty(&[
        "on RNTO 1 reply 550",
        r#"on STOR name ".*" reply 553 "hidden names are not allowed""#,
    ])
    .await;
    let mut client = client(&server).await;
    client.expect("RNFR /pub/a.txt", 350).await;
    client.expect("RNTO /pub/b.txt", 550).await;
    assert!(server.root().exists("/pub/a.txt"));
    let _data = client.data().await;
    client.expect("STOR /incoming/.x.fxpart", 553).await;
}

#[tokio::test]
async fn listings_of_any_kind() {
    let server = faulty(&[
        r#"on MLSD 1 listing "type=file;size=1; a/b\r\ntype=file; x\x1by\r\n""#,
        "on MLSD 2 reply 500",
        "on LIST 1 close-data after 10",
        "on LIST 2 end 550",
    ])
    .await;
    let mut client = client(&server).await;
    assert_eq!(client.listing("MLSD /pub").await, "type=file;size=1; a/b\r\ntype=file; x\x1by\r\n");
    assert_eq!(client.get("MLSD /pub").await.0, 500);
    assert_eq!(client.get("LIST /pub").await.2.len(), 10);
    assert_eq!(client.get("LIST /pub").await.1, 550);
}

#[tokio::test]
async fn a_gate_holds_a_transfer() {
    let server = server(Setup::new()).await;
    server.fault(Rule::on("STOR").at(1000, Cut::Hold("middle".to_owned())).end_hold("end"));
    let mut client = client(&server).await;
    let mut data = client.data().await;
    client.send("STOR /incoming/x").await;
    data.write_all(&[1; 2000]).await.unwrap();
    data.shutdown().await.unwrap();
    assert_eq!(client.codes(1).await, [150]);
    assert!(server.wait_for_hold("middle").await);
    assert_eq!(server.root().size("/incoming/x").unwrap(), 1000);
    server.release("middle");
    assert!(server.wait_for_hold("end").await);
    assert_eq!(server.root().size("/incoming/x").unwrap(), 2000);
    server.release("end");
    assert_eq!(client.codes(1).await, [226]);
}
