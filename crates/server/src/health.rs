//! `GET /health`, `/management/health` and `/health/ready`: is the server up, and does its store work?

use axum::{Json, extract::State};
use http::StatusCode;
use serde_json::{Value, json};

use crate::app::Site;

/// Up, as long as it answers.
pub async fn live() -> Json<Value> {
    Json(json!({"status": "UP"}))
}

/// Ready, if the store can be read.
pub async fn ready(State(site): State<Site>) -> (StatusCode, Json<Value>) {
    match site.app.store.keys().await {
        Ok(_) => (StatusCode::OK, Json(json!({"status": "UP"}))),
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, Json(json!({"status": "OUT_OF_SERVICE"}))),
    }
}
