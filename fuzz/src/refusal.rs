use bolero::{TypeGenerator, check};
use http::{HeaderValue, StatusCode};
use keyward_wire::{
    error::{Code, Refusal},
    profile::{KORAP, Profile, SKYVAULT, STANDARD},
};

pub const PROFILES: [&Profile; 3] = [&STANDARD, &SKYVAULT, &KORAP];

/// Whatever was refused: what goes out keeps to RFC 6749 §5.2 and RFC 9110 §11, in every profile.
pub fn assert_goes_out_well(refusal: &Refusal) {
    for profile in PROFILES {
        let answer = refusal.code.answer(profile);
        let legal = |byte: u8| matches!(byte, 0x20..=0x21 | 0x23..=0x5B | 0x5D..=0x7E);
        assert!(answer.description.bytes().all(legal), "{:?}", answer.description);
        assert!(!answer.description.is_empty() && answer.description.len() <= 200, "{:?}", answer.description);
        assert!(!answer.error.is_empty() && answer.error.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'));
        assert!(answer.status.is_client_error() || answer.status.is_server_error());
        assert_eq!(answer.allow.is_some(), answer.status == StatusCode::METHOD_NOT_ALLOWED);
        assert!(answer.challenges.iter().all(|challenge| HeaderValue::from_str(challenge).is_ok()), "{:?}", answer.challenges);
        assert!(!answer.challenges.is_empty() || answer.status != StatusCode::UNAUTHORIZED, "a 401 names its challenge");
        let body = serde_json::to_value(answer.body(None)).unwrap();
        assert_eq!(body.as_object().unwrap().len(), 2);
        assert_eq!(body["error_description"], *answer.description);
    }
    assert!(!refusal.step.is_empty() && !refusal.reason.is_empty());
}

/// The refusals that carry something of the caller's, and some that carry a number.
#[derive(Clone, Debug, TypeGenerator)]
enum Carrying {
    Repeated(String),
    TooLong(String),
    InQuery(String),
    UnknownClient(String),
    IllegalRegistration(String),
    IllegalRedirectUri(String),
    TooManyPasswords(u32),
    TooManyUserCodes(u32),
    TooManyDevices(u32),
    TooManyRequests(u32),
    Busy(u32),
    Unavailable(u32),
}

#[test]
fn what_a_caller_sent_cannot_break_out_of_an_answer() {
    check!().with_type::<Carrying>().for_each(|carrying| {
        let code = match carrying.clone() {
            Carrying::Repeated(name) => Code::ParameterRepeated(name),
            Carrying::TooLong(name) => Code::ParameterTooLong(name),
            Carrying::InQuery(name) => Code::ParameterInQuery(name),
            Carrying::UnknownClient(id) => Code::ClientUnknown(id),
            Carrying::IllegalRegistration(why) => Code::RegistrationIllegal(format!("why: {why}")),
            Carrying::IllegalRedirectUri(why) => Code::RedirectUriIllegal(format!("why: {why}")),
            Carrying::TooManyPasswords(seconds) => Code::TooManyPasswords(seconds),
            Carrying::TooManyUserCodes(seconds) => Code::TooManyUserCodes(seconds),
            Carrying::TooManyDevices(seconds) => Code::TooManyDevices(seconds),
            Carrying::TooManyRequests(seconds) => Code::TooManyRequests(seconds),
            Carrying::Busy(seconds) => Code::Busy(seconds),
            Carrying::Unavailable(seconds) => Code::StoreUnavailable(seconds),
        };
        assert_goes_out_well(&Refusal::new(code, "step", "reason"));
    });
}
