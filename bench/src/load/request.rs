//! Requests as bytes, made once before a measurement.

use data_encoding::BASE64;

/// Who asks: a client by HTTP Basic.
#[derive(Clone, Copy)]
pub struct Client {
    /// Its identifier.
    pub id: &'static str,
    /// Its secret.
    pub secret: &'static str,
}

/// A form POST by `client`. `form` is already encoded.
pub fn post(path: &str, client: Client, form: &str) -> Vec<u8> {
    let basic = BASE64.encode(format!("{}:{}", client.id, client.secret).as_bytes());
    format!(
        "POST {path} HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Basic {basic}\r\n\
         content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n{form}",
        form.len()
    )
    .into_bytes()
}

/// A GET by anybody.
pub fn get(path: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n").into_bytes()
}

/// A GET by a browser with these cookies.
pub fn get_with_cookies(path: &str, cookies: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncookie: {cookies}\r\n\r\n").into_bytes()
}

/// A form POST by a browser with these cookies. `form` is already encoded.
pub fn post_with_cookies(path: &str, cookies: &str, form: &str) -> Vec<u8> {
    format!(
        "POST {path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncookie: {cookies}\r\n\
         content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n{form}",
        form.len()
    )
    .into_bytes()
}

/// A GET by the bearer of `token`.
pub fn get_with_token(path: &str, token: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer {token}\r\n\r\n").into_bytes()
}
