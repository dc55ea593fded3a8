//! The app's end of a webhook: an endpoint that keeps what arrives and answers as the test says.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use serde_json::Value;
use tokio::sync::Mutex;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinSet;
use workos::{EventSchema, WebhookVerifier};

use crate::support::emulator::Webhook;

pub const SECRET: &str = "whsec_test";

/// A request as it arrived.
pub struct Arrived {
    pub signature: String,
    pub body: String,
}

impl Arrived {
    /// What the SDK makes of it.
    pub fn event(&self) -> Result<EventSchema, workos::Error> {
        WebhookVerifier::new(SECRET).construct_event(&self.signature, &self.body)
    }

    /// The event's name and data, if the SDK accepts it.
    pub fn verified(&self) -> (String, Value) {
        let event = self.event().unwrap();
        (
            event.event,
            serde_json::to_value(event.data).expect("JSON stays JSON"),
        )
    }
}

/// A running endpoint. While `gate` is held, it answers nobody.
pub struct Receiver {
    pub url: String,
    pub gate: Arc<Mutex<()>>,
    arrived: UnboundedReceiver<Arrived>,
    _serving: JoinSet<()>,
}

type Shared = (UnboundedSender<Arrived>, Arc<Mutex<()>>, StatusCode);

impl Receiver {
    pub async fn start() -> Receiver {
        Receiver::answering(StatusCode::OK).await
    }

    pub async fn answering(status: StatusCode) -> Receiver {
        let (sender, arrived) = unbounded_channel();
        let gate = Arc::new(Mutex::new(()));
        let router = Router::new().route("/webhook", post(take)).with_state((
            sender,
            Arc::clone(&gate),
            status,
        ));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/webhook", listener.local_addr().unwrap());
        let mut serving = JoinSet::new();
        serving.spawn(async { axum::serve(listener, router).await.unwrap() });
        Receiver {
            url,
            gate,
            arrived,
            _serving: serving,
        }
    }

    pub fn webhook(&self) -> Webhook {
        Webhook {
            url: self.url.clone(),
            secret: SECRET.to_owned(),
        }
    }

    /// Waits for the next one.
    pub async fn next(&mut self) -> Arrived {
        self.arrived.recv().await.unwrap()
    }

    /// Waits for the next one, which has to be of this name; answers its data.
    pub async fn next_of(&mut self, name: &str) -> Value {
        let (event, data) = self.next().await.verified();
        assert_eq!(event, name, "{data}");
        data
    }

    /// Whether something has arrived that nobody has looked at.
    pub fn has_more(&self) -> bool {
        !self.arrived.is_empty()
    }
}

async fn take(
    State((arrived, gate, status)): State<Shared>,
    headers: HeaderMap,
    body: String,
) -> StatusCode {
    let signature = headers["workos-signature"].to_str().unwrap().to_owned();
    assert_eq!(headers["content-type"], "application/json");
    arrived.send(Arrived { signature, body }).unwrap();
    let _open = gate.lock().await;
    status
}
