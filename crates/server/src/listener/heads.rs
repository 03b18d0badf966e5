//! Watches the bytes of an HTTP/1 connection for what the parser lets pass and a proxy in front may read differently
//! (request smuggling, RFC 9112 §11.2): a line ended by a bare LF, and a head with both Content-Length and
//! Transfer-Encoding. It parses nothing for the handlers; where a body ends is told by the parser, so the two cannot
//! disagree.
//!
//! 1. [`Heads::feed`] sees every byte as it is read and keeps those of the current head, up to its empty line.
//! 2. [`Heads::claim`] is called for the request the parser made of that head, with the length of its body, and answers
//!    what is wrong with the head and whether the connection may serve another request.
//! 3. The body's bytes are skipped, then the next head begins.
//!
//! After a chunked body (its end is known to the parser only) or a pipelined request (already in the parser's hands) the
//! next head cannot be watched, so the connection is closed after the answer; RFC 9112 §9.3.2 tells clients to retry.

use std::sync::LazyLock;

use memchr::memmem::Finder;

/// The end of a head.
static EMPTY_LINE: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(b"\r\n\r\n"));

/// Room for the heads of most requests; what a larger one took is given back.
const USUAL_HEAD: usize = 1024;

const BARE_LF: &str = "a line of the head ends in LF without CR";
const TWO_LENGTHS: &str = "the head has both Content-Length and Transfer-Encoding";

/// The state of the watch.
#[derive(Debug, Default)]
pub(super) struct Heads {
    place: Place,
    /// The bytes of the current head.
    head: Vec<u8>,
}

#[derive(Debug, Default, PartialEq)]
enum Place {
    /// Before or inside a head.
    #[default]
    Head,
    /// After a head the parser has not claimed yet, with so many bytes read beyond it.
    Unclaimed(u64),
    /// Inside a body with so many bytes to come.
    Body(u64),
    /// Not watched any more: HTTP/2, or nothing more is served here.
    Unwatched,
}

/// How long the parser found a body to be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum BodyLength {
    /// So many bytes, by Content-Length or by having none.
    Exactly(u64),
    /// Until its last chunk.
    Chunked,
}

/// What [`Heads::claim`] found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Verdict {
    /// Nothing; the connection may serve the next request.
    Clean,
    /// Nothing wrong, but this must be the last request of its connection.
    Last,
    /// The head is ambiguous: refuse it with 400 and close.
    Ambiguous(&'static str),
}

impl Heads {
    /// Whether a head has begun and not ended.
    pub(super) fn is_inside_head(&self) -> bool {
        self.place == Place::Head && !self.head.is_empty()
    }

    /// Looks at bytes just read.
    pub(super) fn feed(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            match &mut self.place {
                Place::Unwatched => return,
                Place::Unclaimed(beyond) => {
                    *beyond += bytes.len() as u64;
                    return;
                }
                Place::Body(left) => {
                    let taken = bytes.len().min(usize::try_from(*left).unwrap_or(usize::MAX));
                    *left -= taken as u64;
                    if *left == 0 {
                        self.place = Place::Head;
                    }
                    bytes = bytes.get(taken..).unwrap_or_default();
                }
                Place::Head => bytes = self.take_head(bytes),
            }
        }
    }

    /// The parser made a request with such a body of the head watched last.
    pub(super) fn claim(&mut self, body: BodyLength) -> Verdict {
        let is_chunked = body == BodyLength::Chunked;
        let verdict = match (&self.place, body) {
            // The parser saw the end of a head where there is none for us: an empty line without CR.
            (Place::Head, _) => Verdict::Ambiguous(BARE_LF),
            (Place::Unclaimed(_), _) if has_bare_lf(&self.head) => Verdict::Ambiguous(BARE_LF),
            (Place::Unclaimed(_), _) if is_chunked && has_content_length(&self.head) => Verdict::Ambiguous(TWO_LENGTHS),
            (Place::Unclaimed(beyond), BodyLength::Exactly(length)) if *beyond <= length => {
                self.place = if *beyond < length { Place::Body(length - beyond) } else { Place::Head };
                Verdict::Clean
            }
            _ => Verdict::Last,
        };
        if verdict != Verdict::Clean {
            self.place = Place::Unwatched;
        }
        self.head.clear();
        self.head.shrink_to(USUAL_HEAD);
        verdict
    }

    /// Takes bytes up to the end of the head or of what there is; answers the rest.
    fn take_head<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        // Empty lines before a request line are ignored (RFC 9112 §2.2).
        let bytes = if self.head.is_empty() { without_leading_empty_lines(bytes) } else { bytes };
        let Some((taken, rest)) = self.end_in(bytes).and_then(|end| bytes.split_at_checked(end)) else {
            self.head.extend_from_slice(bytes);
            return &[];
        };
        self.head.extend_from_slice(taken);
        let is_http2 = self.head.starts_with(b"PRI * HTTP/2.0\r\n");
        self.place = if is_http2 { Place::Unwatched } else { Place::Unclaimed(0) };
        rest
    }

    /// Where in `bytes` the head ends; its empty line may have begun in the piece before.
    fn end_in(&self, bytes: &[u8]) -> Option<usize> {
        let begun = self.head.last_chunk::<3>().map_or(self.head.as_slice(), |last| last.as_slice());
        let in_bytes = || Some(EMPTY_LINE.find(bytes)? + 4);
        if begun.is_empty() {
            return in_bytes();
        }
        let seam = [begun, bytes.get(..3).unwrap_or(bytes)].concat();
        EMPTY_LINE.find(&seam).map(|at| at + 4 - begun.len()).or_else(in_bytes)
    }
}

