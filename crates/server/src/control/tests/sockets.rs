use std::{
    fs,
    os::unix::fs::{FileTypeExt, PermissionsExt},
    path::PathBuf,
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::UnixStream,
    task::JoinHandle,
};

use super::*;
use crate::{
    control::socket::{AskError, REQUEST_LIMIT, SocketError, ask, beside, serve},
    shutdown::{Stop, shutdown},
};

/// A home whose socket is served.
struct Served {
    home: Home,
    path: PathBuf,
    stop: Stop,
    serving: JoinHandle<()>,
}

impl Served {
    async fn new() -> Self {
        let home = Home::new().await;
        let path = beside(&home.folder.path().join("keyward.db"));
        Self::at(home, path)
    }

    fn at(home: Home, path: PathBuf) -> Self {
        let (stop, stopping) = shutdown();
        let serving = tokio::spawn(serve(home.app.clone(), &path, stopping).unwrap());
        Served { home, path, stop, serving }
    }

    async fn end(self) -> Home {
        self.stop.now();
        self.serving.await.unwrap();
        self.home
    }

    /// Sends `bytes` as they are; returns what comes back.
    async fn raw(&self, bytes: &[u8], finish: bool) -> String {
        let mut stream = UnixStream::connect(&self.path).await.unwrap();
        // What the server does not want to read it need not take.
        let _ = stream.write_all(bytes).await;
        if finish {
            stream.shutdown().await.unwrap();
        }
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        String::from_utf8(answer).unwrap()
    }

    async fn still_answers(&self) {
        assert!(matches!(ask(&self.path, &Request::ListUsers).await, Ok(Answer::Users(_))));
    }
}

#[tokio::test]
async fn what_is_asked_over_the_socket_is_done_to_the_server_s_own_store() {
    let served = Served::new().await;
    let new = user::NewUser { username: "dory".to_owned(), password: "a password".into(), admin: false };
    assert!(matches!(ask(&served.path, &Request::AddUser(new)).await, Ok(Answer::User(user)) if user.username == "dory"));
    assert_eq!(served.home.user("dory").await.username, "dory");
    let new = client::NewClient { id: None, registration: registration() };
    let Ok(Answer::Credentials(made)) = ask(&served.path, &Request::AddClient(Box::new(new))).await else { panic!() };
    assert!(made.client_secret.is_some_and(|secret| secret.expose_secret().len() == 43));
    let refused = ask(&served.path, &Request::ShowUser("nemo".to_owned())).await;
    assert!(matches!(refused, Err(AskError::Refused(ControlError::UnknownUser(name))) if name == "nemo"));
    for usage in KeyUse::EVERY {
        let said = ask(&served.path, &Request::RotateKeys { uses: vec![usage], at_once: false }).await;
        assert_eq!(said.is_ok(), usage != KeyUse::ClientSecret, "{usage:?}: {said:?}");
    }
}

