//! A directory that is slow, partly gone or wholly gone.

use std::net::{SocketAddr, TcpListener};
use std::thread;

use super::{
    CORAL, korap_error,
    puppet::{Puppet, Search},
    slapd::Slapd,
    with_directory,
};
use crate::fixture::{C1, DORY, SUPER};
use crate::home::free_address;
use crate::server::{Home, Server};

/// Listens, and never says a word.
struct Silent(TcpListener);

impl Silent {
    fn new() -> Self {
        Silent(TcpListener::bind("127.0.0.1:0").unwrap())
    }

    fn address(&self) -> SocketAddr {
        self.0.local_addr().unwrap()
    }
}

fn asking(hosts: &[SocketAddr], more: &str) -> Server {
    let hosts: Vec<_> = hosts.iter().map(|host| format!("'{host}'")).collect();
    let section = format!(
        "[throttle]\nenabled = false\n[directory]\nhosts = [{}]\ntls = 'none'\nsearch_base = 'dc=reef,dc=example'\nsearch_filter = '(uid=${{login}})'",
        hosts.join(", ")
    );
    Home::demo().with(&section).with(&format!("[directory]\n{more}")).start()
}

#[test]
fn req_u03_the_next_host_is_asked_where_one_is_gone_or_says_nothing() {
    let Some(slapd) = Slapd::start() else { return };
    let (gone, silent) = (free_address(), Silent::new());
    for hosts in [format!("'{gone}', '{}'", slapd.plain), format!("'{gone}', '{}', '{}'", silent.address(), slapd.plain)] {
        let server = with_directory(&slapd, &format!("hosts = [{hosts}]\ntimeout = '3s'"));
        server.standard().login(C1, CORAL);
        server.standard().ask_password(C1, (CORAL.0, "wrong")).refused(400, "invalid_grant");
        assert!(server.log().contains("the next host of the directory is tried"));
    }
}

#[test]
fn req_u03_a_directory_that_is_gone_is_503_and_no_failed_attempt() {
    let server = asking(&[free_address()], "").stop().with("[throttle]\nenabled = true").start();
    for _ in 0..60 {
        let answer = server.korap().ask_password(SUPER, CORAL);
        answer.refused(503, "temporarily_unavailable");
        assert_eq!(korap_error(&answer).unwrap().0, 2021);
        assert_eq!(answer.header("retry-after"), "5");
    }
    let answer = server.standard().ask_password(C1, CORAL);
    answer.refused(503, "temporarily_unavailable");
    assert_eq!(korap_error(&answer), None);
    assert!(server.log_of(&answer.request_id()).contains("directory_connection"));
    server.standard().login(C1, DORY);
}

#[test]
fn req_u03_a_directory_that_refuses_the_service_says_so_in_the_log_alone() {
    let Some(slapd) = Slapd::start() else { return };
    let server = with_directory(&slapd, "service_password = 'another-Qk3v'");
    let answer = server.korap().ask_password(SUPER, CORAL);
    answer.refused(503, "temporarily_unavailable");
    assert_eq!(korap_error(&answer).unwrap().0, 2022);
    let log = server.log_of(&answer.request_id());
    assert!(log.contains("directory_answer") && log.contains("service_dn") && !log.contains("another-Qk3v"), "{log}");
}

#[test]
fn req_u03_a_silent_directory_is_given_up_in_time_and_holds_up_nobody_else() {
    let silent = Silent::new();
    let server = asking(&[silent.address()], "timeout = '6s'\nattempts = 4");
    let site = server.standard();
    let tokens = site.login(C1, DORY);
    let answers: Vec<_> = thread::scope(|scope| {
        let logins: Vec<_> = (0..12).map(|n| scope.spawn(move || site.ask_password(C1, (&format!("fish-{n}"), "x")))).collect();
        for _ in 0..50 {
            assert!(site.is_active(C1, &tokens.access));
            site.login(C1, DORY);
        }
        logins.into_iter().map(|login| login.join().unwrap()).collect()
    });
    // They waited for nothing; all others were told at once.
    let steps: Vec<_> = answers.iter().map(|answer| server.log_of(&answer.request_id())).collect();
    let counted = |step: &str| steps.iter().filter(|log| log.contains(step)).count();
    assert!(answers.iter().all(|answer| answer.status == 503), "{answers:?}");
    assert_eq!(counted("directory_timeout") + counted("directory_attempts"), 12, "{steps:?}");
    assert!(counted("directory_attempts") > 0 && counted("directory_timeout") >= 4, "{steps:?}");
    let answer = server.korap().ask_password(SUPER, CORAL);
    answer.refused(503, "temporarily_unavailable");
    assert_eq!(korap_error(&answer).unwrap().0, 2120);
    server.stop();
}

