//! The application that sends people here: it listens at its redirect URI and keeps what comes.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;

/// A guard against hanging, not a measurement.
const PATIENCE: Duration = Duration::from_secs(60);

/// A listener on this machine.
pub struct Application {
    address: SocketAddr,
    arrivals: Receiver<Received>,
}

/// One request that a browser made.
#[derive(Debug)]
pub struct Received {
    pub method: String,
    pub target: String,
    /// The head, in small letters.
    pub head: String,
    pub body: String,
}

impl Application {
    /// Listens until the tests end, and answers every request with a small page of its own.
    pub fn start() -> Self {
        Self::showing("<h1>Back at the shop</h1>")
    }

    /// The same, with `content` on its page.
    pub fn showing(content: &str) -> Self {
        let page = format!("<!doctype html><html lang=en><title>Shop</title><link rel=icon href='data:,'>{content}");
        Self::answering(format!(
            "HTTP/1.1 200 OK\r\nContent-Type: text/html;charset=utf-8\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{page}",
            page.len()
        ))
    }

    /// The same, but it sends every browser on to `address`.
    pub fn leading_on_to(address: &str) -> Self {
        Self::answering(format!("HTTP/1.1 303 See Other\r\nLocation: {address}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"))
    }

    fn answering(answer: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (sender, arrivals) = channel();
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                // Browsers open connections ahead of time and leave them unused: each has a thread of its own.
                let (sender, answer) = (sender.clone(), answer.clone());
                thread::spawn(move || serve(stream, &answer, &sender));
            }
        });
        Self { address, arrivals }
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its redirect URI.
    pub fn callback(&self) -> String {
        format!("http://{}/callback", self.address)
    }

    /// The next request, which must come.
    pub fn received(&self) -> Received {
        self.arrivals.recv_timeout(PATIENCE).expect("the browser comes back to the application")
    }

    /// Whether nothing came beside what was already [received](Self::received).
    pub fn is_left_alone(&self) -> bool {
        self.arrivals.try_recv().is_err()
    }
}

impl Received {
    /// The one parameter of this name, in the query or in the form that was posted.
    pub fn parameter(&self, name: &str) -> String {
        let query = self.target.split_once('?').map_or("", |(_, query)| query);
        let sent = if self.method == "POST" { &self.body } else { query };
        let values: Vec<_> = form_urlencoded::parse(sent.as_bytes()).filter(|(other, _)| other == name).collect();
        assert_eq!(values.len(), 1, "{name} comes once: {self:?}");
        values[0].1.to_string()
    }

    /// Where the browser came from is nobody's business (A13).
    pub fn assert_no_referrer(&self) {
        assert!(!self.head.contains("\nreferer:"), "{self:?}");
    }
}

fn serve(stream: TcpStream, answer: &str, sender: &Sender<Received>) -> Option<()> {
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head).ok()? == 0 {
            return None;
        }
    }
    let mut start = head.lines().next()?.split(' ').map(str::to_owned);
    let (method, target) = (start.next()?, start.next()?);
    let head = head.to_ascii_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    sender.send(Received { method, target, head, body: String::from_utf8(body).ok()? }).ok()?;
    reader.get_mut().write_all(answer.as_bytes()).ok()
}
