//! The command line, beside a running server and without one.

use std::process::Command;

use serde_json::Value;

use crate::command::{KEYWARD, run};
use crate::fixture::{C1, C2, DORY, MARLIN};
use crate::postgres;
use crate::server::{Home, Server};

fn list(text: &str) -> Vec<Value> {
    let value: Value = serde_json::from_str(text).unwrap_or_else(|why| panic!("{why}: {text}"));
    value.as_array().unwrap_or_else(|| panic!("a list: {text}")).clone()
}

#[test]
fn every_command_explains_itself() {
    let help = |arguments: &[&str]| run(Command::new(KEYWARD).args(arguments).arg("--help"), "").done();
    let overview = help(&[]);
    let commands = ["demo", "init", "serve", "check-config", "user", "client", "key", "token", "backup", "restore"];
    for command in commands {
        assert!(overview.contains(command), "{command} is in the overview: {overview}");
        assert!(help(&[command]).contains("Usage:"), "{command}");
    }
    for nested in [
        ["user", "add"],
        ["user", "list"],
        ["user", "show"],
        ["user", "disable"],
        ["user", "enable"],
        ["user", "password"],
        ["user", "admin"],
        ["user", "remove"],
        ["client", "add"],
        ["client", "list"],
        ["client", "show"],
        ["client", "change"],
        ["client", "reset-secret"],
        ["client", "remove"],
        ["key", "list"],
        ["key", "rotate"],
        ["key", "remove"],
        ["key", "rotate-root"],
        ["token", "list"],
        ["token", "revoke"],
        ["token", "inspect"],
    ] {
        assert!(help(&nested).contains("Usage:"), "{nested:?}");
    }
    assert!(run(Command::new(KEYWARD).arg("--version"), "").done().starts_with("keyward "));
    let unknown = run(Command::new(KEYWARD).arg("frobnicate"), "").failed();
    assert!(unknown.contains("frobnicate"), "{unknown}");
}

#[test]
fn users_are_listed_as_a_table_and_as_json_with_and_without_a_server() {
    let check = |home: &Home| {
        let users = list(&home.keyward(&["user", "list", "--json"]).done());
        let names: Vec<_> = users.iter().map(|user| user["username"].as_str().unwrap()).collect();
        assert_eq!(names, ["admin", "dory", "marlin"], "sorted by name");
        let table = home.keyward(&["user", "list"]).done();
        assert!(names.iter().all(|name| table.contains(name)), "{table}");
        for hash in ["$argon2", "dorypass", "tiger"] {
            assert!(!table.contains(hash) && users.iter().all(|user| !user.to_string().contains(hash)));
        }
    };
    let server = Server::start();
    check(server.home());
    check(&server.stop());
}

#[test]
fn a_user_lives_through_all_commands() {
    let server = Server::start();
    let site = server.standard();
    server.keyward_reading("nemo-password\n", &["user", "add", "nemo"]).done();
    let complaint = server.keyward_reading("other\n", &["user", "add", "nemo"]).failed();
    assert!(complaint.contains("nemo"), "{complaint}");
    let taken = server.keyward(&["user", "add", "Nemo"]).failed();
    assert!(taken.contains("there is a user nemo already"), "before a password is missed: {taken}");
    site.login(C1, ("nemo", "nemo-password"));
    let shown: Value = serde_json::from_str(&server.keyward(&["user", "show", "nemo", "--json"]).done()).unwrap();
    assert_eq!(shown["username"], "nemo");
    server.keyward(&["user", "disable", "nemo"]).done();
    site.ask_password(C1, ("nemo", "nemo-password")).refused(400, "invalid_grant");
    server.keyward(&["user", "enable", "nemo"]).done();
    site.login(C1, ("nemo", "nemo-password"));
    server.keyward(&["user", "remove", "nemo"]).done();
    site.ask_password(C1, ("nemo", "nemo-password")).refused(400, "invalid_grant");
    for command in ["show", "disable", "enable", "remove"] {
        let complaint = server.keyward(&["user", command, "nemo"]).failed();
        assert!(complaint.contains("nemo"), "{command}: {complaint}");
    }
    let nameless = server.keyward(&["user", "add", ""]).failed();
    assert!(nameless.contains("expected a user name") && nameless.contains("give one"), "before a password is missed: {nameless}");
    let from_file = server.keyward(&["user", "add", "blank", "--password-file", "none.password"]).failed();
    assert!(from_file.contains("none.password") && from_file.contains("name a file"), "{from_file}");
    let empty = server.keyward_reading("\n", &["user", "add", "blank"]).failed();
    assert!(empty.contains("password"), "{empty}");
    for unfit in ["seven77", &"x".repeat(1025), "eight\tchars"] {
        let complaint = server.keyward_reading(&format!("{unfit}\n"), &["user", "add", "blank"]).failed();
        assert!(complaint.contains("at least 8 characters and at most 1024 bytes"), "{complaint}");
    }
}

