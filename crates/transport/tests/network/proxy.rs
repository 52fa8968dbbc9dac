//! A proxy that connects everybody to one server, whatever name they ask for, and keeps all that it could read.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use super::server::read_head;

#[derive(Clone)]
pub(crate) struct Proxy {
    pub(crate) address: SocketAddr,
    server: SocketAddr,
    speaks: Speaks,
    /// What was asked for, one entry a connection.
    asked: Arc<Mutex<Vec<String>>>,
    /// All bytes that passed on their way to the server.
    passed: Arc<Mutex<Vec<u8>>>,
}

/// What a proxy answers.
#[derive(Clone, Copy)]
enum Speaks {
    /// HTTP; this status to each `CONNECT`.
    Http(u16),
    /// SOCKS 5, with this user and password.
    Socks(&'static str, &'static str),
}

impl Proxy {
    /// An HTTP proxy that connects.
    pub(crate) async fn http(server: SocketAddr) -> Self {
        Self::start(server, Speaks::Http(200), None).await
    }

    /// An HTTP proxy under TLS that connects.
    pub(crate) async fn https(server: SocketAddr, tls: TlsAcceptor) -> Self {
        Self::start(server, Speaks::Http(200), Some(tls)).await
    }

    /// An HTTP proxy that answers with this status instead of connecting.
    pub(crate) async fn refusing(status: u16) -> Self {
        Self::start(SocketAddr::from(([127, 0, 0, 1], 1)), Speaks::Http(status), None).await
    }

    /// A SOCKS proxy that connects who has the password.
    pub(crate) async fn socks(server: SocketAddr, user: &'static str, password: &'static str) -> Self {
        Self::start(server, Speaks::Socks(user, password), None).await
    }

    async fn start(server: SocketAddr, speaks: Speaks, tls: Option<TlsAcceptor>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let proxy = Self { address, server, speaks, asked: Arc::default(), passed: Arc::default() };
        let running = proxy.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (proxy, tls) = (running.clone(), tls.clone());
                tokio::spawn(async move {
                    match tls {
                        None => proxy.serve(stream).await,
                        Some(tls) => proxy.serve(tls.accept(stream).await.unwrap()).await,
                    }
                });
            }
        });
        proxy
    }

    async fn serve(&self, mut client: impl AsyncRead + AsyncWrite + Unpin) {
        match self.speaks {
            Speaks::Http(status) => {
                let head = read_head(&mut client).await;
                self.asked.lock().unwrap().push(head);
                let body = if status == 200 { "" } else { "content-length: 2\r\n" };
                let answer = format!("HTTP/1.1 {status} As Told\r\n{body}\r\n");
                client.write_all(answer.as_bytes()).await.unwrap();
                if status != 200 {
                    let _ = client.write_all(b"no").await;
                    return;
                }
            }
            Speaks::Socks(user, password) => {
                if !self.socks_handshake(&mut client, user, password).await {
                    return;
                }
            }
        }
        self.relay(client, TcpStream::connect(self.server).await.unwrap()).await;
    }

    /// The server's side of RFC 1928 and RFC 1929.
    async fn socks_handshake(
        &self,
        client: &mut (impl AsyncRead + AsyncWrite + Unpin),
        user: &str,
        password: &str,
    ) -> bool {
        assert_eq!(client.read_u8().await.unwrap(), 5);
        let methods = read_counted(client).await;
        if !methods.contains(&2) {
            client.write_all(&[5, 0xff]).await.unwrap();
            self.asked.lock().unwrap().push("without a password".into());
            return false;
        }
        client.write_all(&[5, 2]).await.unwrap();
        assert_eq!(client.read_u8().await.unwrap(), 1);
        let (given_user, given_password) = (read_counted(client).await, read_counted(client).await);
        let accepted = given_user == user.as_bytes() && given_password == password.as_bytes();
        client.write_all(&[1, u8::from(!accepted)]).await.unwrap();
        if !accepted {
            self.asked.lock().unwrap().push("with a wrong password".into());
            return false;
        }
        let mut request = [0; 4];
        client.read_exact(&mut request).await.unwrap();
        assert_eq!(request, [5, 1, 0, 3], "a connection to a name");
        let name = String::from_utf8(read_counted(client).await).unwrap();
        let port = client.read_u16().await.unwrap();
        self.asked.lock().unwrap().push(format!("{name}:{port}"));
        client.write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0]).await.unwrap();
        true
    }

    /// Passes bytes on in both directions until one side ends.
    async fn relay(&self, mut client: impl AsyncRead + AsyncWrite + Unpin, mut server: TcpStream) {
        let (mut up, mut down) = ([0; 4096], [0; 4096]);
        loop {
            tokio::select! {
                read = client.read(&mut up) => match read {
                    Ok(count) if count > 0 => {
                        self.passed.lock().unwrap().extend_from_slice(&up[..count]);
                        if server.write_all(&up[..count]).await.is_err() { return }
                    }
                    _ => return,
                },
                read = server.read(&mut down) => match read {
                    Ok(count) if count > 0 => if client.write_all(&down[..count]).await.is_err() { return },
                    _ => return,
                },
            }
        }
    }

    /// What was asked for, one entry a connection.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }

    /// All that it could read on the way to the server.
    pub(crate) fn read(&self) -> String {
        self.asked().concat() + &String::from_utf8_lossy(&self.passed.lock().unwrap())
    }
}

/// Bytes after one that counts them.
async fn read_counted(stream: &mut (impl AsyncRead + Unpin)) -> Vec<u8> {
    let mut bytes = vec![0; usize::from(stream.read_u8().await.unwrap())];
    stream.read_exact(&mut bytes).await.unwrap();
    bytes
}