fn without_leading_empty_lines(bytes: &[u8]) -> &[u8] {
    let begin = bytes.iter().position(|byte| !matches!(byte, b'\r' | b'\n')).unwrap_or(bytes.len());
    bytes.get(begin..).unwrap_or_default()
}

/// Without a branch for each byte, so that the compiler looks at many bytes at once.
fn has_bare_lf(head: &[u8]) -> bool {
    let pairs = head.iter().zip(head.iter().skip(1));
    pairs.fold(false, |found, (before, byte)| found | ((*byte == b'\n') & (*before != b'\r')))
}

fn has_content_length(head: &[u8]) -> bool {
    const NAME: &[u8] = b"content-length:";
    let is_one = |line: &[u8]| line.get(..NAME.len()).is_some_and(|start| start.eq_ignore_ascii_case(NAME));
    head.split(|byte| *byte == b'\n').any(is_one)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const PLAIN: &[u8] = b"POST /oauth/token HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n";

    /// The verdict on `bytes` fed in pieces of `step` bytes and claimed with `body`.
    fn verdict(bytes: &[u8], step: usize, body: BodyLength) -> Verdict {
        let mut heads = Heads::default();
        bytes.chunks(step).for_each(|piece| heads.feed(piece));
        heads.claim(body)
    }

    fn joined(parts: &[&[u8]]) -> Vec<u8> {
        parts.concat()
    }

    #[test]
    fn a_plain_head_is_clean_however_it_is_cut() {
        for step in 1..=PLAIN.len() {
            assert_eq!(verdict(PLAIN, step, BodyLength::Exactly(3)), Verdict::Clean, "{step}");
        }
    }

    #[test]
    fn sec_p04_a_bare_lf_anywhere_in_a_head_is_ambiguous_however_it_is_cut() {
        let whole = [
            "GET / HTTP/1.1\nHost: a\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\nX: y\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\n\n",
            "GET / HTTP/1.1\r\nHost: a\n\r\n",
            "GET / HTTP/1.1\nHost: a\n\n",
        ];
        for text in whole {
            for step in 1..=text.len() {
                let found = verdict(text.as_bytes(), step, BodyLength::Exactly(0));
                assert!(matches!(found, Verdict::Ambiguous(_)), "{text:?} in steps of {step}");
            }
        }
    }

    #[test]
    fn sec_p04_two_lengths_of_one_body_are_ambiguous_in_either_order_and_any_case() {
        let length = "cOnTeNt-LeNgTh: 3";
        let coding = "TRANSFER-encoding: chunked";
        for lines in [[length, coding], [coding, length]] {
            let text = format!("POST / HTTP/1.1\r\n{}\r\nHost: a\r\n{}\r\n\r\n", lines[0], lines[1]);
            for step in 1..=text.len() {
                let found = verdict(text.as_bytes(), step, BodyLength::Chunked);
                assert!(matches!(found, Verdict::Ambiguous(_)), "{text:?} in steps of {step}");
            }
        }
        // The twin: each of them alone.
        let alone = |line: &str, body| verdict(format!("POST / HTTP/1.1\r\n{line}\r\n\r\n").as_bytes(), 7, body);
        assert_eq!(alone(length, BodyLength::Exactly(3)), Verdict::Clean);
        assert_eq!(alone(coding, BodyLength::Chunked), Verdict::Last);
    }

    #[test]
    fn names_that_only_begin_like_the_two_are_other_headers() {
        let text = "POST / HTTP/1.1\r\nContent-Length-X: 3\r\nX-Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n";
        assert_eq!(verdict(text.as_bytes(), 5, BodyLength::Chunked), Verdict::Last);
    }

    #[test]
    fn the_body_is_skipped_and_the_next_head_is_watched_again() {
        for step in 1..100 {
            let mut heads = Heads::default();
            PLAIN.chunks(step).for_each(|piece| heads.feed(piece));
            assert_eq!(heads.claim(BodyLength::Exactly(3)), Verdict::Clean);
            heads.feed(b"\n\n");
            assert!(!heads.is_inside_head());
            heads.feed(b"\n");
            assert_eq!(heads.place, Place::Head);
            assert!(!heads.is_inside_head());
            b"GET / HTTP/1.1\nHost: a\r\n\r\n".chunks(step).for_each(|piece| heads.feed(piece));
            assert!(matches!(heads.claim(BodyLength::Exactly(0)), Verdict::Ambiguous(_)));
        }
    }

    #[test]
    fn a_pipelined_request_makes_its_forerunner_the_last_one() {
        let body_and_more = joined(&[PLAIN, b"a=bGET /second HTTP/1.1\r\n"]);
        assert_eq!(verdict(&body_and_more, 1000, BodyLength::Exactly(3)), Verdict::Last);
        // The twin: exactly the body.
        assert_eq!(verdict(&joined(&[PLAIN, b"a=b"]), 1000, BodyLength::Exactly(3)), Verdict::Clean);
    }

    #[test]
    fn leading_empty_lines_are_no_head() {
        let text = joined(&[b"\r\n\r\n", PLAIN]);
        for step in 1..=text.len() {
            assert_eq!(verdict(&text, step, BodyLength::Exactly(3)), Verdict::Clean, "{step}");
        }
    }

    #[test]
    fn a_head_has_begun_with_its_first_byte_and_ended_with_its_empty_line() {
        let mut heads = Heads::default();
        assert!(!heads.is_inside_head());
        heads.feed(b"G");
        assert!(heads.is_inside_head());
        heads.feed(b"ET / HTTP/1.1\r\nHost: a\r\n\r");
        assert!(heads.is_inside_head());
        heads.feed(b"\n");
        assert!(!heads.is_inside_head());
    }

    #[test]
    fn http2_is_not_watched() {
        for step in 1..30 {
            let mut heads = Heads::default();
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\n\n\nGET".chunks(step).for_each(|piece| heads.feed(piece));
            assert_eq!(heads.place, Place::Unwatched);
            assert!(!heads.is_inside_head());
        }
    }

    proptest! {
        #[test]
        fn how_bytes_are_cut_changes_nothing(
            text in "(GET / HTTP/1.1|Content-Length: 3|Transfer-Encoding: x|a: b|\r\n|\n|\r|x){0,24}",
            cuts in proptest::collection::vec(1_usize..9, 1..24),
            length in 0_u64..6,
        ) {
            let whole = verdict(text.as_bytes(), 10_000, BodyLength::Exactly(length));
            let mut heads = Heads::default();
            let mut rest = text.as_bytes();
            for cut in cuts.iter().cycle() {
                if rest.is_empty() { break }
                let (piece, after) = rest.split_at((*cut).min(rest.len()));
                heads.feed(piece);
                rest = after;
            }
            prop_assert_eq!(heads.claim(BodyLength::Exactly(length)), whole);
        }
    }
}