#[test]
fn a_command_that_would_help_is_for_the_same_configuration() {
    let check = |home: &Home| {
        let config = format!(" --config {}", home.config_path().display());
        for (arguments, mend) in [
            (&["user", "show", "nobody"][..], "keyward user list"),
            (&["client", "show", "nobody"], "keyward client list"),
            (&["user", "password", "dory"], "keyward user disable dory"),
        ] {
            let complaint = home.keyward(arguments).failed();
            assert!(complaint.contains(&format!("{mend}{config}")), "{complaint}");
        }
    };
    let server = Server::start();
    check(server.home());
    check(&server.stop());
}

#[test]
fn what_is_there_for_old_applications_only_is_pointed_out() {
    let server = Server::start();
    let add = |id: &str, more: &[&str]| {
        let said =
            server.keyward(&[&["client", "add", id, "--scope", "read", "--redirect-uri", "https://app.example.com/cb"], more].concat());
        assert!(said.ok, "{}", said.err);
        said.err
    };
    let warned = add("legacy", &["--grant", "password,implicit,authorization_code", "--require-pkce=false"]);
    for word in ["the grant password", "the grant implicit", "without PKCE"] {
        assert!(warned.contains(word), "{word}: {warned}");
    }
    assert_eq!(add("modern", &["--grant", "authorization_code,refresh_token"]), "");
}

#[test]
fn a_password_is_never_an_argument() {
    let help = run(Command::new(KEYWARD).args(["user", "add", "--help"]), "").done();
    assert!(!help.contains("--password <"), "arguments are readable by everybody on the machine: {help}");
    let help = run(Command::new(KEYWARD).args(["token", "inspect", "--help"]), "").done();
    assert!(!help.contains("<TOKEN>"), "{help}");
}

#[test]
fn what_a_client_is_registered_for_is_changed_and_what_it_loses_its_tokens_lose() {
    let server = Server::start();
    let site = server.standard();
    let json = |arguments: &[&str]| -> Value { serde_json::from_str(&server.keyward(arguments).done()).unwrap() };
    let added =
        json(&["client", "add", "reef", "--grant", "client_credentials", "--scope", "read,write", "--default-scope", "read", "--json"]);
    let secret = added["client_secret"].as_str().unwrap().to_owned();
    let ask = || site.post("/oauth/token").basic(("reef", &secret)).form(&[("grant_type", "client_credentials")]).send();
    let token = ask().tokens().access;
    let changed =
        json(&["client", "change", "reef", "--name", "Coral", "--description", "Sells corals", "--url", "https://reef.example", "--json"]);
    assert_eq!((&changed["name"], &changed["description"]), (&"Coral".into(), &"Sells corals".into()));
    assert_eq!(changed["scopes"], serde_json::json!(["read", "write"]), "what is not given stays");
    assert_eq!(site.get("/secure").bearer(&token).send().status, 200, "nothing was lost");
    let plugin = json(&["client", "change", "reef", "--plugin-source", "{\"name\": 1}", "--json"]);
    assert_eq!((&plugin["plugin_source"]["name"], &plugin["permitted"]), (&1.into(), &false.into()), "a new plugin waits");
    let permitted = json(&["client", "change", "reef", "--permitted", "--super=true", "--json"]);
    assert_eq!((&permitted["permitted"], &permitted["super"]), (&true.into(), &true.into()));
    assert!(server.keyward(&["client", "list", "--plugins"]).done().contains("reef"));
    let token = ask().tokens().access;
    server.keyward(&["client", "change", "reef", "--super=false"]).done();
    assert_eq!(site.get("/secure").bearer(&token).send().status, 401, "a super client no more");
    for (flag, said) in [("--scope=all", "super = true"), ("--url=javascript:x", "https://"), ("--plugin-source=x", "JSON")] {
        let complaint = server.keyward(&["client", "change", "reef", flag]).failed();
        assert!(complaint.contains(said), "{flag}: {complaint}");
    }
    let kept = server.keyward(&["client", "change", C1.0, "--name", "x"]).failed();
    assert!(kept.contains("configuration file keeps"), "{kept}");
    assert!(server.keyward(&["client", "change", "nobody", "--name", "x"]).failed().contains("client list"));
    assert!(server.keyward(&["client", "list", "--owner", "nobody"]).failed().contains("user list"));
    assert_eq!(json(&["client", "list", "--owner", DORY.0, "--json"]), serde_json::json!([]));
}

