//! Texts to feed to parsers: put together from what they look for, or made from valid ones by a few changes.

use bolero::TypeGenerator;

/// A bit of text.
#[derive(Clone, Debug, TypeGenerator)]
pub enum Piece {
    /// One of the words that the parser under test knows.
    Known(u8),
    /// One of the characters that parsers care about.
    Mark(u8),
    /// Any byte.
    Byte(u8),
    /// Any character.
    Char(char),
    /// A character again and again, sometimes beyond every limit.
    Many(u8, u16),
}

const MARKS: &[u8] = b"&&==%+:. \t\r\n\0#/\\\"'-_~,;?@A0";

/// Nothing longer comes past the listener.
const LONGEST: usize = 64 * 1024;

/// The bytes of `pieces`, with words from `known`.
pub fn bytes(pieces: &[Piece], known: &[&str]) -> Vec<u8> {
    let mut all = Vec::new();
    for piece in pieces {
        if all.len() > LONGEST {
            break;
        }
        match *piece {
            Piece::Known(number) => all.extend_from_slice(known[usize::from(number) % known.len()].as_bytes()),
            Piece::Mark(number) => all.push(MARKS[usize::from(number) % MARKS.len()]),
            Piece::Byte(byte) => all.push(byte),
            Piece::Char(char) => all.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes()),
            Piece::Many(byte, count) => {
                let count = if count % 64 == 0 { 17_000 } else { usize::from(count % 8) };
                all.extend(std::iter::repeat_n(byte & 0x7F, count));
            }
        }
    }
    all
}

/// The same as text.
pub fn text(pieces: &[Piece], known: &[&str]) -> String {
    String::from_utf8_lossy(&bytes(pieces, known)).into_owned()
}

/// One change to a text.
#[derive(Clone, Debug, TypeGenerator)]
pub enum Change {
    Replace(u16, u8),
    FlipBit(u16, u8),
    Insert(u16, u8),
    Remove(u16, u8),
    Append(Vec<u8>),
    Prepend(Vec<u8>),
    /// The rest comes from another valid text.
    Splice(u16, u8),
}

/// `own` after `changes`, which may leave it as it was; `others` are texts to splice with.
pub fn changed(own: &str, changes: &[Change], others: &[&str]) -> String {
    let mut all = own.as_bytes().to_vec();
    for change in changes {
        let length = all.len();
        let within = |at: u16| usize::from(at) % (length + 1);
        match change {
            Change::Replace(at, byte) => all.get_mut(within(*at)).into_iter().for_each(|own| *own = *byte),
            Change::FlipBit(at, bit) => all.get_mut(within(*at)).into_iter().for_each(|own| *own ^= 1 << (bit % 8)),
            Change::Insert(at, byte) => all.insert(within(*at), *byte),
            Change::Remove(at, count) => {
                let from = within(*at);
                all.drain(from..length.min(from + usize::from(*count)));
            }
            Change::Append(bytes) => all.extend_from_slice(bytes),
            Change::Prepend(bytes) => drop(all.splice(0..0, bytes.iter().copied())),
            Change::Splice(at, number) => {
                let other = others[usize::from(*number) % others.len()].as_bytes();
                let from = within(*at).min(other.len());
                all.truncate(from);
                all.extend_from_slice(&other[from..]);
            }
        }
    }
    String::from_utf8_lossy(&all).into_owned()
}
