//! The control connection itself: pipelining, latency, crash and restart.

use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::Instant;

use super::{Client, client, server};
use crate::demo::Setup;

#[tokio::test]
async fn many_commands_in_one_write() {
    let server = server(Setup::new()).await;
    let mut client = client(&server).await;
    client.send(&["NOOP"; 500].join("\n")).await;
    assert_eq!(client.codes(500).await, [200; 500]);
    // a bare line feed also ends a command
    client.raw(b"noop\nPWD\r\n").await;
    assert_eq!(client.codes(2).await, [200, 257]);
}

#[tokio::test]
async fn a_line_without_end_ends_the_session() {
    let server = server(Setup::new()).await;
    let mut client = Client::connect(&server).await;
    let mut sent = true;
    for _ in 0..20 {
        sent &= client.try_raw(&[b'x'; 8192]).await;
    }
    assert!(!sent || client.is_closed().await);
    assert!(server.wait_until(|server| server.sessions() == 0).await);
}

#[tokio::test]
async fn a_round_trip_delays_replies_but_not_pipelines() {
    let trip = Duration::from_millis(200);
    let server = server(Setup::new().round_trip(trip)).await;
    let mut client = client(&server).await;
    let started = Instant::now();
    client.expect("NOOP", 200).await;
    assert!(started.elapsed() >= trip);
    let started = Instant::now();
    client.send(&["NOOP"; 500].join("\n")).await;
    client.codes(500).await;
    // one after the other, they would take 100 s
    assert!((trip..trip * 100).contains(&started.elapsed()));
}

#[tokio::test]
async fn a_server_crashes_and_restarts() {
    let server = server(Setup::new()).await;
    let mut client = client(&server).await;
    server.crash().await;
    assert!(client.is_closed().await);
    assert_eq!(server.sessions(), 0);
    assert!(TcpStream::connect(server.address()).await.is_err());
    server.restart().await.unwrap();
    let mut client = super::client(&server).await;
    client.expect("SIZE /pub/a.txt", 213).await;
    server.kill_sessions().await;
    assert!(client.is_closed().await);
    Client::connect(&server).await;
    let address = server.address();
    drop(server);
    // a dropped server is not waited for, so the port may take a moment to close
    while TcpStream::connect(address).await.is_ok() {
        tokio::task::yield_now().await;
    }
}
