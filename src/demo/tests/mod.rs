//! The server, seen through a raw client.

mod client;
mod faults;
mod fxp;
mod manners;
mod secure;
mod talk;
mod transfers;
mod verbs;

use client::Client;

use crate::demo::{Server, Setup};

/// A server with a small tree.
async fn server(setup: Setup) -> Server {
    let setup = setup
        .file("/pub/a.txt", "hello\nworld\n")
        .at(1_000_000_000)
        .file("/pub/big.bin", vec![7; 300_000])
        .dir("/incoming")
        .link("/pub/link", "a.txt");
    Server::start(setup).await.unwrap()
}

/// A client that is logged in, in TYPE I.
async fn client(server: &Server) -> Client {
    let mut client = Client::connect(server).await;
    client.log_in(server).await;
    client
}
