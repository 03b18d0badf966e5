use bolero::check;
use data_encoding::BASE64URL_NOPAD;
use keyward_wire::{
    authorization_request::{Addressee, AuthorizationRequest, Reply, ResponseMode, ResponseType},
    authorization_response::AuthorizationResponse,
    form::Form,
    pkce,
};

use crate::pieces::{Piece, bytes, text};
use crate::refusal::assert_goes_out_well;
use crate::token_request::assert_is_of;

const WORDS: &[&str] = &[
    "&",
    "=",
    "&response_type=code",
    "&response_type=token",
    "&response_type=",
    "&client_id=app",
    "&redirect_uri=https://app.example/cb",
    "&response_mode=query",
    "&response_mode=fragment",
    "&response_mode=form_post",
    "&state=",
    "&scope=read write",
    "&resource=https://a.example",
    "&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
    "&code_challenge=",
    "&code_challenge_method=S256",
    "&code_challenge_method=plain",
    "&prompt=none",
    "&prompt=none login",
    "&prompt=login consent",
    " select_account",
    "&max_age=",
    "0",
    "4294967295",
    "&login_hint=",
    "&request=",
    "%20",
    "%00",
];

#[test]
fn an_authorization_request_says_what_its_form_says_or_is_refused() {
    check!().with_type::<(bool, Vec<Piece>)>().for_each(|(token, pieces)| {
        let begin = if *token { &b"response_type=token"[..] } else { b"response_type=code" };
        let rest = bytes(pieces, WORDS);
        for body in [&rest, &[begin, &rest].concat()] {
            let Ok(form) = Form::parse("", body) else { continue };
            assert_addressee_is_of(&form);
            let reply = Reply::parse(&form);
            assert!(reply.response_type != Some(ResponseType::Token) || reply.mode() != ResponseMode::Query, "a token in a query");
            assert_eq!(reply.state.as_deref(), form.get("state"));
            match AuthorizationRequest::parse(&form) {
                Ok(request) => assert_request_is_of(&request, &form),
                Err(refusal) => assert_goes_out_well(&refusal),
            }
        }
    });
}

fn assert_addressee_is_of(form: &Form<'_>) {
    match Addressee::parse(form) {
        Ok(asked) => {
            assert_eq!(Some(&*asked.client_id), form.get("client_id"));
            assert_eq!(asked.redirect_uri.as_deref(), form.get("redirect_uri"));
        }
        Err(refusal) => {
            assert_eq!(form.get("client_id"), None);
            assert_goes_out_well(&refusal);
        }
    }
}

fn assert_request_is_of(request: &AuthorizationRequest, form: &Form<'_>) {
    assert_eq!(form.get("response_type"), Some(request.response_type.as_str()));
    assert_eq!(request.reply, Reply::parse(form));
    assert_eq!(request.reply.response_type, Some(request.response_type));
    assert_eq!(form.get("response_mode"), request.reply.asked_mode.map(ResponseMode::as_str));
    assert_eq!(request.reply.asked_mode.unwrap_or(request.reply.mode()) == request.reply.mode(), !redirected(request));
    assert_eq!(form.get("code_challenge"), request.challenge.map(|own| BASE64URL_NOPAD.encode(&own.0)).as_deref());
    assert_eq!(form.get("code_challenge_method"), request.challenge.map(|_| pkce::METHOD));
    assert_eq!(form.get("login_hint"), request.login_hint.as_deref());
    assert_eq!(form.get("max_age").map(str::parse::<u32>), request.max_age.map(Ok));
    assert_eq!((form.get("request"), form.get("request_uri")), (None, None));
    assert_is_of(&request.wanted, form);

    let words: Vec<_> = form.get("prompt").unwrap_or_default().split(' ').filter(|word| !word.is_empty()).collect();
    let has = |word| words.contains(&word);
    let prompt = request.prompt;
    assert_eq!((prompt.none, prompt.login, prompt.consent), (has("none"), has("login") || has("select_account"), has("consent")));
    assert!(words.iter().all(|word| ["none", "login", "consent", "select_account"].contains(word)));
    assert!(!prompt.none || !prompt.login && !prompt.consent);
}

/// Whether the answer goes another way than was asked: a token that was asked for in a query.
fn redirected(request: &AuthorizationRequest) -> bool {
    (request.response_type, request.reply.asked_mode) == (ResponseType::Token, Some(ResponseMode::Query))
}

#[test]
fn what_is_sent_back_reads_as_it_was_and_goes_nowhere_else() {
    const OWN: [&str; 4] = ["https://app.example/cb", "https://app.example/cb?own=1", "http://127.0.0.1:5/cb?", "com.example.app:/cb"];
    check!().with_type::<(u8, u8, Vec<Piece>, Vec<Piece>)>().for_each(|(uri, mode, code, state)| {
        let uri = OWN[usize::from(*uri) % OWN.len()];
        let mode = [ResponseMode::Query, ResponseMode::Fragment][usize::from(*mode) % 2];
        let (code, state) = (text(code, WORDS), text(state, WORDS));
        let location = AuthorizationResponse::code(&code).with(Some(&state), None).location(uri, mode);
        assert!(location.bytes().all(|byte| (0x21..=0x7E).contains(&byte)), "{location:?}");
        let (before, after) = (url::Url::parse(uri).unwrap(), url::Url::parse(&location).unwrap());
        let place = |url: &url::Url| (url.scheme().to_owned(), url.host_str().map(str::to_owned), url.port(), url.path().to_owned());
        assert_eq!(place(&before), place(&after));
        let sent = match mode {
            ResponseMode::Fragment => {
                assert_eq!(after.query(), before.query());
                after.fragment().unwrap().to_owned()
            }
            _ => {
                assert_eq!(after.fragment(), None);
                let query = after.query().unwrap();
                query.strip_prefix(before.query().unwrap_or_default()).unwrap().trim_start_matches('&').to_owned()
            }
        };
        let read: Vec<_> = form_urlencoded::parse(sent.as_bytes()).into_owned().collect();
        assert_eq!(read, [("code".to_owned(), code), ("state".to_owned(), state)]);
    });
}
