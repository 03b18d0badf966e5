//! A directory that finds what a test wants, lets everybody bind, and tells what it was asked.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// The tags of requests (RFC 4511 §4).
const BIND: u8 = 0x60;
const SEARCH: u8 = 0x63;

/// What comes of a search.
#[derive(Clone, Copy)]
pub enum Search {
    /// An entry of this name is found, with this `uid`.
    Finds(&'static str, &'static str),
    /// Nobody is.
    FindsNobody,
    /// It has no end.
    Lasts,
}

/// A listener that speaks as much LDAP as a login needs.
pub struct Puppet {
    pub address: SocketAddr,
    heard: Arc<Mutex<Vec<u8>>>,
}

impl Puppet {
    pub fn where_a(search: Search) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (address, heard) = (listener.local_addr().unwrap(), Arc::<Mutex<Vec<u8>>>::default());
        let told = heard.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let told = told.clone();
                thread::spawn(move || converse(stream, search, &told));
            }
        });
        Puppet { address, heard }
    }

    /// How many binds there were since this was asked last.
    pub fn binds(&self) -> usize {
        std::mem::take(&mut *self.heard.lock().unwrap()).into_iter().filter(|tag| *tag == BIND).count()
    }
}

fn converse(mut stream: TcpStream, search: Search, heard: &Mutex<Vec<u8>>) {
    while let Some((id, tag)) = read_message(&mut stream) {
        heard.lock().unwrap().push(tag);
        let mut answer = Vec::new();
        let mut say = |tag, content: &[u8]| answer.extend(part(0x30, &[part(0x02, &[id]), part(tag, content)].concat()));
        // Success, and nothing more to say.
        let done = b"\x0a\x01\x00\x04\x00\x04\x00";
        match (tag, search) {
            (BIND, _) => say(0x61, done),
            (SEARCH, Search::Finds(name, uid)) => {
                let values = part(0x31, &part(0x04, uid.as_bytes()));
                let attributes = part(0x30, &part(0x30, &[part(0x04, b"uid"), values].concat()));
                say(0x64, &[part(0x04, name.as_bytes()), attributes].concat());
                say(0x65, done);
            }
            (SEARCH, Search::FindsNobody) => say(0x65, done),
            (SEARCH, Search::Lasts) => {}
            _ => return,
        }
        if stream.write_all(&answer).is_err() {
            return;
        }
    }
}

/// The id and the operation of the next request; both are short.
fn read_message(stream: &mut TcpStream) -> Option<(u8, u8)> {
    let mut head = [0; 2];
    stream.read_exact(&mut head).ok()?;
    let mut length = vec![0; usize::from(head[1].saturating_sub(0x80))];
    stream.read_exact(&mut length).ok()?;
    let length = if length.is_empty() { usize::from(head[1]) } else { length.iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte)) };
    let mut message = vec![0; length];
    stream.read_exact(&mut message).ok()?;
    Some((message[2], message[3]))
}

/// A tag, a length and so much content (ITU-T X.690), less than 128 bytes of it.
fn part(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = u8::try_from(content.len()).ok().filter(|length| *length < 0x80).expect("short answers");
    [&[tag, length], content].concat()
}
