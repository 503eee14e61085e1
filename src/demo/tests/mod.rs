//! Tests of the demo server through a raw FTP client.

mod client;
mod control;
mod faults;
mod fxp;
mod personalities;
mod secure;
mod transfers;
mod verbs;

use client::Client;

use crate::demo::{Server, Setup};

/// A server with a few sample files.
async fn server(setup: Setup) -> Server {
    let setup = setup
        .file("/pub/a.txt", "hello\nworld\n")
        .at(1_000_000_000)
        .file("/pub/big.bin", vec![7; 300_000])
        .dir("/incoming")
        .link("/pub/link", "a.txt");
    Server::start(setup).await.unwrap()
}

/// A logged-in client in TYPE I.
async fn client(server: &Server) -> Client {
    let mut client = Client::connect(server).await;
    client.log_in(server).await;
    client
}
