use bolero::check;
use keyward_wire::{
    form::Form,
    introspection::IntrospectionRequest,
    revocation::RevocationRequest,
    token_request::{TokenRequest, Wanted},
};
use secrecy::ExposeSecret;

use crate::form::WORDS;
use crate::pieces::{Piece, bytes};
use crate::refusal::assert_goes_out_well;

#[test]
fn a_token_request_says_what_its_form_says_or_is_refused() {
    check!().with_type::<Vec<Piece>>().for_each(|pieces| {
        let body = bytes(pieces, WORDS);
        let Ok(form) = Form::parse("", &body) else { return };
        let request = match TokenRequest::parse(&form) {
            Ok(request) => request,
            Err(refusal) => return assert_goes_out_well(&refusal),
        };
        assert_eq!(form.get("grant_type"), Some(request.grant_type().as_str()));
        let wanted = match request {
            TokenRequest::AuthorizationCode(request) => {
                assert_eq!(form.get("code"), Some(request.code.expose_secret()));
                assert_eq!(form.get("redirect_uri"), request.redirect_uri.as_deref());
                assert_eq!(form.get("code_verifier"), request.verifier.as_ref().map(ExposeSecret::expose_secret));
                request.wanted
            }
            TokenRequest::Password(request) => {
                assert_eq!(form.get("username"), Some(&*request.username));
                assert_eq!(form.get("password"), Some(request.password.expose_secret()));
                assert!(!request.username.contains('\0'));
                request.wanted
            }
            TokenRequest::ClientCredentials(wanted) => wanted,
            TokenRequest::RefreshToken(request) => {
                assert_eq!(form.get("refresh_token"), Some(request.refresh_token.expose_secret()));
                request.wanted
            }
            TokenRequest::DeviceCode(request) => {
                assert_eq!(form.get("device_code"), Some(request.device_code.expose_secret()));
                request.wanted
            }
        };
        assert_is_of(&wanted, &form);
    });
}

/// What is wanted names every word and every audience of the form once, and nothing else.
pub fn assert_is_of(wanted: &Wanted, form: &Form<'_>) {
    let words = |text: &str| text.split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect::<Vec<_>>();
    let asked = form.get("scope").map(words);
    match (&wanted.scope, asked) {
        (None, None) => {}
        (Some(scope), Some(asked)) => {
            assert!(asked.iter().all(|word| scope.contains(word)));
            assert!(scope.words().all(|word| asked.iter().any(|own| own == word)));
        }
        (scope, asked) => panic!("{scope:?} of {asked:?}"),
    }
    let asked: Vec<_> = form.all("resource").chain(form.get("audience")).collect();
    assert!(asked.iter().all(|text| wanted.audience.iter().any(|one| one.as_str() == *text)));
    assert!(wanted.audience.iter().all(|one| asked.contains(&one.as_str())));
    assert!(wanted.audience.iter().zip(1..).all(|(one, next)| !wanted.audience[next..].contains(one)));
}

#[test]
fn a_request_about_a_token_holds_the_token_or_is_refused() {
    check!().with_type::<Vec<Piece>>().for_each(|pieces| {
        let body = bytes(pieces, WORDS);
        let Ok(form) = Form::parse("", &body) else { return };
        match (IntrospectionRequest::parse(&form), RevocationRequest::parse(&form)) {
            (Ok(introspection), Ok(revocation)) => {
                assert_eq!(form.get("token"), Some(introspection.token.expose_secret()));
                assert_eq!(form.get("token"), Some(revocation.token.expose_secret()));
            }
            (Err(introspection), Err(revocation)) => {
                assert_eq!(form.get("token"), None);
                assert_eq!(introspection, revocation);
                assert_goes_out_well(&introspection);
            }
            _ => panic!("the same form was accepted once and refused once"),
        }
    });
}
