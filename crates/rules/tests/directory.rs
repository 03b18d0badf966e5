use std::sync::Arc;

use keyward_rules::{
    directory::{Entry, Filter, LONGEST_PASSWORD, Policy, Source, Verdict, can_be_asked},
    effect::Effect,
    model::{
        epoch::Epoch,
        id::UserId,
        user::{LONGEST_USERNAME, Origin, PasswordHash, User},
    },
};
use keyward_wire::{
    directory::DirectoryRefusal,
    error::{Code, Refusal},
};
use proptest::prelude::*;
use secrecy::ExposeSecret;

use crate::fixture::{NOW, refused, user};

fn with(template: &str, login: &str, password: &str) -> String {
    Filter::parse(template).unwrap().with(login, password).expose_secret().to_owned()
}

#[test]
fn req_u04_what_is_typed_is_escaped_in_a_filter_and_read_for_no_placeholder() {
    let template = "(&(|(uid=${login})(mail=${login}))(userPassword=${password}))";
    for (login, password, expected) in [
        ("dory", "pw", "(&(|(uid=dory)(mail=dory))(userPassword=pw))"),
        ("*", "*", "(&(|(uid=\\2a)(mail=\\2a))(userPassword=\\2a))"),
        ("a)(b", "\\2a", "(&(|(uid=a\\29\\28b)(mail=a\\29\\28b))(userPassword=\\5c2a))"),
        ("a\0", "ä", "(&(|(uid=a\\00)(mail=a\\00))(userPassword=ä))"),
        ("${password}", "${login}", "(&(|(uid=${password})(mail=${password}))(userPassword=${login}))"),
    ] {
        assert_eq!(with(template, login, password), expected);
    }
    assert_eq!(with("(objectClass=*)", "x", "y"), "(objectClass=*)", "what the operator wrote stays");
}

#[test]
fn sec_p03_a_template_is_a_shallow_filter_with_places_for_values_only() {
    for template in ["(uid=${login})", "(&(a=b)(!(uid:caseExactMatch:=${login})))", "(mail=${login}@reef.example)", "(a=*)", "(a=\\2a)"] {
        assert!(Filter::parse(template).is_ok(), "{template}");
    }
    let deep = |depth| format!("{}(a=b){}", "(!".repeat(depth), ")".repeat(depth));
    assert!(Filter::parse(&deep(31)).is_ok());
    for template in [
        "",
        "uid=${login}",
        "(uid=${login}",
        "(uid=${login}))",
        "(${login}=dory)",
        "(&${login})",
        "(uid=dory)${login}",
        "(uid=${user})",
        "(uid=${login)",
        ")(",
        &deep(32),
        &deep(100_000),
        &format!("(a={})", "x".repeat(4096)),
    ] {
        assert!(Filter::parse(template).is_err(), "{template:.60}");
    }
    let plain = Filter::parse("(uid=${login})").unwrap();
    let comparing = Filter::parse("(&(uid=${login})(pw=${password}))").unwrap();
    assert!(plain.wants_login() && !plain.wants_password() && comparing.wants_password());
}

proptest! {
    #[test]
    fn sec_p16_nothing_typed_adds_to_what_a_filter_compares(login in ".{0,40}", password in ".{0,40}") {
        let made = with("(&(uid=${login})(pw=${password}))", &login, &password);
        let unescaped = |c: char| made.chars().filter(|own| *own == c).count();
        prop_assert_eq!((unescaped('('), unescaped(')'), unescaped('*'), unescaped('\0')), (3, 3, 0, 0));
        // Every backslash begins the two hexadecimal digits of one character.
        for after in made.split('\\').skip(1) {
            prop_assert!(["00", "28", "29", "2a", "5c"].iter().any(|code| after.starts_with(code)), "{}", made);
        }
    }
}

#[test]
fn req_u04_what_can_be_nobodys_is_not_sent() {
    assert_eq!(can_be_asked("dory@reef.example", "*"), Ok(()));
    assert_eq!(can_be_asked(&"x".repeat(LONGEST_USERNAME), &"x".repeat(LONGEST_PASSWORD)), Ok(()));
    let (name, password) = ("x".repeat(LONGEST_USERNAME + 1), "x".repeat(LONGEST_PASSWORD + 1));
    for (name, password) in
        [("dory", ""), ("", "pw"), ("dory", "p\0w"), ("do\nry", "pw"), ("dory\0", "pw"), (&*name, "pw"), ("dory", &*password)]
    {
        assert!(can_be_asked(name, password).is_err(), "{name:.20?}");
    }
}

#[test]
fn req_u02_a_password_is_checked_in_one_place_only() {
    let [configured, registered, elsewhere] =
        [Origin::Configured, Origin::Registered, Origin::Directory].map(|origin| User { origin, ..user("dory") });
    for (source, expected) in [(Source::Directory, [true; 4]), (Source::Both, [true, false, false, true])] {
        let asked = [None, Some(&configured), Some(&registered), Some(&elsewhere)].map(|known| source.asks_directory(known));
        assert_eq!(asked, expected, "{source:?}");
    }
}

