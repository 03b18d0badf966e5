//! TLS: versions, protocols, and certificates that change while clients come and go.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use axum::http::StatusCode;
use keyward_server::listener::{BindError, CertificateFiles, Certificates, Limits, Listener, ListenerSettings, TrustedProxies};
use rcgen::{CertificateParams, KeyPair};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore, SupportedProtocolVersion};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::answers::Log;
use crate::http2;
use crate::server::{Server, get_of, soon};

/// A self-signed certificate for localhost, as PEM: certificate and key.
fn certificate() -> (String, String) {
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(["localhost".to_owned()]).unwrap().self_signed(&key).unwrap();
    (certificate.pem(), key.serialize_pem())
}

fn files_in(folder: &Path) -> CertificateFiles {
    CertificateFiles { certificate: folder.join("tls.crt"), private_key: folder.join("tls.key") }
}

fn write(files: &CertificateFiles, (certificate, key): &(String, String)) {
    std::fs::write(&files.certificate, certificate).unwrap();
    std::fs::write(&files.private_key, key).unwrap();
}

struct Secure {
    server: Server,
    files: CertificateFiles,
    _folder: TempDir,
}

async fn secure(limits: Limits, pair: &(String, String)) -> Secure {
    let folder = tempfile::tempdir().unwrap();
    let files = files_in(folder.path());
    write(&files, pair);
    Secure { server: Server::with_all(limits, &[], Some(files.clone())).await, files, _folder: folder }
}

fn der(pair: &(String, String)) -> CertificateDer<'static> {
    CertificateDer::from_pem_slice(pair.0.as_bytes()).unwrap()
}

/// A client that trusts exactly `pairs`.
fn connector(pairs: &[&(String, String)], alpn: &[&str], versions: &[&'static SupportedProtocolVersion]) -> TlsConnector {
    let mut roots = RootCertStore::empty();
    pairs.iter().for_each(|pair| roots.add(der(pair)).unwrap());
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(versions)
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = alpn.iter().map(|name| name.as_bytes().to_vec()).collect();
    config.resumption = rustls::client::Resumption::disabled();
    TlsConnector::from(Arc::new(config))
}

async fn connect(server: &Server, connector: &TlsConnector) -> std::io::Result<TlsStream<TcpStream>> {
    let tcp = TcpStream::connect(server.address).await?;
    connector.connect(ServerName::try_from("localhost").unwrap(), tcp).await
}

/// A GET of `/who`, until the server closes.
async fn who(stream: &mut TlsStream<TcpStream>) -> std::io::Result<String> {
    stream.write_all(b"GET /who HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    Ok(answer)
}

#[tokio::test]
async fn both_versions_of_tls_serve_both_versions_of_http() {
    let pair = certificate();
    let secure = secure(Limits::default(), &pair).await;
    for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
        let mut stream = soon(connect(&secure.server, &connector(&[&pair], &["http/1.1"], &[version]))).await.unwrap();
        assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"http/1.1"[..]));
        let answer = soon(who(&mut stream)).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("127.0.0.1 true"), "{answer}");

        let stream = soon(connect(&secure.server, &connector(&[&pair], &["h2", "http/1.1"], &[version]))).await.unwrap();
        assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
        let mut client = http2::client_over(stream).await;
        let response = soon(client.send_request(http2::get_of("https://localhost/who"))).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
    }
}

#[tokio::test]
async fn sec_i02_older_versions_of_tls_are_refused() {
    let secure = secure(Limits::default(), &certificate()).await;
    for minor in [0, 1, 2] {
        let answer = answer_to_hello(&secure.server, minor).await;
        assert_eq!((answer[0], answer[5], answer[6]), (21, 2, 70), "a fatal alert protocol_version, not {answer:?}");
    }
    assert!(secure.server.metrics.text().unwrap().contains("keyward_handshakes_failed_total 3"));
    // The twin: the same greeting with the number of TLS 1.2 begins a handshake.
    let answer = answer_to_hello(&secure.server, 3).await;
    assert_eq!((answer[0], answer[5]), (22, 2), "a ServerHello, not {answer:?}");
}

