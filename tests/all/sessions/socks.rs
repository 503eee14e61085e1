//! A small SOCKS5 server (RFC 1928, RFC 1929), which the tests put between us and a server.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::AbortHandle;

/// A running proxy; it ends when dropped.
pub(super) struct Socks {
    pub(super) address: SocketAddr,
    /// Where it was asked to go.
    asked: Arc<Mutex<Vec<String>>>,
    running: AbortHandle,
}

impl Socks {
    /// A proxy; `login` is user and password if it wants one.
    pub(super) async fn start(login: Option<(&'static str, &'static str)>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let seen = asked.clone();
        let running = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let seen = seen.clone();
                // a client that goes away ends its own connection only
                tokio::spawn(async move { drop(serve(client, login, &seen).await) });
            }
        });
        Self { address, asked, running: running.abort_handle() }
    }

    pub(super) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

impl Drop for Socks {
    fn drop(&mut self) {
        self.running.abort();
    }
}

async fn serve(
    mut client: TcpStream,
    login: Option<(&str, &str)>,
    asked: &Mutex<Vec<String>>,
) -> std::io::Result<()> {
    let [_version, count] = read(&mut client).await?;
    let mut methods = vec![0; count.into()];
    client.read_exact(&mut methods).await?;
    let method = if login.is_some() { 2 } else { 0 };
    if !methods.contains(&method) {
        return client.write_all(&[5, 0xff]).await;
    }
    client.write_all(&[5, method]).await?;
    if let Some((user, password)) = login {
        let [_version] = read(&mut client).await?;
        let right = text(&mut client).await? == user && text(&mut client).await? == password;
        client.write_all(&[1, u8::from(!right)]).await?;
        if !right {
            return Ok(());
        }
    }
    let [_version, command, _reserved, kind] = read(&mut client).await?;
    assert_eq!(command, 1, "only CONNECT is used");
    let host = match kind {
        1 => std::net::Ipv4Addr::from(read::<4>(&mut client).await?).to_string(),
        3 => text(&mut client).await?,
        _ => std::net::Ipv6Addr::from(read::<16>(&mut client).await?).to_string(),
    };
    let port = u16::from_be_bytes(read(&mut client).await?);
    asked.lock().unwrap().push(host.clone());
    // the name that only the proxy knows
    let host = if host == "inside.example" { "127.0.0.1" } else { &host };
    match TcpStream::connect((host, port)).await {
        Ok(mut server) => {
            client.write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0]).await?;
            copy_bidirectional(&mut client, &mut server).await.map(drop)
        }
        Err(_) => client.write_all(&[5, 5, 0, 1, 0, 0, 0, 0, 0, 0]).await,
    }
}

async fn read<const N: usize>(client: &mut TcpStream) -> std::io::Result<[u8; N]> {
    let mut bytes = [0; N];
    client.read_exact(&mut bytes).await?;
    Ok(bytes)
}

async fn text(client: &mut TcpStream) -> std::io::Result<String> {
    let [length] = read(client).await?;
    let mut bytes = vec![0; length.into()];
    client.read_exact(&mut bytes).await?;
    Ok(String::from_utf8(bytes).unwrap())
}
