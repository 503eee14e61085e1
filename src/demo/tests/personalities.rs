//! The personalities behave as measured on the real servers (docs/servers.md).

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{Client, client, server};
use crate::demo::{Cut, Personality, Rule, Server, Setup, Tls};
use crate::ftp::Features;
use crate::ftp::address::port_argument;

const REAL: [Personality; 4] =
    [Personality::Vsftpd, Personality::Proftpd, Personality::Pureftpd, Personality::Pyftpdlib];

async fn imitating(personality: Personality) -> Server {
    server(Setup::new().personality(personality)).await
}

#[tokio::test]
async fn names_are_known() {
    for name in Personality::names() {
        let personality = Personality::named(name).unwrap();
        let server = imitating(personality).await;
        let mut client = client(&server).await;
        client.cmd("PRET RETR /pub/a.txt").await;
        assert!(client.get("RETR /pub/a.txt").await.2 == b"hello\nworld\n", "{name}");
    }
    assert_eq!(Personality::named("iis"), None);
}

#[tokio::test]
async fn features_and_verbs_agree() {
    for (personality, mlsd, hash) in [
        (Personality::Vsftpd, false, false),
        (Personality::Proftpd, true, true),
        (Personality::Pureftpd, true, false),
        (Personality::Pyftpdlib, true, false),
        (Personality::Glftpd, false, false),
        (Personality::Windows, false, false),
    ] {
        let server = server(Setup::new().personality(personality).tls(Tls::Offered)).await;
        let mut client = client(&server).await;
        let features = Features::parse(&client.cmd("FEAT").await);
        assert_eq!(features.lists_mlsd(), mlsd, "{personality:?}");
        assert_eq!(features.has("HASH"), hash, "{personality:?}");
        assert_eq!(client.cmd("MLST /pub").await.code == 250, mlsd, "{personality:?}");
        assert_eq!(client.cmd("HASH /pub/a.txt").await.code == 213, hash, "{personality:?}");
        assert!(features.has("AUTH"));
    }
}

#[tokio::test]
async fn replies_are_those_of_the_servers() {
    for (personality, line, reply) in [
        (Personality::Vsftpd, "CWD /nope", "550 Failed to change directory."),
        (Personality::Vsftpd, "REST 5", "350 Restart position accepted (5)."),
        (Personality::Proftpd, "CWD /nope", "550 /nope: No such file or directory"),
        (Personality::Proftpd, "TYPE X", "504 TYPE not implemented for 'X' parameter"),
        (Personality::Pureftpd, "NOOP", "200 Zzz..."),
        (Personality::Pureftpd, "OPTS UTF8 ON", "504 Unknown command"),
        (
            Personality::Pureftpd,
            "MKD /q\"q",
            "257 \"/q\"q\" : The directory was successfully created",
        ),
        (Personality::Pyftpdlib, "CWD /pub", "250 \"/pub\" is the current directory."),
        (Personality::Pyftpdlib, "NOPE", "500 Command \"NOPE\" not understood."),
        (Personality::Windows, "SYST", "215 Windows_NT"),
    ] {
        let server = imitating(personality).await;
        let mut client = client(&server).await;
        assert_eq!(client.cmd(line).await.shown(), reply);
    }
    let server = imitating(Personality::Pureftpd).await;
    let mut client = Client::dial(&server).await;
    let banner = client.reply().await;
    assert_eq!((banner.code, banner.lines.len()), (220, 4));
}

#[tokio::test]
async fn sizes_in_text_mode() {
    for (personality, code) in [
        (Personality::Vsftpd, 213),
        (Personality::Proftpd, 550),
        (Personality::Pureftpd, 213),
        (Personality::Pyftpdlib, 550),
    ] {
        let server = imitating(personality).await;
        let mut client = client(&server).await;
        assert_eq!(client.cmd("TYPE A").await.code, 200);
        assert_eq!(client.cmd("SIZE /pub/a.txt").await.code, code, "{personality:?}");
    }
}

