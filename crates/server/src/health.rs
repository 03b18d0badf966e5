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

/// Ready, if the store can be read, what other nodes have done is known, the clocks agree and nobody has told the server to stop.
pub async fn ready(State(site): State<Site>) -> (StatusCode, Json<Value>) {
    let (node, store) = (&site.app.node, &site.app.store);
    let is_one_of_several = !store.is_shared() || (node.is_current() && node.tells_the_time());
    if is_one_of_several && !node.is_leaving.load(Relaxed) && store.keys().await.is_ok() {
        (StatusCode::OK, Json(json!({"status": "UP"})))
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, Json(json!({"status": "OUT_OF_SERVICE"})))
    }
}