#[test]
fn req_u03_what_is_no_ldap_is_503() {
    let site = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = site.local_addr().unwrap();
    thread::spawn(move || {
        use std::io::Write;
        for stream in site.incoming().flatten().enumerate().map(|(n, mut stream)| {
            let says: &[u8] = match n % 4 {
                0 => b"HTTP/1.1 400 Bad Request\r\n\r\n",
                // A message without its parts, one of a bind that is no result, one that never ends.
                1 => b"\x30\x00",
                2 => b"\x30\x05\x02\x01\x01\x61\x00",
                _ => b"\x30\x84\x7f\xff\xff\xff\x02\x01\x01\x64",
            };
            let _ = stream.write_all(says);
            stream
        }) {
            drop(stream);
        }
    });
    let server = asking(&[address], "timeout = '2s'");
    for _ in 0..8 {
        server.standard().ask_password(C1, CORAL).refused(503, "temporarily_unavailable");
    }
    server.standard().login(C1, DORY);
}

#[test]
fn req_u03_a_directory_that_refuses_starttls_is_sent_nothing_in_clear() {
    use std::io::{Read, Write};
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let heard = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut asked = [0; 512];
        let length = stream.read(&mut asked).unwrap();
        // An extended response: protocolError, nothing more to say.
        stream.write_all(b"\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x02\x04\x00\x04\x00").unwrap();
        let mut rest = Vec::new();
        let _ = stream.read_to_end(&mut rest);
        (String::from_utf8_lossy(&asked[..length]).into_owned(), rest)
    });
    let service = "tls = 'starttls'\ninsecure = true\nservice_dn = 'cn=keyward'\nservice_password = 'service-Wd5nRk8t'\n";
    let server = asking(&[address], service);
    server.standard().ask_password(C1, CORAL).refused(503, "temporarily_unavailable");
    let (asked, rest) = heard.join().unwrap();
    assert!(asked.contains("1.3.6.1.4.1.1466.20037"), "StartTLS is asked for: {asked:?}");
    assert!(rest.is_empty(), "{rest:?}");
}

#[test]
fn req_u04_an_entry_without_a_name_is_nobodys_though_a_bind_without_one_succeeds() {
    let named = Puppet::where_a(Search::Finds("uid=coral", "coral"));
    asking(&[named.address], "").standard().login(C1, CORAL);
    let nameless = Puppet::where_a(Search::Finds("", "coral"));
    asking(&[nameless.address], "").standard().ask_password(C1, CORAL).refused(503, "temporarily_unavailable");
}

#[test]
fn req_p05_an_unknown_user_costs_as_many_binds_as_a_known_one() {
    for (search, status) in [(Search::Finds("uid=coral", "coral"), 200), (Search::FindsNobody, 400)] {
        let puppet = Puppet::where_a(search);
        let server = asking(&[puppet.address], "");
        let answer = server.standard().ask_password(C1, CORAL);
        assert_eq!((answer.status, puppet.binds()), (status, 2));
    }
}

#[test]
fn req_u03_a_search_without_end_is_given_up_in_time() {
    let puppet = Puppet::where_a(Search::Lasts);
    let answer = asking(&[puppet.address], "timeout = '1s'").korap().ask_password(SUPER, CORAL);
    answer.refused(503, "temporarily_unavailable");
    assert_eq!(korap_error(&answer).unwrap().0, 2120);
}
