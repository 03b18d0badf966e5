use bolero::check;
use keyward_rules::device_code::DeviceCode;
use keyward_wire::user_code::UserCode;
use secrecy::ExposeSecret;

use crate::pieces::{Piece, text};

#[test]
fn a_user_code_that_is_read_has_eight_letters_of_what_was_typed_in_their_order() {
    check!().with_type::<Vec<Piece>>().for_each(|pieces| {
        let typed = text(pieces, &["WDJB", "MJHT", "wdjb", "-", " ", "BCDFGHJK"]);
        let Some(code) = UserCode::parse(&typed) else { return };
        assert_eq!(UserCode::parse(&code.to_string()).as_ref(), Some(&code));
        assert_eq!(UserCode::parse(code.as_str()).as_ref(), Some(&code));
        let letters: String = typed.chars().filter(char::is_ascii_alphanumeric).collect();
        assert_eq!(letters.to_ascii_uppercase(), code.as_str());
        assert_eq!(code.as_str().len(), 8);
    });
}

#[test]
fn every_ten_random_bytes_make_a_code() {
    check!().with_type::<[u8; 10]>().for_each(|bytes| {
        let code = UserCode::from_random(*bytes);
        assert_eq!(UserCode::parse(code.as_str()), Some(code));
    });
}

#[test]
fn a_device_code_has_one_spelling() {
    check!().with_type::<Vec<Piece>>().for_each(|pieces| {
        let text = text(pieces, &["kwd_", "AAAAAAAAAAAAAAAA", "A", "="]);
        if let Some(code) = DeviceCode::parse(&text) {
            assert_eq!(code.to_secret().expose_secret(), text);
        }
    });
}
