//! The least that does the same work: hyper on a socket, one connection, no retries, no limits, no checks.

use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::stream;
use http::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, HOST};
use http::{Request, Response, Uri};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Empty, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;

use crate::replies::ID;
use crate::server::Server;

/// How much is read from a file at a time, and written to one.
const BLOCK: usize = 256 << 10;

/// A connection.
#[derive(Debug)]
pub(crate) struct Bare {
    sender: SendRequest<UnsyncBoxBody<Bytes, io::Error>>,
    host: String,
}

impl Bare {
    pub(crate) async fn connect(base: &str, root: Option<&str>) -> Self {
        let uri: Uri = base.parse().unwrap();
        let host = uri.authority().unwrap().to_string();
        let stream = TcpStream::connect(("127.0.0.1", uri.port_u16().unwrap())).await.unwrap();
        stream.set_nodelay(true).unwrap();
        let sender = match root {
            None => start(stream).await,
            Some(root) => {
                let mut roots = rustls::RootCertStore::empty();
                roots.add(CertificateDer::from_pem_slice(root.as_bytes()).unwrap()).unwrap();
                let provider = Arc::new(rustls::crypto::ring::default_provider());
                let tls = rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
                let tls = tls.unwrap().with_root_certificates(roots).with_no_client_auth();
                let connector = tokio_rustls::TlsConnector::from(Arc::new(tls));
                let name = ServerName::try_from("localhost").unwrap();
                start(connector.connect(name, stream).await.unwrap()).await
            }
        };
        Self { sender, host }
    }

    pub(crate) async fn to(server: &Server) -> Self {
        Self::connect(&server.base, server.root.as_deref()).await
    }

    /// The body of the answer to a read.
    pub(crate) async fn get(&mut self, path: &str) -> Bytes {
        let request = Request::get(path).header(HOST, &self.host).header(AUTHORIZATION, "Bearer k");
        let body = Empty::new().map_err(|never| match never {}).boxed_unsync();
        let answer = self.sender.send_request(request.body(body).unwrap()).await.unwrap();
        answer.into_body().collect().await.unwrap().to_bytes()
    }

    /// Sends a file as it is, without a form around it.
    pub(crate) async fn upload(&mut self, path: &Path) {
        let file = File::open(path).unwrap();
        let length = file.metadata().unwrap().len();
        let blocks = stream::unfold(file, |mut file| async move {
            let read = tokio::task::spawn_blocking(move || {
                let mut block = vec![0; BLOCK];
                let count = file.read(&mut block).unwrap();
                block.truncate(count);
                (count > 0).then(|| (Ok(Frame::data(Bytes::from(block))), file))
            });
            read.await.unwrap()
        });
        let request = Request::post("/v1/files")
            .header(HOST, &self.host)
            .header(CONTENT_LENGTH, length)
            .header(CONTENT_TYPE, "application/octet-stream")
            .body(StreamBody::new(blocks).boxed_unsync())
            .unwrap();
        let answer = self.sender.send_request(request).await.unwrap();
        assert!(answer.status().is_success());
        answer.into_body().collect().await.unwrap();
    }

    /// Puts a content into a file, synced and renamed.
    pub(crate) async fn download(&mut self, path: &Path) {
        let request = Request::get(format!("/v1/files/{ID}/content")).header(HOST, &self.host);
        let body = Empty::new().map_err(|never| match never {}).boxed_unsync();
        let mut answer: Response<Incoming> = self.sender.send_request(request.body(body).unwrap()).await.unwrap();
        let beside = path.with_extension("part");
        let mut file = io::BufWriter::with_capacity(BLOCK, File::create(&beside).unwrap());
        while let Some(frame) = answer.body_mut().frame().await {
            if let Ok(data) = frame.unwrap().into_data() {
                file.write_all(&data).unwrap();
            }
        }
        file.into_inner().unwrap().sync_all().unwrap();
        std::fs::rename(beside, path).unwrap();
    }
}

async fn start<S>(stream: S) -> SendRequest<UnsyncBoxBody<Bytes, io::Error>>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (sender, connection) = handshake(TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    sender
}