fn policy() -> Policy {
    Policy { username_attributes: vec!["idsC2Profile".to_owned(), "uid".to_owned()], email_attribute: None, detailed_errors: false }
}

fn entry(attributes: &[(&str, &[&str])]) -> Verdict {
    let owned = |(name, values): &(&str, &[&str])| ((*name).to_owned(), values.iter().map(|value| (*value).to_owned()).collect());
    Verdict::Right(Entry(attributes.iter().map(owned).collect()))
}

#[test]
fn req_p09_the_first_attribute_that_is_there_names_somebody() {
    for (attributes, expected) in [
        (&[("uid", &["dory"][..]), ("idsC2Profile", &["doryProfile"])][..], "doryProfile"),
        (&[("uid", &["dory"]), ("idsC2Profile", &[])], "dory"),
        (&[("UID", &["Dory"])], "Dory"),
    ] {
        assert_eq!(policy().recognise(entry(attributes)).unwrap(), expected);
    }
}

#[test]
fn req_u03_each_verdict_has_its_step_and_is_told_apart_only_where_that_is_wanted() {
    use DirectoryRefusal::{CredentialsWrong, Locked, NoEmail, NotAuthorized, NotRegistered};
    let email = Policy { email_attribute: Some("mail".to_owned()), ..policy() };
    assert!(email.recognise(entry(&[("uid", &["dory"]), ("mail", &["dory@reef.example"])])).is_ok());
    let dory = entry(&[("uid", &["dory"])]);
    let table = [
        (policy(), Verdict::Unknown, "directory_user_known", CredentialsWrong),
        (policy(), Verdict::Several, "directory_user_unique", CredentialsWrong),
        (policy(), Verdict::Wrong(49), "directory_bind", CredentialsWrong),
        (policy(), Verdict::Locked, "directory_user_unlocked", Locked),
        (policy(), Verdict::NotRegistered, "directory_user_registered", NotRegistered),
        (email.clone(), dory, "directory_email", NoEmail),
        (email, entry(&[("uid", &["dory"]), ("mail", &[""])]), "directory_email", NoEmail),
        (policy(), entry(&[("cn", &["dory"])]), "directory_username", NotAuthorized),
        (policy(), entry(&[("uid", &["dory", "blue"])]), "directory_username", NotAuthorized),
        (policy(), entry(&[("uid", &[" dory"])]), "directory_username", NotAuthorized),
        (policy(), entry(&[("uid", &[""])]), "directory_username", NotAuthorized),
    ];
    for (policy, verdict, step, told) in table {
        let refusal = refused(policy.recognise(verdict.clone()));
        assert_eq!((refusal.step, refusal.code), (step, Code::DirectoryRefused(CredentialsWrong)));
        let detailed = Policy { detailed_errors: true, ..policy };
        assert_eq!(refused(detailed.recognise(verdict)).code, Code::DirectoryRefused(told), "{step}");
    }
}

fn admit(known: Option<User>, username: &str) -> Result<(Vec<Effect>, Arc<User>), Refusal> {
    policy().admit(known.map(Arc::new), username, NOW, || (UserId([9; 16]), Epoch(99)))
}

#[test]
fn req_u02_a_first_login_makes_an_entry_and_later_ones_find_it() {
    let (effects, new) = admit(None, "dory").unwrap();
    assert_eq!(effects, [Effect::AddUser(User::clone(&new))]);
    assert_eq!(
        (new.id, new.epoch, &*new.username, new.origin, new.created_at),
        (UserId([9; 16]), Epoch(99), "dory", Origin::Directory, NOW)
    );
    assert_eq!((&new.password, new.admin_since, new.disabled_at), (&PasswordHash::none(), None, None));
    for spelling in ["dory", "Dory"] {
        let (effects, found) = admit(Some(User::clone(&new)), spelling).unwrap();
        assert_eq!((effects, found.id), (vec![], new.id), "{spelling}");
    }
}

#[test]
fn sec_p16_nobody_is_given_the_entry_of_somebody_else() {
    let theirs = User { origin: Origin::Directory, ..user("gross") };
    assert!(admit(Some(theirs.clone()), "gross").is_ok());
    let here = |origin| User { origin, ..user("gross") };
    // What looks alike here may be two people there.
    for (known, name) in
        [(here(Origin::Configured), "gross"), (here(Origin::Registered), "gross"), (theirs.clone(), "groß"), (theirs, "ｇross")]
    {
        let refusal = refused(admit(Some(known), name));
        assert_eq!(
            (refusal.step, refusal.code),
            ("directory_account", Code::DirectoryRefused(DirectoryRefusal::CredentialsWrong)),
            "{name}"
        );
        assert!(refusal.reason.contains("gross") && refusal.reason.contains("keyward user remove"), "{}", refusal.reason);
    }
}
