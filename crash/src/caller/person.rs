//! What a person does in a browser: each step is a page that was asked for, and its form sent back. Every step goes to
//! whichever server is up, so forms made by one are read by another.

use super::http::{Broken, Reply};
use super::{Caller, Heard};
use crate::journal::{Answer, Ask, TokenId};
use crate::scenario::{CHALLENGE, CLIENTS, PASSWORD, REDIRECT_URI, username};

/// How often somebody begins anew when what they said before was taken back meanwhile.
const PATIENT: usize = 4;

impl Caller<'_> {
    pub(super) fn as_person(&self, ask: Ask) -> Result<Heard, Broken> {
        match ask {
            Ask::SignIn(user) => self.sign_in(&username(user)),
            Ask::SignOut(session) => self.sign_out(session),
            Ask::Code { client, session } => self.code(client, session),
            Ask::Approve { device, session } => self.approve(device, session),
            Ask::EndOtherSessions(session) => self.on_account(session, "/account/sessions/end", ("others", "yes")),
            Ask::WithdrawAll(session) => self.on_account(session, "/account/applications/revoke", ("all", "yes")),
            Ask::Withdraw { client, session } => {
                let id = CLIENTS.get(client).map_or("", |client| client.id);
                self.on_account(session, "/account/applications/revoke", ("client", id))
            }
            _ => Ok(Heard::Plain(Answer::Odd("no person can ask this".to_owned()))),
        }
    }

    fn jar(&self, session: TokenId) -> String {
        self.desk.book().look_up(session).unwrap_or_default().0
    }

    fn sign_in(&self, name: &str) -> Result<Heard, Broken> {
        let page = self.get("/login", "")?;
        let Some(csrf) = csrf(&page) else { return Ok(page.unexpected()) };
        let browser = page.cookies().join("; ");
        let answer = self.post("/login", &browser, &[("csrf", csrf), ("username", name), ("password", PASSWORD)])?;
        Ok(match answer.status {
            303 => Heard::Text { text: [vec![browser.as_str()], answer.cookies()].concat().join("; "), shows: String::new() },
            400 | 401 if is_login(&answer) => Heard::Plain(Answer::Refused),
            _ => answer.unexpected(),
        })
    }

    fn sign_out(&self, session: TokenId) -> Result<Heard, Broken> {
        let jar = self.jar(session);
        let page = self.get("/logout", &jar)?;
        match (page.status, csrf(&page)) {
            (200, None) => Ok(Heard::Plain(Answer::SignIn)),
            (200, Some(csrf)) => {
                let answer = self.post("/logout", &jar, &[("csrf", csrf)])?;
                Ok(if answer.status == 200 { Heard::Plain(Answer::Done) } else { answer.unexpected() })
            }
            _ => Ok(page.unexpected()),
        }
    }

    fn code(&self, client: usize, session: TokenId) -> Result<Heard, Broken> {
        let id = CLIENTS.get(client).map_or("", |client| client.id);
        let jar = self.jar(session);
        let target = format!(
            "/oauth/authorize?response_type=code&client_id={id}&redirect_uri={REDIRECT_URI}&scope=read%20write&state=s\
             &code_challenge={CHALLENGE}&code_challenge_method=S256"
        );
        let mut answer = self.get(&target, &jar)?;
        for _ in 0..PATIENT {
            if is_consent(&answer) {
                let form = [("csrf", csrf(&answer).unwrap_or_default()), ("decision", "allow")];
                answer = self.post("/consent", &jar, &form)?;
                if answer.status == 403 {
                    return Ok(Heard::Plain(Answer::SignIn));
                }
            } else if answer.status == 400 && answer.body.contains("consent_required") {
                answer = self.get(&target, &jar)?;
            } else {
                break;
            }
        }
        if let Some(code) = code_of(answer.location()) {
            return Ok(Heard::Text { text: code.to_owned(), shows: String::new() });
        }
        Ok(if is_login(&answer) { Heard::Plain(Answer::SignIn) } else { answer.unexpected() })
    }

    fn approve(&self, device: TokenId, session: TokenId) -> Result<Heard, Broken> {
        let jar = self.jar(session);
        let shown = self.desk.book().shown(device);
        let page = self.get("/device", &jar)?;
        if is_login(&page) {
            return Ok(Heard::Plain(Answer::SignIn));
        }
        let Some(ticket) = csrf(&page) else { return Ok(page.unexpected()) };
        let confirm = self.post("/device", &jar, &[("csrf", ticket), ("user_code", &shown)])?;
        let Some(ticket) = csrf(&confirm).filter(|_| confirm.status == 200) else { return Ok(not_taken(&confirm)) };
        let done = self.post("/device", &jar, &[("csrf", ticket), ("decision", "allow")])?;
        Ok(if done.status == 200 { Heard::Plain(Answer::Done) } else { not_taken(&done) })
    }

    /// Something on the account page. Its form is taken from a page that looks nothing up.
    fn on_account(&self, session: TokenId, path: &str, what: (&str, &str)) -> Result<Heard, Broken> {
        let jar = self.jar(session);
        let page = self.get("/account/password", &jar)?;
        if is_login(&page) || page.status == 303 {
            return Ok(Heard::Plain(Answer::SignIn));
        }
        let Some(ticket) = csrf(&page) else { return Ok(page.unexpected()) };
        let done = self.post(path, &jar, &[("csrf", ticket), what])?;
        Ok(match done.status {
            303 => Heard::Plain(Answer::Done),
            400 | 403 => Heard::Plain(Answer::SignIn),
            _ => done.unexpected(),
        })
    }
}

/// A device that is not let in: nobody is signed in any more, or the code is not taken.
fn not_taken(reply: &Reply) -> Heard {
    match reply.status {
        403 => Heard::Plain(Answer::SignIn),
        400 | 404 if reply.body.contains("name=\"user_code\"") => Heard::Plain(Answer::Refused),
        _ => reply.unexpected(),
    }
}

fn is_login(reply: &Reply) -> bool {
    reply.body.contains("action=\"/login\"")
}

fn is_consent(reply: &Reply) -> bool {
    reply.status == 200 && reply.body.contains("action=\"/consent\"")
}

/// The ticket of the form on a page.
fn csrf(reply: &Reply) -> Option<&str> {
    let (_, rest) = reply.body.split_once("name=\"csrf\" value=\"")?;
    rest.split_once('"').map(|(ticket, _)| ticket)
}

fn code_of(location: &str) -> Option<&str> {
    let (_, query) = location.strip_prefix(REDIRECT_URI)?.split_once('?')?;
    query.split('&').find_map(|pair| pair.strip_prefix("code="))
}
