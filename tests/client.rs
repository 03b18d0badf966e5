//! A small HTTP client: a request is written fluently, an answer asserts the wire form the documents promise.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use data_encoding::BASE64;
use serde_json::Value;

/// How long an answer may take before the test gives up: a guard against hanging, not a measurement.
const PATIENCE: Duration = Duration::from_secs(120);

/// One listener of a server, with its own pool of kept-alive connections.
#[derive(Debug, Clone)]
pub struct Site {
    /// Where the listener answers.
    pub address: SocketAddr,
    agent: ureq::Agent,
}

impl Site {
    /// A client for the listener at `address`.
    pub fn new(address: SocketAddr) -> Self {
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .allow_non_standard_methods(true)
            .max_redirects(0)
            .max_idle_connections(256)
            .max_idle_connections_per_host(256)
            .proxy(None)
            .timeout_global(Some(PATIENCE))
            .build()
            .new_agent();
        Self { address, agent }
    }

    pub fn get(&self, target: &str) -> Request<'_> {
        self.method("GET", target)
    }

    pub fn post(&self, target: &str) -> Request<'_> {
        self.method("POST", target)
    }

    pub fn method(&self, method: &str, target: &str) -> Request<'_> {
        Request { site: self, method: method.into(), target: target.into(), headers: Vec::new(), body: None }
    }

    /// Writes `bytes` as they are on a fresh connection and returns whatever comes back until the server closes it.
    pub fn raw(&self, bytes: impl AsRef<[u8]>) -> String {
        let mut stream = self.connect();
        // The server may refuse and close before it has read everything; what it said is still there to be read.
        let _ = stream.write_all(bytes.as_ref());
        read_to_close(&mut stream)
    }

    /// A bare connection.
    pub fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).expect("the listener accepts connections");
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        stream
    }
}

/// Everything the server says until it closes the connection.
pub fn read_to_close(stream: &mut TcpStream) -> String {
    let mut said = Vec::new();
    let mut chunk = [0; 4096];
    loop {
        match stream.read(&mut chunk) {
            Ok(0) => break,
            Ok(n) => said.extend_from_slice(&chunk[..n]),
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {
                panic!("the server neither answered in full nor closed the connection")
            }
            Err(_) => break,
        }
    }
    String::from_utf8_lossy(&said).into_owned()
}

/// A request being written.
#[derive(Debug, Clone)]
pub struct Request<'s> {
    site: &'s Site,
    method: String,
    target: String,
    headers: Vec<(String, String)>,
    body: Option<Vec<u8>>,
}

impl Request<'_> {
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Client authentication by HTTP Basic, the two parts exactly as given.
    pub fn basic(self, (id, secret): (&str, &str)) -> Self {
        let pair = BASE64.encode(format!("{id}:{secret}").as_bytes());
        self.header("Authorization", &format!("Basic {pair}"))
    }

    pub fn bearer(self, token: &str) -> Self {
        self.header("Authorization", &format!("Bearer {token}"))
    }

    /// Appends `pairs` to the query string.
    pub fn query(mut self, pairs: &[(&str, &str)]) -> Self {
        let mark = if self.target.contains('?') { '&' } else { '?' };
        self.target = format!("{}{mark}{}", self.target, encode(pairs));
        self
    }

    /// A form body, properly encoded.
    pub fn form(self, pairs: &[(&str, &str)]) -> Self {
        self.raw_form(&encode(pairs))
    }

    /// A form body sent byte for byte, as `curl -d` sends it.
    pub fn raw_form(self, body: &str) -> Self {
        self.body("application/x-www-form-urlencoded", body)
    }

    pub fn body(self, content_type: &str, body: impl AsRef<[u8]>) -> Self {
        self.header("Content-Type", content_type).untyped_body(body)
    }

    pub fn untyped_body(mut self, body: impl AsRef<[u8]>) -> Self {
        self.body = Some(body.as_ref().to_vec());
        self
    }

    /// Sends it; a connection that breaks is a failed test.
    pub fn send(&self) -> Answer {
        self.attempt().unwrap_or_else(|error| panic!("{} {}: {error}", self.method, self.target))
    }

    /// Sends it, once more where the connection breaks, as a client may whose kept-alive connection was closed.
    pub fn patiently(&self) -> Answer {
        self.attempt().unwrap_or_else(|_| self.send())
    }

    /// Sends it; a connection that breaks is an error.
    pub fn attempt(&self) -> Result<Answer, ureq::Error> {
        let mut request =
            ::http::Request::builder().method(self.method.as_str()).uri(format!("http://{}{}", self.site.address, self.target));
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        let answer = match &self.body {
            Some(body) => self.site.agent.run(request.body(body.as_slice()).unwrap()),
            None => self.site.agent.run(request.body(()).unwrap()),
        }?;
        let (head, mut body) = answer.into_parts();
        let bytes = body.read_to_vec()?;
        Ok(Answer { status: head.status.as_u16(), headers: head.headers, body: String::from_utf8(bytes).expect("answers are UTF-8") })
    }
}