#[tokio::test]
async fn the_socket_is_for_its_owner_and_goes_with_the_server() {
    let served = Served::new().await;
    let mode = fs::metadata(&served.path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let path = served.path.clone();
    let home = served.end().await;
    assert!(!path.exists());
    assert!(matches!(ask(&path, &Request::ListUsers).await, Err(AskError::NoServer)));
    drop(home);
}

#[tokio::test]
async fn a_socket_left_behind_is_replaced_and_anything_else_is_not() {
    let home = Home::new().await;
    let path = beside(&home.folder.path().join("keyward.db"));
    drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
    assert!(matches!(ask(&path, &Request::ListUsers).await, Err(AskError::NoServer)), "nobody listens there");
    let served = Served::at(home, path.clone());
    served.still_answers().await;
    let home = served.end().await;

    fs::write(&path, "a letter").unwrap();
    let (_stop, stopping) = shutdown();
    assert!(matches!(serve(home.app, &path, stopping).map(drop), Err(SocketError::Occupied(at)) if at == path));
    assert_eq!(fs::read_to_string(&path).unwrap(), "a letter");
}

#[tokio::test]
async fn garbage_is_answered_in_words_that_do_not_repeat_it() {
    let served = Served::new().await;
    let lines: [&[u8]; 7] = [
        b"\n",
        b"GET / HTTP/1.1\r\n",
        b"{\"add_user\":{\"username\":\"dory\",\"password\":[\"hunter2\"]}}\n",
        b"{\"frobnicate\":\"hunter2\"}\n",
        b"\"list_users\" hunter2\n",
        b"\xff\xfe\0\n",
        b"{\"rotate_keys\":{\"uses\":[\"hunter2\"],\"at_once\":true}}\n",
    ];
    for line in lines {
        let answer = served.raw(line, false).await;
        assert!(answer.contains("refused") && answer.contains("malformed"), "{answer}");
        assert!(!answer.contains("hunter2"), "{answer}");
    }
    let half = served.raw(b"\"list_us", true).await;
    assert!(half.contains("malformed"), "{half}");
    served.still_answers().await;
}

#[tokio::test]
async fn a_request_without_end_is_refused_at_the_limit() {
    let served = Served::new().await;
    let answer = served.raw(&vec![b' '; REQUEST_LIMIT * 4], false).await;
    assert!(answer.contains("too_large"), "{answer}");
    let long = ask(&served.path, &Request::ShowUser("x".repeat(REQUEST_LIMIT))).await;
    assert!(matches!(long, Err(AskError::Refused(ControlError::TooLarge))), "{long:?}");
    served.still_answers().await;
}

#[tokio::test]
async fn whoever_sends_nothing_holds_up_others_only_until_the_limit() {
    let served = Served::new().await;
    let mut idle = Vec::new();
    for _ in 0..5 {
        idle.push(UnixStream::connect(&served.path).await.unwrap());
    }
    // Asked behind them all, more than are served at a time: answered once the first were given up.
    served.still_answers().await;
    let mut answer = String::new();
    idle[0].read_to_string(&mut answer).await.unwrap();
    assert!(answer.contains("too_slow"), "{answer}");
}

#[tokio::test]
async fn several_are_answered_at_the_same_time() {
    let served = Served::new().await;
    let _idle = UnixStream::connect(&served.path).await.unwrap();
    let add = |name: &str| {
        let (path, username) = (served.path.clone(), name.to_owned());
        async move {
            let new = user::NewUser { username, password: "a password".into(), admin: false };
            ask(&path, &Request::AddUser(new)).await
        }
    };
    let (one, other, twin) = tokio::join!(add("dory"), add("marlin"), add("DORY"));
    assert!(other.is_ok());
    assert_eq!(one.is_ok(), twin.is_err(), "one of the two that look alike");
    assert!(matches!(served.home.ask(Request::ListUsers).await, Answer::Users(users) if users.len() == 2));
}

#[tokio::test]
async fn an_answer_under_way_is_finished_when_the_server_stops() {
    let served = Served::new().await;
    let mut stream = UnixStream::connect(&served.path).await.unwrap();
    stream.write_all(b"\"list_").await.unwrap();
    // The server has taken the connection once it has answered a later one.
    served.still_answers().await;
    served.stop.now();
    while served.path.exists() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    stream.write_all(b"users\"\n").await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert_eq!(answer, "{\"done\":{\"users\":[]}}\n");
    served.end().await;
}

#[tokio::test]
#[cfg(target_os = "linux")]
async fn the_socket_of_a_database_deep_in_folders_is_reached_as_well() {
    let home = Home::new().await;
    let deep = (0..6).fold(home.folder.path().to_owned(), |path, _| path.join("a folder with a rather long name"));
    fs::create_dir_all(&deep).unwrap();
    let path = beside(&deep.join("keyward.db"));
    assert!(path.as_os_str().len() > 150);
    let served = Served::at(home, path.clone());
    served.still_answers().await;
    assert!(fs::metadata(&path).unwrap().file_type().is_socket());
    served.end().await;
    assert!(!path.exists());
    assert!(matches!(ask(&path, &Request::ListUsers).await, Err(AskError::NoServer)));
}

#[tokio::test]
async fn a_server_of_another_version_is_told_from_one_that_fell_silent() {
    let folder = tempfile::tempdir().unwrap();
    for (said, foreign) in [("{\"new\":\"answer\"}\n", true), ("", false), ("{\"done\":", false)] {
        let path = folder.path().join("socket");
        let listener = tokio::net::UnixListener::bind(&path).unwrap();
        let answering = async {
            let (mut stream, _) = listener.accept().await.unwrap();
            stream.write_all(said.as_bytes()).await.unwrap();
            // So that what was asked is not cut off.
            let _ = stream.read(&mut [0; 100]).await;
        };
        let (asked, ()) = tokio::join!(ask(&path, &Request::ListUsers), answering);
        assert_eq!(matches!(asked, Err(AskError::Foreign(_))), foreign, "{said:?}: {asked:?}");
        assert_eq!(matches!(asked, Err(AskError::NoAnswer(..))), !foreign, "{said:?}: {asked:?}");
        fs::remove_file(&path).unwrap();
    }
}