#[tokio::test]
async fn rest_holes_refusals_and_tails() {
    for (personality, past, tail) in [
        (Personality::Vsftpd, 226, "heLLo\nworld\n"),
        (Personality::Proftpd, 554, "heLLo\nworld\n"),
        (Personality::Pureftpd, 226, "heLL"),
        (Personality::Pyftpdlib, 554, "heLLo\nworld\n"),
    ] {
        let server = imitating(personality).await;
        let mut client = client(&server).await;
        client.expect("REST 2", 350).await;
        assert_eq!(client.put("STOR /pub/a.txt", b"LL").await.1, 226);
        let left = server.root().read("/pub/a.txt").unwrap();
        assert_eq!(String::from_utf8(left).unwrap(), tail, "{personality:?}");
        client.expect("REST 20", 350).await;
        assert_eq!(client.put("STOR /pub/a.txt", b"XX").await.1, past, "{personality:?}");
        let size = server.root().size("/pub/a.txt").unwrap();
        assert_eq!(size == 22, past == 226, "{personality:?}");
    }
}

/// A transfer that stalls after 1000 bytes.
async fn stalled(server: &Server, verb: &str) -> (Client, TcpStream) {
    server.fault(Rule::on(verb).at(1000, Cut::Hold("middle".to_owned())));
    let mut client = client(server).await;
    let mut data = client.data().await;
    let path = if verb == "RETR" { "/pub/big.bin" } else { "/incoming/x" };
    client.send(&format!("{verb} {path}")).await;
    assert_eq!(client.reply().await.code / 100, 1);
    if verb == "STOR" {
        data.write_all(&[1; 2000]).await.unwrap();
    }
    assert!(server.wait_for_hold("middle").await);
    (client, data)
}

#[tokio::test]
async fn abort_in_a_transfer() {
    for (personality, retr, stor) in [
        (Personality::Proftpd, [426, 226], [426, 226]),
        (Personality::Pureftpd, [426, 226], [426, 451]),
        (Personality::Pyftpdlib, [426, 226], [426, 226]),
    ] {
        for (verb, codes) in [("RETR", retr), ("STOR", stor)] {
            let server = imitating(personality).await;
            let (mut client, _data) = stalled(&server, verb).await;
            client.send("ABOR").await;
            assert_eq!(client.codes(2).await, codes, "{personality:?} {verb}");
            client.expect("NOOP", 200).await;
        }
    }
    // vsftpd does not read it before the end of the transfer
    let server = imitating(Personality::Vsftpd).await;
    let (mut client, mut data) = stalled(&server, "RETR").await;
    client.send("ABOR").await;
    server.release("middle");
    let mut bytes = Vec::new();
    data.read_to_end(&mut bytes).await.unwrap();
    assert_eq!(bytes.len(), 300_000);
    assert_eq!(client.codes(2).await, [226, 225]);
}

#[tokio::test]
async fn commands_in_a_transfer() {
    // pure-ftpd refuses them
    let server = imitating(Personality::Pureftpd).await;
    let (mut client, mut data) = stalled(&server, "RETR").await;
    client.expect("NOOP", 500).await;
    client.expect("PASV", 500).await;
    server.release("middle");
    data.read_to_end(&mut Vec::new()).await.unwrap();
    assert_eq!(client.codes(1).await, [226]);

    // pyftpdlib executes them
    let server = imitating(Personality::Pyftpdlib).await;
    let (mut client, mut data) = stalled(&server, "STOR").await;
    assert_eq!(client.expect("SIZE /incoming/x", 213).await, "1000");
    client.expect("NOOP", 200).await;
    server.release("middle");
    data.shutdown().await.unwrap();
    assert_eq!(client.codes(1).await, [226]);

    // ProFTPD answers SIZE and queues the others
    let server = imitating(Personality::Proftpd).await;
    let (mut client, mut data) = stalled(&server, "STOR").await;
    client.send("NOOP\nSIZE /incoming/x").await;
    let size = client.reply().await;
    assert_eq!((size.code, size.text()), (213, &b"1000"[..]));
    server.release("middle");
    data.shutdown().await.unwrap();
    assert_eq!(client.codes(2).await, [226, 200]);
}

#[tokio::test]
async fn pure_ftpd_queues_commands_sent_in_one_write_with_stor() {
    for personality in [Personality::Vsftpd, Personality::Proftpd, Personality::Pureftpd] {
        let server = imitating(personality).await;
        let mut client = client(&server).await;
        let mut data = client.data().await;
        client.send("STOR /incoming/x\nSIZE /incoming/x\nPASV").await;
        data.write_all(&[1; 2000]).await.unwrap();
        data.shutdown().await.unwrap();
        assert_eq!(client.codes(2).await, [150, 226], "{personality:?}");
        assert_eq!(client.reply().await.text(), b"2000", "{personality:?}");
        assert_eq!(client.codes(1).await, [227], "{personality:?}");
    }
}

