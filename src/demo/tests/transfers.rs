//! Transfers between server and client.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{client, server};
use crate::demo::{Cut, Rule, Setup};

#[tokio::test]
async fn upload_and_download() {
    let server = server(Setup::new()).await;
    let mut client = client(&server).await;
    assert_eq!(client.get("RETR /pub/big.bin").await, (150, 226, vec![7; 300_000]));
    assert_eq!(client.put("STOR /incoming/x", &[9; 200_000]).await, (150, 226));
    assert_eq!(server.root().read("/incoming/x").unwrap(), vec![9; 200_000]);
    assert_eq!(client.put("STOR /incoming/x", b"short").await, (150, 226));
    assert_eq!(server.root().read("/incoming/x").unwrap(), b"short");
    assert_eq!(client.put("APPE /incoming/x", b"er").await, (150, 226));
    assert_eq!(server.root().read("/incoming/x").unwrap(), b"shorter");
    assert_eq!(client.put("STOR /incoming/empty", b"").await, (150, 226));
    assert_eq!(server.root().size("/incoming/empty").unwrap(), 0);
    assert_eq!(client.get("RETR /incoming/empty").await, (150, 226, vec![]));
    assert_eq!(client.get("RETR /nope").await.0, 550);
    assert_eq!(client.get("RETR /pub").await.0, 550);
    assert_eq!(client.put("STOR /nope/x", b"").await.0, 553);
    assert_eq!(client.put("STOR /pub", b"").await.0, 553);
    client.expect("PASV", 227).await;
    client.expect("ABOR", 226).await;
    client.expect("LIST", 425).await;
    assert_eq!(client.put("STOU /incoming/x", b"unique").await, (150, 226));
    assert_eq!(server.root().read("/incoming/x.1").unwrap(), b"unique");
}

#[tokio::test]
async fn active_and_extended() {
    let server = server(Setup::new()).await;
    let mut client = client(&server).await;
    let listener = client.active().await;
    client.send("RETR /pub/a.txt").await;
    let (mut data, _) = listener.accept().await.unwrap();
    let mut bytes = Vec::new();
    data.read_to_end(&mut bytes).await.unwrap();
    assert_eq!(client.codes(2).await, [150, 226]);
    assert_eq!(bytes, b"hello\nworld\n");

    let address = client.passive("EPSV").await;
    let mut data = TcpStream::connect(address).await.unwrap();
    client.send("STOR /incoming/x").await;
    data.write_all(b"data").await.unwrap();
    drop(data);
    assert_eq!(client.codes(2).await, [150, 226]);
    assert_eq!(server.root().read("/incoming/x").unwrap(), b"data");

    client.expect("PORT 127,0,0,1,0,21", 500).await;
    client.expect("PORT 127,0,0,1", 501).await;
    client.expect("EPRT |2|::1|2121|", 522).await;
    client.expect("EPRT x", 501).await;
    // a port without a listener
    let free = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = free.local_addr().unwrap().port();
    drop(free);
    client.expect(&format!("EPRT |1|127.0.0.1|{port}|"), 200).await;
    client.expect("RETR /pub/a.txt", 425).await;
    // the server never connects to other machines
    client.expect("PORT 192,0,2,1,200,1", 200).await;
    client.expect("RETR /pub/a.txt", 425).await;
}

#[tokio::test]
async fn the_150_is_sent_when_the_peer_connects() {
    let server = server(Setup::new()).await;
    let mut client = client(&server).await;
    let address = client.passive("PASV").await;
    client.send("STOR /pub/a.txt").await;
    // the file is truncated before a peer connects
    assert!(server.wait_until(|server| server.root().size("/pub/a.txt").unwrap() == 0).await);
    let lines = server.control_log();
    assert!(lines.last().unwrap().command, "no 150 yet: {:?}", lines.last());
    drop(TcpStream::connect(address).await.unwrap());
    assert_eq!(client.codes(2).await, [150, 226]);
}

#[tokio::test]
async fn only_the_newest_port_counts() {
    let server = server(Setup::new()).await;
    let mut client = client(&server).await;
    let first = client.passive("PASV").await;
    let second = client.passive("PASV").await;
    assert!(TcpStream::connect(first).await.is_err());
    assert!(TcpStream::connect(second).await.is_ok());
}

#[tokio::test]
async fn listings() {
    let server = server(Setup::new().file("/pub/.hidden", "")).await;
    let mut client = client(&server).await;
    let text = client.listing("LIST /pub").await;
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 4, "{text}");
    assert_eq!(lines[1], "-rw-r--r--    1 fxp      fxp                12 Sep 09  2001 a.txt");
    assert!(lines[3].ends_with(" link -> a.txt"), "{text}");
    assert!(client.listing("LIST -la /pub").await.contains(" ..\r\n"));
    assert_eq!(client.listing("NLST /pub").await, ".hidden\r\na.txt\r\nbig.bin\r\nlink\r\n");
    assert_eq!(client.listing("NLST -a").await, "incoming\r\npub\r\n");
    client.expect("CWD /pub", 250).await;
    let text = client.listing("MLSD").await;
    assert!(text.starts_with("type=cdir;modify="), "{text}");
    assert!(text.contains("type=file;size=12;modify=20010909014640;"), "{text}");
    assert!(text.contains("type=OS.unix=slink:a.txt;"), "{text}");
    assert_eq!(client.get("MLSD a.txt").await.0, 550);
    assert_eq!(client.get("MLSD /nope").await.0, 550);
    assert_eq!(client.get("LIST /nope").await.0, 550);
    assert!(client.listing("LIST a.txt").await.ends_with(" a.txt\r\n"));
    client.expect("CWD /incoming", 250).await;
    assert_eq!(client.listing("LIST").await, "");
}

