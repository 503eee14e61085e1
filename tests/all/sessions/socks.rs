//! A small SOCKS5 proxy (RFC 1928, RFC 1929) for tests.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::AbortHandle;

/// A running proxy; it stops when dropped.
pub(super) struct Socks {
    pub(super) address: SocketAddr,
    /// The hosts of the requested connections.
    requests: Arc<Mutex<Vec<String>>>,
    running: AbortHandle,
}

impl Socks {
    /// Starts a proxy; `login` is the required user and password, if any.
    pub(super) async fn start(login: Option<(&'static str, &'static str)>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let recorded = requests.clone();
        let running = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let recorded = recorded.clone();
                // an error ends only this client's connection
                tokio::spawn(async move { drop(serve(client, login, &recorded).await) });
            }
        });
        Self { address, requests, running: running.abort_handle() }
    }

    pub(super) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
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
    requests: &Mutex<Vec<String>>,
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
        let accepted = text(&mut client).await? == user && text(&mut client).await? == password;
        client.write_all(&[1, u8::from(!accepted)]).await?;
        if !accepted {
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
    requests.lock().unwrap().push(host.clone());
    // the name that only the proxy can resolve
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