#[tokio::test]
async fn pyftpdlib_replies_out_of_order() {
    let (a, b) = (imitating(Personality::Pyftpdlib).await, server(Setup::new()).await);
    let (mut from, mut to) = (client(&a).await, client(&b).await);
    let address = to.passive("PASV").await;
    from.send(&format!("PORT {}\nRETR /pub/a.txt", port_argument(address).unwrap())).await;
    to.send("STOR /incoming/x").await;
    assert_eq!(from.codes(3).await, [150, 200, 226]);
    assert_eq!(to.codes(2).await, [150, 226]);
    assert_eq!(b.root().size("/incoming/x").unwrap(), 12);

    // one command at a time works
    let address = to.passive("PASV").await;
    from.expect(&format!("PORT {}", port_argument(address).unwrap()), 200).await;
    to.send("STOR /incoming/y").await;
    from.send("RETR /pub/a.txt").await;
    assert_eq!((from.codes(2).await, to.codes(2).await), (vec![125, 226], vec![150, 226]));

    // no listener
    to.passive("PASV").await;
    from.expect(&format!("PORT {}", port_argument(address).unwrap()), 425).await;
}

#[tokio::test]
async fn pyftpdlib_executes_a_pipelined_pasv_at_once() {
    let (a, b) = (server(Setup::new()).await, imitating(Personality::Pyftpdlib).await);
    let (mut from, mut to) = (client(&a).await, client(&b).await);
    let address = to.passive("PASV").await;
    to.send("STOR /incoming/x\nPASV").await;
    assert_eq!(to.codes(2).await, [150, 227]);
    from.expect(&format!("PORT {}", port_argument(address).unwrap()), 200).await;
    from.expect("RETR /pub/a.txt", 425).await;
    // ABOR unblocks the waiting STOR
    to.expect("ABOR", 225).await;
    to.expect("NOOP", 200).await;
}

#[tokio::test]
async fn a_broken_data_connection() {
    for (personality, stored, sent) in [
        (Personality::Vsftpd, 426, 426),
        (Personality::Proftpd, 426, 426),
        (Personality::Pureftpd, 451, 150),
        (Personality::Pyftpdlib, 226, 426),
    ] {
        let server = imitating(personality).await;
        let mut client = client(&server).await;
        let mut data = client.data().await;
        client.send("STOR /incoming/x").await;
        assert_eq!(client.reply().await.code / 100, 1);
        data.write_all(b"started").await.unwrap();
        data.set_zero_linger().unwrap();
        drop(data);
        assert_eq!(client.codes(1).await, [stored], "{personality:?}");

        let mut data = client.data().await;
        server.root().synthetic("/huge", 1 << 40, 1).unwrap();
        client.send("RETR /huge").await;
        assert_eq!(client.reply().await.code / 100, 1);
        data.read_exact(&mut [0; 1000]).await.unwrap();
        drop(data);
        assert_eq!(client.codes(1).await, [sent], "{personality:?}");
        client.expect("NOOP", 200).await;
    }
}

#[tokio::test]
async fn a_transfer_without_its_control_connection() {
    for personality in REAL {
        let server = imitating(personality).await;
        let (client, mut data) = stalled(&server, "STOR").await;
        drop(client);
        let goes_on = personality == Personality::Vsftpd;
        if !goes_on {
            assert!(server.wait_until(|server| server.sessions() == 0).await);
        }
        server.release("middle");
        // the socket may already be closed
        let _ = data.shutdown().await;
        assert!(server.wait_until(|server| server.sessions() == 0).await);
        let size = server.root().size("/incoming/x").unwrap();
        assert_eq!(size, if goes_on { 2000 } else { 1000 }, "{personality:?}");
    }
}

#[tokio::test]
async fn drftpd_requires_pret_and_glftpd_uses_the_short_passive_form() {
    let server = imitating(Personality::Drftpd).await;
    let mut client = super::client(&server).await;
    let refused = client.cmd("PASV").await;
    assert!(refused.code == 500 && refused.mentions("PRET"));
    client.expect("PRET RETR /pub/a.txt", 200).await;
    client.expect("PASV", 227).await;
    client.expect("PASV", 500).await;

    let server = imitating(Personality::Glftpd).await;
    let mut client = super::client(&server).await;
    assert!(client.expect("PASV", 227).await.starts_with("Entering Passive Mode (1,"));
}