/// The first bytes of the answer to a ClientHello of SSL 3.0 (0), TLS 1.0 (1), 1.1 (2) or 1.2 (3).
async fn answer_to_hello(server: &Server, minor: u8) -> [u8; 7] {
    let cipher_suites = [0, 8, 0xC0, 0x2B, 0xC0, 0x2F, 0xC0, 0x13, 0x00, 0x2F];
    let groups = [0, 10, 0, 6, 0, 4, 0, 29, 0, 23];
    let point_formats = [0, 11, 0, 2, 1, 0];
    let signatures = [0, 13, 0, 8, 0, 6, 4, 3, 8, 4, 4, 1];
    let extended_master_secret = [0, 23, 0, 0];
    let extensions = [&groups[..], &point_formats, &signatures, &extended_master_secret].concat();

    let mut hello = vec![3, minor];
    hello.extend([7; 32]);
    hello.push(0);
    hello.extend(cipher_suites);
    hello.extend([1, 0, 0, u8::try_from(extensions.len()).unwrap()]);
    hello.extend(extensions);
    let mut handshake = vec![1, 0, 0, u8::try_from(hello.len()).unwrap()];
    handshake.extend(hello);
    let mut record = vec![22, 3, 1, 0, u8::try_from(handshake.len()).unwrap()];
    record.extend(handshake);

    let mut client = server.connect().await;
    client.send(record).await;
    let mut answer = [0; 7];
    soon(client.0.read_exact(&mut answer)).await.unwrap();
    answer
}

#[tokio::test]
async fn sec_p06_a_handshake_that_does_not_come_is_cut_off() {
    let limits = Limits { header_time: Duration::from_millis(200), ..Limits::default() };
    let secure = secure(limits, &certificate()).await;
    for begun in [&[][..], &[22, 3, 1, 0, 200, 1]] {
        let mut client = secure.server.connect().await;
        client.send(begun).await;
        client.is_closed().await;
    }
}

