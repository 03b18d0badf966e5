//! Texts that people chose for themselves, made safe to look at.

/// `text` without what nobody sees and what changes the order in which the rest is read: control characters, and the
/// formatting characters of bidirectional text (Unicode UAX #9, `Bidi_Control`).
pub(super) fn visible(text: &str) -> String {
    text.chars().filter(|one| !one.is_control() && !turns(*one)).collect()
}

fn turns(character: char) -> bool {
    matches!(character, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}