#[tokio::test]
async fn a_windows_server_does_not_rename_over_a_file() {
    let server = imitating(Personality::Windows).await;
    let mut client = client(&server).await;
    client.expect("RNFR /pub/a.txt", 350).await;
    client.expect("RNTO /pub/big.bin", 550).await;
    assert_eq!(server.root().size("/pub/big.bin").unwrap(), 300_000);
    let text = client.listing("LIST /").await;
    assert!(text.contains("<DIR>"), "{text}");
}

#[tokio::test]
async fn behavior_can_be_changed_field_by_field() {
    let setup = Setup::new().without("mlsd").without("MLST").behavior(|behavior| {
        behavior.banner = "Welcome\nto the machine".to_owned();
        behavior.begins_at_once = true;
    });
    let server = server(setup).await;
    let mut client = Client::dial(&server).await;
    assert_eq!(client.reply().await.lines.len(), 2);
    client.log_in(&server).await;
    client.expect("MLST /", 500).await;
    assert!(!Features::parse(&client.cmd("FEAT").await).lists_mlsd());
    let address = client.passive("PASV").await;
    client.expect("STOR /incoming/x", 150).await;
    drop(TcpStream::connect(address).await.unwrap());
    assert_eq!(client.codes(1).await, [226]);
}

#[tokio::test(flavor = "multi_thread")]
async fn rest_is_ignored_or_kept() {
    let start = async |change: fn(&mut crate::demo::Behavior)| {
        Server::start(Setup::new().behavior(change).file("/a.txt", "hello")).await.unwrap()
    };
    // REST ignored by STOR
    let server = start(|behavior| behavior.store_ignores_rest = true).await;
    let mut client = client(&server).await;
    client.expect("REST 5", 350).await;
    assert_eq!(client.put("STOR /a.txt", b"LL").await.1, 226);
    assert_eq!(server.root().read("/a.txt").unwrap(), b"LL");
    // REST never reset
    let server = start(|behavior| behavior.rest_sticks = true).await;
    let mut client = self::client(&server).await;
    client.expect("REST 3", 350).await;
    for _ in 0..2 {
        assert_eq!(client.get("RETR /a.txt").await.2, b"lo");
    }
    client.expect("REST 0", 350).await;
    assert_eq!(client.get("RETR /a.txt").await.2, b"hello");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_atomic_upload_is_renamed_when_complete() {
    let setup = Setup::new().behavior(|behavior| behavior.atomic_upload = true).dir("/in");
    let server = Server::start(setup).await.unwrap();
    server.fault(Rule::on("STOR").at(2, Cut::Hold("middle".to_owned())));
    let mut client = client(&server).await;
    let put = tokio::spawn(async move { client.put("STOR /in/a.txt", b"hello").await.1 });
    server.wait_for_hold("middle").await;
    let names = server.root().list("/in").unwrap();
    assert!(names[0].starts_with(".pureftpd-upload."), "{names:?}");
    server.release("middle");
    assert_eq!(put.await.unwrap(), 226);
    assert_eq!(server.root().list("/in").unwrap(), ["a.txt"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_writers_of_one_file_wait_for_each_other() {
    let setup = Setup::new().behavior(|behavior| behavior.upload_lock = true);
    let server = Server::start(setup).await.unwrap();
    server.fault(Rule::on("STOR").nth(1).at(2, Cut::Hold("middle".to_owned())));
    let (mut first, mut second) = (client(&server).await, client(&server).await);
    let one = tokio::spawn(async move { first.put("STOR /a.txt", b"first").await.1 });
    server.wait_for_hold("middle").await;
    let two = tokio::spawn(async move { second.put("STOR /a.txt", b"2nd").await.1 });
    assert!(server.wait_until(|server| server.count("STOR") == 2).await);
    assert!(!two.is_finished());
    server.release("middle");
    assert_eq!((one.await.unwrap(), two.await.unwrap()), (226, 226));
    assert_eq!(server.root().read("/a.txt").unwrap(), b"2nd");
}

#[tokio::test(flavor = "multi_thread")]
async fn rules_match_the_raw_argument() {
    let server = Server::start(Setup::new().file("/a.txt", "a")).await.unwrap();
    server.fault(Rule::parse(r#"on SITE argument "CHMOD *" reply 502 "No""#).unwrap());
    let mut client = client(&server).await;
    client.expect("SITE CHMOD 644 /a.txt", 502).await;
    client.expect("SITE UTIME 20200101000000 /a.txt", 200).await;
}