#[tokio::test]
async fn rest_and_range() {
    let server = server(Setup::new()).await;
    let mut client = client(&server).await;
    client.expect("REST 6", 350).await;
    assert_eq!(client.get("RETR /pub/a.txt").await, (150, 226, b"world\n".to_vec()));
    // REST applies to one transfer only
    assert_eq!(client.get("RETR /pub/a.txt").await.2.len(), 12);
    client.expect("REST 13", 350).await;
    assert_eq!(client.get("RETR /pub/a.txt").await.0, 554);
    client.expect("RANG 6 10", 350).await;
    assert_eq!(client.get("RETR /pub/a.txt").await, (150, 226, b"world".to_vec()));
    client.expect("REST 6", 350).await;
    assert_eq!(client.put("STOR /pub/a.txt", b"W").await, (150, 226));
    assert_eq!(server.root().read("/pub/a.txt").unwrap(), b"hello\nW");
    client.expect("REST 100", 350).await;
    assert_eq!(client.put("STOR /pub/a.txt", b"W").await, (554, 554));
    assert_eq!(server.root().read("/pub/a.txt").unwrap(), b"hello\nW");
}

#[tokio::test]
async fn text_is_converted() {
    let server = server(Setup::new()).await;
    let mut client = client(&server).await;
    client.expect("TYPE A", 200).await;
    assert_eq!(client.get("RETR /pub/a.txt").await.2, b"hello\r\nworld\r\n");
    assert_eq!(client.put("STOR /incoming/t", b"a\r\nb\rc\r").await, (150, 226));
    assert_eq!(server.root().read("/incoming/t").unwrap(), b"a\nb\rc\r");
}

#[tokio::test]
async fn a_full_disk_is_reported_and_keeps_the_partial_file() {
    let server = server(Setup::new().space(400_000)).await;
    let mut client = client(&server).await;
    let (_, code) = client.put("STOR /incoming/x", &[1; 500_000]).await;
    assert_eq!(code, 552);
    let size = server.root().size("/incoming/x").unwrap();
    assert!(size > 0 && size < 100_000, "{size}");
}

#[tokio::test]
async fn abort_in_every_state() {
    let server = server(Setup::new()).await;
    let mut client = client(&server).await;
    client.expect("ABOR", 226).await;

    // before a peer connects
    client.passive("PASV").await;
    client.send("STOR /incoming/x\nABOR").await;
    assert_eq!(client.codes(1).await, [226]);

    // during the transfer, plain and with Telnet IP and DM
    for abort in [&b"ABOR\r\n"[..], b"\xff\xf4\xff\xf2ABOR\r\n"] {
        server.clear_faults();
        server.fault(Rule::on("RETR").at(1000, Cut::Stall));
        let mut data = client.data().await;
        client.send("RETR /pub/big.bin").await;
        assert_eq!(client.codes(1).await, [150]);
        client.raw(abort).await;
        assert_eq!(client.codes(2).await, [426, 226]);
        let mut bytes = Vec::new();
        let _ = data.read_to_end(&mut bytes).await;
        assert_eq!(bytes.len(), 1000);
    }
    server.clear_faults();
    client.expect("NOOP", 200).await;
    assert_eq!(client.get("RETR /pub/a.txt").await.1, 226);
}

#[tokio::test]
async fn commands_wait_for_the_transfer() {
    let server = server(Setup::new()).await;
    server.fault(Rule::on("RETR").at(1000, Cut::Hold("middle".to_owned())));
    let mut client = client(&server).await;
    let mut data = client.data().await;
    client.send("RETR /pub/big.bin").await;
    assert_eq!(client.codes(1).await, [150]);
    client.send("NOOP\nSIZE /pub/a.txt").await;
    assert!(server.wait_for_hold("middle").await);
    server.release("middle");
    let mut bytes = Vec::new();
    data.read_to_end(&mut bytes).await.unwrap();
    assert_eq!(bytes.len(), 300_000);
    assert_eq!(client.codes(3).await, [226, 200, 213]);
}

#[tokio::test]
async fn huge_synthetic_files_use_no_memory() {
    let server = server(Setup::new().synthetic("/huge", 1 << 40, 3)).await;
    let mut client = client(&server).await;
    assert_eq!(client.expect("SIZE /huge", 213).await, (1u64 << 40).to_string());
    client.expect(&format!("REST {}", (1u64 << 40) - 100), 350).await;
    let (_, code, tail) = client.get("RETR /huge").await;
    assert_eq!((code, tail.len()), (226, 100));
    client.expect(&format!("REST {}", (1u64 << 40) - 50), 350).await;
    assert_eq!(client.get("RETR /huge").await.2, tail[50..]);
}