/// `pairs` as `application/x-www-form-urlencoded`.
pub fn encode(pairs: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

/// What came back.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    pub headers: ::http::HeaderMap,
    pub body: String,
}

impl Answer {
    /// The first header of that name, or nothing.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub fn request_id(&self) -> String {
        let id = self.header("x-request-id");
        assert!(!id.is_empty(), "every answer carries x-request-id: {self:?}");
        id.into()
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("not JSON ({error}): {self:?}"))
    }

    /// A successful token answer, in the form of RFC 6749 §5.1 and requirement T12.
    pub fn tokens(&self) -> Tokens {
        assert_eq!(self.status, 200, "{self:?}");
        self.assert_json_never_stored();
        let json = self.json();
        let members = json.as_object().expect("an object");
        assert!(members.values().all(|value| !value.is_null()), "no member is null: {self:?}");
        assert_eq!(json["token_type"], "Bearer", "{self:?}");
        let text = |name: &str| members.get(name).map(|value| value.as_str().expect(name).to_owned());
        Tokens {
            access: text("access_token").expect("an access token"),
            refresh: text("refresh_token"),
            scope: text("scope").unwrap_or_default(),
            expires_in: json["expires_in"].as_u64().expect("expires_in is a whole number"),
        }
    }

    /// A refusal in the form of RFC 6749 §5.2: the code, a description, never a token, never stored.
    pub fn refused(&self, status: u16, code: &str) -> String {
        assert_eq!((self.status, self.json()["error"].as_str()), (status, Some(code)), "{self:?}");
        self.assert_json_never_stored();
        self.request_id();
        if status == 401 {
            let challenge = self.header("www-authenticate");
            assert!(challenge.starts_with("Basic realm=\""), "a 401 names its scheme: {self:?}");
        }
        assert!(!self.body.contains("access_token\""), "a refusal carries no token: {self:?}");
        let description = self.json()["error_description"].as_str().unwrap_or_default().to_owned();
        assert!(description.len() > 8, "a refusal says what was expected: {self:?}");
        description
    }

    /// The headers every answer of the token endpoint carries (T12, T15).
    pub fn assert_json_never_stored(&self) {
        assert_eq!(self.header("content-type"), "application/json;charset=utf-8", "{self:?}");
        assert_eq!(self.header("cache-control"), "no-store", "{self:?}");
        assert_eq!(self.header("pragma"), "no-cache", "{self:?}");
    }
}

/// The members of a successful token answer.
#[derive(Debug, Clone)]
pub struct Tokens {
    pub access: String,
    pub refresh: Option<String>,
    pub scope: String,
    /// Seconds.
    pub expires_in: u64,
}

impl Tokens {
    /// The refresh token, which must be there.
    pub fn refresh(&self) -> &str {
        self.refresh.as_deref().expect("a refresh token")
    }
}

/// The members of a claim that is a text or a list of texts, such as `aud` (RFC 7519 §4.1.3).
pub fn texts(claim: &Value) -> Vec<&str> {
    match claim {
        Value::String(one) => vec![one],
        Value::Array(many) => many.iter().map(|one| one.as_str().expect("a text")).collect(),
        other => panic!("neither a text nor a list of texts: {other}"),
    }
}
