//! What of that which users have authorized is live.

use std::sync::Arc;

use keyward_rules::{
    check,
    model::{authorization::Authorization, client::Client, user::User},
};
use keyward_store::{StoreError, facts};

use crate::app::App;

/// An authorization that is live.
#[derive(Clone, Debug)]
pub struct Live {
    /// What was authorized.
    pub authorization: Authorization,
    /// Who holds it.
    pub client: Arc<Client>,
    /// Whom it speaks for.
    pub user: Arc<User>,
}

/// Those of `found` that have not ended before their time, in the same order.
///
/// # Errors
/// The database cannot be read now.
pub async fn live(app: &App, found: Vec<Authorization>) -> Result<Vec<Live>, StoreError> {
    let mut live = Vec::new();
    for authorization in found {
        let Some(client) = app.store.client(&authorization.client).await? else { continue };
        let grounds = facts::grounds::grounds(&app.store, &authorization).await?;
        if check::ended(&authorization, &client, &grounds).is_none()
            && let Some(user) = grounds.user
        {
            live.push(Live { authorization, client, user });
        }
    }
    Ok(live)
}