#[test]
fn what_people_authorized_is_listed_and_ended() {
    let server = Server::start();
    let site = server.standard();
    let listed = |arguments: &[&str]| list(&server.keyward(&[&["token", "list", "--json"], arguments].concat()).done());
    let of = |user: (&'static str, &str), client| site.login(client, user);
    let (dory, marlin, other) = (of(DORY, C1), of(MARLIN, C1), of(DORY, C2));
    assert_eq!(listed(&[]).len(), 3);
    assert_eq!((listed(&["--user", DORY.0]).len(), listed(&["--client", C1.0]).len()), (2, 2));
    let both = listed(&["--user", DORY.0, "--client", C1.0]);
    assert_eq!((both.len(), both[0]["username"].as_str(), both[0]["grant"].as_str()), (1, Some(DORY.0), Some("password")));
    let table = server.keyward(&["token", "list"]).done();
    for token in [&dory, &marlin, &other] {
        assert!(!table.contains(&token.access) && !table.contains(token.refresh()), "{table}");
    }
    let opens = |tokens: &crate::client::Tokens| site.get("/secure").bearer(&tokens.access).send().status == 200;
    let handle = both[0]["handle"].as_str().unwrap();
    assert!(server.keyward(&["token", "revoke", handle]).done().contains(handle));
    assert_eq!((opens(&dory), opens(&marlin), opens(&other)), (false, true, true));
    let again = server.keyward(&["token", "revoke", handle]).failed();
    assert!(again.contains("token list"), "{again}");
    server.keyward(&["token", "revoke", "--user", DORY.0]).done();
    assert_eq!((opens(&marlin), opens(&other)), (true, false));
    server.keyward(&["token", "revoke", "--client", C1.0]).done();
    assert!(!opens(&marlin));
    assert_eq!(listed(&[]).len(), 0);
    let machine = site.post("/oauth/token").basic(C1).form(&[("grant_type", "client_credentials")]).send().tokens();
    server.keyward(&["token", "revoke", "--client", C1.0]).done();
    assert!(!opens(&machine), "what a client got for itself as well");
    for wrong in [&["token", "revoke"][..], &["token", "revoke", "x", "--user", "dory"]] {
        assert!(server.keyward(wrong).failed().contains("Usage"), "{wrong:?}");
    }
}

#[test]
fn who_may_administer_is_said_by_a_command() {
    let server = Server::start();
    let site = server.standard();
    server.keyward_reading("nemo-password\n", &["user", "add", "nemo"]).done();
    let tokens = site.login(C1, ("nemo", "nemo-password"));
    assert!(server.keyward(&["user", "admin", "nemo"]).done().contains("may administer"));
    assert_eq!(site.get("/secure").bearer(&tokens.access).send().status, 200, "who gains loses nothing");
    let shown: Value = serde_json::from_str(&server.keyward(&["user", "show", "nemo", "--json"]).done()).unwrap();
    assert!(shown["admin_since"].is_string(), "{shown}");
    server.keyward(&["user", "admin", "nemo", "--revoke"]).done();
    assert_eq!(site.get("/secure").bearer(&tokens.access).send().status, 401);
    assert!(server.keyward(&["user", "admin", "dory"]).failed().contains("configuration file keeps"));
}

#[test]
fn a_client_lives_through_all_commands() {
    let server = Server::start();
    let site = server.standard();
    let added = server
        .keyward(&["client", "add", "reef", "--grant", "client_credentials", "--scope", "read", "--default-scope", "read", "--json"])
        .done();
    let added: Value = serde_json::from_str(&added).unwrap();
    let ask = |secret: &str| site.post("/oauth/token").basic(("reef", secret)).form(&[("grant_type", "client_credentials")]).send();
    let secret = added["client_secret"].as_str().expect("a secret, shown once").to_owned();
    assert!(secret.len() >= 22, "128 bits or more: {secret}");
    let token = ask(&secret).tokens().access;

    let shown = server.keyward(&["client", "show", "reef", "--json"]).done();
    assert!(shown.contains("reef") && !shown.contains(&secret), "{shown}");
    assert!(server.keyward(&["client", "list"]).done().contains("reef"));
    assert!(list(&server.keyward(&["client", "list", "--json"]).done()).iter().any(|client| client["id"] == "reef"));

    let reset = server.keyward(&["client", "reset-secret", "reef", "--json"]).done();
    let reset: Value = serde_json::from_str(&reset).unwrap();
    let fresh = reset["client_secret"].as_str().unwrap().to_owned();
    assert_ne!(fresh, secret);
    ask(&secret).refused(401, "invalid_client");
    ask(&fresh).tokens();
    assert_eq!(site.get("/secure").bearer(&token).send().status, 401, "tokens end with the secret");
    let token = ask(&fresh).tokens().access;
    let reset = server.keyward(&["client", "reset-secret", "reef", "--keep-tokens", "--json"]).done();
    let fresh = serde_json::from_str::<Value>(&reset).unwrap()["client_secret"].as_str().unwrap().to_owned();
    assert_eq!(site.get("/secure").bearer(&token).send().status, 200, "unless they are kept");

    server.keyward(&["client", "remove", "reef"]).done();
    ask(&fresh).refused(401, "invalid_client");
    assert_eq!(site.get("/secure").bearer(&token).send().status, 401);
    assert!(server.keyward(&["client", "show", "reef"]).failed().contains("reef"));
}

#[test]
fn what_is_done_while_no_server_runs_holds_when_one_does() {
    let server = Server::start();
    let (dory, marlin) = (server.standard().login(C1, DORY), server.standard().login(C1, MARLIN));
    let home = server.stop();
    home.keyward(&["user", "disable", DORY.0]).done();
    let server = home.start();
    let site = server.standard();
    site.ask_refresh(C1, dory.refresh()).refused(400, "invalid_grant");
    assert!(!site.is_active(C1, &dory.access));
    site.refresh(C1, marlin.refresh());
}

#[test]
fn what_the_configuration_names_is_changed_only_there() {
    let server = Server::start();
    let attempts: [&[&str]; 4] =
        [&["user", "password", DORY.0], &["user", "remove", DORY.0], &["client", "reset-secret", C1.0], &["client", "remove", C1.0]];
    for attempt in attempts {
        let complaint = server.keyward_reading("a-new-password\n", attempt).failed();
        assert!(complaint.contains("keyward.toml") || complaint.contains("configuration"), "{attempt:?}: {complaint}");
    }
    let complaint = server.keyward(&["user", "password", DORY.0]).failed();
    assert!(complaint.contains("configuration"), "before a password is missed: {complaint}");
    server.standard().login(C1, DORY);
}

#[test]
fn a_disabled_user_stays_disabled_over_a_reload_and_a_restart() {
    let server = Server::start();
    server.keyward(&["user", "disable", DORY.0]).done();
    server.signal(rustix::process::Signal::HUP);
    server.standard().ask_password(C1, DORY).refused(400, "invalid_grant");
    let server = server.stop().start();
    server.standard().ask_password(C1, DORY).refused(400, "invalid_grant");
    server.keyward(&["user", "enable", DORY.0]).done();
    server.standard().login(C1, DORY);
}

#[test]
fn looking_into_a_store_that_is_not_there_makes_none_and_says_what_does() {
    if postgres::is_the_store() {
        return;
    }
    let home = Home::demo();
    let attempts: [&[&str]; 8] = [
        &["user", "list"],
        &["user", "show", DORY.0],
        &["user", "disable", DORY.0],
        &["client", "list"],
        &["client", "show", C1.0],
        &["key", "list"],
        &["key", "rotate"],
        &["token", "inspect"],
    ];
    for attempt in attempts {
        let complaint = home.keyward_reading("a-token\n", attempt).failed();
        assert!(complaint.contains("there is no store at") && complaint.contains("keyward serve"), "{attempt:?}: {complaint}");
        assert!(!home.database().exists() && !home.root_key().exists(), "{attempt:?} made something");
    }
    let complaint = home.keyward(&["backup", home.path("copy.db").to_str().unwrap()]).failed();
    assert!(complaint.contains("there is no store at"), "{complaint}");
    home.keyward_reading("a-password\n", &["user", "add", "nemo"]).done();
    assert!(home.keyward(&["user", "list"]).done().contains("nemo"), "what adds to a store makes one");
}

#[test]
fn token_inspect_reads_the_token_from_its_input_and_shows_what_it_is() {
    let server = Home::demo().with_client(C2.0, "access_format = 'jwt'").start();
    for client in [C1, C2] {
        let tokens = server.standard().login(client, DORY);
        let inspect = |token: &str| server.keyward_reading(&format!("{token}\n"), &["token", "inspect"]);
        let shown = inspect(&tokens.access).done();
        assert_eq!(inspect(&format!("Bearer {}", tokens.access)).done(), shown);
        assert!(shown.contains(client.0) && shown.contains("dory") && shown.contains("read write"), "{shown}");
        assert!(!shown.contains(&tokens.access), "{shown}");
        server.standard().revoke(client, tokens.refresh());
        let said = inspect(&tokens.access);
        assert!(format!("{}{}", said.out, said.err).contains("revoked"), "{said:?}");
    }
    let said = server.keyward_reading("nonsense\n", &["token", "inspect"]);
    assert!(!said.ok || said.out.contains("not"), "{said:?}");
}
