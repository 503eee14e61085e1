//! Commands without data connections.

use super::{client, server};
use crate::demo::{DemoError, Server, Setup};

#[tokio::test]
async fn loopback_only() {
    let setup = Setup::new().address([192, 0, 2, 1].into());
    assert!(matches!(Server::start(setup).await, Err(DemoError::NotLoopback(_))));
}

#[tokio::test]
async fn login_is_needed_and_checked() {
    let server = server(Setup::new().anonymous()).await;
    let mut client = super::Client::connect(&server).await;
    client.expect("PWD", 530).await;
    client.expect("NOSUCH", 500).await;
    client.expect("USER fxp", 331).await;
    client.expect("PASS wrong", 530).await;
    client.expect("PASS fxp-secret", 530).await;
    client.expect("USER fxp", 331).await;
    client.expect("PASS fxp-secret", 230).await;
    client.expect("PWD", 257).await;
    client.expect("USER anonymous", 331).await;
    client.expect("PASS any@where", 230).await;
    client.expect("QUIT", 221).await;
    assert!(client.is_closed().await);
    assert!(server.wait_until(|server| server.sessions() == 0).await);
    assert!(server.commands().contains(&"PASS ****".to_owned()));
    assert!(!format!("{:?}", server.control_log()).contains("fxp-secret"));
}

#[tokio::test]
async fn directories_and_names() {
    let server = server(Setup::new()).await;
    let mut client = client(&server).await;
    client.expect("CWD pub", 250).await;
    assert_eq!(client.expect("PWD", 257).await, "\"/pub\" is the current directory.");
    client.expect("CWD a.txt", 550).await;
    client.expect("CDUP", 250).await;
    assert_eq!(client.expect("MKD q\"uote", 257).await, "\"/q\"\"uote\" created.");
    client.expect("MKD q\"uote", 550).await;
    client.expect("XRMD q\"uote", 250).await;
    client.expect("RNFR nope", 550).await;
    client.expect("RNTO x", 503).await;
    client.expect("RNFR /pub/a.txt", 350).await;
    client.expect("RNTO /incoming/b.txt", 250).await;
    assert_eq!(server.root().read("/incoming/b.txt").unwrap(), b"hello\nworld\n");
    client.expect("DELE /incoming/b.txt", 250).await;
    client.expect("RMD /pub", 550).await;
    client.expect("CWD", 250).await;
    client.expect("MKD", 501).await;
    client.expect("CWD /../../pub/./", 250).await;
    assert_eq!(client.expect("PWD", 257).await, "\"/pub\" is the current directory.");
}

#[tokio::test]
async fn size_mdtm_facts_and_modes() {
    let server = server(Setup::new()).await;
    let mut client = client(&server).await;
    assert_eq!(client.expect("SIZE /pub/a.txt", 213).await, "12");
    assert_eq!(client.expect("MDTM /pub/a.txt", 213).await, "20010909014640");
    client.expect("SIZE /pub", 550).await;
    client.expect("MDTM /nope", 550).await;
    client.expect("MFMT 20200102030405 /pub/a.txt", 213).await;
    assert_eq!(client.expect("MDTM /pub/a.txt", 213).await, "20200102030405");
    client.expect("MFMT 20209999999999 /pub/a.txt", 501).await;
    client.expect("SITE UTIME 202101010000 /pub/a.txt", 200).await;
    assert_eq!(client.expect("MDTM /pub/a.txt", 213).await, "20210101000000");
    client
        .expect("SITE UTIME /pub/a.txt 20200101000000 20220101000000 20200101000000 UTC", 200)
        .await;
    assert_eq!(client.expect("MDTM /pub/a.txt", 213).await, "20220101000000");
    client.expect("MFF modify=20010101000000;UNIX.mode=0600; /pub/a.txt", 213).await;
    assert_eq!(server.root().mode("/pub/a.txt").unwrap(), 0o600);
    client.expect("SITE CHMOD 640 /pub/a.txt", 200).await;
    let reply = client.cmd("MLST /pub/a.txt").await;
    let facts = String::from_utf8(reply.lines[1].clone()).unwrap();
    assert!(facts.starts_with(" type=file;size=12;modify=20010101000000;perm="), "{facts}");
    assert!(facts.ends_with(";UNIX.mode=0640; /pub/a.txt"), "{facts}");
    assert_eq!(client.expect("OPTS MLST size;nope;", 200).await, "MLST OPTS size;");
    let reply = client.cmd("MLST /pub/a.txt").await;
    assert_eq!(reply.lines[1], b" size=12; /pub/a.txt");
    client.expect("TYPE A", 200).await;
    client.expect("SIZE /pub/a.txt", 550).await;
    let status = client.cmd("STAT /pub").await;
    assert_eq!(status.code, 213);
    assert_eq!(status.lines.len(), 5);
    client.expect("STAT /nope", 450).await;
    assert_eq!(client.cmd("STAT").await.code, 211);
}

