//! `/account/password`: changing one's password.
//!
//! 1. The current password is asked for and checked like at a sign-in, throttled as well.
//! 2. The new one is hashed and written. That ends every session, and, unless the person wants otherwise, everything that
//!    applications may do in their name.
//! 3. This browser gets a session of its own again.

use std::sync::Arc;

use axum::{extract::State, response::Response};
use http::StatusCode;
use keyward_rules::{
    account::forget,
    effect::Effect,
    model::{
        time::Timestamp,
        user::{Origin, PasswordHash, SHORTEST_PASSWORD, UnfitPassword, User, check_password},
    },
    session::SignedIn,
    ticket::Purpose,
    user_auth::AuthenticatedUser,
};
use keyward_wire::error::{Code, Refusal};

use super::{home, sign_in};
use crate::{
    app::Site,
    authenticate,
    browser::{Submission, Visitor, show, trouble},
    listener::Arrival,
    pages::{Notice, Page, PasswordPage, PasswordProblem},
    refused,
    settle::{unavailable, until_committed},
};

/// Where it is.
pub const PATH: &str = "/account/password";

/// `GET /account/password`.
pub async fn get(State(site): State<Site>, arrival: Arrival, visitor: Visitor) -> Response {
    let shown = match &visitor.signed_in {
        None => sign_in::page(&site, &arrival, &visitor, &sign_in::Wanted::own(PATH), None),
        Some(who) => page(&site, &arrival, &visitor, who, StatusCode::OK, false, kept_elsewhere(who)),
    };
    shown.unwrap_or_else(|refusal| trouble(&site, &arrival, &visitor, &refusal))
}

/// `POST /account/password`.
pub async fn post(State(site): State<Site>, arrival: Arrival, sent: Submission) -> Response {
    let changed = change(&site, &arrival, &sent).await;
    changed.unwrap_or_else(|refusal| trouble(&site, &arrival, &sent.visitor, &refusal))
}

async fn change(site: &Site, arrival: &Arrival, sent: &Submission) -> Result<Response, Refusal> {
    let (form, visitor) = (sent.form()?, &sent.visitor);
    let who = sent.of_account(site, &form)?;
    let keep = form.get("keep_applications").is_some();
    let again = |status, problem| page(site, arrival, visitor, &who, status, keep, Some(problem));
    let entered = |name| form.get(name).unwrap_or_default();
    let (current, new) = (entered("current_password"), entered("new_password"));
    if let Some(problem) = kept_elsewhere(&who).or_else(|| unfit(current, new, entered("new_password_again"))) {
        return again(StatusCode::BAD_REQUEST, problem);
    }
    let user = match authenticate::user(&site.app, &who.user().username, current.into(), arrival.client, visitor.now).await {
        Ok(user) => user,
        Err(refusal) => {
            let (status, problem) = problem(site, &refusal)?;
            refused::note(site, arrival, &refusal, status);
            return again(status, problem);
        }
    };
    let hash = site.app.hashing.hash(new.into()).await;
    let busy = |error: crate::hashing::NotHashed| Refusal::new(Code::Busy(1), "password_hashing", error.to_string());
    let changed = replaced(site, &user, PasswordHash(hash.map_err(busy)?.into()), keep, visitor.now).await?;
    let user = AuthenticatedUser::after_change(user, changed);
    let cookie = sign_in::begin(site, &sent.headers, visitor, &user).await?;
    let done = if keep { Notice::PasswordChangedKeepingApplications } else { Notice::PasswordChanged };
    let mut response = home::after(site, visitor, done)?;
    sign_in::give(site, &cookie, &mut response);
    Ok(response)
}

/// Writes the new password, if nothing has ended what the current one proved since it was checked. That it was hashed anew then
/// has not.
async fn replaced(site: &Site, user: &AuthenticatedUser, password: PasswordHash, keep: bool, at: Timestamp) -> Result<User, Refusal> {
    let (store, checked) = (&site.app.store, user.user());
    let overtaken =
        || Refusal::new(Code::CredentialsWrong, "user_unchanged", "the user was changed since the current password was checked");
    until_committed(store, || async {
        let now = store.user(checked.id).await.map_err(|error| unavailable(&error))?;
        let unchanged = |now: &Arc<User>| now.epoch == checked.epoch && now.sign_in_epoch == checked.sign_in_epoch;
        let now = now.filter(unchanged).ok_or_else(overtaken)?;
        let epoch = if keep { now.epoch } else { now.epoch.next() };
        let (sign_in_epoch, revision) = (now.sign_in_epoch.next(), now.revision.next());
        let changed = User { password: password.clone(), epoch, sign_in_epoch, revision, ..User::clone(&now) };
        let mut effects = vec![Effect::ReplaceUser { user: changed.clone(), seen: now.revision }];
        if !keep {
            let said = store.consents_of(now.id, at).await.map_err(|error| unavailable(&error))?;
            effects.extend(said.iter().map(|said| forget(said, at)));
        }
        Ok::<_, Refusal>((effects, changed))
    })
    .await
}

fn page(
    site: &Site,
    arrival: &Arrival,
    visitor: &Visitor,
    who: &SignedIn,
    status: StatusCode,
    keep_applications: bool,
    problem: Option<PasswordProblem>,
) -> Result<Response, Refusal> {
    let ticket = visitor.ticket(&site.app, Purpose::Account, "")?;
    let username = &who.user().username;
    let page = PasswordPage { csrf: &ticket, username, least_length: SHORTEST_PASSWORD as u64, keep_applications, problem };
    Ok(show(site, arrival, visitor, status, &Page::Password(page), None))
}

/// What the configuration file or another directory keeps, only those change.
fn kept_elsewhere(who: &SignedIn) -> Option<PasswordProblem> {
    (who.user().origin != Origin::Registered).then_some(PasswordProblem::KeptElsewhere)
}

fn unfit(current: &str, new: &str, again: &str) -> Option<PasswordProblem> {
    match check_password(new) {
        _ if new != again => Some(PasswordProblem::Different),
        Err(UnfitPassword::TooShort) => Some(PasswordProblem::TooShort),
        Err(UnfitPassword::TooLong) => Some(PasswordProblem::TooLong),
        Err(UnfitPassword::Control) => Some(PasswordProblem::Control),
        Ok(()) if new == current => Some(PasswordProblem::Same),
        Ok(()) => None,
    }
}

fn problem(site: &Site, refusal: &Refusal) -> Result<(StatusCode, PasswordProblem), Refusal> {
    let problem = match refusal.code {
        Code::CredentialsWrong | Code::DirectoryRefused(_) => PasswordProblem::WrongCurrent,
        Code::TooManyPasswords(seconds) => PasswordProblem::TooMany { seconds: u64::from(seconds) },
        Code::Busy(_) => PasswordProblem::Busy,
        _ => return Err(refusal.clone()),
    };
    Ok((refusal.code.answer(site.profile).status, problem))
}
