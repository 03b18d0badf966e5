//! Super clients, as forms of the KorAP API name them: `super_client_id` and `super_client_secret`.

use keyward_rules::client_auth::AuthenticatedClient;
use keyward_wire::{
    error::{Code, Refusal},
    form::Form,
    presented::{Presented, PresentedSecret},
};

use crate::{app::Site, authenticate, listener::Arrival};

/// A client that acts for all others and has proved to be it. Only [`SuperClient::read`] makes one.
#[derive(Clone, Debug)]
pub struct SuperClient(AuthenticatedClient);

impl SuperClient {
    /// Reads and authenticates it.
    ///
    /// # Errors
    /// [`Code::ParameterMissing`], [`Code::SuperClientOnly`], and those of [`authenticate::client`].
    pub async fn read(site: &Site, arrival: &Arrival, form: &Form<'_>) -> Result<Self, Refusal> {
        let client_id = form.require("super_client_id")?.to_owned();
        let secret = form.require("super_client_secret")?.into();
        arrival.asked_by(&client_id);
        let presented = Presented::Secret(PresentedSecret { client_id, secret, undecoded: None });
        let client = authenticate::client(site, &presented, arrival.client).await?;
        if client.client().registration.super_client {
            return Ok(SuperClient(client));
        }
        Err(Refusal::new(Code::SuperClientOnly, "super_client", "the client is no super client"))
    }

    /// The proof.
    #[must_use]
    pub fn authenticated(&self) -> &AuthenticatedClient {
        &self.0
    }
}
