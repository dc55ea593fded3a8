//! What one would write by hand: an axum handler that sends what a broadcast channel brings, as
//! server-sent events. It has no database, no session and no query: the least there is to do.

use super::{child, latency::now};
use axum::{
    Router,
    response::sse::{Event, Sse},
    routing::get,
};
use futures_util::stream::{self, Stream};
use std::convert::Infallible;
use tokio::{
    net::TcpListener,
    sync::broadcast::{self, Sender, error::RecvError},
};

/// Serves until its standard input ends. Each line is broadcast; answered with the moment of that.
pub async fn serve() {
    let (sender, _) = broadcast::channel::<String>(1024);
    let events = {
        let sender = sender.clone();
        move || async move { Sse::new(events(&sender)) }
    };
    let router = Router::new().route("/events", get(events));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    println!("{}", listener.local_addr().expect("it is bound"));
    tokio::spawn(async move { axum::serve(listener, router).await });
    while let Some(order) = child::order().await {
        let sent = now();
        let _ = sender.send(order);
        println!("{sent}");
    }
}

fn events(sender: &Sender<String>) -> impl Stream<Item = Result<Event, Infallible>> + use<> {
    stream::unfold(sender.subscribe(), |mut receiver| async move {
        loop {
            match receiver.recv().await {
                Ok(text) => return Some((Ok(Event::default().data(text)), receiver)),
                Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => return None,
            }
        }
    })
}
