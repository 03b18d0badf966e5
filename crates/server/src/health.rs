//! `GET /health`, `/management/health` and `/health/ready`: is the server up, does its store work, and will it stay?

use std::sync::atomic::Ordering::Relaxed;

use axum::{Json, extract::State};
use http::StatusCode;
use serde_json::{Value, json};

use crate::app::Site;

/// Up, as long as it answers.
pub async fn live() -> Json<Value> {
    Json(json!({"status": "UP"}))
}

/// Ready, if the store can be read, nobody has told the server to stop and, on a shared store, what other nodes have done is known and
/// the clocks agree.
pub async fn ready(State(site): State<Site>) -> (StatusCode, Json<Value>) {
    let (node, store) = (&site.app.node, &site.app.store);
    let is_in_step = !store.is_shared() || (node.is_current() && node.clocks_agree());
    if is_in_step && !node.is_leaving.load(Relaxed) && store.keys().await.is_ok() {
        (StatusCode::OK, Json(json!({"status": "UP"})))
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, Json(json!({"status": "OUT_OF_SERVICE"})))
    }
}