#[tokio::test]
async fn checksum_commands() {
    let server = server(Setup::new()).await;
    let mut client = client(&server).await;
    // sha1sum, md5sum and crc32 of "hello\nworld\n"
    let sha1 = "5a1c5cfb3c1f6ee1a2ba23b37ac6dbbd6ba3ff3f";
    let text = client.expect("HASH /pub/a.txt", 213).await;
    let words: Vec<&str> = text.split(' ').collect();
    assert_eq!((words[0], words[1], words[3]), ("SHA-1", "0-12", "/pub/a.txt"));
    assert_eq!(words[2].len(), sha1.len());
    let again = client.expect("XSHA \"/pub/a.txt\"", 250).await;
    assert_eq!(again.to_ascii_lowercase(), words[2]);
    client.expect("OPTS HASH SHA-256", 200).await;
    client.expect("OPTS HASH NOPE", 501).await;
    let sha256 = client.expect("XSHA256 /pub/a.txt", 250).await.to_ascii_lowercase();
    assert!(client.expect("HASH /pub/a.txt", 213).await.contains(&sha256));
    assert_eq!(sha256, server.root().sha256("/pub/a.txt").unwrap());
    client.expect("RANG 0 4", 350).await;
    let part = client.expect("HASH /pub/a.txt", 213).await;
    assert!(part.starts_with("SHA-256 0-5 2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c"), "{part}");
    assert_eq!(client.expect("XCRC \"/pub/a.txt\" 0 5", 250).await, "3610A686");
    assert_eq!(
        client.expect("MD5 /pub/a.txt", 251).await,
        format!("/pub/a.txt {}", client.expect("XMD5 /pub/a.txt", 250).await)
    );
    client.expect("XSHA512 /nope", 550).await;
}

#[tokio::test]
async fn settings() {
    let server = server(Setup::new().space(400_000)).await;
    let mut client = client(&server).await;
    for (line, code) in [
        ("MODE S", 200),
        ("MODE Z", 504),
        ("STRU F", 200),
        ("STRU R", 504),
        ("TYPE X", 504),
        ("TYPE A N", 200),
        ("REST 5", 501),
        ("TYPE L 8", 200),
        ("REST x", 501),
        ("REST 5", 350),
        ("OPTS UTF8 ON", 200),
        ("OPTS NOPE", 501),
        ("CLNT test", 200),
        ("NOOP", 200),
        ("HELP", 214),
        ("SITE HELP", 214),
        ("SITE NOPE", 500),
        ("ALLO 100", 202),
        ("ALLO 1000000", 552),
        ("AUTH TLS", 500),
        ("PBSZ 0", 500),
        ("ACCT x", 502),
        ("ABOR", 226),
        ("PRET RETR /nope", 550),
        ("PRET STOR /x", 200),
        ("EPSV 7", 522),
        ("EPSV ALL", 200),
        ("PASV", 500),
        ("EPSV", 229),
        ("REIN", 220),
        ("PWD", 530),
    ] {
        client.expect(line, code).await;
    }
    client.log_in(&server).await;
    assert_eq!(client.expect("AVBL", 213).await, (400_000 - 300_012).to_string());
    let features = crate::ftp::Features::parse(&client.cmd("FEAT").await);
    assert!(features.has("MLST") && features.has("REST") && !features.has("AUTH"));
}

#[tokio::test]
async fn xdupe_lists_existing_names() {
    let server = server(Setup::new()).await;
    let mut client = client(&server).await;
    client.expect("SITE XDUPE 3", 200).await;
    let _data = client.data().await;
    let reply = client.cmd("STOR /pub/a.txt").await;
    assert_eq!(reply.code, 553);
    assert!(reply.mentions("X-DUPE: big.bin") && reply.mentions("X-DUPE: a.txt"));
    client.expect("SITE XDUPE 0", 200).await;
    assert_eq!(client.put("STOR /pub/a.txt", b"new").await, (150, 226));
}

#[tokio::test]
async fn nothing_changes_on_a_read_only_server() {
    let server = server(Setup::new().read_only()).await;
    let before = server.root().tree("/").unwrap();
    let mut client = client(&server).await;
    for line in [
        "DELE /pub/a.txt",
        "MKD /x",
        "RMD /incoming",
        "MFMT 20200101000000 /pub/a.txt",
        "SITE CHMOD 000 /pub/a.txt",
    ] {
        client.expect(line, 550).await;
    }
    client.expect("RNFR /pub/a.txt", 350).await;
    client.expect("RNTO /x", 550).await;
    assert_eq!(client.put("STOR /pub/a.txt", b"new").await, (553, 553));
    assert_eq!(server.root().tree("/").unwrap(), before);
}
