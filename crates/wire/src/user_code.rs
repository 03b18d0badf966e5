//! User codes: what a device shows and a person types (RFC 8628 §6.1).

use std::fmt;

/// The letters of user codes: consonants that nobody takes for one another, so that no words come about.
const LETTERS: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";
/// How many of them: 20⁸ codes are 34.5 bits.
const LENGTH: usize = 8;

/// A user code. `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct UserCode(String);

impl UserCode {
    /// One of all codes. There are so many more random bits than codes that none of them is likelier than another.
    #[must_use]
    pub fn from_random(bytes: [u8; 10]) -> Self {
        let mut rest = bytes.iter().fold(0_u128, |number, byte| number << 8 | u128::from(*byte));
        let mut code = String::with_capacity(LENGTH);
        while code.len() < LENGTH {
            let letter = usize::try_from(rest % 20).ok().and_then(|place| LETTERS.get(place));
            code.extend(letter.map(|letter| char::from(*letter)));
            rest /= 20;
        }
        UserCode(code)
    }

    /// Reads what somebody typed: in upper or lower case, with or without hyphens, spaces and other punctuation.
    #[must_use]
    pub fn parse(typed: &str) -> Option<Self> {
        let mut code = String::with_capacity(LENGTH);
        for letter in typed.chars().filter(|c| !c.is_ascii_punctuation() && !c.is_whitespace() && !is_dash(*c)) {
            let letter = letter.to_ascii_uppercase();
            if code.len() == LENGTH || !letter.is_ascii() || !LETTERS.iter().any(|known| char::from(*known) == letter) {
                return None;
            }
            code.push(letter);
        }
        (code.len() == LENGTH).then_some(UserCode(code))
    }

    /// Its letters, without a hyphen.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The dashes that keyboards and phones make of a hyphen.
fn is_dash(c: char) -> bool {
    matches!(c, '\u{2010}'..='\u{2015}' | '\u{2212}')
}

/// As it is shown: `WDJB-MJHT`.
impl fmt::Display for UserCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (first, second) = self.0.split_at_checked(LENGTH / 2).unwrap_or((&self.0, ""));
        write!(f, "{first}-{second}")
    }
}

impl fmt::Debug for UserCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UserCode(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_however_it_is_typed_and_nothing_else_is_a_code() {
        for typed in ["WDJB-MJHT", "wdjbmjht", " wdjb mjht ", "W.D.J.B–M.J.H.T", "WDJB\u{a0}MJHT"] {
            assert_eq!(UserCode::parse(typed).unwrap().to_string(), "WDJB-MJHT", "{typed:?}");
        }
        for typed in ["", "-", "WDJB-MJH", "WDJB-MJHTT", "WDJB-MJHA", "WDJB-MJH1", "WDJB-MJHÄ", "WDJB-MJH\u{ff34}", "WDJBMJHT\0"] {
            assert_eq!(UserCode::parse(typed), None, "{typed:?}");
        }
    }

    #[test]
    fn sec_k01_a_code_has_eight_letters_out_of_twenty_each_as_likely_as_the_others() {
        let mut counts = [[0_u32; 20]; LENGTH];
        for n in 0..20_000_u64 {
            // Numbers that look random enough: multiples of an odd constant.
            let [a, b, c, d, e, f, g, h] = n.wrapping_mul(0x9E37_79B9_7F4A_7C15).to_be_bytes();
            let code = UserCode::from_random([a, b, c, d, e, f, g, h, a ^ d, c ^ g]);
            assert_eq!(UserCode::parse(code.as_str()), Some(code.clone()));
            for (place, letter) in code.as_str().bytes().enumerate() {
                counts[place][LETTERS.iter().position(|known| *known == letter).unwrap()] += 1;
            }
        }
        // 1000 each on the average; far outside of chance is below 800 and above 1200.
        assert!(counts.iter().flatten().all(|count| (800..1200).contains(count)), "{counts:?}");
    }

    #[test]
    fn sec_q06_a_code_does_not_show_in_debug_output() {
        assert!(!format!("{:?}", UserCode::parse("WDJBMJHT")).contains("WDJB"));
    }
}
