//! Connections that nobody reads or takes over.

use super::{CORAL, korap_error, slapd::Slapd, with_directory};
use crate::fixture::{C1, SUPER};

/// The settings of both ways to TLS.
fn ways(slapd: &Slapd) -> [String; 2] {
    [format!("tls = 'ldaps'\nhosts = ['{}']\n", slapd.tls), format!("tls = 'starttls'\nhosts = ['{}']\n", slapd.plain)]
}

#[test]
fn req_u03_ldaps_and_starttls_work_with_a_certificate_of_a_trusted_authority() {
    let Some(slapd) = Slapd::start() else { return };
    for way in ways(&slapd) {
        let server = with_directory(&slapd, &format!("{way}trust_store = '{}'", slapd.authority().display()));
        server.standard().login(C1, CORAL);
        server.standard().ask_password(C1, (CORAL.0, "wrong")).refused(400, "invalid_grant");
    }
}

#[test]
fn req_u03_a_directory_with_a_certificate_of_somebody_else_or_for_another_name_gets_no_password() {
    let Some(slapd) = Slapd::start() else { return };
    for way in ways(&slapd) {
        let strange = format!("{way}trust_store = '{}'", slapd.other_authority().display());
        let misnamed = format!("{}trust_store = '{}'", way.replace("127.0.0.1", "localhost"), slapd.authority().display());
        for wrong in [strange, misnamed] {
            let server = with_directory(&slapd, &wrong);
            let answer = server.korap().ask_password(SUPER, CORAL);
            answer.refused(503, "temporarily_unavailable");
            assert_eq!(korap_error(&answer).unwrap().0, 2021, "{wrong}");
            let log = server.log_of(&answer.request_id());
            assert!(log.contains("certificate"), "{log}");
        }
    }
}

#[test]
fn req_u03_any_certificate_is_taken_only_where_that_is_said_and_the_log_warns_of_it() {
    let Some(slapd) = Slapd::start() else { return };
    for way in ways(&slapd) {
        let server = with_directory(&slapd, &format!("{way}insecure = true"));
        server.standard().login(C1, CORAL);
        assert!(server.log().contains("any certificate is taken for the directory's"));
    }
}