#[tokio::test]
async fn plain_http_on_a_tls_port_is_closed_and_harms_nobody() {
    let pair = certificate();
    let secure = secure(Limits::default(), &pair).await;
    let mut client = secure.server.connect().await;
    client.send(get_of("/who")).await;
    let mut answer = Vec::new();
    let _ = soon(client.0.read_to_end(&mut answer)).await;
    assert!(!answer.starts_with(b"HTTP"));
    let mut stream = soon(connect(&secure.server, &connector(&[&pair], &[], rustls::ALL_VERSIONS))).await.unwrap();
    assert!(soon(who(&mut stream)).await.unwrap().starts_with("HTTP/1.1 200"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_certificate_is_replaced_under_load_without_one_failed_request() {
    let (old, new) = (certificate(), certificate());
    let secure = Arc::new(secure(Limits::default(), &old).await);
    let connector = connector(&[&old, &new], &[], rustls::ALL_VERSIONS);
    let mut open = soon(connect(&secure.server, &connector)).await.unwrap();

    let is_over = Arc::new(AtomicBool::new(false));
    let with_new = Arc::new(AtomicUsize::new(0));
    let load: Vec<_> = (0..4)
        .map(|_| {
            let (secure, connector, new) = (Arc::clone(&secure), connector.clone(), der(&new));
            let (is_over, with_new) = (Arc::clone(&is_over), Arc::clone(&with_new));
            tokio::spawn(async move {
                while !is_over.load(Ordering::Relaxed) {
                    let mut stream = connect(&secure.server, &connector).await.unwrap();
                    let is_new = stream.get_ref().1.peer_certificates().unwrap()[0] == new;
                    with_new.fetch_add(usize::from(is_new), Ordering::Relaxed);
                    assert!(who(&mut stream).await.unwrap().starts_with("HTTP/1.1 200"));
                }
            })
        })
        .collect();

    write(&secure.files, &new);
    secure.server.certificates.as_ref().unwrap().reload().unwrap();
    soon(async {
        while with_new.load(Ordering::Relaxed) < 20 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
    is_over.store(true, Ordering::Relaxed);
    for task in load {
        task.await.unwrap();
    }
    assert!(soon(who(&mut open)).await.unwrap().starts_with("HTTP/1.1 200"), "open connections live on");
}

#[tokio::test]
async fn new_files_that_cannot_be_used_are_named_and_the_old_certificate_stays() {
    let (old, other) = (certificate(), certificate());
    let secure = secure(Limits::default(), &old).await;
    let certificates = Arc::clone(secure.server.certificates.as_ref().unwrap());
    let key = secure.files.private_key.display().to_string();
    let crt = secure.files.certificate.display().to_string();
    let cut_off = other.0[..other.0.len() / 2].to_owned();
    let broken = [
        ((other.0.clone(), old.1.clone()), &key, "does not fit"),
        ((old.0.clone(), String::new()), &key, "no PRIVATE KEY"),
        ((String::new(), old.1.clone()), &crt, "no CERTIFICATE"),
        ((old.1.clone(), old.1.clone()), &crt, "no CERTIFICATE"),
        ((cut_off, other.1.clone()), &crt, "not a valid PEM"),
    ];
    for (pair, file, cause) in broken {
        write(&secure.files, &pair);
        let error = certificates.reload().unwrap_err().to_string();
        assert!(error.contains(file.as_str()) && error.contains(cause), "{error}");
        still_serves(&secure, &old).await;
    }
    write(&secure.files, &other);
    std::fs::remove_file(&secure.files.private_key).unwrap();
    let error = certificates.reload().unwrap_err().to_string();
    assert!(error.contains(&key) && error.contains("cannot read"), "{error}");
    still_serves(&secure, &old).await;
}

async fn still_serves(secure: &Secure, pair: &(String, String)) {
    let mut stream = soon(connect(&secure.server, &connector(&[pair], &[], rustls::ALL_VERSIONS))).await.unwrap();
    assert!(soon(who(&mut stream)).await.unwrap().starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn who_speaks_plain_http_is_told_of_in_the_log_now_and_then() {
    let log = Log::of_this_binary();
    let secure = secure(Limits::default(), &certificate()).await;
    let said = || log.lines_with("does not speak TLS").len();
    let before = said();
    for _ in 0..5 {
        let mut tcp = TcpStream::connect(secure.server.address).await.unwrap();
        tcp.write_all(get_of("/who").as_bytes()).await.unwrap();
        let _ = soon(tcp.read_to_end(&mut Vec::new())).await;
    }
    assert_eq!(said() - before, 1);
}

#[test]
fn files_are_read_again_only_when_they_have_changed() {
    let folder = tempfile::tempdir().unwrap();
    let files = files_in(folder.path());
    let pair = certificate();
    write(&files, &pair);
    let certificates = Certificates::load(files.clone()).unwrap();
    assert!(!certificates.reload_if_changed());

    std::fs::write(&files.private_key, "not a key").unwrap();
    assert!(certificates.reload_if_changed());
    assert!(!certificates.reload_if_changed(), "what is broken is reported once");

    write(&files, &certificate());
    std::fs::File::options().append(true).open(&files.certificate).unwrap().set_modified(std::time::UNIX_EPOCH).unwrap();
    assert!(certificates.reload_if_changed());
}

#[tokio::test]
async fn a_listener_whose_certificate_cannot_be_read_does_not_start() {
    let folder = tempfile::tempdir().unwrap();
    let settings = ListenerSettings {
        address: ([127, 0, 0, 1], 0).into(),
        certificate: Some(files_in(folder.path())),
        trusted_proxies: TrustedProxies::default(),
    };
    let error = Listener::bind(settings).await.unwrap_err();
    assert!(matches!(error, BindError::Certificate { .. }));
    let text = error.to_string();
    assert!(text.contains("tls.crt") && text.contains("cannot read") && text.contains("127.0.0.1:0"), "{text}");
}
